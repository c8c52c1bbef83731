//! `pods-evicted`: pods of one workload that nodes evicted in numbers within the last day.

use super::snapshot::workload_of;
use super::{Looked, Snapshot, finding};
use crate::shape::api::Pod;
use crate::shape::lines;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

const RECENT: TimeDelta = TimeDelta::days(1);
const STILL: TimeDelta = TimeDelta::hours(1);
/// One is an accident.
const AT_LEAST: usize = 3;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.pods.as_ref()?;
    let mut evicted: BTreeMap<ObjectRef, Vec<&Pod>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| pod.status.phase == "Failed" && pod.status.reason == "Evicted") {
        if snapshot.now - ended(pod) < RECENT {
            evicted.entry(workload_of(pod)).or_default().push(pod);
        }
    }
    let findings = evicted.into_iter().filter_map(|(object, pods)| told(snapshot, object, &pods)).collect();
    Ok(Looked { checked: pods.len() as u64, findings })
}

/// When it was evicted: the newest turn of its conditions, or its creation.
fn ended(pod: &Pod) -> DateTime<Utc> {
    let turns = pod.status.conditions.iter().filter_map(|condition| condition.last_transition_time);
    turns.max().unwrap_or_else(|| pod.metadata.created())
}

fn told(snapshot: &Snapshot, object: ObjectRef, pods: &[&Pod]) -> Option<Finding> {
    let newest = pods.iter().max_by_key(|pod| ended(pod))?;
    if pods.len() < AT_LEAST {
        return None;
    }
    let still = snapshot.now - ended(newest) < STILL;
    let node = newest.spec.node_name.clone().unwrap_or_default();
    let count = pods.len();
    Some(Finding {
        evidence: vec![
            format!("pod {} on node {node}", newest.metadata.name),
            lines::cut(&newest.status.message, 240),
            format!("{count} pods with status.reason: Evicted within a day"),
        ],
        next: format!("events object=node/{node}; top kind=nodes"),
        since: pods.iter().map(|pod| ended(pod)).min(),
        points_at: (!node.is_empty()).then(|| ObjectRef::cluster("Node", node)),
        affected: count as u64,
        ..finding(
            "pods-evicted",
            if still { Severity::Warning } else { Severity::Info },
            object,
            format!("{count} of its pods were evicted"),
        )
    })
}
