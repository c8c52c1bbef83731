//! Metric queries: log lines become samples, and the PromQL engine evaluates what stands around them.

use promql_parser::label::Matcher;

use super::parse::{LogPart, part_name};
use super::streams::{allow, by_labels, entries};
use crate::telemetry::promql::{self, Answer};
use crate::telemetry::series::{METRIC_NAME, Sample, Series, SeriesSource};
use crate::world::World;

/// The samples of all log parts of a query.
struct LogSamples(Vec<Series>);

impl SeriesSource for LogSamples {
    fn select(&self, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Vec<Series> {
        let chosen = self.0.iter().filter(|series| series.labels.accepted_by(matchers));
        let cut = chosen.map(|series| {
            // The windows of Loki are open to the left, those of the engine are closed.
            let inside = |sample: &&Sample| sample.at_ms > start_ms && sample.at_ms <= end_ms;
            Series { labels: series.labels.clone(), samples: series.samples.iter().filter(inside).copied().collect() }
        });
        cut.filter(|series| !series.samples.is_empty()).collect()
    }
}

/// Evaluates a metric query; `step_ms` is `None` for an instant.
pub(super) fn evaluate(
    world: &World,
    text: &str,
    parts: &[LogPart],
    (start_ms, end_ms): (i64, i64),
    step_ms: Option<i64>,
) -> Result<Answer, String> {
    let mut samples = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        samples.extend(series_of(world, part, index, start_ms, end_ms)?);
    }
    let source = LogSamples(samples);
    let answer = match step_ms {
        Some(step_ms) => promql::range(&source, text, start_ms, end_ms, step_ms),
        None => promql::instant(&source, text, end_ms),
    };
    answer.map_err(|error| format!("parse error : {error}"))
}

fn series_of(world: &World, part: &LogPart, index: usize, start_ms: i64, end_ms: i64) -> Result<Vec<Series>, String> {
    let from_ms = start_ms.saturating_sub(part.range_ms);
    allow(world, &part.query.matchers, from_ms, end_ms)?;
    let streams = by_labels(entries(world, &part.query, from_ms, end_ms.saturating_add(1)));
    let as_series = streams.into_iter().map(|(labels, entries)| Series {
        labels: labels.with(METRIC_NAME, part_name(index)),
        samples: entries
            .into_iter()
            .map(|entry| Sample {
                at_ms: entry.at_ns.div_euclid(1_000_000),
                value: if part.counts_bytes { entry.line.len() as f64 } else { 1.0 },
            })
            .collect(),
    });
    Ok(as_series.collect())
}
