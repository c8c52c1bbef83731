//! `webhook-unreachable`: admission webhooks that refuse what they cannot judge (`failurePolicy: Fail`), and whose
//! service is missing or has nobody behind it.
//!
//! Asked about one namespace, only webhooks whose service is in it are judged: of others the endpoints are not known.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{Webhook, WebhookConfiguration};
use crate::shape::services::{self, ReadyEndpoints};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Resources without which a cluster stands still.
const VITAL: &[&str] =
    &["*", "*/*", "pods", "deployments", "replicasets", "statefulsets", "jobs", "nodes", "secrets", "configmaps"];

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let kinds = [
        ("MutatingWebhookConfiguration", snapshot.mutating.as_ref()?),
        ("ValidatingWebhookConfiguration", snapshot.validating.as_ref()?),
    ];
    let ready = services::ready_endpoints(snapshot.slices.as_ref()?);
    snapshot.services.as_ref()?;
    let mut looked = Looked { checked: 0, findings: Vec::new() };
    for (kind, list) in kinds {
        for configuration in list {
            looked.checked += configuration.webhooks.len() as u64;
            looked.findings.extend(told(snapshot, &ready, kind, configuration));
        }
    }
    Ok(looked)
}

/// One finding for a configuration, about the first of its webhooks that cannot be reached.
fn told(
    snapshot: &Snapshot,
    ready: &ReadyEndpoints,
    kind: &str,
    configuration: &WebhookConfiguration,
) -> Option<Finding> {
    let dead: Vec<(&Webhook, String)> = configuration
        .webhooks
        .iter()
        .filter(|webhook| webhook.failure_policy.as_deref().is_none_or(|policy| policy == "Fail"))
        .filter_map(|webhook| Some((webhook, unreachable(snapshot, ready, webhook)?)))
        .collect();
    let (webhook, why) = dead.first()?;
    let service = webhook.client_config.service.as_ref()?;
    let resources: Vec<&str> =
        webhook.rules.iter().flat_map(|rule| rule.resources.iter().map(String::as_str)).collect();
    let vital = resources.iter().any(|resource| VITAL.contains(resource));
    let operations: Vec<&str> =
        webhook.rules.iter().flat_map(|rule| rule.operations.iter().map(String::as_str)).collect();
    Some(Finding {
        evidence: vec![
            format!("webhook {}: failurePolicy Fail", webhook.name),
            format!("{why} ({}/{})", service.namespace, service.name),
            format!("asked about {} of {}", operations.join(", "), resources.join(", ")),
        ],
        next: format!("who_can_reach service={} namespace={}", service.name, service.namespace),
        points_at: Some(ObjectRef::namespaced("Service", &service.namespace, &service.name)),
        affected: dead.len() as u64,
        ..finding(
            "webhook-unreachable",
            if vital { Severity::Critical } else { Severity::Warning },
            ObjectRef::cluster(kind, &configuration.metadata.name),
            format!("it refuses requests because {why}"),
        )
    })
}

fn unreachable(snapshot: &Snapshot, ready: &ReadyEndpoints, webhook: &Webhook) -> Option<String> {
    let reference = webhook.client_config.service.as_ref().filter(|service| snapshot.covers(&service.namespace))?;
    let key = (reference.namespace.clone(), reference.name.clone());
    let known = snapshot.services.as_deref().unwrap_or_default();
    let service = known
        .iter()
        .find(|service| service.metadata.namespace() == reference.namespace && service.metadata.name == reference.name);
    let Some(service) = service else { return Some("its service does not exist".to_owned()) };
    let port = reference.port.unwrap_or(443);
    if service.spec.kind == "ExternalName" {
        return None;
    }
    if !service.spec.ports.iter().any(|known| known.port == port) {
        return Some(format!("its service has no port {port}"));
    }
    (ready.get(&key).copied().unwrap_or(0) == 0).then(|| "its service has no ready endpoints".to_owned())
}
