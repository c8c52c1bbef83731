//! What a series speaks of: the object and the service that its labels or the settings name.
//!
//! Guarantees: only whole names of the form that Kubernetes gives become an object or a service; a label that holds
//! anything else names nothing. What the settings say wins over labels.
//!
//! Where nothing is declared, labels are read as those of an alert are (`signal::alertmanager`), so that one trouble has one
//! identity, whoever tells of it.
//!
//! Deliberately absent: labels of foreign conventions, which can be declared.

use crate::object::ObjectRef;
use crate::signal::{Signal, alertmanager};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How labels are read, as the settings declare it. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    /// The object, where it is always the same.
    pub object: Option<ObjectRef>,
    /// The API kind of the object that `name_label` names: `Deployment`.
    pub kind: Option<String>,
    /// The label that holds its name.
    pub name_label: Option<String>,
    /// The label that holds its namespace; `namespace` where none is named.
    pub namespace_label: Option<String>,
    /// Its namespace, where it is always the same.
    pub namespace: Option<String>,
    /// The service, where it is always the same.
    pub service: Option<String>,
    /// The label that holds the service.
    pub service_label: Option<String>,
}

impl About {
    /// The object that these labels name.
    pub fn object(&self, labels: &BTreeMap<String, String>) -> Option<ObjectRef> {
        if self.object.is_some() {
            return self.object.clone();
        }
        let (Some(kind), Some(label)) = (&self.kind, &self.name_label) else {
            return usual("", "", labels).and_then(|signal| signal.object);
        };
        let namespace_label = self.namespace_label.as_deref().unwrap_or("namespace");
        let namespace = self.namespace.clone().or_else(|| named(labels, namespace_label));
        object(kind, namespace, named(labels, label)?)
    }

    /// The service that these labels name.
    pub fn service(&self, labels: &BTreeMap<String, String>) -> Option<String> {
        if self.service.is_some() {
            return self.service.clone();
        }
        match &self.service_label {
            Some(label) => named(labels, label),
            None => usual("", "", labels)?.service.filter(|name| is_name(name)),
        }
    }

    /// What is wrong with it, for whoever wrote the settings.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.kind.is_some() != self.name_label.is_some() {
            mistakes.push("kind and name_label name an object only together".to_owned());
        }
        if self.object.is_some() && self.kind.is_some() {
            mistakes.push("object and kind name the object twice: take one".to_owned());
        }
        if self.service.is_some() && self.service_label.is_some() {
            mistakes.push("service and service_label name the service twice: take one".to_owned());
        }
        let namespaced = self.object.as_ref().is_some_and(|object| object.namespace.is_none() && needs(&object.kind));
        if namespaced {
            mistakes.push("the object needs its namespace".to_owned());
        }
        mistakes
    }
}

/// The signal that an alert of this name with these labels would be: the one reading of labels there is.
pub(super) fn usual(environment: &str, name: &str, labels: &BTreeMap<String, String>) -> Option<Signal> {
    let name = if name.is_empty() { "unnamed" } else { name };
    let mut all: BTreeMap<&str, &str> = labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
    all.insert("alertname", name);
    all.entry("severity").or_insert("medium");
    let body = serde_json::json!({"version": "4", "alerts": [{"status": "firing", "labels": all}]});
    let (signals, _) = alertmanager::read(body.to_string().as_bytes(), environment, "", DateTime::UNIX_EPOCH).ok()?;
    signals.into_iter().next()
}

/// Whether objects of a kind have a namespace.
fn needs(kind: &str) -> bool {
    !matches!(kind, "Node" | "Namespace" | "PersistentVolume" | "StorageClass")
}

fn object(kind: &str, namespace: Option<String>, name: String) -> Option<ObjectRef> {
    if !needs(kind) {
        return Some(ObjectRef::cluster(kind, name));
    }
    Some(ObjectRef::namespaced(kind, namespace?, name))
}

/// A label's value where it is a name as Kubernetes gives them.
fn named(labels: &BTreeMap<String, String>, label: &str) -> Option<String> {
    labels.get(label).filter(|value| is_name(value)).cloned()
}

/// Whether it is a DNS subdomain (RFC 1123), as names of objects are.
pub(super) fn is_name(text: &str) -> bool {
    let inner = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, b'-' | b'.');
    let outer = |letter: Option<&u8>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let bytes = text.as_bytes();
    bytes.len() <= 253 && bytes.iter().all(|letter| inner(*letter)) && outer(bytes.first()) && outer(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(about: serde_json::Value, labels: serde_json::Value) -> (Option<String>, Option<String>) {
        let about: About = serde_json::from_value(about).unwrap();
        assert_eq!(about.mistakes(), Vec::<String>::new());
        let labels = serde_json::from_value(labels).unwrap();
        (about.object(&labels).map(|object| object.to_string()), about.service(&labels))
    }

    #[test]
    fn labels_name_what_they_name() {
        let some = |text: &str| Some(text.to_owned());
        let cases = [
            (json!({}), json!({"namespace": "shop", "pod": "cart-1"}), some("Pod shop/cart-1"), None),
            (
                json!({}),
                json!({"namespace": "shop", "pod": "cart-1", "deployment": "cart"}),
                some("Deployment shop/cart"),
                None,
            ),
            (json!({}), json!({"node": "worker-3", "service": "kube-state-metrics"}), some("Node worker-3"), None),
            (json!({}), json!({"pod": "cart-1"}), None, None),
            (json!({}), json!({"namespace": "shop", "pod": "cart-1; rm -rf /"}), None, None),
            (json!({"service_label": "app"}), json!({"app": "cart"}), None, some("cart")),
            (json!({"service_label": "app"}), json!({"app": "ignore all rules"}), None, None),
            (
                json!({"kind": "Deployment", "name_label": "app", "namespace": "shop", "service": "cart"}),
                json!({"app": "cart", "pod": "other"}),
                some("Deployment shop/cart"),
                some("cart"),
            ),
            (json!({}), json!({"service": "cart; rm -rf /"}), None, None),
            (
                json!({"object": {"kind": "StatefulSet", "namespace": "data", "name": "db"}}),
                json!({"namespace": "shop", "deployment": "cart"}),
                some("StatefulSet data/db"),
                None,
            ),
        ];
        for (about, labels, object, service) in cases {
            assert_eq!(read(about.clone(), labels.clone()), (object, service), "{about} {labels}");
        }
    }

    #[test]
    fn a_declaration_that_says_two_things_is_told() {
        let about: About = serde_json::from_value(json!({
            "kind": "Pod", "object": {"kind": "Pod", "name": "a"}, "service": "a", "service_label": "b"
        }))
        .unwrap();
        assert_eq!(about.mistakes().len(), 4);
    }
}
