//! `load-balancer-pending`: services of type LoadBalancer that nobody gave an address.

use super::{Looked, Snapshot, finding};
use crate::shape::age;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Clouds take minutes.
const GRACE: TimeDelta = TimeDelta::minutes(10);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.services.as_ref()?;
    let waiting = all.iter().filter(|service| {
        service.spec.kind == "LoadBalancer"
            && service.status.load_balancer.ingress.is_empty()
            && service.metadata.deletion_timestamp.is_none()
            && snapshot.now - service.metadata.created() > GRACE
    });
    let findings = waiting.map(|service| {
        let namespace = service.metadata.namespace();
        let waits = age::spoken(snapshot.now - service.metadata.created());
        let mut evidence = vec!["status.loadBalancer.ingress: empty".to_owned(), format!("created {waits} ago")];
        let class = &service.spec.load_balancer_class;
        if !class.is_empty() {
            evidence.push(format!("spec.loadBalancerClass: {class}"));
        }
        Finding {
            evidence,
            next: format!("events object=service/{} namespace={namespace}", service.metadata.name),
            since: service.metadata.creation_timestamp,
            ..finding(
                "load-balancer-pending",
                Severity::Warning,
                ObjectRef::namespaced("Service", namespace, &service.metadata.name),
                "its load balancer has no address",
            )
        }
    });
    Ok(Looked { checked: all.len() as u64, findings: findings.collect() })
}
