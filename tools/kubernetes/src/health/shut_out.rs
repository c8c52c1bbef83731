//! `network-policy-shuts-out`: policies that let nobody at all reach the pods of a service.
//!
//! A policy that shuts a namespace by default is good practice as long as others open what is needed: only pods of
//! which no policy admits anybody count.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{NetworkPolicy, Pod};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let policies = snapshot.policies.as_ref()?;
    let services = snapshot.services.as_ref()?;
    let pods = snapshot.live_pods()?;
    let mut by_policy: BTreeMap<ObjectRef, Vec<String>> = BTreeMap::new();
    for service in services {
        let namespace = service.metadata.namespace();
        let behind: Vec<&&Pod> = pods
            .iter()
            .filter(|pod| pod.metadata.namespace() == namespace && !pod.spec.host_network)
            .filter(|pod| service.spec.selects(&pod.metadata.labels))
            .collect();
        let of_pods: Option<Vec<&NetworkPolicy>> = behind.iter().map(|pod| shutting(policies, pod)).collect();
        let Some(first) = of_pods.as_ref().and_then(|policies| policies.first()) else { continue };
        let object = ObjectRef::namespaced("NetworkPolicy", namespace, &first.metadata.name);
        by_policy.entry(object).or_default().push(service.metadata.name.clone());
    }
    let findings = by_policy.into_iter().map(|(object, services)| told(object, &services)).collect();
    Ok(Looked { checked: policies.len() as u64, findings })
}

/// The first policy that governs the pod, where none of them admits anybody.
fn shutting<'p>(policies: &'p [NetworkPolicy], pod: &Pod) -> Option<&'p NetworkPolicy> {
    let governing =
        || policies.iter().filter(|policy| policy.governs_ingress(pod.metadata.namespace(), &pod.metadata.labels));
    if governing().any(|policy| !policy.spec.ingress.is_empty()) { None } else { governing().next() }
}

fn told(object: ObjectRef, services: &[String]) -> Finding {
    let namespace = object.namespace.clone().unwrap_or_default();
    let first = services.first().cloned().unwrap_or_default();
    let why = match services.len() {
        1 => format!("it lets nobody reach the pods of Service {first}"),
        count => format!("it lets nobody reach the pods of {count} services"),
    };
    Finding {
        evidence: vec![
            "spec.ingress: no rule, and no other policy admits anybody".to_owned(),
            format!("services: {}", services.iter().take(8).cloned().collect::<Vec<_>>().join(", ")),
        ],
        next: format!("who_can_reach service={first} namespace={namespace}"),
        points_at: Some(ObjectRef::namespaced("Service", &namespace, first)),
        affected: services.len() as u64,
        ..finding("network-policy-shuts-out", Severity::Warning, object, why)
    }
}
