//! One run: its jobs, the steps of the failed one, and the end of the failing step's log first of all.

use super::super::shared::{self, Call, MOVED};
use crate::query::api::{Job, Jobs, Run as ApiRun};
use crate::query::job_log::Log;
use crate::query::repository::Repository;
use crate::query::{requests, rows};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::github::{JobLog, Run};
use tools_common::page::{self, Hints};
use tools_common::{args, budget};

/// Jobs that are shown at most, failed first.
const JOBS: usize = 40;

/// The run in full.
pub(super) async fn run(
    call: &Call<'_>,
    repository: &Repository,
    id: u64,
    job: Option<u64>,
    budget_tokens: Option<usize>,
) -> Result<Envelope, Failure> {
    let (backend, context) = (call.backend(), call.context);
    let (reply, jobs) = tokio::join!(
        backend.fetch(requests::run(repository, id), context),
        backend.read::<Jobs>(requests::jobs(repository, id), context),
    );
    let reply = reply?;
    let run: ApiRun = reply.read()?;
    let mut hints = Hints::default();
    if reply.moved {
        hints.add(MOVED);
    }
    let jobs_known = jobs.is_ok();
    let jobs = shared::or_missed(jobs, "the jobs", &mut hints);
    let unread = jobs.total_count.saturating_sub(jobs.jobs.len() as u64);
    if unread > 0 {
        hints.miss(format!("{unread} more jobs were not read"));
    }
    let mut sorted = jobs.jobs;
    sorted.sort_by_key(|job| rows::rank(&rows::job(job).state));
    let chosen = choose(&sorted, job)?;
    let tokens = budget::tokens_for(budget_tokens);
    let log = match chosen {
        Some(job) => log(call, repository, job, tokens, &mut hints).await,
        None => None,
    };
    say(&run, &sorted, chosen, jobs_known, &mut hints);
    let total = sorted.len() as u64 + unread;
    let shown: Vec<_> = sorted.iter().take(JOBS).map(rows::job).collect();
    let steps: Vec<_> = chosen.map(|job| job.steps.iter().map(rows::step).collect()).unwrap_or_default();
    let truncated = total > shown.len() as u64 || log.as_ref().is_some_and(|log| log.lines_before > 0);
    let told = Run { run: rows::run(&run), log, steps: Table::of(&steps), jobs: Table::of(&shown) };
    let envelope =
        Envelope { total: Some(total), truncated, ..Envelope::whole(page::json(&told)?, shown.len() as u64) };
    Ok(call.tell(envelope, hints, repository))
}

/// The job whose log is wanted: the one that was named, or the first that failed.
fn choose(jobs: &[Job], asked: Option<u64>) -> Result<Option<&Job>, Failure> {
    let Some(id) = asked else {
        return Ok(jobs.iter().find(|job| rows::failed(&job.conclusion)));
    };
    let known: Vec<String> = jobs.iter().take(JOBS).map(|job| job.id.to_string()).collect();
    let found = jobs.iter().find(|job| job.id == id);
    found.map(Some).ok_or_else(|| args::invalid("job", id, &format!("a job of this run: {}", known.join(", "))))
}

fn say(run: &ApiRun, jobs: &[Job], chosen: Option<&Job>, jobs_known: bool, hints: &mut Hints) {
    let others: Vec<String> = jobs
        .iter()
        .filter(|job| rows::failed(&job.conclusion) && Some(job.id) != chosen.map(|chosen| chosen.id))
        .take(5)
        .map(|job| format!("{} ({})", job.id, job.name))
        .collect();
    if !others.is_empty() {
        hints.add(format!("Other jobs failed too; job=ID shows their logs: {}.", others.join(", ")));
    }
    if jobs.is_empty() && jobs_known {
        hints.add(match run.conclusion.as_str() {
            "startup_failure" | "failure" => "It has no jobs: the workflow file could not be read or run.",
            _ => "It has no jobs (yet).",
        });
    } else if chosen.is_none() && jobs_known {
        hints.add("No job of it has failed; job=ID shows the log of one.");
    }
    if jobs.len() > JOBS {
        hints.add(format!("{} more jobs are not shown, passed ones last.", jobs.len() - JOBS));
    }
}

async fn log(
    call: &Call<'_>,
    repository: &Repository,
    job: &Job,
    budget_tokens: usize,
    hints: &mut Hints,
) -> Option<JobLog> {
    let text = match call.backend().job_log(repository, job.id, call.context).await {
        Ok(text) => text,
        Err(failure) => {
            hints.miss(format!("the log of job {} ({}) could not be read: {failure}", job.id, job.name));
            return None;
        }
    };
    if text.is_end_only {
        hints.add("The log is too large to be read whole: only its end was read.");
    }
    let parsed = Log::parse(&text.text);
    let step = rows::failed_step(job);
    let section = step.and_then(|step| parsed.section(step));
    if let (Some(step), None) = (step, &section) {
        hints.add(format!("Which lines are of step {:?} could not be told; this is the end of the log.", step.name));
    }
    let step = step.filter(|_| section.is_some()).map(|step| step.name.clone());
    let shown = parsed.show(section.unwrap_or_else(|| parsed.whole()), budget_tokens);
    Some(JobLog {
        job: job.name.clone(),
        step,
        ran: shown.ran,
        errors: shown.errors,
        tail: shown.tail,
        lines_before: shown.lines_before,
        lines_total: parsed.len() as u64,
    })
}
