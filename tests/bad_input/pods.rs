//! An API server that has nothing but pods, as many as wanted, and changes while it is read.

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tools_common::serve::Adapter;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Limits, Server};

/// What the server does at a request for a page: the number of the request, and whether it is for a later page.
type Refuses = fn(request: usize, is_later_page: bool) -> bool;

/// The pods by number, and how many requests have come.
pub struct Pods {
    /// Numbers of the pods that there are.
    pub numbers: Mutex<Vec<usize>>,
    requests: Mutex<usize>,
    refuses: Refuses,
}

/// A pod of some 1,300 bytes.
fn pod(number: usize) -> Value {
    json!({"metadata": {"name": format!("cart-{number:06}"), "namespace": "shop", "uid": format!("uid-{number}"),
            "creationTimestamp": "2026-11-20T00:00:00Z", "labels": {"app": "cart", "pod-template-hash": "6d4b75cb6d"},
            "annotations": {"example.com/note": "x".repeat(600)},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-6d4b75cb6d", "uid": "uid-rs", "controller": true}]},
        "spec": {"nodeName": format!("worker-{}", number % 100), "containers": [{"name": "app", "image": "registry.example.com/shop/cart:1.2.3"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.9", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-20T00:00:01Z"}}}]}})
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl Pods {
    /// So many pods.
    pub fn new(count: usize, refuses: Refuses) -> Arc<Self> {
        Arc::new(Self { numbers: Mutex::new((0..count).collect()), requests: Mutex::new(0), refuses })
    }

    /// How many lists were asked for.
    pub fn requests(&self) -> usize {
        *self.requests.lock().unwrap()
    }

    /// A tool server over them, whose pages are of `page` objects.
    pub fn adapter(self: &Arc<Self>, page: u32) -> Adapter {
        let pods = Arc::clone(self);
        let router = Router::new().fallback(move |request: Request| {
            let pods = Arc::clone(&pods);
            async move { pods.answer(&request) }
        });
        let limits = Limits { page, call_deadline: Duration::from_secs(60), ..Limits::default() };
        let clusters = vec![ClusterConfig::new("demo", ClusterSource::service(router))];
        Adapter::new(Server::new(KubernetesConfig { clusters, limits, ..KubernetesConfig::default() }))
    }

    fn answer(&self, request: &Request) -> Response {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        if !path.ends_with("/pods") {
            return status(404, "NotFound", "the server could not find the requested resource");
        }
        let number = {
            let mut requests = self.requests.lock().unwrap();
            *requests += 1;
            *requests
        };
        let after = parameter(query, "continue").filter(|text| !text.is_empty());
        if (self.refuses)(number, after.is_some()) {
            return status(
                410,
                "Expired",
                "The provided continue parameter is too old to display a consistent list result.",
            );
        }
        let limit: usize = parameter(query, "limit").map_or(usize::MAX, |text| text.parse().unwrap());
        let first: usize = after.map_or(0, |text| text.parse().unwrap());
        let numbers = self.numbers.lock().unwrap();
        let rest: Vec<usize> = numbers.iter().copied().filter(|number| *number >= first).collect();
        let shown: Vec<Value> = rest.iter().take(limit).map(|number| pod(*number)).collect();
        let next = rest.get(limit).map(ToString::to_string).unwrap_or_default();
        let left = rest.len() - shown.len();
        let metadata = json!({"resourceVersion": "7", "continue": next, "remainingItemCount": left});
        found(&json!({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": shown}))
    }
}

fn found(document: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

/// A refusal in the words of the API server.
pub fn status(code: u16, reason: &str, message: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "code": code});
    (StatusCode::from_u16(code).unwrap(), [(header::CONTENT_TYPE, "application/json")], body.to_string())
        .into_response()
}
