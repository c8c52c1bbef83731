//! `workflow_runs`: what CI ran, failed first, or one run with its jobs and the end of the failed job's log.

mod one;

use super::listing::Listing;
use super::shared::Call;
use crate::query::api::Runs;
use crate::query::repository::Repository;
use crate::query::requests::{self, RunFilter};
use crate::query::{names, rows};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::{self, Hints};
use tools_common::{ToolSpec, time};

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Failure,
    Success,
    Cancelled,
    TimedOut,
    InProgress,
    Queued,
    Waiting,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Success => "success",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::InProgress => "in_progress",
            Self::Queued => "queued",
            Self::Waiting => "waiting",
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// owner/name.
    repository: Option<String>,
    /// This run's id: jobs, steps, and the failing step's log.
    #[schemars(range(min = 1))]
    run: Option<u64>,
    /// With run: the log of this job id.
    #[schemars(range(min = 1))]
    job: Option<u64>,
    /// Its file: ci.yml.
    #[schemars(length(max = 200))]
    workflow: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
    status: Option<Status>,
    /// push, pull_request, schedule.
    #[schemars(length(max = 60))]
    event: Option<String>,
    /// 2h, 7d or RFC 3339.
    since: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "workflow_runs",
        "Workflow runs",
        "CI runs, failed first; or one run with jobs, steps and the failing step's log.",
    )
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let repository = call.repository(args.repository.as_deref())?;
    match (args.run, args.job) {
        (Some(run), job) => one::run(call, &repository, run, job, args.budget_tokens).await,
        (None, Some(_)) => Err(tools_common::args::invalid("run", "nothing", "the run that the job is of")),
        (None, None) => list(call, &repository, &args).await,
    }
}

async fn list(call: &Call<'_>, repository: &Repository, args: &Args) -> Result<Envelope, Failure> {
    let now = call.context.now;
    let since = args.since.as_deref().map(|text| time::instant("since", Some(text), now, now)).transpose()?;
    let filter = RunFilter {
        workflow: args.workflow.as_deref().map(|text| names::workflow("workflow", text)).transpose()?,
        branch: args.branch.as_deref().map(|text| names::reference("branch", text)).transpose()?,
        event: args.event.clone(),
        status: args.status.map(Status::word),
        sha: whole_commit(call, repository, args.commit.as_deref()).await?,
        created: since.map(|since| format!(">={}", time::show_instant(since))),
    };
    let limit = args.limit.unwrap_or(20);
    let listing = Listing { call, tool: "workflow_runs", limit, budget_tokens: args.budget_tokens };
    let mut listed = listing
        .read(
            |page| requests::runs(repository, &filter, limit, page),
            |reply| {
                let runs: Runs = reply.read()?;
                Ok((runs.workflow_runs, Some(runs.total_count)))
            },
            |run| Some(rows::run(&run)),
        )
        .await?;
    listed.rows.sort_by_key(|row| rows::rank(&row.state));
    let mut hints = Hints::default();
    let failed = listed.rows.iter().filter(|row| rows::failed(&row.state)).count();
    match (listed.rows.len(), failed) {
        (0, _) => {
            hints.add("No run fits. Is the workflow's file spelt right, and did anything trigger it in this time?")
        }
        (_, 0) => {}
        (all, failed) => hints.add(format!("{failed} of these {all} failed; run=ID tells why.")),
    }
    let envelope = listed.envelope(page::json(&Table::of(&listed.rows))?, &mut hints);
    Ok(call.tell(envelope, hints, repository))
}

/// The list of runs takes whole commit ids only.
async fn whole_commit(
    call: &Call<'_>,
    repository: &Repository,
    given: Option<&str>,
) -> Result<Option<String>, Failure> {
    const WHOLE: usize = 40;
    let Some(given) = given else { return Ok(None) };
    let sha = names::commit("commit", given)?;
    if sha.len() >= WHOLE {
        return Ok(Some(sha));
    }
    let commit: crate::query::api::Commit =
        call.backend().read(requests::commit(repository, &sha), call.context).await?;
    Ok(Some(commit.sha))
}
