//! `pod-unschedulable`: pods that no node can take.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Pod};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;

const WORDS: Words = Words {
    check: "pod-unschedulable",
    one: "1 pod finds no node to run on",
    many: "{count} pods find no node to run on",
    next: "rollout_history kind={kind} name={name} namespace={namespace}; top kind=nodes",
};

/// A scheduler needs a moment, and an autoscaler a node.
const GRACE: TimeDelta = TimeDelta::seconds(30);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(pod, snapshot.now)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble(pod: &Pod, now: DateTime<Utc>) -> Option<Trouble<'_>> {
    let condition = Condition::of(&pod.status.conditions, "PodScheduled")?;
    let since = condition.last_transition_time.or(pod.metadata.creation_timestamp);
    let waits = condition.reason == "Unschedulable" && !condition.is_true() && since.is_none_or(|at| now - at > GRACE);
    waits.then(|| Trouble {
        pod,
        evidence: vec!["PodScheduled: False (Unschedulable)".to_owned(), condition.message.clone()],
        since,
        points_at: claim(&condition.message, pod.metadata.namespace()),
    })
}

/// `persistentvolumeclaim "data" not found`
fn claim(message: &str, namespace: &str) -> Option<ObjectRef> {
    let rest = message.split_once("persistentvolumeclaim \"")?.1;
    let name = rest.split('"').next()?;
    Some(ObjectRef::namespaced("PersistentVolumeClaim", namespace, name))
}
