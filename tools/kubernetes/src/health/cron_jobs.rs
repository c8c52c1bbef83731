//! `cronjob-problem`: CronJobs that do not start when they should, never succeed, or are suspended.
//!
//! Whether a run is overdue is judged by the longest time that lies between two runs of the schedule, which holds in
//! every time zone.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{CronJob, Event};
use crate::shape::{age, cron, lines};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Clock changes of daylight saving, and a controller that is busy.
const PATIENCE: TimeDelta = TimeDelta::minutes(75);

/// Runs in a row without a success.
const RUNS: i32 = 3;

/// What the controller says when it cannot start a job.
const REASONS: &[&str] = &[
    "UnknownTimeZone",
    "UnparseableSchedule",
    "InvalidSchedule",
    "TooManyMissedTimes",
    "MissSchedule",
    "FailedCreate",
];

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.cron_jobs.as_ref()?;
    let findings = all.iter().filter_map(|cron| told(snapshot, cron)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, cron: &CronJob) -> Option<Finding> {
    if cron.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let (severity, why, since) = if cron.spec.suspend {
        (Severity::Info, "it is suspended".to_owned(), None)
    } else if let Some(event) = warning(snapshot, cron) {
        let why = match event.reason.as_str() {
            "UnknownTimeZone" => "it never runs: its time zone is unknown".to_owned(),
            "UnparseableSchedule" | "InvalidSchedule" => "it never runs: its schedule cannot be read".to_owned(),
            "FailedCreate" => "its job cannot be made".to_owned(),
            _ => "it missed its time".to_owned(),
        };
        (Severity::Warning, why, Some(event.first_seen()))
    } else {
        let (why, since) = late(snapshot.now, cron)?;
        (Severity::Warning, why, Some(since))
    };
    let namespace = cron.metadata.namespace();
    let name = &cron.metadata.name;
    let mut evidence = vec![format!("schedule: {}", cron.spec.schedule)];
    if !cron.spec.time_zone.is_empty() {
        evidence.push(format!("timeZone: {}", cron.spec.time_zone));
    }
    let told = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age::spoken(snapshot.now - at)))
    };
    evidence.push(format!("lastScheduleTime: {}", told(cron.status.last_schedule_time)));
    evidence.push(format!("lastSuccessfulTime: {}", told(cron.status.last_successful_time)));
    evidence
        .extend(warning(snapshot, cron).map(|event| format!("{}: {}", event.reason, lines::cut(&event.message, 240))));
    Some(Finding {
        evidence,
        next: format!("events object=cronjob/{name} namespace={namespace}; list kind=jobs namespace={namespace}"),
        since,
        ..finding("cronjob-problem", severity, ObjectRef::namespaced("CronJob", namespace, name), why)
    })
}

fn warning<'a>(snapshot: &'a Snapshot, cron: &CronJob) -> Option<&'a Event> {
    let events = snapshot.warnings.as_deref().unwrap_or_default().iter().filter(|event| {
        event.involved_object.kind == "CronJob"
            && event.involved_object.name == cron.metadata.name
            && event.involved_object.namespace.as_deref() == cron.metadata.namespace.as_deref()
            && REASONS.contains(&event.reason.as_str())
            // A job that was started since made it good.
            && cron.status.last_schedule_time.is_none_or(|started| started < event.last_seen())
    });
    events.max_by_key(|event| event.last_seen())
}

/// Whether it is overdue, or runs without ever succeeding.
fn late(now: DateTime<Utc>, cron: &CronJob) -> Option<(String, DateTime<Utc>)> {
    let gap = cron::longest_gap(&cron.spec.schedule)?;
    let created = cron.metadata.created();
    // A schedule that was changed or resumed begins anew.
    let edited = cron.metadata.managed_fields.iter().filter(|field| field.subresource.is_empty());
    let begun = edited.filter_map(|field| field.time).max().unwrap_or(created).max(created);
    let started = cron.status.last_schedule_time;
    let held = !cron.status.active.is_empty() && cron.spec.concurrency_policy == "Forbid";
    let reference = started.map_or(begun, |started| started.max(begun));
    if !held && now - reference > gap + PATIENCE {
        return Some((
            format!("it is overdue: it should have run by {} ago", age::spoken(now - reference - gap)),
            reference,
        ));
    }
    let good = cron.status.last_successful_time;
    let reference = good.unwrap_or(created).max(begun);
    let failing = started.is_some_and(|started| started > reference) && now - reference > gap * RUNS + PATIENCE;
    failing.then(|| (format!("no run succeeded for {}", age::spoken(now - reference)), reference))
}
