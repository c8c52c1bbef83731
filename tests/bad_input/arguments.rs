//! Wrong arguments for every tool, made from its schema: each is refused by its name, and nothing is sent.

use super::servers::{self, ALL, kubeconfig, object};
use super::socket::{Behaviour, Socket};
use domain::envelope::FailureKind;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tools_common::ToolSpec;
use tools_common::act::{AuditFile, Authority};
use tools_common::serve::Adapter;

/// The most that a refusal says.
const MOST_SAID_BYTES: usize = 4_500;

/// Longer than any argument may be.
const LONG: usize = 100_000;

fn number(schema: &Value, name: &str) -> Option<i64> {
    schema.get(name)?.as_f64().map(|number| number as i64)
}

/// Values that an argument of this schema cannot have.
fn wrong_values(schema: &Value) -> Vec<Value> {
    if let Some(alternatives) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        panic!("write wrong values for alternatives: {alternatives}");
    }
    let mut wrong = Vec::new();
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => {
            wrong.extend([json!({"a": 1}), json!(["x"]), json!(true)]);
            if schema.get("enum").is_some() {
                wrong.push(json!("no-such-word"));
            } else {
                wrong.push(json!("x".repeat(number(schema, "maxLength").map_or(LONG, |most| most as usize + 1))));
            }
            if number(schema, "minLength").is_some_and(|least| least > 0) {
                wrong.push(json!(""));
            }
        }
        Some(kind @ ("integer" | "number")) => {
            wrong.extend([json!("many"), json!({"a": 1}), json!([1, 2]), json!(true)]);
            if kind == "integer" {
                wrong.extend([json!(1.5), json!(1e300)]);
            }
            wrong.extend(number(schema, "minimum").map(|least| json!(least - 1)));
            wrong.extend(number(schema, "maximum").map(|most| json!(most + 1)));
        }
        Some("boolean") => wrong.extend([json!("maybe"), json!(7), json!([]), json!({})]),
        Some("array") => {
            wrong.push(json!({"a": 1}));
            wrong.push(json!([{"a": 1}]));
            wrong.extend(number(schema, "maxItems").map(|most| json!(vec!["x"; most as usize + 1])));
        }
        Some("object") => wrong.extend([json!("x"), json!(7), json!(["x"]), json!({"a": {"b": [1]}})]),
        other => panic!("write wrong values for the type {other:?}: {schema}"),
    }
    wrong
}

/// Wrong sets of arguments, each with the name that the refusal must tell.
fn wrong_calls(spec: &ToolSpec) -> Vec<(String, Map<String, Value>)> {
    let mut calls = vec![("no_such_argument".to_owned(), object(json!({"no_such_argument": 1})))];
    for (name, schema) in spec.input_schema["properties"].as_object().into_iter().flatten() {
        for value in wrong_values(schema) {
            calls.push((name.clone(), Map::from_iter([(name.clone(), value)])));
        }
    }
    for name in spec.input_schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        calls.push((name.to_owned(), Map::new()));
        calls.push((name.to_owned(), Map::from_iter([(name.to_owned(), Value::Null)])));
    }
    calls
}

/// Refusals that are not as they should be.
async fn badly_refused(adapter: &Adapter) -> (usize, Vec<String>) {
    let (mut tried, mut found) = (0, Vec::new());
    for spec in adapter.specs() {
        for (name, arguments) in wrong_calls(spec) {
            tried += 1;
            let mut sent: String = Value::Object(arguments.clone()).to_string();
            sent.truncate(200);
            // The others are as they should be, so that this one is all that is wrong.
            let mut all = good_arguments(spec, &name);
            all.extend(arguments);
            match adapter.call(spec.name, all, adapter.context()).await {
                Err(failure) if failure.kind == FailureKind::BadRequest => {
                    if !failure.to_string().contains(&name) {
                        found.push(format!("{} {sent}: does not name {name}: {failure}", spec.name));
                    }
                    if failure.to_string().len() > MOST_SAID_BYTES {
                        found.push(format!("{} {sent}: {} bytes of failure", spec.name, failure.to_string().len()));
                    }
                }
                other => found.push(format!("{} {sent}: {:.300}", spec.name, format!("{other:?}"))),
            }
        }
    }
    (tried, found)
}

/// What a tool requires beside one argument.
fn good_arguments(spec: &ToolSpec, without: &str) -> Map<String, Value> {
    let required = spec.input_schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let good = |name: &str| match spec.input_schema["properties"][name]["type"].as_str() {
        Some("integer" | "number") => json!(10),
        Some("array") => json!(["service=checkout"]),
        _ => json!("checkout"),
    };
    let mut all: Map<String, Value> =
        required.filter(|name| *name != without).map(|name| (name.to_owned(), good(name))).collect();
    // Loki's tools take one of two.
    let takes_labels = spec.input_schema["properties"].get("labels").is_some();
    if takes_labels && !["labels", "query"].contains(&without) {
        all.insert("labels".to_owned(), json!({"app": "checkout"}));
    }
    all
}

fn authority() -> Authority {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bad-input-{}", std::process::id()));
    let audit = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    Authority::WithoutGrants(audit)
}

/// What was refused badly, or not before something was sent.
async fn try_all(name: &str, make: impl Fn(&str) -> Adapter) -> Vec<String> {
    let socket = Socket::start(Behaviour::Closes).await;
    let (tried, mut found) = badly_refused(&make(&socket.url)).await;
    assert!(tried > 30, "{name}: only {tried} were tried");
    if socket.requests() > 0 {
        found.push(format!("{} requests were sent", socket.requests()));
    }
    found.into_iter().map(|problem| format!("{name} {problem}")).collect()
}

#[tokio::test]
async fn wrong_arguments_of_reads_are_refused_by_name_and_nothing_is_sent() {
    let mut found = Vec::new();
    for server in ALL {
        found.extend(try_all(server, |url| servers::reading(server, url, Duration::from_secs(2))).await);
    }
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}

#[tokio::test]
async fn wrong_arguments_of_changes_are_refused_by_name_and_nothing_is_sent() {
    let deadline = Duration::from_secs(2);
    let cluster = |url: &str| servers::kubernetes(kubeconfig(url, "{token: abc}"), deadline);
    let mut found = try_all("kubernetes", |url| Adapter::acting(cluster(url), authority())).await;
    found.extend(try_all("prometheus", |url| Adapter::acting(servers::prometheus(url, deadline), authority())).await);
    assert!(found.is_empty(), "{} problems:\n{}", found.len(), found.join("\n"));
}
