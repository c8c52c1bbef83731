//! The Tempo end: what its queries find, and in which words it refuses.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::telemetry::tempo;
use estate::world::World;
use serde_json::{Value, json};
use tower::ServiceExt;

const WINDOW: &str = "start=1790000000&end=1790000300";

/// An estate five minutes after errors began, its clock at rest.
fn router() -> Router {
    let now: DateTime<Utc> = DateTime::from_timestamp(1_790_000_300, 0).expect("a time");
    let start = now - TimeDelta::minutes(5);
    let world = World::new(7, start, Scenario::named("error-burst"), start);
    tempo::router(Estate::new(world, Arc::new(move || now)))
}

async fn get(router: &Router, path: &str, query: &str) -> (StatusCode, Value) {
    let mut encoded = String::new();
    for byte in query.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    let uri = format!("{path}q={encoded}&{WINDOW}");
    let request = Request::get(uri).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 64 << 20).await.expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn found(router: &Router, query: &str) -> Vec<Value> {
    let (status, answer) = get(router, "/api/search?limit=500&", query).await;
    assert_eq!(status, StatusCode::OK, "{query}: {answer}");
    answer["traces"].as_array().expect("traces").clone()
}

#[tokio::test]
async fn conditions_are_typed_and_joined() {
    let router = router();
    let all = found(&router, "{}").await.len();
    let failed = found(&router, "{ status = error }").await.len();
    let fine = found(&router, "{ rootServiceName != \"\" && !(status = error) }").await.len();
    assert!(failed > 0 && failed < all && fine == all, "{failed} {fine} {all}");
    assert!(found(&router, "{ .http.response.status_code = \"200\" }").await.is_empty(), "a number is no text");
    assert!(!found(&router, "{ .http.response.status_code = 200 || .x = 1 }").await.is_empty());
    assert!(!found(&router, "{ kind = client && duration > 1ms && duration < 10s }").await.is_empty());
    let nested =
        found(&router, "{ resource.service.name = \"checkout\" } >> { resource.service.name = \"payments\" }").await;
    assert!(!nested.is_empty());
    assert!(
        found(&router, "{ resource.service.name = \"payments\" } >> { resource.service.name = \"checkout\" }")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_found_span_tells_what_the_query_names_and_no_more() {
    let router = router();
    let plain = found(&router, "{ kind = server }").await;
    assert!(plain[0]["spanSets"][0]["spans"][0].get("name").is_none());
    let selected = found(&router, "{ status = error } | select(name, resource.service.name)").await;
    let span = &selected[0]["spanSets"][0]["spans"][0];
    assert!(span["name"].is_string(), "{span}");
    let keys: Vec<&Value> = span["attributes"].as_array().expect("attributes").iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, [&json!("status"), &json!("service.name")]);
    assert!(
        selected[0]["serviceStats"].as_object().expect("statistics").values().any(|one| one["errorCount"].is_u64())
    );
}

#[tokio::test]
async fn refusals_have_the_words_of_each_route() {
    let router = router();
    let cases = [
        ("/api/search?", "{", "invalid TraceQL query: parse error at line 1, col 2: syntax error: unexpected $end"),
        ("/api/metrics/query?", "{", "compiling query: parse error at line 1, col 2: syntax error: unexpected $end"),
        ("/api/metrics/query_range?", "{", "parse error at line 1, col 2: syntax error: unexpected $end"),
        ("/api/metrics/query_range?step=0s&", "{} | rate()", "invalid step: \"0s\""),
        ("/api/search?limit=0&", "{}", "invalid limit: must be a positive number"),
    ];
    for (path, query, wanted) in cases {
        assert_eq!(get(&router, path, query).await, (StatusCode::BAD_REQUEST, json!(wanted)));
    }
    let (status, _) = get(&router, "/api/v2/traces/xyz?", "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let unknown = "0123456789abcdef0123456789abcdef";
    let (status, empty) = get(&router, &format!("/api/v2/traces/{unknown}?"), "").await;
    assert_eq!((status, empty), (StatusCode::OK, json!({"trace": {}, "metrics": {}})));
    assert_eq!(get(&router, &format!("/api/traces/{unknown}?"), "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn metrics_count_what_searches_find() {
    let router = router();
    let by_service = "{ kind = server } | rate() by (resource.service.name)";
    let (status, instant) = get(&router, "/api/metrics/query?", by_service).await;
    assert_eq!(status, StatusCode::OK, "{instant}");
    let rate = |service: &str| {
        let series = instant["series"].as_array().expect("series");
        let of = |one: &&Value| one["labels"][0]["value"]["stringValue"] == service;
        series.iter().find(of).and_then(|one| one["value"].as_f64()).expect("a rate")
    };
    assert!(rate("checkout") > 0.0 && rate("payments") > 0.0);
    let (_, counted) = get(
        &router,
        "/api/metrics/query?",
        "{ resource.service.name = \"checkout\" && kind = server } | count_over_time()",
    )
    .await;
    let count = counted["series"][0]["value"].as_f64().expect("a count");
    assert!((count / 300.0 - rate("checkout")).abs() < 1e-9);
    let (_, range) =
        get(&router, "/api/metrics/query_range?step=60s&", "{ kind = server } | quantile_over_time(duration, .5, .99)")
            .await;
    let series = range["series"].as_array().expect("series");
    assert_eq!(series.len(), 2);
    let value = |at: usize| series[at]["samples"][1]["value"].as_f64().expect("seconds");
    assert!(value(0) > 0.0 && value(0) <= value(1) && value(1) < 10.0, "{range}");
    let (_, histogram) = get(&router, "/api/metrics/query?", "{ kind = server } | histogram_over_time(duration)").await;
    assert!(histogram["series"].as_array().is_some_and(|series| series.len() > 2), "{histogram}");
}

#[tokio::test]
async fn attributes_are_told_by_scope_and_filtered() {
    let router = router();
    let (_, scopes) = get(&router, "/api/v2/search/tags?scope=resource&", "").await;
    assert_eq!(scopes["scopes"].as_array().map(Vec::len), Some(1), "{scopes}");
    assert_eq!(get(&router, "/api/v2/search/tags?scope=nowhere&", "").await.0, StatusCode::BAD_REQUEST);
    let filter = "{ resource.service.name = \"payments\" }";
    let (_, values) = get(&router, "/api/v2/search/tag/resource.service.name/values?", filter).await;
    assert_eq!(values["tagValues"], json!([{"type": "string", "value": "payments"}]));
    let (_, codes) = get(&router, "/api/v2/search/tag/span.http.response.status_code/values?", "").await;
    assert!(
        codes["tagValues"].as_array().expect("values").contains(&json!({"type": "int", "value": "200"})),
        "{codes}"
    );
    let (_, kinds) = get(&router, "/api/v2/search/tag/kind/values?", "").await;
    assert!(kinds["tagValues"].as_array().expect("values").contains(&json!({"type": "keyword", "value": "client"})));
}
