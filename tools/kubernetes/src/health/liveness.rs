//! `pod-liveness-failing`: containers that are killed by their own liveness or start-up probe.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::{Event, Pod};
use chrono::TimeDelta;
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-liveness-failing",
    one: "1 pod is restarted because its liveness probe fails",
    many: "{count} pods are restarted because their liveness probe fails",
    next: "logs target={target} namespace={namespace} previous=true; events object={target} namespace={namespace}",
};

/// Still going on.
const RECENT: TimeDelta = TimeDelta::minutes(10);
/// A probe that fails once kills nobody: three in a row is the API's default.
const AT_LEAST: u64 = 3;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let events = snapshot.warnings.as_ref()?;
    let troubles = pods.iter().filter_map(|pod| trouble(snapshot, events, pod)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble<'a>(snapshot: &'a Snapshot, events: &'a [Event], pod: &'a Pod) -> Option<Trouble<'a>> {
    let restarted = pod.all_statuses().find(|status| {
        let ended = status.last_state.terminated.as_ref().and_then(|ended| ended.finished_at);
        ended.is_some_and(|at| snapshot.now - at < RECENT)
    })?;
    let kills = |event: &&Event| {
        event.reason == "Unhealthy"
            && (event.message.starts_with("Liveness probe") || event.message.starts_with("Startup probe"))
            && event.involved_object.name == pod.metadata.name
            && event.involved_object.namespace.as_deref() == pod.metadata.namespace.as_deref()
            && snapshot.now - event.last_seen() < RECENT
    };
    let event = events.iter().filter(kills).max_by_key(|event| event.times())?;
    let evidence = vec![
        format!("container {}, restartCount: {}", restarted.name, restarted.restart_count),
        format!("{} ({}x)", event.message, event.times()),
    ];
    (event.times() >= AT_LEAST).then(|| Trouble { pod, evidence, since: Some(event.first_seen()), points_at: None })
}
