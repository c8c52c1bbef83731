//! Lists larger than one answer may be: page by page, and no page larger than the bound.
//!
//! What the process takes is measured by the benchmarks: an allocator that counts would need unsafe code.

use crate::world::call;
use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Limits, Server};

/// Pods made while they are asked for; notes the limits of the pages, and is asked for one page at a time.
#[derive(Default)]
struct Endless {
    pods: usize,
    bytes_each: usize,
    limits: Mutex<Vec<usize>>,
    asked_at_once: AtomicUsize,
}

impl Endless {
    fn page(&self, query: &str) -> Value {
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let limit: usize = value("limit").unwrap().parse().unwrap();
        let start: usize = value("continue").map_or(0, |text| text.parse().unwrap());
        self.limits.lock().unwrap().push(limit);
        let end = self.pods.min(start + limit);
        let pod = |number: usize| {
            json!({"metadata": {"name": format!("pod-{number}"), "namespace": "shop",
                "annotations": {"note": "x".repeat(self.bytes_each)}}, "status": {"phase": "Succeeded"}})
        };
        let next = if end < self.pods { end.to_string() } else { String::new() };
        let items: Vec<Value> = (start..end).map(pod).collect();
        json!({"metadata": {"continue": next, "remainingItemCount": self.pods - end}, "items": items})
    }
}

async fn list(server: &Arc<Endless>) -> Result<Envelope, Failure> {
    let endless = Arc::clone(server);
    let answer = move |request: Request| async move {
        assert_eq!(endless.asked_at_once.fetch_add(1, Ordering::SeqCst), 0, "one page at a time");
        tokio::task::yield_now().await;
        let page = endless.page(request.uri().query().unwrap());
        endless.asked_at_once.fetch_sub(1, Ordering::SeqCst);
        ([("content-type", "application/json")], page.to_string()).into_response()
    };
    let cluster = ClusterConfig::new("demo", ClusterSource::service(Router::new().fallback(answer)));
    let limits = Limits { answer_bytes: 1 << 20, ..Limits::default() };
    let server = Server::new(KubernetesConfig { clusters: vec![cluster], limits, ..KubernetesConfig::default() });
    call(&server, "list", json!({"kind": "pods"})).await
}

#[tokio::test]
async fn a_list_may_be_larger_than_an_answer() {
    let server = Arc::new(Endless { pods: 5_000, bytes_each: 1_500, ..Endless::default() });
    let envelope = list(&server).await.unwrap();
    assert_eq!(envelope.total, Some(5_000));
    assert_eq!(*server.limits.lock().unwrap(), [500; 10]);
    assert!(serde_json::to_string(&envelope).unwrap().len() < 8_000);
}

#[tokio::test]
async fn huge_objects_are_read_in_smaller_pages() {
    let server = Arc::new(Endless { pods: 70, bytes_each: 64 << 10, ..Endless::default() });
    assert_eq!(list(&server).await.unwrap().total, Some(70));
    let limits = server.limits.lock().unwrap().clone();
    assert_eq!(limits[..3], [500, 62, 7]);
    assert!(limits[3..].iter().all(|limit| *limit == 7), "{limits:?}");
}

#[tokio::test]
async fn an_object_over_the_bound_is_told() {
    let server = Arc::new(Endless { pods: 2, bytes_each: 3 << 19, ..Endless::default() });
    let failure = list(&server).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge, "{failure}");
    assert!(failure.to_string().contains("more than 1 MiB"), "{failure}");
}

#[tokio::test]
async fn more_objects_than_are_read_are_counted() {
    let server = Arc::new(Endless { pods: 20_700, bytes_each: 10, ..Endless::default() });
    let envelope = list(&server).await.unwrap();
    assert_eq!((envelope.total, envelope.truncated), (Some(20_700), true));
    assert!(envelope.hint.unwrap().contains("700 more objects were not read"));
}
