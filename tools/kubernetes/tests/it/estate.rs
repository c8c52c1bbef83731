//! The tools over the simulated estate: a healthy world in which nothing is blamed, its faults, and its secrets.

use crate::world::call_at;
use axum::Router;
use axum::body::Body;
use chrono::{DateTime, TimeDelta, Utc};
use domain::observed::kubernetes::Health;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};
use tower::ServiceExt as _;

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-21T03:00:00Z").unwrap().with_timezone(&Utc)
}

fn router(scenario: Option<Scenario>) -> Router {
    let start = now();
    let world = World::new(7, start, scenario, start - TimeDelta::minutes(30));
    estate::kubernetes::router(Estate::new(world, Arc::new(now)))
}

fn server(router: Router) -> Server {
    let cluster = ClusterConfig::new("demo", ClusterSource::service(router));
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

async fn health(scenario: Option<Scenario>) -> Health {
    let envelope = call_at(&server(router(scenario)), "cluster_health", json!({}), now()).await.unwrap();
    serde_json::from_value(envelope.data).unwrap()
}

#[tokio::test]
async fn nothing_is_blamed_in_a_healthy_world() {
    let health = health(None).await;
    assert_eq!((health.findings, health.not_checked), (vec![], vec![]));
    assert!(health.checked["pod-crash-loop"] > 15, "{:?}", health.checked);
}

#[tokio::test]
async fn faults_that_the_api_shows_are_found_first() {
    let cases = [
        ("bad-config", "pod-crash-loop Deployment shop/checkout"),
        ("oom-after-rollout", "pod-oom-killed Deployment shop/recommendation"),
        ("missing-secret", "pod-config-missing Deployment shop/payments"),
        ("image-pull", "pod-image-pull Deployment shop/search"),
        ("pending-resources", "pod-unschedulable Deployment shop/catalog"),
        ("failing-readiness", "pod-not-ready Deployment shop/frontend"),
        ("certificate-expiring", "certificate-expiring Certificate edge/shop-tls"),
        ("disk-filling", "pvc-problem PersistentVolumeClaim data/data-search-index-0"),
        ("node-not-ready", "node-not-ready Node worker-3"),
    ];
    for (name, expected) in cases {
        let health = health(Scenario::named(name)).await;
        let told: Vec<String> = health.findings.iter().map(|f| format!("{} {}", f.check, f.object)).collect();
        assert_eq!(told.first().map(String::as_str), Some(expected), "{name}: {told:?}");
    }
}

#[tokio::test]
async fn the_cause_stands_in_the_changes() {
    let cases = [
        ("bad-config", "ConfigMap"),
        ("missing-secret", "payments-provider -> payments-provider-key"),
        ("pending-resources", "250m -> 6"),
        ("network-policy", "NetworkPolicy"),
        ("error-burst", "payments:2.7.3 -> registry.example.com/shop/payments:2.8.0"),
    ];
    for (name, part) in cases {
        let envelope =
            call_at(&server(router(Scenario::named(name))), "recent_changes", json!({}), now()).await.unwrap();
        assert!(envelope.data.to_string().contains(part), "{name}: {}", envelope.data);
    }
}

/// The values of all Secrets, and what the containers' environments keep under names that say so.
async fn secrets(router: Router) -> Vec<String> {
    let read = async |path: &str| -> Value {
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
    };
    let mut found = Vec::new();
    for secret in read("/api/v1/secrets").await["items"].as_array().unwrap() {
        for value in secret["data"].as_object().into_iter().flatten().map(|(_, value)| value) {
            let encoded = value.as_str().unwrap().to_owned();
            let plain: k8s_openapi::ByteString = serde_json::from_value(json!(encoded)).unwrap();
            found.extend([encoded, String::from_utf8_lossy(&plain.0).into_owned()]);
        }
    }
    for pod in read("/api/v1/pods").await["items"].as_array().unwrap() {
        let variables = pod["spec"]["containers"].as_array().into_iter().flatten().filter_map(|c| c["env"].as_array());
        for variable in variables.flatten() {
            let name = variable["name"].as_str().unwrap();
            if ["PASSWORD", "TOKEN", "SECRET"].iter().any(|word| name.contains(word)) {
                found.extend(variable["value"].as_str().map(str::to_owned));
            }
        }
    }
    found.retain(|value| value.len() >= 8);
    found.sort();
    found.dedup();
    found
}

#[tokio::test]
async fn no_secret_of_the_estate_comes_out_of_any_tool() {
    let router = router(Scenario::named("bad-config"));
    let secrets = secrets(router.clone()).await;
    assert!(!secrets.is_empty());
    let server = server(router.clone());
    let mut looks = vec![
        ("cluster_health", json!({})),
        ("list", json!({"kind": "pods", "limit": 200})),
        ("list", json!({"kind": "workloads", "limit": 200})),
        ("list", json!({"kind": "secrets"})),
        ("list", json!({"kind": "configmaps"})),
        ("list", json!({"kind": "services"})),
        ("list", json!({"kind": "nodes"})),
        ("list", json!({"kind": "certificates"})),
        ("count", json!({"kind": "pods", "group_by": "owner"})),
        ("events", json!({"warnings_only": false})),
        ("logs", json!({"target": "deployment/checkout", "namespace": "shop"})),
        ("logs", json!({"target": "deployment/checkout", "namespace": "shop", "previous": true})),
        ("rollout_history", json!({"name": "checkout", "namespace": "shop"})),
        ("rollout_history", json!({"kind": "sts", "name": "orders-db", "namespace": "data"})),
        ("owner_tree", json!({"kind": "Deployment", "name": "checkout", "namespace": "shop"})),
        ("owner_tree", json!({"kind": "StatefulSet", "name": "orders-db", "namespace": "data"})),
        ("recent_changes", json!({"since": "7d"})),
        ("top", json!({"kind": "pods"})),
        ("top", json!({"kind": "nodes"})),
    ];
    for (kind, resource) in
        [("Secret", "api/v1/secrets"), ("ConfigMap", "api/v1/configmaps"), ("Deployment", "apis/apps/v1/deployments")]
    {
        let request = http::Request::get(format!("/{resource}")).body(Body::empty()).unwrap();
        let body = router.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        let listed: Value = serde_json::from_slice(&body).unwrap();
        for object in listed["items"].as_array().unwrap() {
            let meta = &object["metadata"];
            looks.push(("get", json!({"kind": kind, "name": meta["name"], "namespace": meta["namespace"]})));
        }
    }
    for (tool, arguments) in looks {
        let envelope = call_at(&server, tool, arguments.clone(), now()).await;
        let envelope = envelope.unwrap_or_else(|failure| panic!("{tool} {arguments}: {failure}"));
        let text = serde_json::to_string(&envelope).unwrap();
        let leak = secrets.iter().find(|secret| text.contains(secret.as_str()));
        assert_eq!(leak, None, "{tool} {arguments}: {text}");
    }
}
