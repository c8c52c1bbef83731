//! `prometheus` and its Alertmanager over the estate with secrets in labels, annotations, help texts, comments, scrape
//! addresses and errors.

use super::planted::{self, address, each_object, into_labels, onto, text};
use super::trial::{authority, case, in_process, try_all, try_all_acts, world};
use serde_json::{Map, Value, json};
use tools_common::serve::Adapter;
use tools_prometheus::{Instance, PrometheusConfig, Server};

const LABELS: &[&str] = &["labels", "annotations", "metric", "discoveredLabels"];
const TEXTS: &[&str] = &["summary", "description", "help", "lastError", "comment", "createdBy", "error", "message"];
const ADDRESSES: &[&str] = &["scrapeUrl", "globalUrl", "generatorURL"];

fn into_any(object: &mut Map<String, Value>) {
    for (key, value) in object.iter_mut() {
        match key.as_str() {
            key if LABELS.contains(&key) => into_labels(value),
            key if TEXTS.contains(&key) => onto(value),
            key if ADDRESSES.contains(&key) => *value = json!(address("target.example.com")),
            _ => {}
        }
    }
}

fn plant(asked: &str, document: &mut Value) {
    each_object(document, &into_any);
    if asked.contains("/label/")
        && let Some(Value::Array(values)) = document.get_mut("data")
    {
        values.extend([json!(text(&"value")), json!(planted::label_value()), json!(address("value.example.com"))]);
    }
    if asked.contains("/series")
        && let Some(Value::Array(series)) = document.get_mut("data")
    {
        series.iter_mut().for_each(into_labels);
    }
    if let Some(Value::Array(warnings)) = document.get_mut("warnings") {
        warnings.push(json!(text(&"warning")));
    } else if asked.contains("/api/v1/") {
        document["warnings"] = json!([text(&"warning")]);
        document["infos"] = json!([text(&"info")]);
    }
}

fn as_it_is(_asked: &str, text: String) -> String {
    text
}

fn server() -> Server {
    let world = world();
    let prometheus = planted::planting(estate::telemetry::prometheus::router(world.clone()), plant, as_it_is);
    let alertmanager = planted::planting(estate::telemetry::alertmanager::router(world), plant, as_it_is);
    let instance = Instance {
        prometheus: in_process("Prometheus", prometheus),
        alertmanager: Some(in_process("Alertmanager", alertmanager)),
        ..Instance::new("estate", "unused")
    };
    Server::new(PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") }).unwrap()
}

#[tokio::test]
async fn nothing_secret_comes_out_of_a_read_of_prometheus() {
    let cases = [
        case("query", json!({"query": "up"})),
        case("query", json!({"query": "up", "max_tokens": 100})),
        case("query", json!({"query": "up{note=\"password=Hunt9er2Vq6Lm1Zs\"}"})).shows("up"),
        case("query", json!({"query": "up{url=\"https://bob:Hunt9er2Vq6Lm1Zs@x\"} ==="})).shows("not valid PromQL"),
        case("query_range", json!({"query": "up", "since": "30m"})),
        case("compare_windows", json!({"query": "up", "since": "10m"})).shows("up"),
        case("anomalies", json!({"query": "up", "since": "10m", "history": "1h"})).shows("up"),
        case("change_points", json!({"query": "up", "since": "10m"})),
        case("forecast", json!({"query": "up", "bound": 2, "history": "1h"})).shows("up"),
        case("find_metrics", json!({"words": "cpu"})),
        case("label_values", json!({"label": "job"})),
        case("label_values", json!({"label": "job", "contains": "visible"})),
        case("metric_metadata", json!({"metric": "up"})),
        case("metric_metadata", json!({"metric": "container_cpu_usage_seconds_total"})),
        case("alerts", json!({})),
        case("alerts", json!({"max_tokens": 100})).shows("alert"),
        case("rules", json!({})).shows("KubePodCrashLooping"),
        case("targets", json!({})).shows("job"),
        case("golden_signals", json!({"service": "checkout"})).shows("checkout"),
        case("silences", json!({})).shows("hint"),
    ];
    try_all(&Adapter::new(server()), &cases).await;
}

#[tokio::test]
async fn nothing_secret_comes_out_of_a_silence() {
    let (authority, audit) = authority("prometheus");
    let world = world();
    let alertmanager = planted::planting(estate::telemetry::alertmanager::router(world.clone()), plant, as_it_is);
    let of = || {
        let instance = Instance {
            prometheus: in_process("Prometheus", estate::telemetry::prometheus::router(world.clone())),
            alertmanager: Some(in_process("Alertmanager", alertmanager.clone())),
            ..Instance::new("estate", "unused")
        };
        Server::new(PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") }).unwrap()
    };
    let cases = vec![
        case("silence_create", json!({"matchers": ["service=checkout"], "minutes": 30})).shows("checkout"),
        case("silence_create", json!({"matchers": ["note=password=Hunt9er2Vq6Lm1Zs", "service=cart"], "minutes": 30}))
            .shows("cart"),
        case("silence_expire", json!({"id": "0b9d7c5e-0000-4000-8000-000000000000"})).shows("silence"),
    ];
    try_all_acts(&Adapter::acting(of(), authority), &audit, cases).await;
    // The silences that were made hold the reasons.
    let read = [case("silences", json!({})), case("alerts", json!({})).shows("KubePodCrashLooping")];
    let reading = Adapter::new(of());
    for case in read {
        super::trial::holds(&reading, &case).await;
    }
}
