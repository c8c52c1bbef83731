//! The handlers: parameters in, traces out.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::otlp::{attribute, batches};
use super::select::{Selection, value_of};
use super::traces::{Span, Trace, TraceId, ids, trace as find_trace};
use crate::Estate;
use crate::telemetry::http::{Parameters, parse_duration_ms, parse_time_ms};
use crate::telemetry::observe;

/// What a handler gives back; a refusal is plain text, as Tempo tells it.
type Reply = Result<Json<Value>, (StatusCode, String)>;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;
const DEFAULT_WINDOW_MS: i64 = 3_600_000;
/// No search looks at more traces.
const MAX_INSPECTED: usize = 20_000;
/// How many traces the tags are taken from.
const TAG_SAMPLE: usize = 50;
/// Spans told for each trace of a search.
const SPANS_TOLD: usize = 3;
const RESOURCE_TAGS: [&str; 4] = ["k8s.namespace.name", "k8s.pod.name", "service.name", "service.namespace"];
const SPAN_TAGS: [&str; 6] =
    ["db.system", "error.type", "http.request.method", "http.response.status_code", "http.route", "server.address"];
const INTRINSICS: [&str; 7] = ["duration", "kind", "name", "rootName", "rootServiceName", "status", "traceDuration"];

pub(super) async fn search(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let bad = |reason: String| (StatusCode::BAD_REQUEST, reason);
    let mut selection = Selection::parse(parameters.get("q").unwrap_or("{}")).map_err(bad)?;
    selection.add_tags(parameters.get("tags").unwrap_or_default()).map_err(bad)?;
    let limit = match parameters.get("limit").map(str::parse::<usize>) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
        Some(_) => return Err(bad(format!("invalid limit: it must lie between 1 and {MAX_LIMIT}"))),
    };
    let bound = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(text) => parse_duration_ms(text).map(Some).ok_or_else(|| bad(format!("invalid {name}: {text:?}"))),
    };
    let (shortest, longest) = (bound("minDuration")?.unwrap_or(0), bound("maxDuration")?.unwrap_or(i64::MAX));
    let time = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(text) => parse_time_ms(text).map(Some).ok_or_else(|| bad(format!("invalid {name}: {text:?}"))),
    };
    let (start, end) = (time("start")?, time("end")?);
    let (found, inspected) = observe(&estate, |timeline, now| {
        let now_ms = now.timestamp_millis();
        let end_ms = end.unwrap_or(now_ms).min(now_ms);
        let start_ms =
            start.unwrap_or(end_ms.saturating_sub(DEFAULT_WINDOW_MS)).max(timeline.origin.timestamp_millis());
        let (mut found, mut inspected) = (Vec::new(), 0_usize);
        for id in ids(timeline, start_ms, end_ms).take(MAX_INSPECTED) {
            let Some(trace) = find_trace(timeline, id, now_ms) else { continue };
            inspected = inspected.saturating_add(1);
            let millis = trace.extent().1 / 1_000_000;
            let spans = selection.matching(&trace);
            if !spans.is_empty() && millis >= shortest && millis <= longest {
                found.push(summary(&trace, &spans));
            }
            if found.len() >= limit {
                break;
            }
        }
        (found, inspected)
    });
    Ok(Json(
        json!({"traces": found, "metrics": {"inspectedTraces": inspected, "totalBlocks": 1, "completedJobs": 1, "totalJobs": 1}}),
    ))
}

