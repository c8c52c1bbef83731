//! Secrets in spans do not come out of any tool.

use super::mock::{Told, found, mock, resource_spans, value};
use super::{ID, OTHER_ID, call};
use serde_json::{Value, json};
use tools_common::wire;

const CANARY: &str = "c4n4ryS3cret";

/// A trace whose every text holds a secret in one of the shapes that spans have.
fn poisoned() -> Value {
    let url = format!("https://admin:{CANARY}@shop.example/cart");
    let statement = format!("CREATE USER x WITH PASSWORD '{CANARY}'");
    let mut spans = resource_spans(&[
        Told("web", 1, 0, format!("GET {url}"), 0, 100, Some("upstream")),
        Told("cart", 2, 1, "list".to_owned(), 10, 90, None),
    ]);
    for batch in spans.as_array_mut().unwrap() {
        for span in batch["scopeSpans"][0]["spans"].as_array_mut().unwrap() {
            span["attributes"] = json!([
                {"key": "http.url", "value": {"stringValue": url}},
                {"key": "db.statement", "value": {"stringValue": statement}},
                {"key": "http.request.header.authorization", "value": {"stringValue": format!("Bearer {CANARY}")}},
                {"key": "user.password", "value": {"stringValue": CANARY}},
                {"key": "server.address", "value": {"stringValue": format!("https://token:{CANARY}@db")}},
            ]);
        }
    }
    spans[0]["scopeSpans"][0]["spans"][0]["status"]["message"] =
        json!(format!("connect postgres://app:{CANARY}@db/orders failed, password={CANARY}"));
    spans
}

fn poisoned_search() -> Value {
    let mut one = found(ID, 10, 2);
    let mut other = found(OTHER_ID, 900, 2);
    for trace in [&mut one, &mut other] {
        trace["rootTraceName"] = json!(format!("GET https://u:{CANARY}@x/"));
        trace["spanSets"][0]["spans"][0]["attributes"] = json!([
            {"key": "http.url", "value": {"stringValue": format!("https://admin:{CANARY}@x/")}},
            {"key": "user.password", "value": {"stringValue": CANARY}},
        ]);
    }
    json!({"traces": [one, other]})
}

#[tokio::test]
async fn planted_secrets_come_out_of_no_tool() {
    let mock = mock(|path, parameters| match path {
        "/api/search" => (200, poisoned_search()),
        "/api/metrics/query" | "/api/metrics/query_range" => {
            assert!(value(parameters, "q").is_some());
            let labels = json!([
                {"key": "resource.service.name", "value": {"stringValue": format!("https://a:{CANARY}@x")}},
                {"key": "span.user.password", "value": {"stringValue": CANARY}},
            ]);
            (
                200,
                json!({"series": [{"labels": labels, "value": 1.0, "samples": [{"timestampMs": "1000", "value": 1.0}]}]}),
            )
        }
        "/api/v2/search/tags" => (200, json!({"scopes": [{"name": "span", "tags": ["user.password"]}]})),
        path if path.contains("/search/tag/") => {
            (200, json!({"tagValues": [{"type": "string", "value": format!("https://admin:{CANARY}@x/")}]}))
        }
        _ => (200, json!({"trace": {"resourceSpans": poisoned()}})),
    });
    let adapter = mock.adapter();
    let calls = [
        ("search", json!({"service": "cart"})),
        ("search", json!({"query": "{} | select(span.http.url, span.user.password)"})),
        ("sample_fast_slow", json!({"service": "cart"})),
        ("trace_summary", json!({"trace_id": ID})),
        ("trace_diff", json!({"baseline": ID, "trace_id": OTHER_ID})),
        ("service_map", json!({})),
        ("metrics", json!({"by": ["span.user.password"]})),
        ("attribute_names", json!({})),
        ("attribute_values", json!({"attribute": "span.http.url"})),
        ("attribute_values", json!({"attribute": "span.user.password"})),
    ];
    for (tool, arguments) in calls {
        let (text, is_error) = wire::encode(&call(&adapter, tool, arguments).await);
        assert!(!text.contains(CANARY), "{tool}: {text}");
        assert_eq!(is_error, tool == "attribute_values" && text.contains("secret by its name"), "{tool}: {text}");
    }
}
