//! Foretells when series reach a bound; pure.
//!
//! Stricter than `domain::forecast` in one thing: a series that ended is not foretold, even where its history is so long
//! that the end looks recent beside it.

use super::api::MatrixSeries;
use super::range::show_labels;
use chrono::{DateTime, TimeDelta, Utc};
use domain::forecast::{Exhaustion, Limit, Point, Silence, exhaustion};
use domain::observed::prometheus::RunsOut;

/// Steps without a value after which a series has ended.
const ENDED_AFTER_STEPS: i64 = 3;
/// The shortest such time: a backend that restarts leaves a gap.
const ENDED_AFTER: TimeDelta = TimeDelta::minutes(10);

/// The rows, and what was left out of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Foretold {
    /// The soonest first; those of which nothing is foretold come last.
    pub rows: Vec<RunsOut>,
    /// Series without a finite value.
    pub without_numbers: usize,
}

/// Foretells each series, from what was known at `now`.
pub(crate) fn foretell(matrix: Vec<MatrixSeries>, limit: Limit, now: DateTime<Utc>, step_seconds: u64) -> Foretold {
    let total = matrix.len();
    let mut rows: Vec<RunsOut> =
        matrix.into_iter().filter_map(|series| foretell_one(series, limit, now, step_seconds)).collect();
    rows.sort_by(|left, right| {
        let key = |row: &RunsOut| (row.at_median.is_none(), row.at_median, row.latest.is_none(), row.latest);
        key(left).cmp(&key(right)).then_with(|| left.series.cmp(&right.series))
    });
    let without_numbers = total - rows.len();
    Foretold { rows, without_numbers }
}

fn foretell_one(series: MatrixSeries, limit: Limit, now: DateTime<Utc>, step_seconds: u64) -> Option<RunsOut> {
    let finite = series.values.iter().filter(|point| point.value.is_finite());
    let points: Vec<Point> =
        finite.map(|point| Point { at_unix_seconds: point.at as i64, value: point.value }).collect();
    let last = *points.last()?;
    let answer = if has_ended(last, now, step_seconds) {
        Err(Silence::Stale)
    } else {
        exhaustion(&points, limit, now.timestamp())
    };
    Some(row(series, last.value, now, answer))
}

fn has_ended(last: Point, now: DateTime<Utc>, step_seconds: u64) -> bool {
    let step = i64::try_from(step_seconds).unwrap_or(86_400).min(86_400);
    let patience = (step * ENDED_AFTER_STEPS).max(ENDED_AFTER.num_seconds());
    now.timestamp().saturating_sub(last.at_unix_seconds) > patience
}

fn row(series: MatrixSeries, last: f64, now: DateTime<Utc>, answer: Result<Exhaustion, Silence>) -> RunsOut {
    let shown = show_labels(&series.metric);
    let blank = RunsOut {
        series: shown,
        labels: series.metric,
        last,
        is_reached: false,
        at_median: None,
        earliest: None,
        latest: None,
        chance: None,
        confidence: None,
        how: None,
        silence: None,
        silent: None,
    };
    match answer {
        Err(silence) => RunsOut { silence: Some(silence), silent: Some(silence.words().to_owned()), ..blank },
        Ok(told) => RunsOut {
            is_reached: told.latest.is_some_and(|latest| latest <= now.timestamp()),
            at_median: moment(told.at_median),
            earliest: moment(told.earliest),
            latest: told.latest.and_then(moment),
            chance: Some((told.chance * 1000.0).round() / 1000.0),
            confidence: Some(told.confidence),
            how: Some(told.how),
            ..blank
        },
    }
}

/// Forecasts are never better than a minute: seconds would only look exact.
fn moment(unix_seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(unix_seconds.div_euclid(60) * 60, 0)
}

#[cfg(test)]
mod tests;
