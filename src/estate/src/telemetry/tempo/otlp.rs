//! A trace as OTLP JSON, in the spelling of Tempo: ids in base64, enumerations by name, times as texts.

use serde_json::{Value, json};

use super::traces::{Span, Trace};
use crate::base64;

/// The resource batches of a trace, one for each service.
pub(super) fn batches(trace: &Trace) -> Vec<Value> {
    let mut groups: Vec<(&Span, Vec<Value>)> = Vec::new();
    for span in &trace.spans {
        let described = span_json(trace, span);
        let same = |(first, _): &&mut (&Span, Vec<Value>)| first.service == span.service && first.pod == span.pod;
        match groups.iter_mut().find(same) {
            Some((_, spans)) => spans.push(described),
            None => groups.push((span, vec![described])),
        }
    }
    let batch = |(first, spans): (&Span, Vec<Value>)| {
        json!({
            "resource": {"attributes": [
                text("service.name", &first.service.name),
                text("service.namespace", &first.service.namespace),
                text("k8s.namespace.name", &first.service.namespace),
                text("k8s.pod.name", &first.pod),
            ]},
            "scopeSpans": [{"scope": {"name": "estate"}, "spans": spans}],
        })
    };
    groups.into_iter().map(batch).collect()
}

fn span_json(trace: &Trace, span: &Span) -> Value {
    let attributes: Vec<Value> = span.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    let mut described = json!({
        "traceId": base64::encode(&bytes(&trace.id.hex())),
        "spanId": base64::encode(&span.id.to_be_bytes()),
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start_ns.to_string(),
        "endTimeUnixNano": span.start_ns.saturating_add(span.duration_ns).to_string(),
        "attributes": attributes,
        "status": {},
    });
    if let (Some(parent), Some(object)) = (span.parent, described.as_object_mut()) {
        object.insert("parentSpanId".to_owned(), Value::String(base64::encode(&parent.to_be_bytes())));
    }
    if let (Some(reason), Some(object)) = (&span.failure, described.as_object_mut()) {
        object.insert("status".to_owned(), json!({"code": "STATUS_CODE_ERROR", "message": reason}));
    }
    described
}

/// An attribute; status codes are numbers in OTLP.
pub(super) fn attribute(name: &str, value: &str) -> Value {
    match value.parse::<i64>() {
        Ok(_) if name == "http.response.status_code" => json!({"key": name, "value": {"intValue": value}}),
        _ => text(name, value),
    }
}

fn text(name: &str, value: &str) -> Value {
    json!({"key": name, "value": {"stringValue": value}})
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len() / 2).filter_map(|index| hex.get(index * 2..index * 2 + 2));
    pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}
