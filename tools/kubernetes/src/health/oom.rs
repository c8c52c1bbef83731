//! `pod-oom-killed`: containers that were killed for their memory within the last hour.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::age;
use crate::shape::api::{Pod, Terminated};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-oom-killed",
    one: "1 pod ran out of memory and was killed",
    many: "{count} pods ran out of memory and were killed",
    next: "rollout_history kind={kind} name={name} namespace={namespace}; top namespace={namespace}",
};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(pod, snapshot.now)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble(pod: &Pod, now: DateTime<Utc>) -> Option<Trouble<'_>> {
    let killed = |ended: &&Terminated| {
        ended.reason == "OOMKilled" && ended.finished_at.is_none_or(|at| now - at < TimeDelta::hours(1))
    };
    let (status, ended) = pod.all_statuses().find_map(|status| {
        let ended =
            status.state.terminated.as_ref().filter(killed).or(status.last_state.terminated.as_ref().filter(killed))?;
        Some((status, ended))
    })?;
    let mut evidence = vec![
        format!("container {}", status.name),
        format!("lastState.terminated.reason: {}", ended.reason),
        format!("restartCount: {}", status.restart_count),
    ];
    let spec = pod.spec.containers.iter().chain(&pod.spec.init_containers).find(|spec| spec.name == status.name);
    match spec.and_then(|spec| spec.resources.limits.get("memory")) {
        Some(limit) => evidence.push(format!("resources.limits.memory: {limit}")),
        None => evidence.push("no memory limit: the node ran out".to_owned()),
    }
    if let Some(at) = ended.finished_at {
        evidence.push(format!("killed {} ago", age::spoken(now - at)));
    }
    Some(Trouble { pod, evidence, since: ended.finished_at, points_at: None })
}
