//! `loki` over the estate and a named Loki that holds some lines of the last day.
//!
//! After Loki's HTTP API (grafana.com/docs/loki/latest/reference/loki-http-api).

use super::place::{Place, in_process, live_estate, named, rows, text};
use domain::envelope::FailureKind;
use serde_json::{Value, json};
use tools_common::serve::Adapter;
use tools_loki::{Instance, LokiConfig, Server};

fn place(name: &str, instance: Instance) -> Place {
    let config = LokiConfig { instances: vec![instance], ..LokiConfig::single("unused") };
    Place::new(name, Adapter::new(Server::new(config).unwrap()), Vec::new())
}

#[tokio::test]
async fn the_estate_keeps_the_contract() {
    let endpoint = in_process("Loki", estate::telemetry::loki::router(live_estate()));
    hold(&place("estate", Instance { endpoint, ..Instance::new("estate", "http://estate") })).await;
}

#[tokio::test]
async fn a_named_loki_keeps_the_contract() {
    if let Some(url) = named("CONTRACT_LOKI_URL") {
        hold(&place(&url.clone(), Instance::new("named", url))).await;
    }
}

async fn hold(place: &Place) {
    let (label, value) = a_stream(place).await;
    lines(place, &label, &value).await;
    numbers(place, &label, &value).await;
    clusters(place, &label, &value).await;
    mistakes(place, &label).await;
}

/// A label and one of its values, by which there are lines.
async fn a_stream(place: &Place) -> (String, String) {
    let labels = place.call("labels", json!({"since": "24h"})).await;
    let all = rows(&labels);
    place.holds("streams have labels", !all.is_empty(), &labels);
    let label =
        all.iter().map(|row| text(row, "label")).find(|label| !label.starts_with("__")).unwrap_or_default().to_owned();
    let values = place.call("label_values", json!({"label": label, "since": "24h"})).await;
    let shown = values.data.to_string();
    let value = first_text(&values.data).unwrap_or_else(|| panic!("{}: {label} has no values: {shown}", place.name));
    (label, value)
}

/// The first text anywhere in a list of values.
fn first_text(data: &Value) -> Option<String> {
    match data {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(first_text),
        Value::Object(object) => ["values", "rows"].iter().find_map(|key| first_text(object.get(*key)?)),
        _ => None,
    }
}

fn selector(label: &str, value: &str) -> String {
    format!("{{{label}={}}}", Value::from(value))
}

async fn lines(place: &Place, label: &str, value: &str) {
    let asked = json!({"labels": {label: value}, "since": "24h", "limit": 5, "fit_window": true});
    let found = place.call("query", asked.clone()).await;
    place.holds("there are lines", found.returned > 0 && found.returned <= 5, &found);
    if let Some(cursor) = found.next_cursor {
        let mut next = asked;
        next["cursor"] = json!(cursor);
        let more = place.call("query", next).await;
        place.holds("a page goes on where the one before ended", more.data != found.data, &more.data);
    }
    let none =
        json!({"labels": {label: value}, "contains": ["auto-devops-contract-none"], "since": "1h", "fit_window": true});
    if let Ok(none) = place.try_call("query", none).await {
        place.holds("a filter that fits nothing is told so", none.returned == 0 && none.hint.is_some(), &none);
    }
}

async fn numbers(place: &Place, label: &str, value: &str) {
    let query = format!("sum(count_over_time({}[1h]))", selector(label, value));
    let count = place.call("query", json!({"query": query, "fit_window": true})).await;
    place.holds("a metric query gives numbers or says why not", count.returned > 0 || count.hint.is_some(), &count);
    let stats = place.call("stats", json!({"labels": {label: value}, "since": "24h"})).await;
    let told = stats.data.pointer("/size/bytes").is_some() || !stats.not_looked.is_empty() || stats.hint.is_some();
    place.holds("the size is told, or that it is not known", told, &stats);
}

async fn clusters(place: &Place, label: &str, value: &str) {
    let asked = json!({"labels": {label: value}, "since": "6h", "fit_window": true});
    for tool in ["patterns", "new_errors"] {
        let envelope = place.call(tool, asked.clone()).await;
        place.holds(
            "patterns are told, or why there are none",
            envelope.returned > 0 || envelope.hint.is_some(),
            &envelope,
        );
    }
}

async fn mistakes(place: &Place, label: &str) {
    let syntax = place.fails("query", json!({"query": "{app=\"x\" |= \"y\""})).await;
    place.holds("a syntax error is told", syntax.kind == FailureKind::BadRequest, &syntax);
    let other = json!({"labels": {label: "auto-devops-contract-none"}, "since": "1h"});
    let none = place.call("query", other).await;
    place.holds("a label value that is none is told so", none.returned == 0 && none.hint.is_some(), &none);
}
