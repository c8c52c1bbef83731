//! The shapes of Loki's answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::streams::{Entry, by_labels};
use crate::telemetry::http::seconds_json;
use crate::telemetry::number_text;
use crate::telemetry::promql::Answer;
use crate::telemetry::series::Sample;

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

/// Lines by stream, each stream in the asked order.
pub(super) fn streams_json(entries: Vec<Entry>) -> Value {
    let bytes: usize = entries.iter().map(|entry| entry.line.len()).sum();
    let lines = entries.len();
    let streams = by_labels(entries).into_iter().map(|(labels, entries)| {
        let values: Vec<Value> =
            entries.into_iter().map(|entry| json!([entry.at_ns.to_string(), entry.line])).collect();
        json!({"stream": labels, "values": values})
    });
    let result: Vec<Value> = streams.collect();
    json!({"resultType": "streams", "result": result, "stats": statistics(lines, bytes)})
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
