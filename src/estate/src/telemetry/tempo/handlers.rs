//! What the handlers share, one trace, and metrics.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::metrics::Measured;
use super::otlp::batches;
use super::traceql::Query;
use super::traces::{Trace, TraceId, ids, trace as find_trace};
use crate::Estate;
use crate::telemetry::http::{Parameters, parse_duration_ms, parse_time_ms};
use crate::telemetry::observe;

/// A refusal is plain text, as Tempo tells it.
pub(super) type Refusal = (StatusCode, String);
/// What a handler gives back.
pub(super) type Reply = Result<Json<Value>, Refusal>;

const HOUR_MS: i64 = 3_600_000;
/// No request looks at more traces.
const MAX_INSPECTED: usize = 20_000;

pub(super) fn bad(reason: String) -> Refusal {
    (StatusCode::BAD_REQUEST, reason)
}

/// From and to in unix milliseconds; what is absent follows from now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    start_ms: Option<i64>,
    end_ms: Option<i64>,
}

impl Window {
    /// `start` and `end`, or `since`; no longer than so many hours.
    pub fn of(parameters: &Parameters, most_hours: i64) -> Result<Self, Refusal> {
        let time = |name: &str| match parameters.get(name) {
            None => Ok(None),
            Some(text) => parse_time_ms(text).map(Some).ok_or_else(|| bad(format!("invalid {name}: {text:?}"))),
        };
        let (start_ms, end_ms) = (time("start")?, time("end")?);
        if let (Some(start), Some(end)) = (start_ms, end_ms) {
            let (from, to) = (start / 1_000, end / 1_000);
            if from > to {
                return Err(bad(format!("http parameter start must be before end. received start={from} end={to}")));
            }
            if end.saturating_sub(start) > most_hours.saturating_mul(HOUR_MS) {
                return Err(bad(format!(
                    "range specified by start and end exceeds {most_hours}h0m0s. received start={from} end={to}"
                )));
            }
        }
        Ok(Self { start_ms, end_ms })
    }

    fn within(self, origin_ms: i64, now_ms: i64) -> (i64, i64) {
        let end_ms = self.end_ms.unwrap_or(now_ms).min(now_ms);
        (self.start_ms.unwrap_or(end_ms.saturating_sub(HOUR_MS)).max(origin_ms), end_ms)
    }
}

/// Shows the traces of a window to `look`, the newest first, until it has enough. Gives the window that was looked at.
pub(super) fn walk(estate: &Estate, window: Window, mut look: impl FnMut(Trace) -> bool) -> (i64, i64) {
    observe(estate, |timeline, now| {
        let now_ms = now.timestamp_millis();
        let (start_ms, end_ms) = window.within(timeline.origin.timestamp_millis(), now_ms);
        for id in ids(timeline, start_ms, end_ms).take(MAX_INSPECTED) {
            let Some(trace) = find_trace(timeline, id, now_ms) else { continue };
            if !look(trace) {
                break;
            }
        }
        (start_ms, end_ms)
    })
}

pub(super) async fn trace(State(estate): State<Arc<Estate>>, Path(id): Path<String>) -> Reply {
    match look_up(&estate, &id)? {
        Some(trace) => Ok(Json(json!({"batches": batches(&trace)}))),
        None => Err((StatusCode::NOT_FOUND, "trace not found".to_owned())),
    }
}

/// Version 2 answers with an empty trace where there is none.
pub(super) async fn trace_v2(State(estate): State<Arc<Estate>>, Path(id): Path<String>) -> Reply {
    Ok(Json(match look_up(&estate, &id)? {
        Some(trace) => json!({"trace": {"resourceSpans": batches(&trace)}, "metrics": {"inspectedBytes": "1"}}),
        None => json!({"trace": {}, "metrics": {}}),
    }))
}

fn look_up(estate: &Estate, id: &str) -> Result<Option<Trace>, Refusal> {
    let is_hex = (1..=32).contains(&id.len()) && id.chars().all(|character| character.is_ascii_hexdigit());
    if !is_hex {
        return Err(bad("trace IDs can only contain hex characters: invalid character".to_owned()));
    }
    let found = |id| observe(estate, |timeline, now| find_trace(timeline, id, now.timestamp_millis()));
    Ok(TraceId::parse(id).and_then(found))
}

pub(super) async fn metrics_range(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let step_ms = match parameters.get("step") {
        None => None,
        Some(text) => {
            let step = parse_duration_ms(text).filter(|step| *step > 0);
            Some(step.ok_or_else(|| bad(format!("invalid step: {text:?}")))?)
        }
    };
    Ok(Json(measured(&estate, &parameters, step_ms, "")?.range()))
}

pub(super) async fn metrics_instant(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    Ok(Json(measured(&estate, &parameters, None, "compiling query: ")?.instant()))
}

fn measured(estate: &Estate, parameters: &Parameters, step_ms: Option<i64>, prefix: &str) -> Result<Measured, Refusal> {
    const MOST_HOURS: i64 = 3;
    const DEFAULT_STEPS: i64 = 60;
    let window = Window::of(parameters, MOST_HOURS).map_err(|(status, text)| match text.starts_with("range") {
        true => (status, "metrics query time range exceeds the maximum allowed duration of 3h0m0s".to_owned()),
        false => (status, text),
    })?;
    let text = parameters.get("q").unwrap_or_default();
    let query = Query::parse(text).map_err(|problem| bad(format!("{prefix}{problem}")))?;
    let metric = query.metric.clone().ok_or_else(|| bad(format!("{prefix}not a metrics query")))?;
    // The first look only learns the window; the traces of hours are not kept in memory together.
    let (start_ms, end_ms) = walk(estate, window, |_| false);
    let step_ms = step_ms.unwrap_or(end_ms.saturating_sub(start_ms) / DEFAULT_STEPS);
    let mut measured = Measured::new(metric, start_ms, end_ms, step_ms);
    walk(estate, window, |trace| {
        measured.add(&query, &trace);
        true
    });
    Ok(measured)
}

pub(super) async fn echo() -> &'static str {
    "echo"
}

pub(super) async fn build_info() -> Json<Value> {
    Json(
        json!({"version": "2.8.0", "revision": "estate", "branch": "estate", "buildUser": "estate", "goVersion": "go1.24"}),
    )
}

pub(super) async fn ready() -> &'static str {
    "ready\n"
}
