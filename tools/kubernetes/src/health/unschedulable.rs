//! `pod-unschedulable`: pods that no node can take.
//!
//! A new node takes an autoscaler minutes: while one is on its way, that is told and alarms nobody.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Pod};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

const WORDS: Words = Words {
    check: "pod-unschedulable",
    one: "1 pod finds no node to run on",
    many: "{count} pods find no node to run on",
    next: "rollout_history kind={kind} name={name} namespace={namespace}; top kind=nodes",
};

/// The same while an autoscaler makes room.
const HELPED: Words = Words {
    one: "1 pod waits for a node that an autoscaler is making",
    many: "{count} pods wait for a node that an autoscaler is making",
    ..WORDS
};

/// A scheduler needs a moment, and an autoscaler a node.
const GRACE: TimeDelta = TimeDelta::minutes(3);

/// An autoscaler that has not made a node for so long does not help.
const MAKING: TimeDelta = TimeDelta::minutes(10);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let (mut stuck, mut helped) = (Vec::new(), Vec::new());
    for mut trouble in pods.iter().filter_map(|pod| trouble(pod, snapshot.now)) {
        match snapshot.scale_up_for(trouble.pod, MAKING) {
            Some(event) => {
                trouble.evidence.push(format!("event {}: {}", event.reason, event.message));
                helped.push(trouble);
            }
            None => stuck.push(trouble),
        }
    }
    let mut findings = fold::findings(snapshot, stuck, &WORDS);
    let quiet = fold::findings(snapshot, helped, &HELPED).into_iter();
    findings.extend(quiet.map(|finding| Finding { severity: Severity::Info, ..finding }));
    Ok(Looked { checked: pods.len() as u64, findings })
}

/// Whether the scheduler has said that no node fits.
pub(super) fn is_unschedulable(pod: &Pod) -> bool {
    let condition = Condition::of(&pod.status.conditions, "PodScheduled");
    condition.is_some_and(|condition| condition.reason == "Unschedulable" && !condition.is_true())
}

fn trouble(pod: &Pod, now: DateTime<Utc>) -> Option<Trouble<'_>> {
    let condition = Condition::of(&pod.status.conditions, "PodScheduled")?;
    let since = condition.last_transition_time.or(pod.metadata.creation_timestamp);
    let waits = is_unschedulable(pod) && since.is_none_or(|at| now - at > GRACE);
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
