//! What the `github` tools return.
//!
//! Titles, messages, bodies, patches, logs and file contents are other people's text: tainted, data only. E-mail
//! addresses of commits are not carried.

use super::Table;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One row of `commits`, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CommitRow {
    /// The first 12 digits of the commit's id.
    pub sha: String,
    /// When it was committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Login, or the name in the commit where GitHub knows no account.
    pub author: String,
    /// First line of the message (tainted).
    pub summary: String,
}

/// `commits` of one commit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Whole id.
    pub sha: String,
    /// When it was committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Login or name.
    pub author: String,
    /// The message (tainted), shortened.
    pub message: String,
    /// Ids of the parents, 12 digits each.
    pub parents: Vec<String>,
    /// Lines added.
    pub additions: u64,
    /// Lines deleted.
    pub deletions: u64,
    /// Typed by [`FileRow`].
    pub files: Table,
    /// As many as the budget holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
    /// Pull requests that it came by, typed by [`PullRequestRow`].
    pub pull_requests: Table,
}

/// One changed file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileRow {
    /// Path in the repository.
    pub path: String,
    /// `added`, `modified`, `removed`, `renamed`, ….
    pub status: String,
    /// Lines added.
    pub additions: u64,
    /// Lines deleted.
    pub deletions: u64,
    /// Where it was before, of a renamed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// How one file changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Path in the repository.
    pub path: String,
    /// Unified diff without its header (tainted).
    pub patch: String,
    /// Lines that were left out at its end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lines_left_out: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One row of `pull_requests`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PullRequestRow {
    /// Number in its repository.
    pub number: u64,
    /// Title (tainted).
    pub title: String,
    /// `open`, `draft`, `merged` or `closed`.
    pub state: String,
    /// Login.
    pub author: String,
    /// The branch that it goes into.
    pub base: String,
    /// The branch that it comes from.
    pub head: String,
    /// Last change of any sort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<DateTime<Utc>>,
    /// When it was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<DateTime<Utc>>,
    /// The commit that it became on the base branch (12 digits), once merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_commit: Option<String>,
    /// Names, comma-separated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
}

/// `pull_requests` of one number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PullRequest {
    /// What a list would tell of it.
    pub pull_request: PullRequestRow,
    /// The description (tainted), shortened.
    pub body: String,
    /// The newest commit of its branch.
    pub head_sha: String,
    /// Who merged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_by: Option<String>,
    /// GitHub's word on whether it can be merged: `clean`, `dirty` (conflicts), `blocked`, `behind`, `unstable`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mergeable: Option<String>,
    /// Commits in it.
    pub commits: u64,
    /// Lines added.
    pub additions: u64,
    /// Lines deleted.
    pub deletions: u64,
    /// Files changed.
    pub changed_files: u64,
    /// Each reviewer's last word, typed by [`ReviewRow`].
    pub reviews: Table,
    /// Check runs and commit statuses of its newest commit, failed first, typed by [`CheckRow`].
    pub checks: Table,
    /// Typed by [`FileRow`].
    pub files: Table,
    /// As many as the budget holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
}

/// A reviewer's last word.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// Login.
    pub reviewer: String,
    /// `approved`, `changes_requested`, `commented`, `dismissed`, `requested` (not given yet).
    pub state: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// A check run or a commit status.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRow {
    /// Name of the check, context of the status.
    pub name: String,
    /// Its conclusion (`success`, `failure`, …), or how far it is (`queued`, `in_progress`, `pending`).
    pub state: String,
}

/// One row of `deployments`, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeploymentRow {
    /// GitHub's number of it.
    pub id: u64,
    /// Environment.
    pub environment: String,
    /// Its last status: `success`, `failure`, `error`, `in_progress`, `inactive` (replaced by a later one), …; `none`
    /// where it never got one, `unknown` where the statuses could not be read.
    pub state: String,
    /// When it got that status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_at: Option<DateTime<Utc>>,
    /// When it first succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<DateTime<Utc>>,
    /// Branch, tag or commit that was asked for.
    pub reference: String,
    /// The commit (12 digits).
    pub sha: String,
    /// Login.
    pub creator: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<DateTime<Utc>>,
    /// What the last status says (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// `deployments` of one commit or image tag.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// The tag or commit as it was given.
    pub asked: String,
    /// How it led to the commit: `tag v1.2.3`, `commit abc1234`, `pull request 12`.
    pub by: String,
    /// The whole id of the commit.
    pub sha: String,
    /// The commit.
    pub commit: CommitRow,
    /// The release of the tag, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// Pull requests that it came by, typed by [`PullRequestRow`].
    pub pull_requests: Table,
    /// Deployments of the commit, newest first, typed by [`DeploymentRow`].
    pub deployments: Table,
    /// What each environment's deployment of it brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<Brought>,
}

