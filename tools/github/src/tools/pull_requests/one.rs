//! One pull request: what it says, what it changes, who looked at it, and what the checks say.

use super::super::shared::{self, Call, MOVED};
use crate::query::api::{CheckRuns, CombinedStatus, File, Pull, Review};
use crate::query::repository::Repository;
use crate::query::{requests, rows, text};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::github::{CheckRow, PullRequest};
use tools_common::page::{self, Hints};

/// Checks that are shown at most, failed first.
const CHECKS: usize = 30;

/// The pull request in full.
pub(super) async fn run(
    call: &Call<'_>,
    repository: &Repository,
    number: u64,
    with_patches: bool,
    budget_tokens: Option<usize>,
) -> Result<Envelope, Failure> {
    const BODY_CHARS: usize = 2_000;
    let (backend, context) = (call.backend(), call.context);
    let reply = backend.fetch(requests::pull(repository, number), context).await?;
    let pull: Pull = reply.read()?;
    let mut hints = Hints::default();
    if reply.moved {
        hints.add(MOVED);
    }
    let head = pull.head.sha.as_str();
    let (files, reviews, runs, statuses) = tokio::join!(
        backend.read::<Vec<File>>(requests::pull_files(repository, number), context),
        backend.read::<Vec<Review>>(requests::reviews(repository, number), context),
        backend.read::<CheckRuns>(requests::check_runs(repository, head), context),
        backend.read::<CombinedStatus>(requests::status(repository, head), context),
    );
    let files = shared::or_missed(files, "the changed files", &mut hints);
    let reviews = shared::or_missed(reviews, "the reviews", &mut hints);
    let runs = shared::or_missed(runs, "the check runs", &mut hints);
    let statuses = shared::or_missed(statuses, "the commit statuses", &mut hints);
    let changes = shared::changes(&files, with_patches, budget_tokens, &mut hints);
    let left_out = pull.changed_files > changes.shown as u64;
    if (files.len() as u64) < pull.changed_files {
        hints.add(format!("Only {} of the {} changed files were read.", files.len(), pull.changed_files));
    }
    let checks = checks(&runs, &statuses, &mut hints);
    let told = PullRequest {
        pull_request: rows::pull(&pull),
        body: text::body(&pull.body, BODY_CHARS),
        head_sha: pull.head.sha.clone(),
        merged_by: Some(pull.merged_by.login.clone()).filter(|login| !login.is_empty()),
        mergeable: Some(pull.mergeable_state.clone()).filter(|state| !state.is_empty() && pull.state == "open"),
        commits: pull.commits,
        additions: pull.additions,
        deletions: pull.deletions,
        changed_files: pull.changed_files,
        reviews: Table::of(&rows::reviews(&reviews, &pull.requested_reviewers)),
        checks: Table::of(&checks),
        files: changes.files,
        patches: changes.patches,
    };
    let envelope = Envelope { truncated: changes.is_cut || left_out, ..Envelope::whole(page::json(&told)?, 1) };
    Ok(call.tell(envelope, hints, repository))
}

fn checks(runs: &CheckRuns, statuses: &CombinedStatus, hints: &mut Hints) -> Vec<CheckRow> {
    let mut rows = rows::checks(runs, statuses);
    let failed = rows.iter().filter(|row| rows::failed(&row.state)).count();
    if failed > 0 {
        hints.add(format!("{failed} of {} checks failed; `workflow_runs` with this commit tells why.", rows.len()));
    }
    let unread = runs.total_count.saturating_sub(runs.check_runs.len() as u64);
    if unread > 0 {
        hints.miss(format!("{unread} more check runs were not read"));
    }
    if rows.len() > CHECKS {
        hints.add(format!("{} more checks are not shown, passed ones last.", rows.len() - CHECKS));
        rows.truncate(CHECKS);
    }
    rows
}
