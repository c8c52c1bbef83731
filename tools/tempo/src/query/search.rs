//! The answer of a search, failed and slow traces first.

use super::lenient::{Scalar, list, told_list, told_value, value};
use super::otlp::{KeyValue, attributes};
use chrono::DateTime;
use domain::observed::tempo::{MatchedSpan, TraceRow};
use domain::traces::milliseconds;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The answer of `/api/search`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default, deserialize_with = "told_list")]
    traces: Option<Vec<Found>>,
    #[serde(default, deserialize_with = "told_value")]
    metrics: Option<Metrics>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metrics {
    #[serde(deserialize_with = "value")]
    completed_jobs: Scalar,
    #[serde(deserialize_with = "value")]
    total_jobs: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Found {
    #[serde(rename = "traceID", deserialize_with = "value")]
    trace_id: String,
    #[serde(deserialize_with = "value")]
    root_service_name: String,
    #[serde(deserialize_with = "value")]
    root_trace_name: String,
    #[serde(deserialize_with = "value")]
    start_time_unix_nano: Scalar,
    #[serde(deserialize_with = "value")]
    duration_ms: Scalar,
    #[serde(deserialize_with = "value")]
    span_set: SpanSet,
    #[serde(deserialize_with = "list")]
    span_sets: Vec<SpanSet>,
    #[serde(deserialize_with = "value")]
    service_stats: Option<BTreeMap<String, ServiceStats>>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct SpanSet {
    #[serde(deserialize_with = "list")]
    spans: Vec<FoundSpan>,
    #[serde(deserialize_with = "value")]
    matched: Scalar,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FoundSpan {
    #[serde(rename = "spanID", deserialize_with = "value")]
    span_id: String,
    #[serde(deserialize_with = "value")]
    name: String,
    #[serde(deserialize_with = "value")]
    duration_nanos: Scalar,
    #[serde(deserialize_with = "list")]
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServiceStats {
    #[serde(deserialize_with = "value")]
    error_count: Scalar,
}

impl Answer {
    /// Whether it is the answer of a search: without traces it has at least the metrics.
    pub(crate) fn is_told(&self) -> bool {
        self.traces.is_some() || self.metrics.is_some()
    }

    /// Whether the server says that it stopped before it had looked through everything.
    pub(crate) fn is_incomplete(&self) -> bool {
        let Some(metrics) = &self.metrics else { return false };
        match (metrics.completed_jobs.integer(), metrics.total_jobs.integer()) {
            (Some(completed), Some(total)) => completed < total,
            _ => false,
        }
    }

    /// One row a trace, in the order of the answer.
    pub(crate) fn rows(self) -> Vec<TraceRow> {
        self.traces.into_iter().flatten().map(Found::row).collect()
    }
}

impl Found {
    fn row(self) -> TraceRow {
        let sets = if self.span_sets.is_empty() { vec![self.span_set.clone()] } else { self.span_sets.clone() };
        let matched = sets.iter().filter_map(|set| set.matched.integer()).max().unwrap_or(0);
        let spans: Vec<MatchedSpan> = sets.into_iter().flat_map(|set| set.spans).map(FoundSpan::told).collect();
        let says_error = |span: &MatchedSpan| span.attributes.get("status").is_some_and(|status| status == "error");
        let counted = self
            .service_stats
            .as_ref()
            .map(|services| services.values().any(|stats| stats.error_count.integer().is_some_and(|count| count > 0)));
        let failed = if spans.iter().any(says_error) { Some(true) } else { counted };
        let slowest = spans.into_iter().max_by(|a, b| a.duration_ms.total_cmp(&b.duration_ms));
        TraceRow {
            started: DateTime::from_timestamp_nanos(self.start_time_unix_nano.integer().unwrap_or(0)),
            duration_ms: self.duration_ms.number().unwrap_or(0.0),
            root: self.root(),
            trace_id: self.trace_id,
            failed,
            matched: u64::try_from(matched).unwrap_or(0),
            span: slowest,
        }
    }

    /// Tempo writes `<root span not yet received>` where it has no root.
    fn root(&self) -> String {
        format!("{} {}", self.root_service_name, self.root_trace_name).trim().to_owned()
    }
}

impl FoundSpan {
    fn told(self) -> MatchedSpan {
        let mut attributes = attributes(&self.attributes);
        let selected_name = attributes.remove("name");
        MatchedSpan {
            id: self.span_id,
            operation: Some(self.name).filter(|name| !name.is_empty()).or(selected_name),
            duration_ms: milliseconds(self.duration_nanos.integer().unwrap_or(0)),
            attributes,
        }
    }
}

/// How much of what was searched for failed: a matching span, another span of the trace, or none.
fn rank(row: &TraceRow) -> u8 {
    let matching = row.span.as_ref().and_then(|span| span.attributes.get("status"));
    match (matching.map(String::as_str), row.failed) {
        (Some("error"), _) => 2,
        (_, Some(true)) => 1,
        _ => 0,
    }
}

/// Several answers as one list: each trace once; first where a matching span failed, then where another did, then the
/// longest.
pub(crate) fn merged(answers: impl IntoIterator<Item = Vec<TraceRow>>) -> Vec<TraceRow> {
    let mut by_id: BTreeMap<String, TraceRow> = BTreeMap::new();
    for row in answers.into_iter().flatten() {
        let known = by_id.entry(row.trace_id.clone()).or_insert_with(|| row.clone());
        if rank(&row) > rank(known) {
            *known = row;
        }
    }
    let mut rows: Vec<TraceRow> = by_id.into_values().collect();
    rows.sort_by(|a, b| {
        let order = rank(b).cmp(&rank(a)).then(b.duration_ms.total_cmp(&a.duration_ms));
        order.then(b.started.cmp(&a.started))
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn failed_and_slow_traces_stand_first_and_each_once() {
        let answer = |traces| serde_json::from_value::<Answer>(json!({"traces": traces})).unwrap().rows();
        let plain = answer(json!([
            {"traceID": "fast", "rootServiceName": "web", "rootTraceName": "GET", "startTimeUnixNano": "1000000000", "durationMs": 3},
            {"traceID": "slow", "startTimeUnixNano": 2_000_000_000_i64, "durationMs": "900", "spanSets": [
                {"matched": 4, "spans": [{"spanID": "1", "durationNanos": "5000000", "attributes": [{"key": "status", "value": {"stringValue": "ok"}}]}]}]},
            {"traceID": "bad", "durationMs": 1, "serviceStats": {"web": {"spanCount": 3, "errorCount": 1}}},
        ]));
        let failed = answer(json!([{"traceID": "fast", "durationMs": 3, "spanSet": {"matched": 1, "spans": [
            {"spanID": "2", "name": "SELECT", "durationNanos": "7", "attributes": [{"key": "status", "value": {"stringValue": "error"}}]}]}}]));
        let rows = merged([plain, failed]);
        let told: Vec<(&str, Option<bool>)> = rows.iter().map(|row| (row.trace_id.as_str(), row.failed)).collect();
        assert_eq!(told, [("fast", Some(true)), ("bad", Some(true)), ("slow", None)]);
        assert_eq!((rows[2].matched, rows[2].duration_ms), (4, 900.0));
        assert_eq!(rows[0].span.as_ref().unwrap().operation.as_deref(), Some("SELECT"));
    }

    #[test]
    fn a_search_that_stopped_early_is_known() {
        let answer: Answer =
            serde_json::from_value(json!({"traces": null, "metrics": {"completedJobs": 3, "totalJobs": 9}})).unwrap();
        assert!(answer.is_incomplete());
        assert!(!serde_json::from_value::<Answer>(json!({})).unwrap().is_incomplete());
    }
}
