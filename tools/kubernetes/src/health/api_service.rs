//! `api-service-unavailable`: API groups that another server should answer and that are not available.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{ApiService, Condition};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// A server that restarts is back by then.
const GRACE: TimeDelta = TimeDelta::minutes(2);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.api_services.as_ref()?;
    let findings = all.iter().filter_map(|service| told(snapshot, service)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, service: &ApiService) -> Option<Finding> {
    let available = Condition::of(&service.status.conditions, "Available").filter(|condition| !condition.is_true())?;
    let backend = service.spec.service.as_ref()?;
    if !snapshot.covers(&backend.namespace)
        || available.last_transition_time.is_some_and(|at| snapshot.now - at < GRACE)
    {
        return None;
    }
    Some(Finding {
        evidence: vec![
            format!("Available: {} ({})", available.status, available.reason),
            available.message.clone(),
            format!("service: {}/{}", backend.namespace, backend.name),
        ],
        next: format!("who_can_reach service={} namespace={}", backend.name, backend.namespace),
        since: available.last_transition_time,
        points_at: Some(ObjectRef::namespaced("Service", &backend.namespace, &backend.name)),
        ..finding(
            "api-service-unavailable",
            Severity::Warning,
            ObjectRef::cluster("APIService", &service.metadata.name),
            "its server does not answer: its kinds cannot be used, and namespaces cannot be deleted",
        )
    })
}
