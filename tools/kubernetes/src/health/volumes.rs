//! `pv-problem`: volumes that failed, and volumes kept for days after their claim went.

use super::{Looked, Snapshot, finding};
use crate::shape::age;
use crate::shape::api::PersistentVolume;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// What is kept on purpose is looked after within this time.
const LONG: TimeDelta = TimeDelta::days(7);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.volumes.as_ref()?;
    let asked = |volume: &&PersistentVolume| match &volume.spec.claim_ref {
        Some(claim) => snapshot.covers(&claim.namespace),
        None => snapshot.namespace.is_none(),
    };
    let findings = all.iter().filter(asked).filter_map(|volume| told(snapshot, volume)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, volume: &PersistentVolume) -> Option<Finding> {
    let status = &volume.status;
    let since = status.last_phase_transition_time;
    let (severity, why) = match status.phase.as_str() {
        "Failed" => (Severity::Warning, "its reclaim failed".to_owned()),
        "Released" => {
            let age = snapshot.now - since?;
            if age < LONG {
                return None;
            }
            (Severity::Info, format!("its claim went {} ago and it still holds its storage", age::spoken(age)))
        }
        _ => return None,
    };
    let mut evidence = vec![
        format!("status.phase: {}", status.phase),
        format!("persistentVolumeReclaimPolicy: {}", volume.spec.reclaim_policy),
    ];
    evidence.extend(volume.spec.capacity.get("storage").map(|size| format!("capacity: {size}")));
    evidence.extend(volume.spec.claim_ref.as_ref().map(|claim| format!("claim: {}/{}", claim.namespace, claim.name)));
    evidence.extend([&status.reason, &status.message].into_iter().filter(|text| !text.is_empty()).cloned());
    Some(Finding {
        evidence,
        next: format!("get kind=pv name={}", volume.metadata.name),
        since,
        ..finding("pv-problem", severity, ObjectRef::cluster("PersistentVolume", &volume.metadata.name), why)
    })
}
