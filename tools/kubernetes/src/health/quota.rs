//! `quota-reached`: resource quotas that are used up, or nearly.

use super::{Looked, Snapshot, finding};
use crate::shape::api::ResourceQuota;
use crate::shape::quantity;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Share of a bound in percent from which on it is told.
const NEAR: u64 = 90;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.quotas.as_ref()?;
    let findings = all.iter().filter_map(|quota| told(snapshot, quota)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, quota: &ResourceQuota) -> Option<Finding> {
    let status = &quota.status;
    let mut near: Vec<(u64, String)> = Vec::new();
    for (resource, hard) in &status.hard {
        let Some(used) = status.used.get(resource) else { continue };
        let (Some(bound), Some(spent)) = (quantity::millis(hard), quantity::millis(used)) else { continue };
        // A bound of zero forbids a resource; nobody waits for it.
        let Some(percent) = spent.saturating_mul(100).checked_div(bound) else { continue };
        if percent >= NEAR {
            near.push((percent, format!("{resource}: {used} of {hard} used ({percent} %)")));
        }
    }
    near.sort_by(|left, right| right.cmp(left));
    let (percent, _) = near.first()?;
    let namespace = quota.metadata.namespace();
    let name = &quota.metadata.name;
    let marker = format!("exceeded quota: {name},");
    let refused =
        snapshot.warnings.as_deref().unwrap_or_default().iter().find(|event| {
            event.involved_object.namespace.as_deref() == Some(namespace) && event.message.contains(&marker)
        });
    let (severity, why) = match (refused, *percent >= 100) {
        (Some(_), _) => (Severity::Warning, "it is used up and objects are refused".to_owned()),
        (None, true) => (Severity::Info, "it is used up: nothing more fits".to_owned()),
        (None, false) => (Severity::Info, format!("{percent} % of it are used")),
    };
    let mut evidence: Vec<String> = near.into_iter().take(5).map(|(_, told)| told).collect();
    evidence.extend(refused.map(|event| format!("{}: {}", event.reason, event.message)));
    Some(Finding {
        evidence,
        next: format!("get kind=quota name={name} namespace={namespace}; top namespace={namespace}"),
        since: refused.map(|event| event.first_seen()),
        points_at: refused.map(|event| event.object()),
        ..finding("quota-reached", severity, ObjectRef::namespaced("ResourceQuota", namespace, name), why)
    })
}
