//! `service-without-endpoints`: services that lead to nobody.
//!
//! A service whose pods are there and do not serve hurts whoever calls it. One that selects no pod at all is often a
//! leftover, or made for pods that cannot be seen (monitoring of a managed control plane): it only hurts where an ingress
//! or an admission webhook leads to it.

use super::snapshot::workload_of;
use super::{Looked, Snapshot, ingress_backend};
use crate::shape::api::{Pod, Service, WebhookConfiguration, Workload};
use crate::shape::services;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

/// A service is often made before its pods.
const GRACE: TimeDelta = TimeDelta::minutes(1);

/// A headless service that nobody stands behind for so long is left so on purpose.
const KNOWN_EMPTY: TimeDelta = TimeDelta::days(1);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.services.as_ref()?;
    let ready = services::ready_endpoints(snapshot.slices.as_ref()?);
    let pods = snapshot.pods.as_ref()?;
    let selecting =
        all.iter().filter(|service| !service.spec.selector.is_empty() && service.spec.kind != "ExternalName");
    let empty = selecting.filter(|service| {
        let key = (service.metadata.namespace().to_owned(), service.metadata.name.clone());
        ready.get(&key).copied().unwrap_or(0) == 0 && snapshot.now - service.metadata.created() > GRACE
    });
    let findings = empty.filter_map(|service| finding(snapshot, service, pods)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn finding(snapshot: &Snapshot, service: &Service, pods: &[Pod]) -> Option<Finding> {
    let namespace = service.metadata.namespace();
    let selector = &service.spec.selector;
    let matching: Vec<&Pod> = pods
        .iter()
        .filter(|pod| pod.metadata.namespace() == namespace && contains(&pod.metadata.labels, selector))
        .filter(|pod| !pod.is_finished())
        .collect();
    if matching.is_empty() && scaled_to_zero(snapshot, service) {
        return None;
    }
    let words = services::selector(selector).unwrap_or_default();
    let (why, mut evidence) = match matching.len() {
        0 => ("its selector matches no pod".to_owned(), vec![format!("selector: {words}"), "0 pods match".to_owned()]),
        count => {
            let ready = matching.iter().filter(|pod| pod.is_ready()).count();
            let why = match ready {
                0 => "none of its pods is ready",
                _ => "its pods are ready and yet no endpoint leads to them",
            };
            (why.to_owned(), vec![format!("selector: {words}"), format!("{count} pods match, {ready} ready")])
        }
    };
    evidence.push("ready endpoints: 0".to_owned());
    let points_at = matching.first().map(|pod| workload_of(pod));
    Some(Finding {
        check: "service-without-endpoints".to_owned(),
        severity: if matching.is_empty() { of_nobody(snapshot, service) } else { Severity::Critical },
        object: ObjectRef::namespaced("Service", namespace, &service.metadata.name),
        why,
        evidence,
        next: match &points_at {
            Some(workload) => format!("owner_tree kind={} name={} namespace={namespace}", workload.kind, workload.name),
            None => format!("list kind=pods namespace={namespace}; get kind=Service name={}", service.metadata.name),
        },
        since: None,
        points_at,
        affected: matching.len().max(1) as u64,
    })
}

fn contains(labels: &BTreeMap<String, String>, selector: &BTreeMap<String, String>) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// How bad it is that a service selects no pod at all.
fn of_nobody(snapshot: &Snapshot, service: &Service) -> Severity {
    let headless = service.spec.cluster_ip == "None";
    let long_known = snapshot.now - service.metadata.created() > KNOWN_EMPTY;
    if is_led_to(snapshot, service) {
        Severity::Critical
    } else if headless && (long_known || service.metadata.namespace() == "kube-system") {
        Severity::Info
    } else {
        Severity::Warning
    }
}

/// Whether an ingress routes to it, or requests to the API server are refused without it.
fn is_led_to(snapshot: &Snapshot, service: &Service) -> bool {
    let (namespace, name) = (service.metadata.namespace(), service.metadata.name.as_str());
    let routed = snapshot.ingresses.as_deref().unwrap_or_default().iter().any(|ingress| {
        ingress.metadata.namespace() == namespace
            && ingress
                .backends()
                .any(|(_, backend)| backend.name == name && backend.port.name != ingress_backend::ANNOTATION_PORT)
    });
    let asks = |list: &Result<Vec<WebhookConfiguration>, Failure>| {
        list.as_deref().unwrap_or_default().iter().flat_map(|configuration| &configuration.webhooks).any(|webhook| {
            webhook.failure_policy.as_deref().is_none_or(|policy| policy == "Fail")
                && webhook
                    .client_config
                    .service
                    .as_ref()
                    .is_some_and(|reference| reference.namespace == namespace && reference.name == name)
        })
    };
    routed || asks(&snapshot.mutating) || asks(&snapshot.validating)
}

/// Somebody scaled the workload behind it to zero: the service is empty on purpose.
fn scaled_to_zero(snapshot: &Snapshot, service: &Service) -> bool {
    let of = |list: &Result<Vec<Workload>, Failure>| {
        list.as_deref().unwrap_or_default().iter().any(|workload| {
            workload.metadata.namespace() == service.metadata.namespace()
                && workload.spec.replicas == Some(0)
                && contains(&workload.spec.template.metadata.labels, &service.spec.selector)
        })
    };
    of(&snapshot.deployments) || of(&snapshot.stateful_sets)
}
