//! Names of pods and jobs without their random ends, and the keys of places.
//!
//! Guarantees: of a name that has no such end nothing is taken; nothing is ever left empty.
//!
//! Deliberately absent: names of other systems.

use super::Topology;
use crate::object::ObjectRef;

/// The letters and digits that Kubernetes makes random ends of (apimachinery, `util/rand`).
const ALPHABET: &str = "bcdfghjklmnpqrstvwxz2456789";

/// A name without what changes from one pod or job to the next: `checkout-7d9f8b6c5-x2x9k` is `checkout`,
/// `backup-29123456-x7k2c` is `backup`. The number of a stateful set's pod stays: `orders-db-0` is always the same.
pub fn stable(name: &str) -> &str {
    let Some(stem) = without(name, is_random_end) else { return without(name, is_minute).unwrap_or(name) };
    without(stem, is_template_hash).or_else(|| without(stem, is_minute)).unwrap_or(stem)
}

/// The name before its last dash, where what stands behind it is such an end.
fn without(name: &str, is_end: fn(&str) -> bool) -> Option<&str> {
    let (stem, end) = name.rsplit_once('-')?;
    (!stem.is_empty() && is_end(end)).then_some(stem)
}

/// Five of the alphabet, not all of them digits: a port or a year is no random end.
fn is_random_end(end: &str) -> bool {
    end.len() == 5 && is_safe(end) && end.chars().any(|letter| letter.is_ascii_alphabetic())
}

/// The hash of a deployment's pod template.
fn is_template_hash(end: &str) -> bool {
    (6..=10).contains(&end.len()) && is_safe(end) && end.chars().any(|letter| letter.is_ascii_digit())
}

/// The minute, since 1970, for which a CronJob made its job.
fn is_minute(end: &str) -> bool {
    end.len() == 8 && end.chars().all(|letter| letter.is_ascii_digit())
}

fn is_safe(end: &str) -> bool {
    end.chars().all(|letter| ALPHABET.contains(letter))
}

/// Kinds that are one place with the workload of their name: a pod, what owns it, what leads to it.
fn is_of_a_workload(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job"
            | "CronJob"
            | "Pod"
            | "Service"
            | "Endpoints"
            | "EndpointSlice"
            | "HorizontalPodAutoscaler"
    )
}

/// The key of an object by its own name alone.
pub(super) fn own_key(object: &ObjectRef) -> String {
    match &object.namespace {
        Some(namespace) if is_of_a_workload(&object.kind) => {
            format!("{namespace}/{}", workload_name(&object.kind, &object.name))
        }
        _ => object.to_string(),
    }
}

fn workload_name<'a>(kind: &str, name: &'a str) -> &'a str {
    match kind {
        "Pod" => {
            let stem = stable(name);
            let is_number = |end: &str| !end.is_empty() && end.len() <= 4 && end.chars().all(|c| c.is_ascii_digit());
            if stem == name { without(name, is_number).unwrap_or(name) } else { stem }
        }
        "ReplicaSet" => without(name, is_template_hash).unwrap_or(name),
        "Job" => without(name, is_minute).unwrap_or(name),
        _ => name,
    }
}

impl Topology {
    /// The place of an object or, where there is none, of a service by the name that traces and labels call it.
    pub fn place_of(&self, object: Option<&ObjectRef>, service: Option<&str>) -> Option<String> {
        match (object, service) {
            (Some(object), _) => Some(self.object_place(object)),
            (None, Some(service)) => Some(self.service_place(service)),
            (None, None) => None,
        }
    }

    /// The place of an object.
    pub fn object_place(&self, object: &ObjectRef) -> String {
        let declared = if self.places.is_empty() { None } else { self.places.get(&object.to_string()) };
        declared.cloned().unwrap_or_else(|| own_key(object))
    }

    /// The place of a service: `checkout`, `shop/checkout`.
    pub fn service_place(&self, service: &str) -> String {
        if let Some((namespace, name)) = service.split_once('/') {
            return self.object_place(&ObjectRef::namespaced("Service", namespace, name));
        }
        self.by_name.get(service).cloned().unwrap_or_else(|| format!("service {service}"))
    }
}
