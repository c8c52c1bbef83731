//! The forms in which a trace is read, and that no answer hurts.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(document: Value) -> ReadTrace {
    serde_json::from_value::<Answer>(document).unwrap().read()
}

fn span(id: &str, parent: &str) -> Value {
    json!({"traceId": "AAAAAAAAAAAAAAAAAAAAAQ==", "spanId": id, "parentSpanId": parent, "name": "GET /", "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": "1000", "endTimeUnixNano": "3000",
        "attributes": [
            {"key": "http.response.status_code", "value": {"intValue": "503"}},
            {"key": "server.address", "value": {"stringValue": "db"}},
            {"key": "api_key", "value": {"stringValue": "canary"}}],
        "status": {"code": "STATUS_CODE_ERROR"}})
}

#[test]
fn hex_and_base64_names_and_numbers_give_the_same_span() {
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "cart"}}]});
    let named = json!({"trace": {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span("uwAAAAAAAAE=", "uwAAAAAAAAI=")]}]}]}});
    let mut other = span("BB00000000000001", "bb00000000000002");
    other["kind"] = json!(3);
    other["startTimeUnixNano"] = json!(1000);
    other["endTimeUnixNano"] = json!(3000);
    other["status"] = json!({"code": 2});
    other["attributes"][0]["value"] = json!({"intValue": 503});
    let numbered = json!({"batches": [{"resource": resource, "instrumentationLibrarySpans": [{"spans": [other]}]}]});
    let (named, numbered) = (read(named), read(numbered));
    assert_eq!(named, numbered);
    let span = &named.spans[0];
    assert_eq!((span.id.as_str(), span.parent.as_deref()), ("bb00000000000001", Some("bb00000000000002")));
    assert_eq!((span.kind, span.failed, span.start_ns, span.end_ns), (Kind::Client, true, 1000, 3000));
    assert_eq!(span.message.as_deref(), Some("http.response.status_code 503"));
    assert_eq!(span.peer.as_deref(), Some("db"));
    assert!(!format!("{span:?}").contains("canary"), "a secret by its name is not kept");
}

#[test]
fn absent_nulls_and_defaults_are_an_empty_span() {
    let trace = read(json!({"trace": {"resourceSpans": [
        {"resource": null, "scopeSpans": [{"scope": {}, "spans": [{"status": {}, "attributes": null, "name": null, "parentSpanId": "AAAAAAAAAAA="}]}]},
        {"scopeSpans": null}]}, "metrics": {}}));
    assert_eq!(trace.spans.len(), 1);
    assert_eq!((trace.spans[0].service.as_str(), &trace.spans[0].parent), ("(unnamed)", &None));
    assert_eq!(read(json!({"trace": {}, "metrics": {}})), ReadTrace::default());
    assert_eq!(read(json!({"trace": null})), ReadTrace::default());
}

#[test]
fn a_partial_trace_is_known_by_name_and_by_number() {
    for status in [json!("PARTIAL"), json!(1)] {
        let trace = read(json!({"trace": {}, "status": status, "message": "trace exceeds max size (max bytes: 5)"}));
        assert!(trace.partial.unwrap().contains("max size"));
    }
    assert_eq!(read(json!({"trace": {}, "status": "COMPLETE"})).partial, None);
}

#[test]
fn an_exception_tells_the_failure_where_the_status_does_not() {
    let mut failing = span("uwAAAAAAAAE=", "");
    failing["events"] = json!([{"name": "exception", "timeUnixNano": "5", "attributes": [
        {"key": "exception.type", "value": {"stringValue": "IOError"}},
        {"key": "exception.message", "value": {"stringValue": "no route"}}]}]);
    let trace = read(json!({"batches": [{"scopeSpans": [{"spans": [failing]}]}]}));
    assert_eq!(trace.spans[0].message.as_deref(), Some("IOError: no route"));
}

#[test]
fn times_beyond_a_signed_number_do_not_wrap() {
    let mut late = span("uwAAAAAAAAE=", "");
    late["endTimeUnixNano"] = json!("18446744073709551615");
    let trace = read(json!({"batches": [{"scopeSpans": [{"spans": [late]}]}]}));
    assert_eq!(trace.spans[0].end_ns, i64::MAX);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Za-z0-9+/=]{0,20}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "trace",
        "resourceSpans",
        "batches",
        "scopeSpans",
        "spans",
        "resource",
        "attributes",
        "key",
        "value",
        "stringValue",
        "intValue",
        "spanId",
        "parentSpanId",
        "status",
        "code",
        "startTimeUnixNano",
        "kind",
        "events",
        "traces",
        "spanSets",
        "series",
        "samples",
        "scopes",
        "tags",
        "tagValues",
        "labels",
        "durationMs",
    ]);
    leaf.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|object| object.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_panics(document in any_json()) {
        if let Ok(answer) = serde_json::from_value::<Answer>(document.clone()) {
            let _ = domain::traces::summarize("x", domain::traces::Tree::new(answer.read().spans), |_| false);
        }
        if let Ok(answer) = serde_json::from_value::<crate::query::search::Answer>(document.clone()) {
            let _ = answer.rows();
        }
        if let Ok(answer) = serde_json::from_value::<crate::query::metrics::Answer>(document.clone()) {
            let _ = answer.series();
        }
        let _ = crate::query::tags::names(document.clone());
        let _ = crate::query::tags::values(document);
    }
}