/// A release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Tag.
    pub tag: String,
    /// Its title (tainted).
    pub name: String,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<DateTime<Utc>>,
    /// Login.
    pub author: String,
}

/// What lies between a deployment and the one before it in the same environment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Brought {
    /// Environment.
    pub environment: String,
    /// The last deployment of another commit that succeeded before.
    pub before: DeploymentRow,
    /// `ahead` (newer), `behind` (a step back), `diverged` (neither holds the other).
    pub status: String,
    /// Commits that it brought.
    pub commits_total: u64,
    /// The newest of them, typed by [`CommitRow`].
    pub commits: Table,
    /// Files that differ (GitHub counts at most 300).
    pub files_changed: u64,
    /// The first of their paths.
    pub files: Vec<String>,
}

/// One row of `workflow_runs`, failed first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// GitHub's number of it: the argument `run`.
    pub id: u64,
    /// Name of the workflow.
    pub workflow: String,
    /// What it ran for (tainted): the commit's or pull request's title.
    pub title: String,
    /// Its conclusion (`success`, `failure`, `cancelled`, `timed_out`, …), or how far it is.
    pub state: String,
    /// Branch.
    pub branch: String,
    /// `push`, `pull_request`, `schedule`, ….
    pub event: String,
    /// The commit (12 digits).
    pub sha: String,
    /// Login.
    pub actor: String,
    /// When the (last) attempt started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<DateTime<Utc>>,
    /// How long it took, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Attempt, where it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u64>,
}

/// `workflow_runs` of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What a list would tell of it.
    pub run: RunRow,
    /// The end of the log of the failed job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<JobLog>,
    /// Steps of the job whose log is shown (or of the first failed one), typed by [`StepRow`].
    pub steps: Table,
    /// Failed first, typed by [`JobRow`].
    pub jobs: Table,
}

/// A job of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JobRow {
    /// GitHub's number of it: the argument `job`.
    pub id: u64,
    /// Name, with the values of its matrix.
    pub name: String,
    /// Conclusion, or how far it is.
    pub state: String,
    /// The first step that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_step: Option<String>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// The runner, where it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
}

/// A step of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// Its place in the job, from 1.
    pub number: u64,
    /// Name.
    pub name: String,
    /// Conclusion, or how far it is.
    pub state: String,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}

/// The end of a job's log, of the failing step where there is one (tainted).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLog {
    /// The job.
    pub job: String,
    /// The step that the lines are of; absent where it could not be told, and for the end of the whole log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What the step ran, as the log tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran: Option<String>,
    /// The error lines, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// The last lines of the step, oldest first.
    pub tail: String,
    /// Lines of the step that stand before them.
    pub lines_before: u64,
    /// Lines of the whole log, as far as it was read.
    pub lines_total: u64,
}

/// `compare`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Older side.
    pub base: String,
    /// Newer side.
    pub head: String,
    /// Of head against base: `identical`, `ahead`, `behind`, `diverged`.
    pub status: String,
    /// Commits that head has and base has not.
    pub ahead_by: u64,
    /// Commits that base has and head has not.
    pub behind_by: u64,
    /// The newest commit that both have (12 digits).
    pub merge_base: String,
    /// Newest first, typed by [`CommitRow`].
    pub commits: Table,
    /// Typed by [`FileRow`].
    pub files: Table,
    /// As many as the budget holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
}

/// `read_file`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RepositoryFile {
    /// Path in the repository.
    pub path: String,
    /// Branch, tag or commit that was read; absent for the default branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// `file`, `directory`, `symlink`, `submodule`, `binary` or `lfs_pointer` (the content is in large file storage).
    pub kind: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Where a symlink points, which commit of which repository a submodule is, what a pointer stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Number of the first shown line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_line: Option<u64>,
    /// Lines of the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_total: Option<u64>,
    /// The shown lines (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What a directory holds, typed by [`EntryRow`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Table>,
}

/// One entry of a directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// Name.
    pub name: String,
    /// `dir`, `file`, `symlink`, `submodule`.
    #[serde(rename = "type")]
    pub entry_type: String,
    /// Bytes, of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
}

/// One row of `code_search`, best match first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeRow {
    /// `owner/name`.
    pub repository: String,
    /// Path in it.
    pub path: String,
    /// The text around the matches (tainted).
    pub fragments: Vec<String>,
}
