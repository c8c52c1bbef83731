//! The chart of what `prometheus_query_range` brought.

use crate::chart::{Chart, Series};
use crate::units::Unit;
use chrono_tz::Tz;
use domain::envelope::Envelope;
use domain::evidence::Evidence;
use domain::observed::prometheus::{Labels, Range};
use std::collections::BTreeSet;

/// How the name of the tool ends in the merged catalogue.
const TOOL: &str = "_query_range";

impl Chart {
    /// The chart of an evidence; `None` where it is no range, failed, or has no point.
    pub fn of_evidence(evidence: &Evidence, zone: Tz) -> Option<Self> {
        let envelope = evidence.result.as_ref().ok().filter(|_| evidence.call.tool.ends_with(TOOL))?;
        Self::of_envelope(envelope, zone)
    }

    /// The chart of the result of a range query; `None` where it is none or has no point.
    pub fn of_envelope(envelope: &Envelope, zone: Tz) -> Option<Self> {
        let range: Range = serde_json::from_value(envelope.data.clone()).ok()?;
        let told = varying(&range);
        let series: Vec<Series> = range
            .series
            .iter()
            .map(|series| Series { name: name(&series.labels, &told), points: series.points.clone() })
            .collect();
        let returned = u64::try_from(series.len()).unwrap_or(u64::MAX);
        let chart = Self {
            title: range.query.split_whitespace().collect::<Vec<_>>().join(" "),
            unit: unit(&range.query),
            zone,
            span: envelope.window.map(|window| (window.start.timestamp() as f64, window.end.timestamp() as f64)),
            step_seconds: Some(range.step_seconds).filter(|step| *step > 0.0),
            series,
            left_out: envelope.total.unwrap_or(returned).saturating_sub(returned),
            threshold: None,
        };
        let has_point = chart.drawn().iter().any(|series| !series.numbers().is_empty());
        has_point.then_some(chart)
    }
}

/// The labels in which the series differ: those that all share tell nothing.
fn varying(range: &Range) -> BTreeSet<&str> {
    let names: BTreeSet<&str> =
        range.series.iter().flat_map(|series| series.labels.keys()).map(String::as_str).collect();
    let differs = |name: &&str| {
        let mut values = range.series.iter().map(|series| series.labels.get(*name));
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    names.into_iter().filter(differs).collect()
}

fn name(labels: &Labels, told: &BTreeSet<&str>) -> String {
    let chosen = |name: &str| if told.is_empty() { name != "__name__" } else { told.contains(name) };
    let pairs: Vec<(&str, &str)> =
        labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| chosen(name)).collect();
    match pairs.as_slice() {
        [] => labels.get("__name__").cloned().unwrap_or_else(|| "value".to_owned()),
        [(_, value)] if !value.is_empty() => (*value).to_owned(),
        pairs => pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
    }
}

/// What a query's values are of, where its metric's name tells; a division or a product may be of anything.
fn unit(query: &str) -> Unit {
    let words: Vec<&str> = query.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).collect();
    let has_end = |end: &str| words.iter().any(|word| word.ends_with(end));
    let is_rate = words.iter().any(|word| matches!(*word, "rate" | "irate" | "deriv"));
    let is_counted =
        words.iter().any(|word| matches!(*word, "count" | "count_values" | "absent" | "changes" | "resets"));
    // Braces and brackets hold labels and windows; what is left are the query's own signs.
    let without_labels = outside(query);
    let is_compound = without_labels.contains(['/', '*', '-', '+', '^', '%', '<', '>', '=']);
    let is_quantile = words.contains(&"histogram_quantile");
    // Moments are seconds too, but nobody reads them as a length.
    let is_moment = has_end("_time_seconds") || has_end("_timestamp_seconds");
    if is_counted || is_moment || (is_compound && !is_quantile) {
        return Unit::Si;
    }
    if is_quantile && has_end("_seconds_bucket") {
        Unit::Seconds
    } else if is_quantile && has_end("_bytes_bucket") {
        Unit::Bytes
    } else if has_end("_bytes") || has_end("_bytes_total") {
        if is_rate { Unit::BytesPerSecond } else { Unit::Bytes }
    } else if has_end("_ratio") && !is_rate {
        Unit::Ratio
    } else if has_end("_percent") && !is_rate {
        Unit::Percent
    } else if has_end("_seconds") && !is_rate {
        Unit::Seconds
    } else {
        Unit::Si
    }
}

/// The query without what stands in braces, brackets and quotes.
fn outside(query: &str) -> String {
    let mut depth = 0_u32;
    let mut quote = None;
    let mut kept = String::new();
    for letter in query.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '{' | '[') => depth = depth.saturating_add(1),
            (None, '}' | ']') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => kept.push(letter),
            (None, _) => {}
        }
    }
    kept
}
