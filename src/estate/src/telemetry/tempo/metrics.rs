//! TraceQL metrics over the traces of a window: series over time, or one value each.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::traceql::{Attribute, Function, Metric, Query, Value, matching, value_of};
use super::traces::{Span, Trace};

/// A labelled set of observations by step.
type Groups = BTreeMap<Vec<(String, String)>, BTreeMap<i64, Vec<f64>>>;

/// What is measured: spans that match, by labels and by step.
pub(super) struct Measured {
    metric: Metric,
    groups: Groups,
    start_ms: i64,
    end_ms: i64,
    step_ms: i64,
}

impl Measured {
    /// Nothing yet. Steps are aligned to multiples of their length; a point stands at the beginning of its step, as Tempo has it
    /// until 2.8.
    pub fn new(metric: Metric, start_ms: i64, end_ms: i64, step_ms: i64) -> Self {
        Self { metric, groups: Groups::new(), start_ms, end_ms, step_ms: step_ms.max(1) }
    }

    /// Adds what matches in a trace.
    pub fn add(&mut self, query: &Query, trace: &Trace) {
        for span in matching(&query.spans, trace) {
            let Some(observed) = self.observed(trace, span) else { continue };
            let by = self.metric.by.iter();
            let labels = by.map(|name| (name.written(), shown(trace, span, name))).collect();
            let at = span.start_ns.div_euclid(1_000_000).div_euclid(self.step_ms);
            self.groups.entry(labels).or_default().entry(at).or_default().push(observed);
        }
    }

    fn observed(&self, trace: &Trace, span: &Span) -> Option<f64> {
        match &self.metric.function {
            Function::Rate | Function::Count => Some(1.0),
            Function::Quantiles(of, _)
            | Function::Histogram(of)
            | Function::Average(of)
            | Function::Minimum(of)
            | Function::Maximum(of)
            | Function::Sum(of) => number(trace, span, of),
        }
    }

    /// The answer of `/api/metrics/query_range`.
    pub fn range(&self) -> Json {
        let first = self.start_ms.div_euclid(self.step_ms);
        let last = self.end_ms.div_euclid(self.step_ms);
        let seconds = self.step_ms as f64 / 1_000.0;
        let mut series = Vec::new();
        for (labels, by_step) in &self.groups {
            for (more, value) in self.columns() {
                let sample = |at: i64| {
                    let observed = by_step.get(&at).map(Vec::as_slice).unwrap_or_default();
                    let stamp = at.saturating_mul(self.step_ms).to_string();
                    // A zero is the default of protobuf, which its JSON leaves out.
                    match value(observed, seconds) {
                        Some(0.0) => Some(json!({"timestampMs": stamp})),
                        Some(value) => Some(json!({"timestampMs": stamp, "value": value})),
                        None => None,
                    }
                };
                let samples: Vec<Json> = (first..=last).filter_map(sample).collect();
                let mut described = described(labels, more);
                insert(&mut described, "samples", Json::from(samples));
                series.push(described);
            }
        }
        json!({"series": series, "metrics": {"completedJobs": 1, "totalJobs": 1, "totalBlocks": 1}})
    }

    /// The answer of `/api/metrics/query`.
    pub fn instant(&self) -> Json {
        let seconds = self.end_ms.saturating_sub(self.start_ms).max(1) as f64 / 1_000.0;
        let mut series = Vec::new();
        for (labels, by_step) in &self.groups {
            let observed: Vec<f64> = by_step.values().flatten().copied().collect();
            for (more, value) in self.columns() {
                let mut described = described(labels, more);
                if let Some(value) = value(&observed, seconds).filter(|value| *value != 0.0) {
                    insert(&mut described, "value", Json::from(value));
                }
                series.push(described);
            }
        }
        json!({"series": series, "metrics": {"completedJobs": 1, "totalJobs": 1}})
    }

    /// The series that one group gives: one each quantile and bucket, otherwise one.
    fn columns(&self) -> Vec<Column> {
        let one = |value: Fold| vec![(None, value)];
        match &self.metric.function {
            Function::Rate => one(Box::new(|seen, seconds| Some(seen.len() as f64 / seconds))),
            Function::Count => one(Box::new(|seen, _| Some(seen.len() as f64))),
            Function::Sum(_) => one(Box::new(|seen, _| Some(seen.iter().sum()))),
            Function::Average(_) => {
                one(Box::new(|seen, _| (!seen.is_empty()).then(|| seen.iter().sum::<f64>() / seen.len() as f64)))
            }
            Function::Minimum(_) => one(Box::new(|seen, _| seen.iter().copied().reduce(f64::min))),
            Function::Maximum(_) => one(Box::new(|seen, _| seen.iter().copied().reduce(f64::max))),
            Function::Quantiles(_, quantiles) => quantiles.iter().copied().map(quantile_column).collect(),
            Function::Histogram(_) => self.buckets().into_iter().map(bucket_column).collect(),
        }
    }

    fn buckets(&self) -> Vec<f64> {
        let mut bounds: Vec<f64> =
            self.groups.values().flat_map(BTreeMap::values).flatten().map(|value| bound(*value)).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        bounds
    }
}

type Fold = Box<dyn Fn(&[f64], f64) -> Option<f64>>;
type Column = (Option<(&'static str, f64)>, Fold);

fn quantile_column(quantile: f64) -> Column {
    let value = move |seen: &[f64], _: f64| {
        let mut sorted = seen.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = (quantile.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    };
    (Some(("p", quantile)), Box::new(value))
}

fn bucket_column(upper: f64) -> Column {
    let value = move |seen: &[f64], _: f64| Some(seen.iter().filter(|value| bound(**value) == upper).count() as f64);
    (Some(("__bucket", upper)), Box::new(value))
}

/// The power of two that a value does not exceed.
fn bound(value: f64) -> f64 {
    value.max(1e-9).log2().ceil().exp2()
}

/// Durations are measured in seconds.
fn number(trace: &Trace, span: &Span, of: &Attribute) -> Option<f64> {
    match value_of(trace, span, of)? {
        Value::Number(number) if of.name.ends_with("uration") => Some(number / 1e9),
        Value::Number(number) => Some(number),
        Value::Text(_) | Value::Word(_) => None,
    }
}

fn described(labels: &[(String, String)], more: Option<(&'static str, f64)>) -> Json {
    let mut pairs: Vec<Json> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for (name, value) in labels {
        pairs.push(json!({"key": name, "value": {"stringValue": value}}));
        texts.push(format!("{name}={value:?}"));
    }
    if let Some((name, value)) = more {
        pairs.push(json!({"key": name, "value": {"doubleValue": value}}));
        texts.push(format!("{name}=\"{value}\""));
    }
    json!({"labels": pairs, "promLabels": format!("{{{}}}", texts.join(", "))})
}

/// The value of a label; a span without the attribute stands under `nil`.
fn shown(trace: &Trace, span: &Span, name: &Attribute) -> String {
    value_of(trace, span, name).map_or_else(|| "nil".to_owned(), |value| value.shown())
}

fn insert(object: &mut Json, name: &str, value: Json) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}
