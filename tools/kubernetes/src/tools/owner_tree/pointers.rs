//! What points at the pods: services, ingresses, autoscalers, disruption budgets, network policies.

use super::Subject;
use super::needs::last_change;
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::shape::api::{Autoscaler, DisruptionBudget, LabelSelector, Meta, Service, lenient};
use crate::shape::references::NamedHost;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::Reference;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use super::super::common::Hints;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NetworkPolicy {
    metadata: Meta,
    #[serde(deserialize_with = "lenient")]
    spec: NetworkPolicySpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NetworkPolicySpec {
    #[serde(deserialize_with = "lenient")]
    pod_selector: LabelSelector,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ingress {
    metadata: Meta,
    spec: Value,
}

/// A service, and when it last changed.
type Changed = (Service, Option<DateTime<Utc>>);

/// The services that can be seen, and in which namespaces they were looked for.
pub struct Services {
    known: BTreeMap<(String, String), Changed>,
    namespaces: BTreeSet<String>,
    /// `None` where all namespaces were seen.
    only: Option<String>,
    looked: bool,
}

/// All services, or those of the own namespace where no more may be seen.
pub async fn services(cluster: &Cluster, namespace: &str, hints: &mut Hints) -> Services {
    let kind = Kind::built_in("Service");
    let all = cluster.list::<Service>(&kind, None, &Selection::default()).await;
    let (listed, only) = match all {
        Ok(listed) => (Ok(listed), None),
        Err(_) => {
            (cluster.list::<Service>(&kind, Some(namespace), &Selection::default()).await, Some(namespace.to_owned()))
        }
    };
    let (items, looked) = match listed {
        Ok(listed) => (listed.items, true),
        Err(failure) => {
            hints.miss(format!("Not looked at: {failure}."));
            (Vec::new(), false)
        }
    };
    let namespaces = items.iter().map(|service| service.metadata.namespace().to_owned()).collect();
    let known = items.into_iter().map(|service| {
        let changed = last_change(&service.metadata);
        ((service.metadata.namespace().to_owned(), service.metadata.name.clone()), (service, changed))
    });
    Services { known: known.collect(), namespaces, only, looked }
}

impl Services {
    /// The service that a host in a value means. A host that is no known service is told as missing only where it
    /// cannot be anything else.
    pub fn reference(&self, host: &NamedHost) -> Option<Reference> {
        if !self.looked {
            return None;
        }
        let candidate = &host.candidate;
        let object = ObjectRef::namespaced("Service", &candidate.namespace, &candidate.name);
        let how = match host.variable.starts_with("ConfigMap ") {
            true => format!("{} names it", host.variable),
            false => format!("env {} names it", host.variable),
        };
        if let Some((_, changed)) = self.known.get(&(candidate.namespace.clone(), candidate.name.clone())) {
            return Some(Reference { object, how, exists: Some(true), changed: *changed });
        }
        let seen = self.only.as_ref().is_none_or(|only| *only == candidate.namespace);
        let in_known_place = self.namespaces.contains(&candidate.namespace);
        let plausible = candidate.certain && !self.known.keys().any(|(_, name)| *name == candidate.name);
        (seen && plausible && in_known_place).then_some(Reference { object, how, exists: Some(false), changed: None })
    }

    fn selecting<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Changed> {
        self.known.values().filter(|(service, _)| {
            let selector = &service.spec.selector;
            service.metadata.namespace() == subject.namespace
                && !selector.is_empty()
                && selector.iter().all(|(key, value)| subject.labels.get(key) == Some(value))
        })
    }
}

/// The edges towards the pods, and what could not be looked at.
pub async fn of(
    cluster: &Cluster,
    root: &ObjectRef,
    subject: &Subject,
    services: &Services,
) -> (Vec<Reference>, Vec<Failure>) {
    let namespace = Some(subject.namespace.as_str());
    let kinds = ["HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Ingress"].map(Kind::built_in);
    let [autoscaler, budget, policy, ingress] = &kinds;
    let all = Selection::default();
    let (autoscalers, budgets, policies, ingresses) = futures::join!(
        cluster.list::<Autoscaler>(autoscaler, namespace, &all),
        cluster.list::<DisruptionBudget>(budget, namespace, &all),
        cluster.list::<NetworkPolicy>(policy, namespace, &all),
        cluster.list::<Ingress>(ingress, namespace, &all),
    );
    let mut found: Vec<Reference> = services
        .selecting(subject)
        .map(|(service, _)| edge("Service", &service.metadata, "selects its pods"))
        .collect();
    let own: Vec<String> = found.iter().map(|reference| reference.object.name.clone()).collect();
    let mut unseen = Vec::new();
    for scaler in taken(autoscalers.map(|list| list.items), &mut unseen) {
        let scaled = &scaler.spec.scale_target_ref;
        if scaled.kind == root.kind && scaled.name == root.name {
            found.push(edge("HorizontalPodAutoscaler", &scaler.metadata, "scales it"));
        }
    }
    for budget in taken(budgets.map(|list| list.items), &mut unseen) {
        if budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&subject.labels)) {
            found.push(edge("PodDisruptionBudget", &budget.metadata, "limits disruption of its pods"));
        }
    }
    for policy in taken(policies.map(|list| list.items), &mut unseen) {
        if policy.spec.pod_selector.matches(&subject.labels) {
            found.push(edge("NetworkPolicy", &policy.metadata, "restricts its pods"));
        }
    }
    for ingress in taken(ingresses.map(|list| list.items), &mut unseen) {
        if let Some(service) = own.iter().find(|service| names_service(&ingress.spec, service)) {
            found.push(edge("Ingress", &ingress.metadata, &format!("routes to Service {service}")));
        }
    }
    (found, unseen)
}

fn taken<T>(result: Result<Vec<T>, Failure>, unseen: &mut Vec<Failure>) -> Vec<T> {
    result.unwrap_or_else(|failure| {
        unseen.push(failure);
        Vec::new()
    })
}

fn edge(kind: &str, meta: &Meta, how: &str) -> Reference {
    let object = ObjectRef { kind: kind.to_owned(), namespace: meta.namespace.clone(), name: meta.name.clone() };
    Reference { object, how: how.to_owned(), exists: Some(true), changed: last_change(meta) }
}

/// Whether a backend of the ingress (a rule's or the default one) is the service.
fn names_service(spec: &Value, service: &str) -> bool {
    match spec {
        Value::Object(object) => object.iter().any(|(key, value)| {
            key == "service" && value.get("name").and_then(Value::as_str) == Some(service)
                || names_service(value, service)
        }),
        Value::Array(items) => items.iter().any(|item| names_service(item, service)),
        _ => false,
    }
}
