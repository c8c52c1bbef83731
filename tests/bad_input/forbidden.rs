//! What a cluster does not permit or does not have: told as such, with the verb, the resource and the namespace.

use super::pods::status;
use super::servers::{self, object};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Envelope, Failure, FailureKind};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tools_common::serve::Adapter;
use tools_kubernetes::ClusterSource;

fn now() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

/// The verb of a request in the words of the API's authorization.
fn verb(request: &Request, has_name: bool) -> &'static str {
    match (request.method().as_str(), has_name) {
        ("GET", true) => "get",
        ("GET", false) => "list",
        ("DELETE", _) => "delete",
        ("POST", _) => "create",
        _ => "patch",
    }
}

/// The estate, with a service account that may see nothing of a namespace, or nothing of a resource anywhere.
fn guarded(namespace: &'static str, resource: &'static str) -> Adapter {
    let world =
        World::new(7, now() - TimeDelta::hours(2), Scenario::named("bad-config"), now() - TimeDelta::minutes(30));
    let guard = move |request: Request, next: Next| async move {
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        let after = parts.iter().position(|part| *part == "namespaces");
        let (of, rest) = match after.and_then(|at| Some((*parts.get(at + 1)?, parts.get(at + 2..)?))) {
            Some((namespace, rest)) if !rest.is_empty() => (namespace, rest.to_vec()),
            _ => ("", parts.iter().skip_while(|part| !part.starts_with('v')).skip(1).copied().collect()),
        };
        let asked = rest.first().copied().unwrap_or_default().to_owned();
        let is_refused = (!namespace.is_empty() && of == namespace) || (!asked.is_empty() && asked == resource);
        if !is_refused || path.contains("authorization.k8s.io") {
            return next.run(request).await;
        }
        let verb = verb(&request, rest.len() > 1);
        let place =
            if of.is_empty() { "at the cluster scope".to_owned() } else { format!("in the namespace \"{of}\"") };
        let message = format!(
            "{asked} is forbidden: User \"system:serviceaccount:ops:reader\" cannot {verb} resource \"{asked}\" in API group \"\" {place}"
        );
        status(403, "Forbidden", &message)
    };
    let router: Router =
        estate::kubernetes::router(Estate::new(world, Arc::new(now))).layer(middleware::from_fn(guard));
    Adapter::new(servers::kubernetes(ClusterSource::service(router), Duration::from_secs(20)))
}

async fn call(adapter: &Adapter, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    adapter.call(tool, object(arguments), adapter.context().at(now())).await
}

#[tokio::test]
async fn a_namespace_that_is_not_permitted_is_told_with_the_verb_that_is_missing() {
    let adapter = guarded("shop", "none");
    let cases = [
        ("list", json!({"kind": "pods"}), "list"),
        ("list", json!({"kind": "configmaps"}), "list"),
        ("get", json!({"kind": "deployment", "name": "checkout"}), "get"),
        ("count", json!({"kind": "pods"}), "list"),
        ("events", json!({}), "list"),
        ("logs", json!({"target": "deployment/checkout"}), "list"),
        ("rollout_status", json!({"name": "checkout"}), "get"),
        ("rollout_history", json!({"name": "checkout"}), "get"),
        ("owner_tree", json!({"kind": "deployment", "name": "checkout"}), "get"),
        ("who_can_reach", json!({"service": "checkout"}), "get"),
        ("recent_changes", json!({}), "list"),
        ("cluster_health", json!({}), "list"),
        ("top", json!({"kind": "pods"}), "list"),
        ("storage", json!({}), "list"),
    ];
    let mut found = Vec::new();
    for (tool, mut arguments, verb) in cases {
        arguments["namespace"] = json!("shop");
        let told = match call(&adapter, tool, arguments.clone()).await {
            Err(failure) if failure.kind == FailureKind::Forbidden => failure.to_string(),
            Err(failure) => format!("wrong kind {:?}: {failure}", failure.kind),
            Ok(envelope) => format!("{:?} {}", envelope.not_looked, envelope.data["not_checked"]),
        };
        if !told.contains(verb) || !told.contains("shop") || told.contains("wrong kind") {
            found.push(format!("{tool} {arguments}: {told:.600}"));
        }
    }
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}

#[tokio::test]
async fn a_part_that_is_not_permitted_is_told_beside_what_could_be_seen() {
    for (resource, tool, arguments) in [
        ("events", "cluster_health", json!({})),
        ("replicasets", "recent_changes", json!({"since": "24h"})),
        ("networkpolicies", "who_can_reach", json!({"service": "checkout", "namespace": "shop"})),
    ] {
        let envelope =
            call(&guarded("", resource), tool, arguments).await.unwrap_or_else(|failure| panic!("{tool}: {failure}"));
        let told = format!("{:?} {}", envelope.not_looked, envelope.data["not_checked"]);
        assert!(told.contains(resource) && told.contains("list"), "{tool} without {resource}: {told:.800}");
    }
}

#[tokio::test]
async fn unknown_kinds_are_told_with_what_is_near() {
    let adapter = guarded("", "none");
    for (tool, kind, near) in [
        ("list", "podz", "pod"),
        ("get", "deploymnt", "deployment"),
        ("count", "frobnicators", "kind"),
        ("owner_tree", "statefullset", "statefulset"),
    ] {
        let arguments = match tool {
            "list" | "count" => json!({"kind": kind}),
            _ => json!({"kind": kind, "name": "x", "namespace": "shop"}),
        };
        let failure = call(&adapter, tool, arguments).await.unwrap_err();
        assert!(
            matches!(failure.kind, FailureKind::BadRequest | FailureKind::NotFound),
            "{tool}: {:?} {failure}",
            failure.kind
        );
        let text = failure.to_string().to_lowercase();
        assert!(text.contains(kind) && text.contains(near), "{tool} {kind}: {failure}");
    }
}
