//! Which commit a container image's tag may name.
//!
//! Builders write the commit or the version into the tag in a handful of ways; [`candidates`] lists what a tag can
//! mean, most probable first, and the backend is asked in that order. A moving tag (`latest`, `main`) names no commit,
//! and is told so instead of guessed.

use super::names;

/// At most so many are asked for, because each costs a request.
const MOST: usize = 8;

/// What a tag may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// A commit's id or its beginning.
    Commit(String),
    /// A git tag.
    Tag(String),
    /// A pull request (`pr-12`, as image builders tag unmerged work).
    PullRequest(u64),
}

/// An image reference, taken apart as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageTag {
    /// The last part of the image's name, where a whole reference was given: `checkout`.
    pub image: Option<String>,
    /// The tag; empty where the reference has none.
    pub tag: String,
    /// Whether the reference is pinned to a digest.
    pub has_digest: bool,
}

impl ImageTag {
    /// Reads `tag`, `image:tag` or `registry:5000/group/image:tag@sha256:…`.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        let (named, digest) = text.split_once('@').map_or((text, None), |(named, digest)| (named, Some(digest)));
        let last = named.rsplit('/').next().unwrap_or_default();
        let is_path = named.contains('/');
        let (image, tag) = match last.split_once(':') {
            Some((image, tag)) => (Some(image), tag),
            None if is_path || digest.is_some() => (Some(last), ""),
            None => (None, last),
        };
        Self { image: image.map(str::to_owned), tag: tag.to_owned(), has_digest: digest.is_some() }
    }

    /// Whether the tag is of those that move from commit to commit.
    pub(crate) fn moves(&self) -> bool {
        const MOVING: &[&str] = &[
            "latest",
            "main",
            "master",
            "develop",
            "dev",
            "edge",
            "nightly",
            "stable",
            "staging",
            "prod",
            "production",
            "canary",
            "head",
            "trunk",
            "release",
        ];
        MOVING.contains(&self.tag.to_ascii_lowercase().as_str())
    }

    /// What the tag may name, most probable first.
    pub(crate) fn candidates(&self, repository_name: &str) -> Vec<Candidate> {
        let mut found = Vec::new();
        if self.tag.is_empty() || self.moves() {
            return found;
        }
        let tag = self.tag.as_str();
        if let Some(number) = pull_request(tag) {
            add(&mut found, Candidate::PullRequest(number));
        }
        let is_version = version(tag).is_some();
        let commits = commits(tag);
        if !is_version || commits.iter().any(|(_, marked)| *marked) {
            commits.into_iter().for_each(|(commit, _)| add(&mut found, Candidate::Commit(commit)));
        }
        if names::reference("image_tag", tag).is_ok() {
            add(&mut found, Candidate::Tag(tag.to_owned()));
        }
        if let Some(bare) = version(tag) {
            add(&mut found, Candidate::Tag(format!("v{bare}")));
            add(&mut found, Candidate::Tag(bare.to_owned()));
            let image = self.image.as_deref().unwrap_or(repository_name);
            for joined in [
                format!("{image}-v{bare}"),
                format!("{image}/v{bare}"),
                format!("{image}@{bare}"),
                format!("{image}-{bare}"),
            ] {
                if names::reference("image_tag", &joined).is_ok() {
                    add(&mut found, Candidate::Tag(joined));
                }
            }
        }
        found.truncate(MOST);
        found
    }
}

fn add(found: &mut Vec<Candidate>, candidate: Candidate) {
    if !found.contains(&candidate) {
        found.push(candidate);
    }
}

