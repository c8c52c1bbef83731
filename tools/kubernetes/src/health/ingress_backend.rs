//! `ingress-backend`: ingresses that route to a service, or a port of one, that does not exist.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{Ingress, Service};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.ingresses.as_ref()?;
    let services = snapshot.services.as_ref()?;
    let findings = all.iter().filter_map(|ingress| told(ingress, services)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

/// The port by which the AWS load balancer controller knows a backend that is an action of an annotation: no service is
/// meant. See <https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions>.
pub(super) const ANNOTATION_PORT: &str = "use-annotation";

fn told(ingress: &Ingress, services: &[Service]) -> Option<Finding> {
    let namespace = ingress.metadata.namespace();
    let dead: Vec<(String, String, &str)> = ingress
        .backends()
        .filter(|(_, backend)| backend.port.name != ANNOTATION_PORT)
        .filter_map(|(route, backend)| {
            let service = services
                .iter()
                .find(|service| service.metadata.namespace() == namespace && service.metadata.name == backend.name);
            match service {
                None => Some((route, format!("Service {} does not exist", backend.name), backend.name.as_str())),
                Some(service) => {
                    let wanted = &backend.port;
                    let has = service.spec.ports.iter().any(|port| {
                        if wanted.name.is_empty() { port.port == wanted.number } else { port.name == wanted.name }
                    });
                    let told = format!("Service {} has no port {wanted}", backend.name);
                    (!has && service.spec.kind != "ExternalName").then_some((route, told, backend.name.as_str()))
                }
            }
        })
        .collect();
    let (_, why, service) = dead.first()?;
    Some(Finding {
        evidence: dead.iter().take(5).map(|(route, why, _)| format!("{route}: {why}")).collect(),
        next: format!(
            "get kind=Ingress name={} namespace={namespace}; list kind=services namespace={namespace}",
            ingress.metadata.name
        ),
        points_at: Some(ObjectRef::namespaced("Service", namespace, *service)),
        affected: dead.len() as u64,
        ..finding(
            "ingress-backend",
            Severity::Critical,
            ObjectRef::namespaced("Ingress", namespace, &ingress.metadata.name),
            format!("it routes to nobody: {why}"),
        )
    })
}
