//! `tempo` over the estate with secrets in span names, attributes, status messages, exceptions and attribute values.

use super::planted::{self, UNDER_A_NAME, VISIBLE, address, each_object, onto, text};
use super::trial::{case, in_process, now, try_all, world};
use serde_json::{Map, Value, json};
use tools_common::serve::Adapter;
use tools_tempo::{Instance, Server, TempoConfig};

fn attribute(key: &str, value: String) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn attributes(seed: &str) -> [Value; 5] {
    [
        attribute("http.url", address("span.example.com")),
        attribute("db.statement", format!("{VISIBLE} ALTER USER shop IDENTIFIED BY '{UNDER_A_NAME}'")),
        attribute("note", text(&seed)),
        attribute("db.password", UNDER_A_NAME.to_owned()),
        attribute("http.request.header.authorization", format!("Bearer {UNDER_A_NAME}")),
    ]
}

fn into_any(object: &mut Map<String, Value>) {
    let is_span = object.contains_key("spanId") || object.contains_key("spanID");
    let seed = Value::Object(object.clone()).to_string();
    if let Some(Value::Array(list)) = object.get_mut("attributes") {
        list.extend(attributes(&seed));
    }
    if let Some(Value::Array(list)) = object.get_mut("labels") {
        list.extend(attributes(&seed));
    }
    for key in ["rootTraceName", "message"] {
        if let Some(part) = object.get_mut(key) {
            onto(part);
        }
    }
    if is_span && seed.contains("code") {
        let exception = [attribute("exception.type", "Failed".to_owned()), attribute("exception.message", text(&seed))];
        object.insert("events".to_owned(), json!([{"name": "exception", "attributes": exception}]));
        object.insert("status".to_owned(), json!({"code": "STATUS_CODE_ERROR", "message": text(&seed)}));
    }
    if is_span && let Some(name) = object.get_mut("name") {
        *name = json!(format!("{} {}", name.as_str().unwrap_or_default(), address("name.example.com")));
    }
}

fn plant(_asked: &str, document: &mut Value) {
    each_object(document, &into_any);
    if let Some(Value::Array(values)) = document.get_mut("tagValues") {
        for value in [text(&"value"), address("value.example.com"), planted::label_value()] {
            values.push(json!({"type": "string", "value": value}));
        }
    }
}

fn as_it_is(_asked: &str, text: String) -> String {
    text
}

#[tokio::test]
async fn nothing_secret_comes_out_of_tempo() {
    let router = planted::planting(estate::telemetry::tempo::router(world()), plant, as_it_is);
    let instance = Instance { endpoint: in_process("Tempo", router), ..Instance::new("estate", "unused") };
    let config = TempoConfig { instances: vec![instance], ..TempoConfig::single("unused") };
    let adapter = Adapter::new(Server::new(config).unwrap());
    let arguments = json!({"since": "1h", "status": "error"}).as_object().unwrap().clone();
    let found = adapter.call("search", arguments, adapter.context().at(now())).await.unwrap();
    let table: domain::observed::Table = serde_json::from_value(found.data["table"].clone())
        .or_else(|_| serde_json::from_value(found.data.clone()))
        .unwrap();
    let rows: Vec<Map<String, Value>> = table.typed().unwrap();
    let id = |row: usize| rows[row]["trace_id"].clone();
    let cases = [
        case("search", json!({"since": "1h"})),
        case("search", json!({"since": "1h", "status": "error", "limit": 50})),
        case("search", json!({"query": "{ span.http.url = \"https://bob:Hunt9er2Vq6Lm1Zs@x\" }"})).shows("returned"),
        case("search", json!({"query": "{ span.db.password = \"password=Hunt9er2Vq6Lm1Zs\" &"})).shows("bad_request"),
        case("search", json!({"attributes": ["db.password=Hunt9er2Vq6Lm1Zs"]})).shows("returned"),
        case("sample_fast_slow", json!({"service": "checkout"})),
        case("trace_summary", json!({"trace_id": id(0)})),
        case("trace_summary", json!({"trace_id": id(1)})),
        case("trace_diff", json!({"baseline": id(0), "trace_id": id(1)})),
        case("service_map", json!({})).shows("checkout"),
        case("attribute_names", json!({})).shows("http"),
        case("attribute_values", json!({"attribute": "resource.service.name"})),
        case("attribute_values", json!({"attribute": "span.db.password"})).shows("secret by its name"),
        case("metrics", json!({"function": "rate"})),
        case("metrics", json!({"function": "rate", "by": ["resource.service.name"]})),
    ];
    try_all(&adapter, &cases).await;
}