/// `1.2.3` of `v1.2.3`, `1.2.3-rc.1`, `2024.11.20`: digits and dots to begin with, two numbers at least.
fn version(tag: &str) -> Option<&str> {
    let bare = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    let core = bare.split(['-', '+', '_']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let all_numbers = numbers.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    (all_numbers && (numbers.len() > 1 || bare.len() < tag.len())).then_some(bare)
}

/// The parts of a tag that can be a commit, those first that say so (`sha-…`, `…-5-gabc1234`), then the longest.
/// A part of digits alone is a time or a build number rather than a commit.
fn commits(tag: &str) -> Vec<(String, bool)> {
    let parts: Vec<&str> = tag.split(['-', '_', '.', '+']).collect();
    let mut found: Vec<(String, bool)> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| parts.get(at)).copied().unwrap_or_default();
        let described = part.strip_prefix('g').filter(|rest| names::is_commit(rest) && is_number(before));
        let told =
            described.is_some() || matches!(before.to_ascii_lowercase().as_str(), "sha" | "git" | "commit" | "rev");
        let commit = described.unwrap_or(part);
        let digits_alone = is_number(commit) && commit.len() < 40;
        if names::is_commit(commit) && (told || !digits_alone || parts.len() == 1) {
            found.push((commit.to_ascii_lowercase(), told));
        }
    }
    found.sort_by_key(|(commit, told)| (!told, std::cmp::Reverse(commit.len())));
    found
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn pull_request(tag: &str) -> Option<u64> {
    let lower = tag.to_ascii_lowercase();
    let rest = lower.strip_prefix("pr-").or_else(|| lower.strip_prefix("pull-"))?;
    rest.split('-').next()?.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(text: &str) -> String {
        let words = ImageTag::parse(text).candidates("shop").into_iter().map(|candidate| match candidate {
            Candidate::Commit(sha) => format!("commit {sha}"),
            Candidate::Tag(tag) => format!("tag {tag}"),
            Candidate::PullRequest(number) => format!("pull {number}"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn tags_are_read_as_builders_write_them() {
        for (tag, wanted) in [
            ("v1.2.3", "tag v1.2.3, tag 1.2.3, tag shop-v1.2.3, tag shop/v1.2.3, tag shop@1.2.3, tag shop-1.2.3"),
            ("1.2.3", "tag 1.2.3, tag v1.2.3, tag shop-v1.2.3, tag shop/v1.2.3, tag shop@1.2.3, tag shop-1.2.3"),
            ("sha-abc1234", "commit abc1234, tag sha-abc1234"),
            ("abc1234", "commit abc1234, tag abc1234"),
            ("main-abc1234-1700000000", "commit abc1234, tag main-abc1234-1700000000"),
            ("ghcr.io/acme/checkout:sha-ABC1234@sha256:00", "commit abc1234, tag sha-ABC1234"),
            (
                "registry:5000/acme/checkout:2.0",
                "tag 2.0, tag v2.0, tag checkout-v2.0, tag checkout/v2.0, tag checkout@2.0, tag checkout-2.0",
            ),
            (
                "v1.2.3-5-gabc1234",
                "commit abc1234, tag v1.2.3-5-gabc1234, tag 1.2.3-5-gabc1234, tag shop-v1.2.3-5-gabc1234, tag shop/v1.2.3-5-gabc1234, tag shop@1.2.3-5-gabc1234, tag shop-1.2.3-5-gabc1234",
            ),
            ("pr-12", "pull 12, tag pr-12"),
            ("release-7", "tag release-7"),
            ("1700000000", "commit 1700000000, tag 1700000000"),
            ("latest", ""),
            ("main", ""),
            ("ghcr.io/acme/checkout@sha256:00", ""),
            ("", ""),
        ] {
            assert_eq!(told(tag), wanted, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_few_candidates_that_can_be_asked_for(text in "\\PC{0,60}") {
            let candidates = ImageTag::parse(&text).candidates("shop");
            prop_assert!(candidates.len() <= MOST);
            for candidate in candidates {
                match candidate {
                    Candidate::Commit(sha) => prop_assert!(names::is_commit(&sha)),
                    Candidate::Tag(tag) => prop_assert!(names::reference("x", &tag).is_ok()),
                    Candidate::PullRequest(number) => prop_assert!(number > 0),
                }
            }
        }

        #[test]
        fn a_commit_is_found_behind_any_branch(branch in "[a-z]{1,8}(-[g-z]{1,5})?", sha in "[a-f][0-9a-f]{6,11}", time in 1_600_000_000u64..1_900_000_000) {
            let candidates = ImageTag::parse(&format!("{branch}-{sha}-{time}")).candidates("shop");
            prop_assert!(candidates.contains(&Candidate::Commit(sha)), "{:?}", candidates);
        }
    }
}
