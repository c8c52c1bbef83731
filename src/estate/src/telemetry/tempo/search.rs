//! The search: parameters in, found traces out, the newest first.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::handlers::{Reply, Window, bad, walk};
use super::otlp::attribute;
use super::traceql::{Attribute, Query, Scope, matching, value_of};
use super::traces::{Span, Trace};
use crate::Estate;
use crate::telemetry::http::{Parameters, parse_duration_ms};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;
/// Spans told for each trace unless `spss` says otherwise.
const SPANS_TOLD: usize = 3;

/// What a request asks for.
struct Asked {
    query: Query,
    tags: Vec<(String, String)>,
    limit: usize,
    spans: usize,
    shortest_ms: i64,
    longest_ms: i64,
}

pub(super) async fn search(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let asked = Asked::of(&parameters)?;
    let window = Window::of(&parameters, 168)?;
    let (mut found, mut inspected) = (Vec::new(), 0_usize);
    walk(&estate, window, |trace| {
        inspected = inspected.saturating_add(1);
        found.extend(asked.summary(&trace));
        found.len() < asked.limit
    });
    Ok(Json(json!({
        "traces": found,
        "metrics": {"inspectedTraces": inspected, "totalBlocks": 1, "completedJobs": 1, "totalJobs": 1},
    })))
}

impl Asked {
    fn of(parameters: &Parameters) -> Result<Self, super::handlers::Refusal> {
        let text = parameters.get("q").unwrap_or("{}");
        let query = Query::parse(text).map_err(|problem| bad(format!("invalid TraceQL query: {problem}")))?;
        if query.metric.is_some() {
            return Err(bad("invalid TraceQL query: metrics queries are not supported by the search API".to_owned()));
        }
        let number = |name: &str, default: usize| match parameters.get(name).map(str::parse::<usize>) {
            None => Ok(default),
            Some(Ok(number)) if (1..=MAX_LIMIT).contains(&number) => Ok(number),
            Some(_) => Err(bad(format!("invalid {name}: must be a positive number"))),
        };
        let bound = |name: &str, default: i64| match parameters.get(name) {
            None => Ok(default),
            Some(text) => parse_duration_ms(text).ok_or_else(|| bad(format!("invalid {name}: {text:?}"))),
        };
        Ok(Self {
            query,
            tags: tags(parameters.get("tags").unwrap_or_default())?,
            limit: number("limit", DEFAULT_LIMIT)?,
            spans: number("spss", SPANS_TOLD)?,
            shortest_ms: bound("minDuration", 0)?,
            longest_ms: bound("maxDuration", i64::MAX)?,
        })
    }

    fn summary(&self, trace: &Trace) -> Option<Value> {
        let (start_ns, duration_ns) = trace.extent();
        let millis = duration_ns / 1_000_000;
        let mut spans = matching(&self.query.spans, trace);
        spans.retain(|span| self.tags.iter().all(|(name, value)| has_tag(trace, span, name, value)));
        if spans.is_empty() || millis < self.shortest_ms || millis > self.longest_ms {
            return None;
        }
        let told: Vec<Value> = spans.iter().take(self.spans).map(|span| self.told(trace, span)).collect();
        let set = json!({"spans": told, "matched": spans.len()});
        let root = trace.spans.first()?;
        Some(json!({
            "traceID": trace.id.hex(),
            "rootServiceName": root.service.name,
            "rootTraceName": root.name,
            "startTimeUnixNano": start_ns.to_string(),
            "durationMs": millis,
            "spanSet": set,
            "spanSets": [set],
            "serviceStats": statistics(trace),
        }))
    }

    /// A found span: its name and attributes only where the query names or selects them, as Tempo does.
    fn told(&self, trace: &Trace, span: &Span) -> Value {
        let mut told = json!({
            "spanID": format!("{:016x}", span.id),
            "startTimeUnixNano": span.start_ns.to_string(),
            "durationNanos": span.duration_ns.to_string(),
        });
        let Some(object) = told.as_object_mut() else { return told };
        let mut attributes = Vec::new();
        for name in &self.query.told {
            match (name.scope, name.name.as_str()) {
                (Scope::Intrinsic, "name") => {
                    object.insert("name".to_owned(), Value::from(span.name.clone()));
                }
                (Scope::Intrinsic, "duration") => {}
                _ => attributes.extend(value_of(trace, span, name).map(|value| attribute(&name.name, &value.shown()))),
            }
        }
        if !attributes.is_empty() {
            object.insert("attributes".to_owned(), Value::from(attributes));
        }
        told
    }
}

/// `name=value` pairs in logfmt.
fn tags(text: &str) -> Result<Vec<(String, String)>, super::handlers::Refusal> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').ok_or_else(|| bad(format!("invalid tags: {pair:?}")))?;
        Ok((name.to_owned(), value.trim_matches('"').to_lowercase()))
    };
    text.split_whitespace().map(pair).collect()
}

/// Tags match as parts of the value, whatever their case.
fn has_tag(trace: &Trace, span: &Span, name: &str, value: &str) -> bool {
    let attribute = Attribute { scope: Scope::Any, name: name.to_owned() };
    value_of(trace, span, &attribute).is_some_and(|found| found.shown().to_lowercase().contains(value))
}

fn statistics(trace: &Trace) -> BTreeMap<String, Value> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for span in &trace.spans {
        let (spans, errors) = counts.entry(span.service.name.as_str()).or_default();
        *spans += 1;
        *errors += u64::from(span.failure.is_some());
    }
    let told = |(name, (spans, errors)): (&str, (u64, u64))| {
        let mut told = json!({"spanCount": spans});
        if let (true, Some(object)) = (errors > 0, told.as_object_mut()) {
            object.insert("errorCount".to_owned(), Value::from(errors));
        }
        (name.to_owned(), told)
    };
    counts.into_iter().map(told).collect()
}
