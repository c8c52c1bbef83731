//! Commits, comparisons, pull requests, reviews and checks.

use super::instant;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// An account.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct User {
    pub login: String,
}

/// A commit; `files` only where one commit was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Commit {
    pub sha: String,
    #[serde(default)]
    pub commit: GitCommit,
    #[serde(default)]
    pub author: User,
    #[serde(default)]
    pub parents: Vec<Parent>,
    #[serde(default)]
    pub stats: Stats,
    #[serde(default)]
    pub files: Vec<File>,
}

/// What git itself knows of a commit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GitCommit {
    pub message: String,
    pub author: Person,
    pub committer: Person,
}

/// A name in a commit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Person {
    pub name: String,
    #[serde(deserialize_with = "instant")]
    pub date: Option<DateTime<Utc>>,
}

/// A parent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parent {
    pub sha: String,
}

/// Lines changed.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Stats {
    pub additions: u64,
    pub deletions: u64,
}

/// A changed file; without `patch` where it is binary or the change too large.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct File {
    pub filename: String,
    pub status: String,
    pub additions: u64,
    pub deletions: u64,
    pub previous_filename: Option<String>,
    pub patch: Option<String>,
}

/// `GET /repos/{owner}/{repo}/compare/{base}...{head}`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Comparison {
    pub status: String,
    #[serde(default)]
    pub ahead_by: u64,
    #[serde(default)]
    pub behind_by: u64,
    #[serde(default)]
    pub total_commits: u64,
    #[serde(default)]
    pub merge_base_commit: Commit,
    pub commits: Vec<Commit>,
    #[serde(default)]
    pub files: Vec<File>,
}

/// A pull request; the counts only where one was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Pull {
    pub number: u64,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub draft: bool,
    #[serde(default)]
    pub user: User,
    #[serde(default)]
    pub base: Reference,
    #[serde(default)]
    pub head: Reference,
    #[serde(default, deserialize_with = "instant")]
    pub updated_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "instant")]
    pub merged_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub merge_commit_sha: String,
    #[serde(default)]
    pub labels: Vec<Label>,
    #[serde(default)]
    pub body: String,
    #[serde(default)]
    pub merged_by: User,
    #[serde(default)]
    pub mergeable_state: String,
    #[serde(default)]
    pub requested_reviewers: Vec<User>,
    #[serde(default)]
    pub commits: u64,
    #[serde(default)]
    pub additions: u64,
    #[serde(default)]
    pub deletions: u64,
    #[serde(default)]
    pub changed_files: u64,
}

/// One end of a pull request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    #[serde(rename = "ref")]
    pub name: String,
    pub sha: String,
}

/// A label.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Label {
    pub name: String,
}

/// A review.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Review {
    pub user: User,
    pub state: String,
    #[serde(deserialize_with = "instant")]
    pub submitted_at: Option<DateTime<Utc>>,
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CheckRuns {
    #[serde(default)]
    pub total_count: u64,
    pub check_runs: Vec<CheckRun>,
}

/// A check run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CheckRun {
    pub name: String,
    pub status: String,
    pub conclusion: String,
}

/// `GET /repos/{owner}/{repo}/commits/{ref}/status`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CombinedStatus {
    pub statuses: Vec<Status>,
}

/// A commit status.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Status {
    pub context: String,
    pub state: String,
}