fn summary(trace: &Trace, spans: &[&Span]) -> Value {
    let (start_ns, duration_ns) = trace.extent();
    let root = trace.spans.first();
    let told: Vec<Value> = spans
        .iter()
        .take(SPANS_TOLD)
        .map(|span| {
            let mut attributes = vec![attribute("service.name", &span.service.name)];
            attributes.extend(span.failure.as_ref().map(|_| attribute("status", "error")));
            json!({
                "spanID": format!("{:016x}", span.id),
                "name": span.name,
                "startTimeUnixNano": span.start_ns.to_string(),
                "durationNanos": span.duration_ns.to_string(),
                "attributes": attributes,
            })
        })
        .collect();
    let set = json!({"spans": told, "matched": spans.len()});
    json!({
        "traceID": trace.id.hex(),
        "rootServiceName": root.map_or("", |root| root.service.name.as_str()),
        "rootTraceName": root.map_or("", |root| root.name.as_str()),
        "startTimeUnixNano": start_ns.to_string(),
        "durationMs": duration_ns / 1_000_000,
        "spanSet": set,
        "spanSets": [set],
    })
}

pub(super) async fn trace(State(estate): State<Arc<Estate>>, Path(id): Path<String>) -> Reply {
    Ok(Json(json!({"batches": batches(&look_up(&estate, &id)?)})))
}

pub(super) async fn trace_v2(State(estate): State<Arc<Estate>>, Path(id): Path<String>) -> Reply {
    Ok(Json(json!({"trace": {"resourceSpans": batches(&look_up(&estate, &id)?)}})))
}

fn look_up(estate: &Estate, id: &str) -> Result<Trace, (StatusCode, String)> {
    let is_hex = (1..=32).contains(&id.len()) && id.chars().all(|character| character.is_ascii_hexdigit());
    if !is_hex {
        return Err((
            StatusCode::BAD_REQUEST,
            format!("trace IDs can only contain hex characters: invalid trace id {id:?}"),
        ));
    }
    let found = TraceId::parse(id)
        .and_then(|id| observe(estate, |timeline, now| find_trace(timeline, id, now.timestamp_millis())));
    found.ok_or_else(|| (StatusCode::NOT_FOUND, "trace not found".to_owned()))
}

pub(super) async fn tags() -> Json<Value> {
    let mut names: Vec<&str> = RESOURCE_TAGS.into_iter().chain(SPAN_TAGS).collect();
    names.sort_unstable();
    Json(json!({"tagNames": names}))
}

pub(super) async fn tags_v2() -> Json<Value> {
    Json(json!({"scopes": [
        {"name": "resource", "tags": RESOURCE_TAGS},
        {"name": "span", "tags": SPAN_TAGS},
        {"name": "intrinsic", "tags": INTRINSICS},
    ]}))
}

pub(super) async fn tag_values(State(estate): State<Arc<Estate>>, Path(name): Path<String>) -> Json<Value> {
    Json(json!({"tagValues": values(&estate, &name)}))
}

pub(super) async fn tag_values_v2(State(estate): State<Arc<Estate>>, Path(name): Path<String>) -> Json<Value> {
    let typed: Vec<Value> =
        values(&estate, &name).into_iter().map(|value| json!({"type": "string", "value": value})).collect();
    Json(json!({"tagValues": typed}))
}

fn values(estate: &Estate, name: &str) -> BTreeSet<String> {
    let attribute = ["resource.", "span.", "."].into_iter().find_map(|scope| name.strip_prefix(scope)).unwrap_or(name);
    observe(estate, |timeline, now| {
        let now_ms = now.timestamp_millis();
        let recent = ids(timeline, now_ms.saturating_sub(DEFAULT_WINDOW_MS), now_ms).take(TAG_SAMPLE);
        let traces: Vec<Trace> = recent.filter_map(|id| find_trace(timeline, id, now_ms)).collect();
        let spans = traces.iter().flat_map(|trace| trace.spans.iter().map(move |span| (trace, span)));
        spans.filter_map(|(trace, span)| value_of(trace, span, attribute)).collect()
    })
}

pub(super) async fn echo() -> &'static str {
    "echo"
}

pub(super) async fn build_info() -> Json<Value> {
    Json(
        json!({"version": "2.4.0", "revision": "estate", "branch": "estate", "buildUser": "estate", "goVersion": "go1.22"}),
    )
}

pub(super) async fn ready() -> &'static str {
    "ready\n"
}
