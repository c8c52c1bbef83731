//! `index/volume`: bytes by labels, as a vector.

use std::sync::Arc;

use axum::extract::State;
use serde_json::{Value, json};

use super::handlers::{selector, window};
use super::reply::{Refusal, Reply, success};
use super::streams::volumes;
use crate::Estate;
use crate::telemetry::http::Parameters;

const DEFAULT_LIMIT: usize = 100;

/// Volumes of the streams of a selector, by `targetLabels` or by the labels of the selector; with `aggregateBy=labels`
/// by each label's name alone.
pub(super) async fn volume(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    for required in ["query", "start", "end"] {
        if parameters.get(required).is_none() {
            return Err(Refusal(format!("missing parameter {required}")));
        }
    }
    let (start_ms, end_ms) = window(&estate, &parameters, 0)?;
    let matchers = selector(parameters.get("query").unwrap_or_default())?;
    let limit = parameters.get("limit").map_or(Ok(DEFAULT_LIMIT), str::parse);
    let limit = limit.map_err(|_| Refusal("limit must be a positive number".to_owned()))?;
    let names: Vec<String> = match parameters.get("targetLabels") {
        Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        None => matchers.iter().map(|matcher| matcher.name.clone()).collect(),
    };
    let found: Vec<(Value, i64)> = match parameters.get("aggregateBy").unwrap_or("series") {
        "series" => {
            let found = estate.with_world(|world| volumes(world, &matchers, &names, start_ms, end_ms));
            found.into_iter().map(|(labels, bytes)| (json!(labels), bytes)).collect()
        }
        "labels" => names
            .iter()
            .map(|name| {
                let of_name = std::slice::from_ref(name);
                let found = estate.with_world(|world| volumes(world, &matchers, of_name, start_ms, end_ms));
                (json!({name: ""}), found.into_iter().map(|(_, bytes)| bytes).sum::<i64>())
            })
            .collect(),
        other => return Err(Refusal(format!("invalid aggregation option {other:?}"))),
    };
    let at = end_ms.div_euclid(1000);
    let result: Vec<Value> = found
        .into_iter()
        .take(limit)
        .map(|(labels, bytes)| json!({"metric": labels, "value": [at, bytes.to_string()]}))
        .collect();
    success(json!({"resultType": "vector", "result": result}))
}
