//! `workload-under-replicated`: workloads with fewer ready pods than wanted, for longer than starting takes.

use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Workload};
use crate::shape::workloads;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

const GRACE: TimeDelta = TimeDelta::minutes(2);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let kinds = [
        ("Deployment", snapshot.deployments.as_ref()?),
        ("StatefulSet", snapshot.stateful_sets.as_ref()?),
        ("DaemonSet", snapshot.daemon_sets.as_ref()?),
    ];
    let all = || kinds.iter().flat_map(|(kind, list)| list.iter().map(move |workload| (*kind, workload)));
    let findings = all().filter_map(|(kind, workload)| finding(snapshot, kind, workload)).collect();
    Ok(Looked { checked: all().count() as u64, findings })
}

fn finding(snapshot: &Snapshot, kind: &str, workload: &Workload) -> Option<Finding> {
    let (desired, ready, _) = workloads::counts(kind, workload);
    let object = ObjectRef::namespaced(kind, workload.metadata.namespace(), &workload.metadata.name);
    if ready >= desired || starts(snapshot, &object, workload) {
        return None;
    }
    let available = Condition::of(&workload.status.conditions, "Available").filter(|condition| !condition.is_true());
    let mut evidence = vec![format!("readyReplicas: {ready}"), format!("replicas: {desired}")];
    evidence.extend(available.map(|condition| condition.message.clone()));
    Some(Finding {
        check: "workload-under-replicated".to_owned(),
        severity: if ready == 0 { Severity::Critical } else { Severity::Warning },
        why: format!("{ready} of {desired} pods are ready"),
        evidence,
        next: format!("owner_tree kind={kind} name={} namespace={}", object.name, workload.metadata.namespace()),
        since: available.and_then(|condition| condition.last_transition_time),
        points_at: None,
        affected: u64::from(desired - ready),
        object,
    })
}

/// Whether it is new, or all pods that are not ready are new, going, or on a node that is lost: nothing of its own.
fn starts(snapshot: &Snapshot, object: &ObjectRef, workload: &Workload) -> bool {
    let young = |at: DateTime<Utc>| snapshot.now - at < GRACE;
    if young(workload.metadata.created()) {
        return true;
    }
    let pods = snapshot.pods.as_deref().unwrap_or_default();
    let mut waiting =
        pods.iter().filter(|pod| !pod.is_ready() && super::snapshot::workload_of(pod) == *object).peekable();
    waiting.peek().is_some()
        && waiting.all(|pod| {
            young(pod.metadata.created()) || pod.metadata.deletion_timestamp.is_some() || snapshot.is_on_lost_node(pod)
        })
}
