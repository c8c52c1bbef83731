//! `daemonset-scheduling`: DaemonSets that are missing on nodes that should run them, or run where they should not.

use super::{Looked, Snapshot, finding};
use crate::shape::api::Workload;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// New sets and new nodes need a moment.
const GRACE: TimeDelta = TimeDelta::minutes(10);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.daemon_sets.as_ref()?;
    let nodes = snapshot.nodes.as_deref().unwrap_or_default();
    // A node that joins or goes moves the numbers of all sets for a while.
    let unsettled = nodes.iter().any(|node| snapshot.now - node.metadata.created() < GRACE)
        || nodes.iter().any(|node| node.metadata.deletion_timestamp.is_some());
    let findings = all.iter().filter(|_| !unsettled).filter_map(|set| told(snapshot, set)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, set: &Workload) -> Option<Finding> {
    let status = &set.status;
    let seen = status.observed_generation.is_none_or(|seen| Some(seen) >= set.metadata.generation);
    if !seen || snapshot.now - set.metadata.created() < GRACE {
        return None;
    }
    let missing = status.desired_number_scheduled.saturating_sub(status.current_number_scheduled);
    let (severity, why, affected) = if missing > 0 {
        (Severity::Warning, format!("it is missing on {missing} nodes"), missing)
    } else if status.number_misscheduled > 0 {
        let count = status.number_misscheduled;
        (Severity::Info, format!("it runs on {count} nodes that it should not run on"), count)
    } else {
        return None;
    };
    let namespace = set.metadata.namespace();
    Some(Finding {
        evidence: vec![
            format!("desiredNumberScheduled: {}", status.desired_number_scheduled),
            format!("currentNumberScheduled: {}", status.current_number_scheduled),
            format!("numberMisscheduled: {}", status.number_misscheduled),
        ],
        next: format!("events object=daemonset/{} namespace={namespace}; list kind=nodes", set.metadata.name),
        affected: u64::from(affected),
        ..finding(
            "daemonset-scheduling",
            severity,
            ObjectRef::namespaced("DaemonSet", namespace, &set.metadata.name),
            why,
        )
    })
}
