//! `pod-cannot-start`: containers that the node cannot make or start, whatever their configuration and image.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::Pod;
use chrono::TimeDelta;
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-cannot-start",
    one: "1 pod has a container that its node cannot start",
    many: "{count} pods have a container that their node cannot start",
    next: "events object={target} namespace={namespace}; rollout_history kind={kind} name={name} namespace={namespace}",
};

const REASONS: &[&str] = &[
    "CreateContainerError",
    "RunContainerError",
    "PreCreateHookError",
    "PreStartHookError",
    "PostStartHookError",
    "KillContainerError",
];

/// A sandbox is often tried twice while a node starts.
const GRACE: TimeDelta = TimeDelta::minutes(2);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(snapshot, pod)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble<'a>(snapshot: &'a Snapshot, pod: &'a Pod) -> Option<Trouble<'a>> {
    let waiting = pod.all_statuses().filter_map(|status| Some((status, status.state.waiting.as_ref()?)));
    let failed = waiting.into_iter().find(|(_, waiting)| REASONS.contains(&waiting.reason.as_str()));
    let evidence = match failed {
        Some((status, waiting)) => vec![
            format!("container {}", status.name),
            format!("state.waiting.reason: {}", waiting.reason),
            waiting.message.clone(),
        ],
        None => vec![sandbox(snapshot, pod)?],
    };
    Some(Trouble { pod, evidence, since: pod.metadata.creation_timestamp, points_at: None })
}

/// The pod's network or sandbox could not be made: only the event tells.
fn sandbox(snapshot: &Snapshot, pod: &Pod) -> Option<String> {
    let begun = pod.all_statuses().any(|status| status.state.running.is_some() || status.state.terminated.is_some());
    if begun || pod.status.phase != "Pending" || snapshot.now - pod.metadata.created() < GRACE {
        return None;
    }
    let event = snapshot.warning_on(pod, &["FailedCreatePodSandBox"])?;
    Some(format!("{}: {}", event.reason, event.message))
}
