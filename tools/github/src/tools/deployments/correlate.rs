//! A commit with everything around it: release, pull requests, deployments, and what each of these brought.

use super::super::shared::{self, Call};
use super::{brought, resolve, with_statuses};
use crate::query::api::{Deployment, Pull};
use crate::query::image_tag::Candidate;
use crate::query::repository::Repository;
use crate::query::requests::{self, DeploymentFilter};
use crate::query::{api, rows, text};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::github::{Correlation, Release};
use tools_common::page::{self, Hints};

/// Environments of which is told what a deployment brought.
const ENVIRONMENTS: usize = 3;

/// Deployments of one commit that are looked at.
const DEPLOYMENTS: usize = 20;

/// Tells what is known of the first candidate that exists.
pub(super) async fn run(
    call: &Call<'_>,
    repository: &Repository,
    asked: &str,
    candidates: &[Candidate],
    environment: Option<&str>,
) -> Result<Envelope, Failure> {
    let found = resolve::first(call, repository, asked, candidates).await?;
    call.context.progress.tell(1.0, Some(3.0), format!("found by {}", found.by));
    let (backend, context) = (call.backend(), call.context);
    let sha = found.commit.sha.as_str();
    let filter = DeploymentFilter { environment: environment.map(str::to_owned), sha: Some(sha.to_owned()) };
    let (pulls, deployments, release) = tokio::join!(
        backend.read::<Vec<Pull>>(requests::pulls_of_commit(repository, sha), context),
        backend.read::<Vec<Deployment>>(requests::deployments(repository, &filter, DEPLOYMENTS, 1), context),
        release(call, repository, found.tag.as_deref()),
    );
    let mut hints = Hints::default();
    let deployments_known = deployments.is_ok();
    let pulls: Vec<Pull> = shared::or_missed(pulls, "the pull request that it came by", &mut hints);
    let deployments: Vec<Deployment> = shared::or_missed(deployments, "its deployments", &mut hints);
    let release = shared::or_missed(release, "its release", &mut hints);
    let rows = with_statuses(call, repository, &deployments, &mut hints).await;
    call.context.progress.tell(2.0, Some(3.0), format!("{} deployments", rows.len()));

    let mut brought = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for deployment in &deployments {
        if known.contains(&deployment.environment.as_str()) || known.len() >= ENVIRONMENTS {
            continue;
        }
        known.push(&deployment.environment);
        let what = format!("what the deployment to {} brought", deployment.environment);
        match brought::by(call, repository, deployment, &mut hints).await {
            Ok(Some(told)) => brought.push(told),
            Ok(None) => hints.add(format!(
                "No earlier deployment of another commit to {} is known to have succeeded.",
                deployment.environment
            )),
            Err(failure) => hints.miss(format!("{what} could not be looked at: {failure}")),
        }
    }
    say(&pulls, &deployments, deployments_known, &mut hints);
    let told = Correlation {
        asked: text::cut(asked, 200),
        by: found.by,
        sha: found.commit.sha.clone(),
        commit: rows::commit(&found.commit),
        release,
        pull_requests: Table::of(&pulls.iter().map(rows::pull).collect::<Vec<_>>()),
        deployments: Table::of(&rows),
        brought,
    };
    let truncated = deployments.len() >= DEPLOYMENTS;
    let envelope = Envelope { truncated, ..Envelope::whole(page::json(&told)?, 1) };
    Ok(call.tell(envelope, hints, repository))
}

fn say(pulls: &[Pull], deployments: &[Deployment], deployments_known: bool, hints: &mut Hints) {
    if pulls.is_empty() {
        hints.add("No pull request has this commit: pushed directly, or its pull request is in another repository.");
    }
    if deployments.is_empty() && deployments_known {
        hints.add(
            "GitHub knows no deployment of this commit (only workflows with an `environment` and its deployments API \
             make one); `compare` with the tag or commit that ran before tells what it brought.",
        );
    }
    if deployments.len() >= DEPLOYMENTS {
        hints.add(format!("The newest {DEPLOYMENTS} deployments of it are shown; name an environment for others."));
    }
}

/// The release of a tag; a tag without one is no failure.
async fn release(call: &Call<'_>, repository: &Repository, tag: Option<&str>) -> Result<Option<Release>, Failure> {
    let Some(tag) = tag else { return Ok(None) };
    let read: Result<api::Release, Failure> =
        call.backend().read(requests::release(repository, tag), call.context).await;
    match read {
        Ok(release) => Ok(Some(Release {
            tag: release.tag_name,
            name: text::summary(&release.name),
            published: release.published_at,
            author: release.author.login,
        })),
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}
