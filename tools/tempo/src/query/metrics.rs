//! The answer of a TraceQL metrics query: series with points, or with one value each.

use super::lenient::{Scalar, list, told_list, told_value, value};
use super::otlp::{KeyValue, attributes};
use domain::observed::tempo::MetricSeries;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The answer of `/api/metrics/query_range` and of `/api/metrics/query`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default, deserialize_with = "told_list")]
    series: Option<Vec<Series>>,
    #[serde(default, deserialize_with = "told_value")]
    metrics: Option<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "value")]
    status: Scalar,
    #[serde(default, deserialize_with = "value")]
    message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    #[serde(deserialize_with = "list")]
    labels: Vec<KeyValue>,
    #[serde(deserialize_with = "list")]
    samples: Vec<Sample>,
    #[serde(deserialize_with = "value")]
    value: Scalar,
}

/// A zero is left out of the JSON, so that an absent value is zero.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Sample {
    #[serde(deserialize_with = "value")]
    timestamp_ms: Scalar,
    #[serde(deserialize_with = "value")]
    value: Scalar,
}

impl Answer {
    /// Whether it is the answer of a metrics query: without series it has at least the metrics of its work.
    pub(crate) fn is_told(&self) -> bool {
        self.series.is_some() || self.metrics.is_some()
    }

    /// Why the server calls the result partial, where it does.
    pub(crate) fn partial(&self) -> Option<String> {
        let partial = match &self.status {
            Scalar::Text(word) => word.eq_ignore_ascii_case("partial"),
            other => other.integer() == Some(1),
        };
        partial.then(|| format!("the server answered with a part of the result only: {}", self.message))
    }

    /// Series with points, the largest last values first.
    pub(crate) fn series(self) -> Vec<MetricSeries> {
        let mut series: Vec<MetricSeries> = self.series.into_iter().flatten().filter_map(Series::told).collect();
        series.sort_by(|a, b| b.max.total_cmp(&a.max));
        series
    }

    /// Series with one value each, by the value of the one label that they are grouped by.
    pub(crate) fn values_by(self, label: &str) -> BTreeMap<String, f64> {
        let one = |series: Series| {
            let labels = attributes(&series.labels);
            Some((labels.get(label)?.clone(), number(&series.value)?))
        };
        self.series.into_iter().flatten().filter_map(one).collect()
    }
}

impl Series {
    fn told(self) -> Option<MetricSeries> {
        let mut labels = attributes(&self.labels);
        labels.remove("__name__");
        let read = |sample: &Sample| Some((sample.timestamp_ms.integer()?.div_euclid(1_000), number(&sample.value)?));
        let mut points: Vec<(i64, f64)> = self.samples.iter().filter_map(read).collect();
        points.sort_by_key(|(at, _)| *at);
        let last = points.last()?.1;
        let values = || points.iter().map(|(_, value)| *value);
        Some(MetricSeries {
            labels,
            min: values().fold(f64::INFINITY, f64::min),
            max: values().fold(f64::NEG_INFINITY, f64::max),
            mean: values().sum::<f64>() / points.len() as f64,
            last,
            points,
        })
    }
}

/// The number; an absent one is zero, `"NaN"` is none.
fn number(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Nothing => Some(0.0),
        other => other.number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absent_value_is_zero_and_not_a_number_is_none() {
        let answer: Answer = serde_json::from_value(json!({"series": [
            {"labels": [{"key": "service", "value": {"stringValue": "a"}}], "samples": [
                {"timestampMs": "2000", "value": 4.0}, {"timestampMs": "1000"}, {"timestampMs": "3000", "value": "NaN"}]},
            {"labels": [], "samples": []}]}))
        .unwrap();
        let series = answer.series();
        assert_eq!(series.len(), 1);
        assert_eq!((series[0].min, series[0].max, series[0].mean, series[0].last), (0.0, 4.0, 2.0, 4.0));
        assert_eq!(series[0].points, [(1, 0.0), (2, 4.0)]);
    }

    #[test]
    fn one_value_each_is_read_by_its_label() {
        let answer: Answer = serde_json::from_value(json!({"series": [
            {"labels": [{"key": "resource.service.name", "value": {"stringValue": "a"}}], "value": 2.5, "promLabels": "{}"},
            {"labels": [{"key": "resource.service.name", "value": {"stringValue": "b"}}]}]}))
        .unwrap();
        assert_eq!(answer.values_by("resource.service.name"), [("a".to_owned(), 2.5), ("b".to_owned(), 0.0)].into());
    }
}
