//! `pod-init-stuck`: init containers that run on and on, mostly because what they wait for never comes.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::age;
use crate::shape::api::Pod;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-init-stuck",
    one: "1 pod is held up by an init container that does not end",
    many: "{count} pods are held up by an init container that does not end",
    next: "logs target={target} namespace={namespace}",
};

/// A migration may take its time.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(pod, snapshot.now)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble(pod: &Pod, now: DateTime<Utc>) -> Option<Trouble<'_>> {
    if pod.status.phase != "Pending" {
        return None;
    }
    let is_sidecar = |name: &str| pod.spec.init_containers.iter().any(|spec| spec.name == name && spec.is_sidecar());
    let (status, since) = pod.status.init_container_statuses.iter().find_map(|status| {
        let since = status.state.running.as_ref()?.started_at?;
        (!is_sidecar(&status.name) && now - since > PATIENCE).then_some((status, since))
    })?;
    let evidence = vec![
        format!("init container {}: running for {}", status.name, age::spoken(now - since)),
        format!("restartCount: {}", status.restart_count),
    ];
    Some(Trouble { pod, evidence, since: Some(since), points_at: None })
}
