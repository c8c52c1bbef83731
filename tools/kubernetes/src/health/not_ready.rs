//! `pod-not-ready`: containers that run and yet fail their readiness or start-up probe.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Pod};
use chrono::TimeDelta;
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-not-ready",
    one: "1 pod runs and is not ready",
    many: "{count} pods run and are not ready",
    next: "events object={target} namespace={namespace}; logs target={target} namespace={namespace}",
};

/// Starting takes a while.
const GRACE: TimeDelta = TimeDelta::seconds(75);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(snapshot, pod)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<Trouble<'a>> {
    let ready = Condition::of(&pod.status.conditions, "Ready").filter(|ready| !ready.is_true())?;
    let since = ready.last_transition_time.or(pod.metadata.creation_timestamp);
    if pod.status.phase != "Running"
        || snapshot.is_on_lost_node(pod)
        || since.is_some_and(|at| snapshot.now - at < GRACE)
    {
        return None;
    }
    let status = pod.all_statuses().find(|status| !status.ready && status.state.running.is_some())?;
    let mut evidence = vec![format!("container {}: running, ready: false", status.name)];
    if let Some(event) = snapshot.warning_on(pod, &["Unhealthy", "ProbeError"]) {
        evidence.push(format!("{} ({}x)", event.message, event.times()));
    } else if !ready.message.is_empty() {
        evidence.push(ready.message.clone());
    }
    Some(Trouble { pod, evidence, since, points_at: None })
}
