//! What the server says of itself: version, health, groups, resources.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer;
use crate::world::resources::{RESOURCES, Resource};

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// Group, version, plural, kind, whether it is namespaced, verbs.
type Virtual = (&'static str, &'static str, &'static str, &'static str, bool, &'static [&'static str]);

/// Groups that hold no stored objects, with their resources.
const VIRTUAL: [Virtual; 6] = [
    ("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", false, &["get", "list"]),
    ("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true, &["get", "list"]),
    ("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, &["create"]),
    ("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, &["create"]),
    ("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false, &["create"]),
    ("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", false, &["create"]),
];

/// Answers a discovery path.
pub fn answer(path: &str) -> Option<Response<Body>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let value = match parts.as_slice() {
        ["version"] => super::version(),
        ["healthz" | "livez" | "readyz", ..] => {
            return Some(answer::body(StatusCode::OK, "text/plain; charset=utf-8", Body::from("ok")));
        }
        [""] => {
            json!({"paths": ["/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"]})
        }
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]}),
        ["apis"] => {
            let groups: Vec<Value> =
                group_versions().iter().map(|(group, version)| describe_group(group, version)).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        ["api", "v1"] => resource_list("", "v1")?,
        ["apis", group] => {
            let versions = group_versions();
            let (group, version) = versions.iter().find(|(known, _)| known == group)?;
            let mut description = describe_group(group, version);
            if let Some(map) = description.as_object_mut() {
                map.insert("kind".to_owned(), json!("APIGroup"));
                map.insert("apiVersion".to_owned(), json!("v1"));
            }
            description
        }
        ["apis", group, version] => resource_list(group, version)?,
        _ => return None,
    };
    Some(answer::json(&value))
}

/// Every group but the core one, with its version.
pub fn group_versions() -> BTreeSet<(&'static str, &'static str)> {
    let stored = RESOURCES.iter().map(|resource| (resource.group, resource.version));
    let other = VIRTUAL.iter().map(|(group, version, ..)| (*group, *version));
    stored.chain(other).filter(|(group, _)| !group.is_empty()).collect()
}

fn describe_group(group: &str, version: &str) -> Value {
    let known = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [known], "preferredVersion": known})
}

fn resource_list(group: &str, version: &str) -> Option<Value> {
    let mut resources: Vec<Value> = Vec::new();
    for resource in RESOURCES.iter().filter(|resource| resource.group == group && resource.version == version) {
        resources.push(describe(resource));
        resources.extend(resource.subresources.iter().map(|subresource| describe_subresource(resource, subresource)));
    }
    for (_, _, plural, kind, namespaced, verbs) in
        VIRTUAL.iter().filter(|(known, of, ..)| *known == group && *of == version)
    {
        resources.push(json!({"name": plural, "singularName": kind.to_lowercase(), "namespaced": namespaced, "kind": kind, "verbs": verbs}));
    }
    if resources.is_empty() {
        return None;
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Some(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}))
}

fn describe(resource: &Resource) -> Value {
    let mut described = json!({"name": resource.plural, "singularName": resource.kind.to_lowercase(), "namespaced": resource.namespaced,
        "kind": resource.kind, "verbs": VERBS});
    if let Some(map) = described.as_object_mut() {
        if !resource.short.is_empty() {
            map.insert("shortNames".to_owned(), json!(resource.short));
        }
        if resource.in_all {
            map.insert("categories".to_owned(), json!(["all"]));
        }
    }
    described
}

fn describe_subresource(resource: &Resource, subresource: &str) -> Value {
    let name = format!("{}/{subresource}", resource.plural);
    let (group, version, kind, verbs): (&str, &str, &str, &[&str]) = match subresource {
        "scale" => ("autoscaling", "v1", "Scale", &["get", "patch", "update"]),
        "eviction" => ("policy", "v1", "Eviction", &["create"]),
        "log" => ("", "", resource.kind, &["get"]),
        _ => ("", "", resource.kind, &["get", "patch", "update"]),
    };
    let mut described =
        json!({"name": name, "singularName": "", "namespaced": resource.namespaced, "kind": kind, "verbs": verbs});
    if let (false, Some(map)) = (group.is_empty(), described.as_object_mut()) {
        map.insert("group".to_owned(), json!(group));
        map.insert("version".to_owned(), json!(version));
    }
    described
}
