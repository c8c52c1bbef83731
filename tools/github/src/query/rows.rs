//! What the API tells, as the rows that the tools return.

use super::api::{
    CheckRuns, CodeItem, CombinedStatus, Commit, Deployment, DeploymentStatus, Job, Pull, Review, Run, Step, User,
};
use super::text;
use chrono::{DateTime, Utc};
use domain::observed::github::{
    CheckRow, CodeRow, CommitRow, DeploymentRow, JobRow, PullRequestRow, ReviewRow, RunRow, StepRow,
};

/// The first digits of a commit's id; enough for the largest repositories, and taken by every argument.
pub(crate) fn short(sha: &str) -> String {
    const DIGITS: usize = 12;
    text::head(sha, DIGITS).to_owned()
}

pub(crate) fn author(commit: &Commit) -> String {
    match commit.author.login.is_empty() {
        true => text::cut(&commit.commit.author.name, 60),
        false => commit.author.login.clone(),
    }
}

pub(crate) fn committed(commit: &Commit) -> Option<DateTime<Utc>> {
    commit.commit.committer.date.or(commit.commit.author.date)
}

pub(crate) fn commit(commit: &Commit) -> CommitRow {
    CommitRow {
        sha: short(&commit.sha),
        at: committed(commit),
        author: author(commit),
        summary: text::summary(&commit.commit.message),
    }
}

/// `open`, `draft`, `merged` or `closed`.
pub(crate) fn pull_state(pull: &Pull) -> &'static str {
    match (pull.merged_at.is_some(), pull.state == "open", pull.draft) {
        (true, _, _) => "merged",
        (false, true, true) => "draft",
        (false, true, false) => "open",
        (false, false, _) => "closed",
    }
}

pub(crate) fn pull(pull: &Pull) -> PullRequestRow {
    let labels: Vec<&str> = pull.labels.iter().map(|label| label.name.as_str()).collect();
    let merged = pull.merged_at.is_some() && !pull.merge_commit_sha.is_empty();
    PullRequestRow {
        number: pull.number,
        title: text::summary(&pull.title),
        state: pull_state(pull).to_owned(),
        author: pull.user.login.clone(),
        base: pull.base.name.clone(),
        head: pull.head.name.clone(),
        updated: pull.updated_at,
        merged: pull.merged_at,
        merge_commit: merged.then(|| short(&pull.merge_commit_sha)),
        labels: (!labels.is_empty()).then(|| labels.join(", ")),
    }
}

/// Each reviewer's last word; a comment does not take back an approval. Who was asked and has said nothing comes last.
pub(crate) fn reviews(reviews: &[Review], requested: &[User]) -> Vec<ReviewRow> {
    let mut rows: Vec<ReviewRow> = Vec::new();
    for review in reviews {
        let state = review.state.to_ascii_lowercase();
        let row = ReviewRow { reviewer: review.user.login.clone(), state, at: review.submitted_at };
        match rows.iter_mut().find(|known| known.reviewer == row.reviewer) {
            Some(known) if row.state != "commented" || known.state == "commented" => *known = row,
            Some(_) => {}
            None => rows.push(row),
        }
    }
    for user in requested {
        if !rows.iter().any(|known| known.reviewer == user.login) {
            rows.push(ReviewRow { reviewer: user.login.clone(), state: "requested".to_owned(), at: None });
        }
    }
    rows
}

/// Check runs and statuses, failed first.
pub(crate) fn checks(runs: &CheckRuns, combined: &CombinedStatus) -> Vec<CheckRow> {
    let of_runs = runs
        .check_runs
        .iter()
        .map(|run| CheckRow { name: run.name.clone(), state: state(&run.status, &run.conclusion) });
    let of_statuses =
        combined.statuses.iter().map(|status| CheckRow { name: status.context.clone(), state: status.state.clone() });
    let mut rows: Vec<CheckRow> = of_runs.chain(of_statuses).collect();
    rows.sort_by_key(|row| rank(&row.state));
    rows
}

/// The conclusion, or how far it is.
fn state(status: &str, conclusion: &str) -> String {
    if conclusion.is_empty() { status.to_owned() } else { conclusion.to_owned() }
}

/// Failed before waiting before running before passed.
pub(crate) fn rank(state: &str) -> u8 {
    match state {
        "failure" | "error" | "timed_out" | "startup_failure" => 0,
        "action_required" | "cancelled" | "stale" => 1,
        "success" | "neutral" | "skipped" => 3,
        _ => 2,
    }
}

