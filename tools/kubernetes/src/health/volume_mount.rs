//! `pod-volume-mount`: pods that wait for a volume that cannot be attached or mounted.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot, config_missing};
use crate::shape::api::Pod;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;

const WORDS: Words = Words {
    check: "pod-volume-mount",
    one: "1 pod cannot start: a volume cannot be mounted",
    many: "{count} pods cannot start: a volume cannot be mounted",
    next: "storage namespace={namespace}; events object={target} namespace={namespace}",
};

/// A volume that moves between nodes takes a while.
const GRACE: TimeDelta = TimeDelta::minutes(3);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    snapshot.warnings.as_ref()?;
    let troubles = pods.iter().filter_map(|pod| trouble(snapshot, pod)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble<'a>(snapshot: &'a Snapshot, pod: &'a Pod) -> Option<Trouble<'a>> {
    let begun = pod.all_statuses().any(|status| status.state.running.is_some() || status.state.terminated.is_some());
    if begun || pod.status.phase != "Pending" || snapshot.now - pod.metadata.created() < GRACE {
        return None;
    }
    let event = snapshot.warning_on(pod, &["FailedMount", "FailedAttachVolume", "FailedMapVolume"])?;
    if config_missing::missing_object(&event.message, "").is_some() {
        return None;
    }
    let claim = pod.spec.volumes.iter().find_map(|volume| volume.persistent_volume_claim.as_ref());
    let claim =
        claim.map(|claim| ObjectRef::namespaced("PersistentVolumeClaim", pod.metadata.namespace(), &claim.claim_name));
    Some(Trouble {
        pod,
        evidence: vec![format!("{} ({}x): {}", event.reason, event.times(), event.message)],
        since: Some(event.first_seen()),
        points_at: claim,
    })
}
