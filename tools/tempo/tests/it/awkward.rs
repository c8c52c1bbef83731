//! Backends that do not behave, over real sockets, and the ways in which a call ends early.

use super::mock::hasty_server_at;
use super::{ID, NOW};
use axum::Router;
use axum::response::IntoResponse;
use domain::envelope::{Failure, FailureKind};
use domain::secret::Secret;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use tools_common::serve::Adapter;
use tools_tempo::{Instance, Server, TempoConfig};

fn server_at(url: &str) -> Adapter {
    Adapter::new(Server::new(TempoConfig::single(url)).expect("the settings are good"))
}

/// Serves one answer on every path; gives the URL.
async fn serving<R: IntoResponse + Send + 'static>(answer: impl Fn() -> R + Clone + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(move || {
        let answer = answer();
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn failure_of(adapter: &Adapter) -> Failure {
    super::call(adapter, "trace_summary", json!({"trace_id": ID})).await.unwrap_err()
}

#[tokio::test]
async fn answers_that_are_no_traces_are_told() {
    let cases = [
        ("<!DOCTYPE html><html><head><title>Grafana</title></head></html>", "HTML page"),
        ("{\"trace\": {\"resourceSpans\": [{\"scopeSp", "ends too early"),
        ("[1, 2]", "not the JSON"),
        ("{\"trace\": {\"resourceSpans\": 5}}", "not the JSON"),
        ("\u{1}\u{2}protobuf", "not the JSON"),
    ];
    for (body, words) in cases {
        let failure = failure_of(&server_at(&serving(move || body).await)).await;
        assert_eq!(failure.kind, FailureKind::BadAnswer, "{failure}");
        assert!(failure.message.contains(words), "{failure}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let failure = failure_of(&server_at(&serving(|| "x".repeat(60 << 20)).await)).await;
    assert_eq!(failure.kind, FailureKind::TooLarge, "{failure}");
}

#[tokio::test]
async fn a_tenant_that_is_missing_is_told_and_one_that_is_set_is_sent() {
    let refused = serving(|| (axum::http::StatusCode::UNAUTHORIZED, "no org id")).await;
    let failure = failure_of(&server_at(&refused)).await;
    assert_eq!(failure.kind, FailureKind::Unauthenticated);
    assert!(failure.hint.unwrap().contains("X-Scope-OrgID"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(|headers: axum::http::HeaderMap| async move {
        assert_eq!(headers.get("x-scope-orgid").map(|tenant| tenant.as_bytes()), Some(b"team-a".as_slice()));
        "{\"tagValues\": [{\"type\": \"string\", \"value\": \"a\"}]}"
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut instance = Instance::new("default", url);
    instance.endpoint.settings.headers.insert("X-Scope-OrgID".to_owned(), Secret::new("team-a"));
    let adapter = super::mock::server(instance);
    let values = super::call(&adapter, "attribute_values", json!({"attribute": "name"})).await.unwrap();
    assert_eq!(values.returned, 1);
}

#[tokio::test]
async fn a_slow_backend_ends_at_the_deadline_and_at_the_callers_wish() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Accepts into the backlog and never answers.
    let failure = failure_of(&hasty_server_at(&url)).await;
    assert_eq!(failure.kind, FailureKind::Timeout, "{failure}");
    let adapter = server_at(&url);
    let mut context = adapter.context();
    context.now = NOW.parse().unwrap();
    let stop = context.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.cancel();
    });
    let arguments: Map<String, Value> = serde_json::from_value(json!({"service": "cart"})).unwrap();
    let failure = adapter.call("service_map", arguments, context).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled, "{failure}");
}

#[tokio::test]
async fn several_instances_are_chosen_by_name() {
    let url = serving(|| "{\"tagValues\": []}").await;
    let instances = vec![Instance::new("prod", &url), Instance::new("staging", &url)];
    let adapter = Adapter::new(Server::new(TempoConfig { instances, ..TempoConfig::single("unused") }).unwrap());
    let asked = json!({"attribute": "name", "instance": "staging"});
    let envelope = super::call(&adapter, "attribute_values", asked).await.unwrap();
    assert_eq!(envelope.source, Some(format!("tempo staging {url}")));
    let none = TempoConfig { instances: Vec::new(), ..TempoConfig::single("unused") };
    assert!(Server::new(none).unwrap_err().to_string().contains("TEMPO_URL"));
}

#[tokio::test]
async fn another_services_json_is_not_told_as_an_empty_tempo() {
    let mock = super::mock::mock(|_, _| (200, json!({"hello": "world"})));
    for (tool, arguments) in [
        ("search", json!({"service": "cart"})),
        ("sample_fast_slow", json!({"service": "cart"})),
        ("service_map", json!({})),
        ("metrics", json!({"service": "cart"})),
        ("trace_summary", json!({"trace_id": ID})),
    ] {
        let failure = super::call(&mock.adapter(), tool, arguments).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadAnswer, "{tool}: {failure}");
    }
}
