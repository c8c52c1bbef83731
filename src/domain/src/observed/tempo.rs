//! What the `tempo` tools return. Texts (operations, messages, attribute values) come from the traces and are tainted.

use super::Table;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One row of `search`: failed traces first, then the longest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceRow {
    /// Pass it to `trace_summary`.
    pub trace_id: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How long the whole trace took.
    pub duration_ms: f64,
    /// Service and operation at its beginning.
    pub root: String,
    /// Whether a span of it failed, where the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<bool>,
    /// Spans that match the search.
    pub matched: u64,
    /// One matching span: operation, duration and the attributes that were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<MatchedSpan>,
}

/// A span that a search matched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchedSpan {
    /// Hex.
    pub id: String,
    /// Its name, where the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Milliseconds.
    pub duration_ms: f64,
    /// Attributes that the query names or selects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// `trace_summary`: at most about 1,000 tokens, whatever the size of the trace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// The trace.
    pub trace_id: String,
    /// Service and operation at the beginning.
    pub root: String,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<DateTime<Utc>>,
    /// From the first start to the last end.
    pub duration_ms: f64,
    /// Spans in the trace.
    pub spans: usize,
    /// Spans that failed.
    pub failed_spans: usize,
    /// Rows of [`FailureRow`], where a failure began first.
    pub failures: Table,
    /// Rows of [`PathRow`], in the order of time: what the end waited for.
    pub critical_path: Table,
    /// Rows of [`OperationRow`], most self time first.
    pub slowest: Table,
    /// Rows of [`RepeatedRow`], most time first.
    pub repeated: Table,
    /// Rows of [`GapRow`], longest first.
    pub gaps: Table,
    /// Services and how many spans each has.
    pub services: Vec<String>,
    /// What is not as it should be: missing parents, clocks that disagree, duplicates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A stretch of the critical path, spans of one operation taken together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathRow {
    /// Service and operation.
    pub what: String,
    /// Milliseconds from the start of the trace to its first stretch.
    pub at_ms: f64,
    /// Milliseconds that the path spends in it, without its children.
    pub on_path_ms: f64,
    /// Share of the whole trace in percent.
    pub percent: f64,
    /// Spans of this operation on the path.
    pub spans: usize,
}

/// Spans that failed alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    /// Service and operation.
    pub what: String,
    /// What the span says of it.
    pub message: String,
    /// `began` here, or `passed_on` from below.
    pub role: String,
    /// Whether the failure went up to the root.
    pub reached_root: bool,
    /// How many.
    pub count: usize,
    /// Milliseconds from the start of the trace to the first.
    pub at_ms: f64,
}

/// Spans of one operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationRow {
    /// Service and operation.
    pub what: String,
    /// How many.
    pub count: usize,
    /// Milliseconds of self time, added up.
    pub self_ms: f64,
    /// The longest span in milliseconds, children included.
    pub longest_ms: f64,
}

/// A call that is made again and again below one parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepeatedRow {
    /// Service and operation that makes the calls.
    pub parent: String,
    /// Service and operation that is called.
    pub call: String,
    /// Calls altogether.
    pub count: usize,
    /// Spans that make them.
    pub parents: usize,
    /// Milliseconds of all calls, added up.
    pub total_ms: f64,
    /// `serial` or `parallel`.
    pub way: String,
}

/// A stretch of a span without any child span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GapRow {
    /// Service and operation.
    pub inside: String,
    /// Milliseconds from the start of the trace.
    pub at_ms: f64,
    /// Milliseconds.
    pub length_ms: f64,
}

/// One row of `trace_diff`, the largest change of self time first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiffRow {
    /// `added`, `removed`, `slower`, `faster`, `count`.
    pub change: String,
    /// Operations from the root down; the middle of a long path is left out.
    pub path: String,
    /// Spans in the baseline.
    pub count_before: usize,
    /// Spans in the other trace.
    pub count_after: usize,
    /// Milliseconds of self time in the baseline.
    pub self_ms_before: f64,
    /// Milliseconds of self time in the other trace.
    pub self_ms_after: f64,
    /// Milliseconds of the spans' durations in the baseline, added up.
    pub total_ms_before: f64,
    /// The same in the other trace.
    pub total_ms_after: f64,
}

