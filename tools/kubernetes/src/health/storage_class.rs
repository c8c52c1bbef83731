//! `storage-class-missing`: claims that wait for a storage class that does not exist.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{PersistentVolumeClaim, StorageClass};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

const GRACE: TimeDelta = TimeDelta::minutes(1);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let claims = snapshot.claims.as_ref()?;
    let classes = snapshot.storage_classes.as_ref()?;
    let waiting = claims.iter().filter(|claim| {
        claim.status.phase == "Pending"
            && claim.spec.volume_name.is_empty()
            && snapshot.now - claim.metadata.created() > GRACE
    });
    let findings = waiting.filter_map(|claim| told(snapshot, claim, classes)).collect();
    Ok(Looked { checked: claims.len() as u64, findings })
}

fn told(snapshot: &Snapshot, claim: &PersistentVolumeClaim, classes: &[StorageClass]) -> Option<Finding> {
    let why = match claim.spec.storage_class_name.as_deref() {
        // Asks for a volume that somebody made by hand.
        Some("") => return None,
        Some(name) if classes.iter().any(|class| class.metadata.name == name) => return None,
        // A class that does not exist may be the name by which a volume made by hand is found.
        Some(name) if has_volume(snapshot, name) => return None,
        Some(name) => format!("there is no StorageClass {name}"),
        None if classes.iter().any(StorageClass::is_default) => return None,
        None => "it names no storage class and the cluster has no default one".to_owned(),
    };
    let namespace = claim.metadata.namespace();
    let name = &claim.metadata.name;
    let user = snapshot.pods.as_deref().unwrap_or_default().iter().find(|pod| {
        let mut claims = pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
        pod.metadata.namespace() == namespace && !pod.is_finished() && claims.any(|claim| claim.claim_name == *name)
    });
    let known: Vec<&str> = classes.iter().map(|class| class.metadata.name.as_str()).collect();
    let mut evidence = vec![
        format!("spec.storageClassName: {}", claim.spec.storage_class_name.as_deref().unwrap_or("not set")),
        if known.is_empty() {
            "there are no storage classes".to_owned()
        } else {
            format!("classes: {}", known.join(", "))
        },
    ];
    evidence.extend(user.map(|pod| format!("used by pod {}", pod.metadata.name)));
    Some(Finding {
        evidence,
        next: format!("storage namespace={namespace}"),
        since: claim.metadata.creation_timestamp,
        points_at: claim.spec.storage_class_name.as_ref().map(|name| ObjectRef::cluster("StorageClass", name)),
        ..finding(
            "storage-class-missing",
            if user.is_some() { Severity::Critical } else { Severity::Warning },
            ObjectRef::namespaced("PersistentVolumeClaim", namespace, name),
            why,
        )
    })
}

fn has_volume(snapshot: &Snapshot, class: &str) -> bool {
    snapshot.volumes.as_deref().unwrap_or_default().iter().any(|volume| volume.spec.storage_class_name == class)
}