/// Whether a conclusion is one of those that somebody has to look at.
pub(crate) fn failed(conclusion: &str) -> bool {
    rank(conclusion) == 0
}

/// A deployment whose statuses were read (`Ok`) or could not be.
pub(crate) fn deployment(deployment: &Deployment, statuses: Option<&[DeploymentStatus]>) -> DeploymentRow {
    let last = statuses.and_then(<[DeploymentStatus]>::first);
    let said = last.map(|status| text::summary(&status.description)).filter(|said| !said.is_empty());
    let succeeded = statuses.unwrap_or_default().iter().filter(|status| status.state == "success");
    DeploymentRow {
        id: deployment.id,
        environment: deployment.environment.clone(),
        state: match (statuses, last) {
            (None, _) => "unknown".to_owned(),
            (Some(_), None) => "none".to_owned(),
            (Some(_), Some(last)) => last.state.clone(),
        },
        state_at: last.and_then(|status| status.created_at),
        succeeded: succeeded.filter_map(|status| status.created_at).min(),
        reference: deployment.reference.clone(),
        sha: short(&deployment.sha),
        creator: deployment.creator.login.clone(),
        created: deployment.created_at,
        said,
    }
}

fn seconds(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> Option<i64> {
    Some((to? - from?).num_seconds()).filter(|seconds| *seconds >= 0)
}

pub(crate) fn run(run: &Run) -> RunRow {
    let started = run.run_started_at.or(run.created_at);
    let is_over = run.status == "completed";
    RunRow {
        id: run.id,
        workflow: if run.name.is_empty() { run.path.clone() } else { run.name.clone() },
        title: text::summary(&run.display_title),
        state: state(&run.status, &run.conclusion),
        branch: run.head_branch.clone(),
        event: run.event.clone(),
        sha: short(&run.head_sha),
        actor: run.actor.login.clone(),
        started,
        seconds: if is_over { seconds(started, run.updated_at) } else { None },
        attempt: Some(run.run_attempt).filter(|attempt| *attempt > 1),
    }
}

/// The first step that failed.
pub(crate) fn failed_step(job: &Job) -> Option<&Step> {
    job.steps.iter().find(|step| failed(&step.conclusion)).or_else(|| {
        let cancelled = |step: &&Step| step.conclusion == "cancelled";
        job.steps.iter().find(cancelled).filter(|_| job.conclusion != "success")
    })
}

pub(crate) fn job(job: &Job) -> JobRow {
    JobRow {
        id: job.id,
        name: job.name.clone(),
        state: state(&job.status, &job.conclusion),
        failed_step: failed_step(job).map(|step| step.name.clone()),
        seconds: seconds(job.started_at, job.completed_at),
        runner: Some(job.runner_name.clone()).filter(|name| !name.is_empty()),
    }
}

pub(crate) fn step(step: &Step) -> StepRow {
    StepRow {
        number: step.number,
        name: text::cut(&step.name, 120),
        state: state(&step.status, &step.conclusion),
        seconds: seconds(step.started_at, step.completed_at),
    }
}

pub(crate) fn code(item: &CodeItem) -> CodeRow {
    const FRAGMENTS: usize = 3;
    let fragments = item.text_matches.iter().take(FRAGMENTS).map(|found| text::body(&found.fragment, 300));
    CodeRow { repository: item.repository.full_name.clone(), path: item.path.clone(), fragments: fragments.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_does_not_take_back_an_approval() {
        let review = |login: &str, state: &str| Review {
            user: User { login: login.to_owned() },
            state: state.to_owned(),
            submitted_at: None,
        };
        let given = [
            review("ann", "APPROVED"),
            review("ann", "COMMENTED"),
            review("bob", "COMMENTED"),
            review("bob", "CHANGES_REQUESTED"),
        ];
        let told: Vec<(String, String)> = reviews(&given, &[User { login: "eve".to_owned() }])
            .into_iter()
            .map(|row| (row.reviewer, row.state))
            .collect();
        let wanted = [("ann", "approved"), ("bob", "changes_requested"), ("eve", "requested")];
        assert_eq!(told, wanted.map(|(who, what)| (who.to_owned(), what.to_owned())));
    }
}
