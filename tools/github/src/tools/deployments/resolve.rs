//! From an image tag or a commit's first digits to the commit.

use super::super::shared::Call;
use crate::query::api::{Commit, Pull};
use crate::query::image_tag::{Candidate, ImageTag};
use crate::query::repository::Repository;
use crate::query::requests;
use domain::envelope::{Failure, FailureKind};

/// A commit, and how it was found.
pub(super) struct Resolved {
    pub commit: Commit,
    pub by: String,
    /// The git tag, where it was one.
    pub tag: Option<String>,
}

/// A tag that moves from commit to commit, or none at all.
pub(super) fn names_no_commit(asked: &str, image: &ImageTag) -> Failure {
    let what = match (image.moves(), image.has_digest, image.tag.is_empty()) {
        (true, _, _) => format!("the tag {:?} moves from commit to commit and names none", image.tag),
        (_, true, true) => "a digest names an image, not a commit".to_owned(),
        _ => format!("{asked:?} names no commit"),
    };
    Failure::new(FailureKind::BadRequest, format!("argument `image_tag`: {what}")).with_hint(
        "the image's label org.opencontainers.image.revision has the commit; or list deployments by environment",
    )
}

/// Asks for one candidate after the other.
///
/// # Errors
/// `NotFound` that tells what was tried; a failure of another kind at once.
pub(super) async fn first(
    call: &Call<'_>,
    repository: &Repository,
    asked: &str,
    candidates: &[Candidate],
) -> Result<Resolved, Failure> {
    let mut tried = Vec::new();
    let mut advice = None;
    for candidate in candidates {
        let by = words(candidate);
        match one(call, repository, candidate).await {
            Ok(commit) => {
                let tag = if let Candidate::Tag(tag) = candidate { Some(tag.clone()) } else { None };
                return Ok(Resolved { commit, by, tag });
            }
            // 422 is how the API tells an id that several or no commits have.
            Err(failure) if matches!(failure.kind, FailureKind::NotFound | FailureKind::BadRequest) => {
                advice = failure.hint.or(advice);
                tried.push(by);
            }
            Err(failure) => return Err(failure),
        }
    }
    let message = format!("{repository} has no commit for {asked:?}; tried: {}", tried.join(", "));
    let hint = "is it built from this repository? `commits` and `read_file` of its workflow tell how images are tagged";
    Err(Failure::new(FailureKind::NotFound, message).with_hint(match advice {
        Some(advice) => format!("{hint}; {advice}"),
        None => hint.to_owned(),
    }))
}

fn words(candidate: &Candidate) -> String {
    match candidate {
        Candidate::Commit(sha) => format!("commit {sha}"),
        Candidate::Tag(tag) => format!("tag {tag}"),
        Candidate::PullRequest(number) => format!("pull request {number}"),
    }
}

async fn one(call: &Call<'_>, repository: &Repository, candidate: &Candidate) -> Result<Commit, Failure> {
    let reference = match candidate {
        Candidate::Commit(sha) => sha.clone(),
        Candidate::Tag(tag) => format!("tags/{tag}"),
        Candidate::PullRequest(number) => {
            let pull: Pull = call.backend().read(requests::pull(repository, *number), call.context).await?;
            if pull.merged_at.is_some() { pull.merge_commit_sha } else { pull.head.sha }
        }
    };
    call.backend().read(requests::commit(repository, &reference), call.context).await
}
