//! What the `prometheus` tools return.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod trends;

pub use trends::{ChangedSeries, Changes, Forecasts, RunsOut};

/// Label names and values of one series.
pub type Labels = BTreeMap<String, String>;

/// `query`: an instant vector or scalar, largest values first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instant {
    /// The query as it was sent.
    pub query: String,
    /// When it was evaluated.
    pub at: DateTime<Utc>,
    /// `vector`, `scalar`, `string`, `matrix`.
    pub result_type: String,
    /// The samples. Not-a-number and infinities travel as the strings that Prometheus uses.
    pub samples: Vec<Sample>,
}

/// One series' value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its labels, `__name__` among them where the query keeps it.
    pub labels: Labels,
    /// The value; `None` stands for NaN.
    pub value: Option<f64>,
}

/// `query_range`: at most 20 series of at most 100 points, the rest summarised in the envelope's hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The query as it was sent.
    pub query: String,
    /// Seconds between points.
    pub step_seconds: f64,
    /// Largest first.
    pub series: Vec<RangeSeries>,
}

/// One series of a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RangeSeries {
    /// Its labels.
    pub labels: Labels,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean value.
    pub mean: f64,
    /// Last value.
    pub last: f64,
    /// Unix seconds and value; gaps are absent points.
    pub points: Vec<(f64, f64)>,
}

/// One row of `alerts`, firing and severe first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRow {
    /// `alertname`.
    pub name: String,
    /// `firing`, `pending`, or Alertmanager's `suppressed`.
    pub state: String,
    /// The `severity` label, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// `summary`, `description` or `message` annotation (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The other labels.
    pub labels: Labels,
    /// The value that fired, as Prometheus tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Ids of the silences that mute it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silenced_by: Vec<String>,
    /// `prometheus`, `alertmanager`, or both joined by `+`.
    pub seen_in: String,
}

/// One row of `rules`, unhealthy and firing first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// Group name.
    pub group: String,
    /// Rule name.
    pub name: String,
    /// `alerting` or `recording`.
    pub kind: String,
    /// The expression.
    pub query: String,
    /// `ok`, `err`, `unknown`.
    pub health: String,
    /// `firing`, `pending`, `inactive`; absent for recording rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Why its evaluation failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// One row of `targets`, down first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetRow {
    /// Scrape job.
    pub job: String,
    /// `host:port`.
    pub instance: String,
    /// `up`, `down`, `unknown`.
    pub health: String,
    /// Why the last scrape failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The URL that is scraped.
    pub scrape_url: String,
    /// When it was last tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_scrape: Option<DateTime<Utc>>,
    /// The target's other labels.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
}

/// One row of `find_metrics`, best match first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricRow {
    /// Metric name.
    pub name: String,
    /// `counter`, `gauge`, `histogram`, `summary`, `unknown`.
    pub kind: String,
    /// Its help text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Its unit, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// `golden_signals` of one service, in a window and in the window of the same length before it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GoldenSignals {
    /// The service or workload asked for.
    pub service: String,
    /// Which recipe's metrics exist: `http-histogram`, `otel`, `ingress-nginx`, `cadvisor`, ….
    pub recipes: Vec<String>,
    /// The signals found, in the order traffic, errors, latency, saturation.
    pub signals: Vec<Signal>,
    /// The same from the service to what it calls, where client metrics exist; slowest change first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<DependencySignal>,
    /// Signals for which no metric was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// One signal now and before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// `traffic`, `error_ratio`, `latency_p50`, `latency_p99`, `cpu_of_limit`, `memory_of_limit`, `restarts`, `throttled`.
    pub name: String,
    /// `req/s`, `ratio`, `s`, `count`.
    pub unit: String,
    /// In the window.
    pub now: Option<f64>,
    /// In the baseline window.
    pub before: Option<f64>,
    /// The query that gave `now`.
    pub query: String,
}

/// Calls from the service to one other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DependencySignal {
    /// The peer as the metric names it (`orders-db.data`, `payments`).
    pub peer: String,
    /// Seconds, 99th percentile, in the window.
    pub latency_p99: Option<f64>,
    /// The same in the baseline window.
    pub latency_p99_before: Option<f64>,
    /// Share of failed calls in the window.
    pub error_ratio: Option<f64>,
    /// The same in the baseline window.
    pub error_ratio_before: Option<f64>,
}

/// `metric_metadata`: one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricDetail {
    /// Metric name.
    pub name: String,
    /// `counter`, `gauge`, `histogram`, `summary`, `unknown`.
    pub kind: String,
    /// Its help text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Its unit, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Series at the time of the look; `None` where they could not be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<u64>,
    /// Labels by which its series differ.
    pub labels: Vec<LabelDetail>,
}

/// One label of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelDetail {
    /// Its name.
    pub label: String,
    /// How many values it has.
    pub values: u64,
    /// A few of them.
    pub examples: Vec<String>,
}

/// `compare_windows`: each series in two windows of the same length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The query as it was given.
    pub query: String,
    /// Start of the earlier window; the later one is the envelope's.
    pub before_start: DateTime<Utc>,
    /// Its end.
    pub before_end: DateTime<Utc>,
    /// Series that only the later window has.
    pub appeared: u64,
    /// Series that only the earlier window has.
    pub vanished: u64,
    /// Rows of [`ComparedSeries`], largest change first.
    pub series: super::Table,
}

/// One series of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedSeries {
    /// Its labels as PromQL writes them.
    pub series: String,
    /// Mean in the later window; `None` where it has no sample.
    pub now: Option<f64>,
    /// Mean in the earlier window.
    pub before: Option<f64>,
    /// `now / before`; `None` where one is absent or `before` is zero.
    pub ratio: Option<f64>,
}

/// `anomalies`: each series judged against its own past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anomalies {
    /// The query as it was given.
    pub query: String,
    /// Where the history begins from which was learned what is usual.
    pub history_start: DateTime<Utc>,
    /// Seconds between two points.
    pub step_seconds: f64,
    /// Rows of [`UnusualSeries`], the strangest first; series with nothing unusual come last.
    pub series: super::Table,
}

/// One series of [`Anomalies`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnusualSeries {
    /// Its labels as PromQL writes them.
    pub series: String,
    /// Whether the last value lies outside of what is usual at this time; `None` where the history is too short to tell.
    pub unusual_now: Option<bool>,
    /// The last value.
    pub last: f64,
    /// The lowest value that is usual at this time.
    pub usual_low: Option<f64>,
    /// The highest.
    pub usual_high: Option<f64>,
    /// What it is compared with, in words: `Tuesday 09:00 UTC, 2 weeks`, `09:00 UTC, 5 days`; why it cannot be told otherwise.
    pub compared_with: String,
    /// When anomalies began in the window, the newest first, with value, score and reason in words:
    /// `09:12 41 (0.997): a jump up against the recent level`.
    pub anomalies: Vec<String>,
}

/// One row of `silences`, active and soonest ending first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SilenceRow {
    /// Its id.
    pub id: String,
    /// `active`, `pending`, `expired`.
    pub state: String,
    /// `alertname="HighErrorRate", app="checkout"`.
    pub matchers: String,
    /// Since when.
    pub starts: DateTime<Utc>,
    /// Until when.
    pub ends: DateTime<Utc>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Active alerts that it mutes; `None` where that could not be looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_alerts: Option<u64>,
}
