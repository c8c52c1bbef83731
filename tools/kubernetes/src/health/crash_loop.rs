//! `pod-crash-loop`: containers that end with an error again and again.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::{ContainerStatus, Pod};
use crate::shape::pods::exit_words;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-crash-loop",
    one: "1 pod crashes again and again",
    many: "{count} pods crash again and again",
    next: "logs target={target} namespace={namespace} previous=true",
};

/// Restarts within this time count as going on.
const RECENT: TimeDelta = TimeDelta::minutes(10);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(pod, snapshot.now)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble(pod: &Pod, now: DateTime<Utc>) -> Option<Trouble<'_>> {
    let status = pod.all_statuses().find(|status| crashes(status, now))?;
    let mut evidence = vec![format!("container {}", status.name), format!("restartCount: {}", status.restart_count)];
    if let Some(waiting) = &status.state.waiting {
        evidence.push(format!("state.waiting.reason: {}", waiting.reason));
    }
    if let Some(ended) = status.last_state.terminated.as_ref().or(status.state.terminated.as_ref()) {
        evidence.push(format!("lastState.terminated: {}", exit_words(ended)));
        if !ended.message.is_empty() {
            evidence.push(format!("termination message: {}", ended.message.trim()));
        }
    }
    let since =
        crate::shape::api::Condition::of(&pod.status.conditions, "Ready").and_then(|ready| ready.last_transition_time);
    Some(Trouble { pod, evidence, since, points_at: None })
}

/// Out-of-memory kills have a check of their own.
fn crashes(status: &ContainerStatus, now: DateTime<Utc>) -> bool {
    let last = status.last_state.terminated.as_ref().or(status.state.terminated.as_ref());
    if last.is_some_and(|ended| ended.reason == "OOMKilled") {
        return false;
    }
    let waits = status.state.waiting.as_ref().is_some_and(|waiting| waiting.reason == "CrashLoopBackOff");
    let between =
        status.state.terminated.as_ref().is_some_and(|ended| ended.exit_code != 0) && status.restart_count > 0;
    let flaps = status.restart_count >= 3
        && status
            .last_state
            .terminated
            .as_ref()
            .is_some_and(|ended| ended.exit_code != 0 && ended.finished_at.is_some_and(|at| now - at < RECENT));
    waits || between || flaps
}
