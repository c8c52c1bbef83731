//! `pod-stuck-terminating`: pods that should have been gone long ago.

use super::snapshot::workload_of;
use super::{Looked, Snapshot, finding};
use crate::shape::age;
use crate::shape::api::Pod;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

/// After the time that the pod was given to end: the API's deletion time has it in.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.pods.as_ref()?;
    let mut stuck: BTreeMap<ObjectRef, Vec<&Pod>> = BTreeMap::new();
    for pod in pods {
        let late = pod.metadata.deletion_timestamp.is_some_and(|at| snapshot.now - at > PATIENCE);
        // The kubelet of a lost node cannot say that a pod ended: the node is the finding.
        if late && !snapshot.is_on_lost_node(pod) {
            stuck.entry(workload_of(pod)).or_default().push(pod);
        }
    }
    let findings = stuck.into_iter().filter_map(|(object, pods)| told(snapshot, object, &pods)).collect();
    Ok(Looked { checked: pods.len() as u64, findings })
}

fn told(snapshot: &Snapshot, object: ObjectRef, pods: &[&Pod]) -> Option<Finding> {
    let first = pods.iter().min_by_key(|pod| pod.metadata.deletion_timestamp)?;
    let since = first.metadata.deletion_timestamp?;
    let finalizers = &first.metadata.finalizers;
    let mut evidence = vec![
        format!("pod {}", first.metadata.name),
        format!("deletionTimestamp: {} ago", age::spoken(snapshot.now - since)),
    ];
    evidence.push(match finalizers.is_empty() {
        true => format!(
            "no finalizers: the kubelet of {} did not end it",
            first.spec.node_name.as_deref().unwrap_or("no node")
        ),
        false => format!("finalizers: {}", finalizers.join(", ")),
    });
    let namespace = first.metadata.namespace();
    let why = match pods.len() {
        1 => "1 pod does not end".to_owned(),
        count => format!("{count} pods do not end"),
    };
    Some(Finding {
        evidence,
        next: format!("events object=pod/{} namespace={namespace} warnings_only=false", first.metadata.name),
        since: Some(since),
        affected: pods.len() as u64,
        ..finding("pod-stuck-terminating", Severity::Warning, object, why)
    })
}
