//! The shapes of Loki's answers.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::streams::{Entry, LEVEL};
use crate::telemetry::http::seconds_json;
use crate::telemetry::number_text;
use crate::telemetry::promql::Answer;
use crate::telemetry::series::{Labels, Sample};

/// A refused request: Loki answers with the reason as plain text.
pub(super) struct Refusal(pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.0).into_response()
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

/// What a handler gives back.
pub(super) type Reply = Result<Json<Value>, Refusal>;

/// A success with data.
pub(super) fn success(data: Value) -> Reply {
    Ok(Json(json!({"status": "success", "data": data})))
}

/// Lines by stream, each stream in the asked order. Categorized, a stream has its own labels only, and each line carries
/// its structured metadata and what parsers added; otherwise all of them are the stream's.
pub(super) fn streams_json(entries: Vec<Entry>, categorized: bool) -> Value {
    let bytes: usize = entries.iter().map(|entry| entry.line.len()).sum();
    let lines = entries.len();
    let mut streams: BTreeMap<Labels, Vec<Value>> = BTreeMap::new();
    for entry in entries {
        let mut line = vec![json!(entry.at_ns.to_string()), json!(entry.line)];
        if categorized {
            line.push(categories(&entry));
        }
        let labels = if categorized { entry.stream } else { entry.labels };
        streams.entry(labels).or_default().push(Value::Array(line));
    }
    let result: Vec<Value> =
        streams.into_iter().map(|(labels, values)| json!({"stream": labels, "values": values})).collect();
    if categorized {
        let stats = statistics(lines, bytes);
        return json!({"resultType": "streams", "encodingFlags": ["categorize-labels"], "result": result, "stats": stats});
    }
    json!({"resultType": "streams", "result": result, "stats": statistics(lines, bytes)})
}

/// What a line has beside its stream's labels.
fn categories(entry: &Entry) -> Value {
    let (mut metadata, mut parsed) = (Map::new(), Map::new());
    for (name, value) in entry.labels.iter().filter(|(name, value)| entry.stream.get(name) != *value) {
        let kind = if name == LEVEL { &mut metadata } else { &mut parsed };
        kind.insert(name.to_owned(), json!(value));
    }
    let mut categories = Map::new();
    for (name, kind) in [("structuredMetadata", metadata), ("parsed", parsed)] {
        if !kind.is_empty() {
            categories.insert(name.to_owned(), Value::Object(kind));
        }
    }
    Value::Object(categories)
}

/// Numbers by label set.
pub(super) fn answer_json(answer: Answer) -> Value {
    let pair = |sample: Sample| json!([seconds_json(sample.at_ms), number_text(sample.value)]);
    let (kind, result) = match answer {
        Answer::Scalar(sample) => ("scalar", pair(sample)),
        Answer::Text(_, text) => ("string", Value::String(text)),
        Answer::Vector(at_ms, samples) => {
            let each = samples
                .into_iter()
                .map(|sample| json!({"metric": sample.labels, "value": pair(Sample { at_ms, value: sample.value })}));
            ("vector", each.collect())
        }
        Answer::Matrix(series) => {
            let each = series.into_iter().map(|series| {
                let values: Vec<Value> = series.samples.into_iter().map(pair).collect();
                json!({"metric": series.labels, "values": values})
            });
            ("matrix", each.collect())
        }
    };
    json!({"resultType": kind, "result": result, "stats": statistics(0, 0)})
}

fn statistics(lines: usize, bytes: usize) -> Value {
    json!({"summary": {
        "totalBytesProcessed": bytes,
        "totalLinesProcessed": lines,
        "totalEntriesReturned": lines,
        "execTime": 0.001,
    }})
}
