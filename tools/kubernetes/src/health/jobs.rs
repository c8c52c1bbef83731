//! `job-failed`: jobs that gave up within the last day and were not followed by a success of the same CronJob.

use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Job};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let jobs = snapshot.jobs.as_ref()?;
    let mut succeeded: BTreeMap<ObjectRef, DateTime<Utc>> = BTreeMap::new();
    for job in jobs {
        if let Some(at) = job.status.completion_time {
            let last = succeeded.entry(maker(job)).or_insert(at);
            *last = at.max(*last);
        }
    }
    let mut failed: BTreeMap<ObjectRef, Vec<(&Job, &Condition)>> = BTreeMap::new();
    for job in jobs {
        let Some(condition) = Condition::of(&job.status.conditions, "Failed").filter(|condition| condition.is_true())
        else {
            continue;
        };
        let at = condition.last_transition_time.unwrap_or(job.metadata.created());
        let made_good = succeeded.get(&maker(job)).is_some_and(|success| *success > at);
        if snapshot.now - at < TimeDelta::days(1) && !made_good {
            failed.entry(maker(job)).or_default().push((job, condition));
        }
    }
    let findings = failed.into_iter().filter_map(|(object, jobs)| finding(object, &jobs)).collect();
    Ok(Looked { checked: jobs.len() as u64, findings })
}

/// The CronJob that made it, or the job itself.
fn maker(job: &Job) -> ObjectRef {
    let owner = job.metadata.controller().filter(|owner| owner.kind == "CronJob");
    let (kind, name) = owner.map_or(("Job", &job.metadata.name), |owner| ("CronJob", &owner.name));
    ObjectRef::namespaced(kind, job.metadata.namespace(), name)
}

fn finding(object: ObjectRef, jobs: &[(&Job, &Condition)]) -> Option<Finding> {
    let (job, condition) = jobs.iter().max_by_key(|(_, condition)| condition.last_transition_time)?;
    let namespace = object.namespace.clone().unwrap_or_default();
    Some(Finding {
        check: "job-failed".to_owned(),
        severity: Severity::Warning,
        why: "its last run failed".to_owned(),
        evidence: vec![
            format!("job {}", job.metadata.name),
            format!("Failed: True ({})", condition.reason),
            condition.message.clone(),
            format!("status.failed: {}", job.status.failed),
        ],
        next: format!("logs target=job/{} namespace={namespace}", job.metadata.name),
        since: jobs.iter().filter_map(|(_, condition)| condition.last_transition_time).min(),
        points_at: None,
        affected: jobs.len() as u64,
        object,
    })
}