/// `trace_diff`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceDiff {
    /// The baseline.
    pub before: TraceHead,
    /// What is compared to it.
    pub after: TraceHead,
    /// Rows of [`DiffRow`].
    pub differences: Table,
}

/// A trace in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceHead {
    /// The trace.
    pub trace_id: String,
    /// Service and operation at the beginning.
    pub root: String,
    /// From the first start to the last end.
    pub duration_ms: f64,
    /// Spans.
    pub spans: usize,
    /// Spans that failed.
    pub failed_spans: usize,
}

/// `sample_fast_slow`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FastSlow {
    /// Rows of [`SampledRow`], slow ones first.
    pub traces: Table,
    /// Rows of [`OperationDifference`], the largest difference first.
    pub differences: Table,
    /// Attributes that all of one group share and none of the other: `slow: k8s.pod.name=cart-1`.
    pub attributes: Vec<String>,
}

/// One trace of `sample_fast_slow`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampledRow {
    /// `slow` or `fast`.
    pub group: String,
    /// The trace.
    pub trace_id: String,
    /// Milliseconds of the operation in it.
    pub duration_ms: f64,
    /// Spans below the operation that failed.
    pub failed_spans: usize,
}

/// An operation below the sampled one, in the mean of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationDifference {
    /// Service and operation.
    pub what: String,
    /// Self time in milliseconds in the mean of the slow traces.
    pub slow_self_ms: f64,
    /// The same of the fast ones.
    pub fast_self_ms: f64,
    /// Spans in the mean of the slow traces.
    pub slow_count: f64,
    /// The same of the fast ones.
    pub fast_count: f64,
}

/// One row of `service_map`, failing edges first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeRow {
    /// Calling service.
    pub caller: String,
    /// Called service.
    pub callee: String,
    /// Calls in the sampled traces.
    pub calls: usize,
    /// Share of failed calls among them.
    pub error_ratio: f64,
    /// Median milliseconds.
    pub p50_ms: f64,
    /// 95th percentile in milliseconds.
    pub p95_ms: f64,
    /// Whether the called side has no spans of its own (a database, a foreign service).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_spans: bool,
}

/// One service by TraceQL metrics over all its requests in the window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// Service.
    pub service: String,
    /// Served requests a second.
    pub requests_per_second: f64,
    /// Share that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_ratio: Option<f64>,
    /// 95th percentile in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_ms: Option<f64>,
}

/// `service_map`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceMap {
    /// How many traces the edges come from.
    pub sampled_traces: usize,
    /// Some of them.
    pub trace_ids: Vec<String>,
    /// Rows of [`EdgeRow`].
    pub edges: Table,
    /// Rows of [`ServiceRow`]; absent where the server has no TraceQL metrics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Table>,
    /// How many services are not among them, those with the fewest failures and requests.
    #[serde(default, skip_serializing_if = "is_none")]
    pub services_left_out: usize,
    /// Why they are of a part of the requests only, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services_partial: Option<String>,
}

fn is_none(number: &usize) -> bool {
    *number == 0
}

/// `metrics`: series of a TraceQL metrics query, largest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceMetrics {
    /// The query as it was sent.
    pub query: String,
    /// Seconds between points.
    pub step_seconds: i64,
    /// The series.
    pub series: Vec<MetricSeries>,
}

/// One series. Durations are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSeries {
    /// What it is grouped by.
    pub labels: BTreeMap<String, String>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean value.
    pub mean: f64,
    /// Last value.
    pub last: f64,
    /// Unix seconds and value.
    pub points: Vec<(i64, f64)>,
}
