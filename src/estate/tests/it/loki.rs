//! What the Loki end tells beyond lines and rates: volumes, structured metadata apart, nanoseconds, formats, refusals.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use estate::Estate;
use estate::telemetry::loki;
use estate::world::World;
use serde_json::{Value, json};
use tower::ServiceExt;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_300, 0).expect("a time")
}

fn router() -> Router {
    let start = now() - TimeDelta::minutes(30);
    loki::router(Estate::new(World::new(7, start, None, start), Arc::new(now)))
}

async fn ask(path: &str, parameters: &[(&str, &str)], flags: Option<&str>) -> (StatusCode, Value) {
    let encoded: Vec<String> = parameters
        .iter()
        .map(|(name, value)| {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("{name}={value}")
        })
        .collect();
    let mut request = Request::builder().uri(format!("/loki/api/v1/{path}?{}", encoded.join("&")));
    if let Some(flags) = flags {
        request = request.header("X-Loki-Response-Encoding-Flags", flags);
    }
    let response = router().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 64 << 20).await.expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn lines(parameters: &[(&str, &str)], flags: Option<&str>) -> Value {
    let (status, body) = ask("query_range", parameters, flags).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["data"].clone()
}

#[tokio::test]
async fn metadata_and_parsed_labels_stand_apart_where_that_is_asked_for() {
    let query = [("query", "{app=\"cart\"} | json | logfmt"), ("limit", "5")];
    let apart = lines(&query, Some("categorize-labels")).await;
    assert_eq!(apart["encodingFlags"], json!(["categorize-labels"]));
    let stream = &apart["result"][0];
    assert!(stream["stream"]["detected_level"].is_null(), "{stream}");
    assert!(stream["values"][0][2]["structuredMetadata"]["detected_level"].is_string(), "{stream}");
    let together = lines(&query, None).await;
    assert!(together["result"][0]["stream"]["detected_level"].is_string());
    assert!(together["result"][0]["values"][0][2].is_null());
}

#[tokio::test]
async fn a_window_is_kept_to_the_nanosecond() {
    let all = lines(&[("query", "{app=\"cart\"}"), ("limit", "1")], None).await;
    let at = all["result"][0]["values"][0][0].as_str().expect("nanoseconds").to_owned();
    let before = lines(&[("query", "{app=\"cart\"}"), ("limit", "1"), ("end", &at)], None).await;
    let earlier = before["result"][0]["values"][0][0].as_str().expect("nanoseconds");
    assert!(earlier < at.as_str(), "the end is not in the window: {earlier} {at}");
    let from = lines(&[("query", "{app=\"cart\"}"), ("start", &at)], None).await;
    assert_eq!(from["result"][0]["values"][0][0], json!(at), "the start is in the window");
}

#[tokio::test]
async fn volumes_are_told_by_labels_and_sum_to_the_statistics() {
    let window = [("start", "1789999000000000000"), ("end", "1790000300000000000")];
    let selector = ("query", "{namespace=\"shop\"}");
    let (_, stats) = ask("index/stats", &[selector, window[0], window[1]], None).await;
    let by_app = [selector, window[0], window[1], ("targetLabels", "app")];
    let (status, volume) = ask("index/volume", &by_app, None).await;
    assert_eq!((status, &volume["data"]["resultType"]), (StatusCode::OK, &json!("vector")));
    let bytes: Vec<i64> = volume["data"]["result"]
        .as_array()
        .expect("samples")
        .iter()
        .map(|sample| sample["value"][1].as_str().expect("a text").parse().expect("a number"))
        .collect();
    assert!(bytes.len() > 3 && bytes.windows(2).all(|pair| pair[0] >= pair[1]), "{volume}");
    assert_eq!(json!(bytes.iter().sum::<i64>()), stats["bytes"]);
    let by_name = [selector, window[0], window[1], ("aggregateBy", "labels")];
    let (_, volume) = ask("index/volume", &by_name, None).await;
    assert_eq!(volume["data"]["result"][0]["metric"], json!({"namespace": ""}));
    let (status, _) = ask("index/volume", &[selector], None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "start and end are required");
}

#[tokio::test]
async fn refusals_are_worded_as_lokis() {
    let filtered = [("query", "{app=\"cart\"} |= \"x\"")];
    assert_eq!(ask("index/stats", &filtered, None).await.1, json!("only label matchers are supported"));
    let (status, all) = ask("query_range", &[("query", "{app=~\".*\"}")], None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(all.as_str().is_some_and(|text| text.contains("at least one regexp or equality matcher")), "{all}");
}
