//! `pvc-problem`: claims that are lost, or that wait for storage that something needs.

use super::{Looked, Snapshot};
use crate::shape::api::PersistentVolumeClaim;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

const GRACE: TimeDelta = TimeDelta::minutes(1);

/// Warnings on a bound claim that say more than a passing hiccup.
const AILMENTS: &[&str] =
    &["VolumeConditionAbnormal", "VolumeResizeFailed", "FileSystemResizeFailed", "ExternalResizeFailed"];

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let claims = snapshot.claims.as_ref()?;
    let findings = claims.iter().filter_map(|claim| finding(snapshot, claim)).collect();
    Ok(Looked { checked: claims.len() as u64, findings })
}

fn finding(snapshot: &Snapshot, claim: &PersistentVolumeClaim) -> Option<Finding> {
    let name = &claim.metadata.name;
    let namespace = claim.metadata.namespace();
    let lost = claim.status.phase == "Lost";
    let pending = claim.status.phase == "Pending" && snapshot.now - claim.metadata.created() > GRACE;
    let warning = snapshot.warnings.as_deref().unwrap_or_default().iter().filter(|event| {
        event.involved_object.kind == "PersistentVolumeClaim"
            && event.involved_object.name == *name
            && event.involved_object.namespace.as_deref() == Some(namespace)
    });
    let warning = warning.max_by_key(|event| event.last_seen());
    let user = snapshot.pods.as_deref().unwrap_or_default().iter().find(|pod| {
        let claims = pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
        pod.metadata.namespace() == namespace
            && !pod.is_finished()
            && claims.into_iter().any(|claim| claim.claim_name == *name)
    });
    // A claim that nobody uses may wait for its first pod by design (WaitForFirstConsumer).
    let ailing = warning.filter(|event| AILMENTS.contains(&event.reason.as_str()));
    if !lost && ailing.is_none() && !(pending && (warning.is_some() || user.is_some())) {
        return None;
    }
    let mut evidence = vec![format!("status.phase: {}", claim.status.phase)];
    evidence.extend(claim.spec.storage_class_name.as_ref().map(|class| format!("storageClassName: {class}")));
    evidence.extend(claim.spec.resources.requests.get("storage").map(|size| format!("requests.storage: {size}")));
    evidence.extend(warning.map(|event| format!("{}: {}", event.reason, event.message)));
    evidence.extend(user.map(|pod| format!("used by pod {}", pod.metadata.name)));
    Some(Finding {
        check: "pvc-problem".to_owned(),
        severity: if lost || pending && user.is_some() { Severity::Critical } else { Severity::Warning },
        object: ObjectRef::namespaced("PersistentVolumeClaim", namespace, name),
        why: match (lost, pending) {
            (true, _) => "its volume is gone".to_owned(),
            (false, true) => "it gets no volume".to_owned(),
            (false, false) => "its volume is in trouble".to_owned(),
        },
        evidence,
        next: format!("events object=pvc/{name} namespace={namespace}; list kind=storageclasses"),
        since: ailing.map(|event| event.first_seen()).or(claim.metadata.creation_timestamp),
        points_at: None,
        affected: 1,
    })
}
