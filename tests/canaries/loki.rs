//! `loki` over the estate with secrets in lines, stream labels, structured metadata and label values.

use super::planted::{self, UNDER_A_NAME, address, each_object, into_labels, text};
use super::trial::{case, in_process, try_all, world};
use serde_json::{Map, Value, json};
use tools_common::serve::Adapter;
use tools_loki::{Instance, LokiConfig, Server};

fn into_any(object: &mut Map<String, Value>) {
    for key in ["stream", "metric", "structuredMetadata", "structured_metadata", "parsed"] {
        if let Some(labels) = object.get_mut(key) {
            into_labels(labels);
        }
    }
    if object.contains_key("stream")
        && let Some(Value::Array(values)) = object.get_mut("values")
    {
        values.iter_mut().step_by(8).for_each(into_line);
    }
}

/// The line goes on with secrets, in one line or in several.
fn into_line(pair: &mut Value) {
    let Some(line) = pair[1].as_str().map(str::to_owned) else { return };
    let is_even = line.len().is_multiple_of(2);
    let more = text(&line).replace('\n', if is_even { "\\n" } else { "\n" });
    pair[1] = json!(format!("{line} ERROR {more} DB_PASSWORD={UNDER_A_NAME}"));
}

fn plant(asked: &str, document: &mut Value) {
    each_object(document, &into_any);
    if let Some(Value::Array(data)) = document.get_mut("data") {
        if asked.contains("/label/") {
            data.extend([json!(text(&"value")), json!(planted::label_value()), json!(address("value.example.com"))]);
        }
        if asked.contains("/series") {
            data.iter_mut().for_each(into_labels);
        }
    }
}

fn as_it_is(_asked: &str, text: String) -> String {
    text
}

#[tokio::test]
async fn nothing_secret_comes_out_of_loki() {
    let router = planted::planting(estate::telemetry::loki::router(world()), plant, as_it_is);
    let instance = Instance { endpoint: in_process("Loki", router), ..Instance::new("estate", "unused") };
    let server = Server::new(LokiConfig { instances: vec![instance], ..LokiConfig::single("unused") }).unwrap();
    let labels = json!({"namespace": "shop"});
    let mut cases = vec![
        case("labels", json!({})).shows("namespace"),
        case("labels", json!({"selector": "{namespace=\"shop\"}"})).shows("namespace"),
        case("label_values", json!({"label": "app"})),
        case("label_values", json!({"label": "app", "selector": "{namespace=\"shop\"}"})),
        case("label_values", json!({"label": "app", "contains": "visible"})),
        case("stats", json!({"labels": labels})).shows("bytes"),
        case("stats", json!({"labels": labels, "by": "app"})).shows("bytes"),
        case("stats", json!({})).shows("bytes"),
        case("query", json!({"query": "sum by (app, note) (count_over_time({namespace=\"shop\"}[5m]))"})),
        case("query", json!({"query": "{namespace=\"shop\"} |= \"password=Hunt9er2Vq6Lm1Zs\" |="}))
            .shows("not valid LogQL"),
        case("query", json!({"labels": labels, "contains": ["https://bob:Hunt9er2Vq6Lm1Zs@x"]})).shows("https"),
    ];
    for tool in ["query", "patterns", "new_errors"] {
        cases.push(case(tool, json!({"labels": labels, "since": "10m"})));
        cases.push(case(tool, json!({"labels": {"app": "checkout"}, "since": "15m", "limit": 100})));
    }
    cases.push(case("query", json!({"labels": labels, "limit": 500, "max_tokens": 8000})));
    cases.push(case("query", json!({"labels": labels, "limit": 20, "max_tokens": 300})));
    cases.push(case("patterns", json!({"labels": labels, "errors": true})));
    try_all(&Adapter::new(server), &cases).await;
}
