//! Selectors: which samples a name with matchers stands for at each step, and which windows a range takes.
//!
//! Guarantees: the 5 min lookback and both ends of a window are closed, as in Prometheus 2.42; a stale mark ends a
//! series at once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{AtModifier, Expr, Offset, SubqueryExpr, VectorSelector};

use super::super::series::{METRIC_NAME, Sample, Series};
use super::error::QueryError;
use super::evaluate::Evaluator;
use super::grid::{Grid, Track, Windows};

/// How far back an instant selector looks for its newest sample.
const LOOKBACK_MS: i64 = 5 * 60 * 1000;
/// The step of a subquery that names none: Prometheus takes its evaluation interval.
const DEFAULT_SUBQUERY_STEP_MS: i64 = 60 * 1000;

impl Evaluator<'_> {
    /// The newest sample of each series at each step, given to `value` (which may want its time).
    pub(super) fn vector_selector(
        &self,
        selector: &VectorSelector,
        grid: &Grid,
        value: fn(Sample) -> f64,
    ) -> Result<Vec<Track>, QueryError> {
        let times = self.reference_times(selector.at.as_ref(), selector.offset.as_ref(), grid);
        let series = self.read(selector, &times, LOOKBACK_MS)?;
        grid.allow(series.len())?;
        let newest = |samples: &[Sample], at_ms: i64| {
            let after = samples.partition_point(|sample| sample.at_ms <= at_ms);
            let sample = samples.get(after.checked_sub(1)?).copied()?;
            (sample.at_ms >= at_ms.saturating_sub(LOOKBACK_MS) && !sample.is_stale()).then(|| value(sample))
        };
        let tracks = series.into_iter().map(|series| Track {
            values: times.iter().map(|at_ms| newest(&series.samples, *at_ms)).collect(),
            labels: series.labels,
        });
        Ok(tracks.filter(|track| track.values.iter().any(Option::is_some)).collect())
    }

    /// The windows that a range selector or a subquery stands for.
    pub(super) fn windows(&self, expression: &Expr, grid: &Grid) -> Result<Windows, QueryError> {
        match expression {
            Expr::Paren(inner) => self.windows(&inner.expr, grid),
            Expr::MatrixSelector(matrix) => {
                let ends_ms = self.reference_times(matrix.vs.at.as_ref(), matrix.vs.offset.as_ref(), grid);
                let range_ms = millis(matrix.range);
                let series = self.read(&matrix.vs, &ends_ms, range_ms)?;
                Ok(Windows { series, range_ms, ends_ms })
            }
            Expr::Subquery(subquery) => self.subquery(subquery, grid),
            _ => Err(QueryError::Parse("expected a range vector".to_owned())),
        }
    }

    fn subquery(&self, subquery: &SubqueryExpr, grid: &Grid) -> Result<Windows, QueryError> {
        let ends_ms = self.reference_times(subquery.at.as_ref(), subquery.offset.as_ref(), grid);
        let range_ms = millis(subquery.range);
        let step_ms = subquery.step.map_or(DEFAULT_SUBQUERY_STEP_MS, millis).max(1);
        let (Some(first), Some(last)) = (ends_ms.iter().min().copied(), ends_ms.iter().max().copied()) else {
            return Ok(Windows { series: Vec::new(), range_ms, ends_ms });
        };
        let earliest = first.saturating_sub(range_ms);
        let before = earliest.div_euclid(step_ms).saturating_mul(step_ms);
        let start_ms = if before < earliest { before.saturating_add(step_ms) } else { before };
        let inner = Grid::new(start_ms, last, step_ms);
        inner.allow(1)?;
        let tracks = self.vector(&subquery.expr, &inner)?;
        let series = tracks.into_iter().filter_map(|track| track.into_series(&inner)).collect();
        Ok(Windows { series, range_ms, ends_ms })
    }

    /// The time that each step looks at, after `@` and `offset`.
    fn reference_times(&self, at: Option<&AtModifier>, offset: Option<&Offset>, grid: &Grid) -> Vec<i64> {
        let shift = match offset {
            None => 0,
            Some(Offset::Pos(duration)) => millis(*duration),
            Some(Offset::Neg(duration)) => millis(*duration).saturating_neg(),
        };
        let fixed = match at {
            None => None,
            Some(AtModifier::Start) => Some(self.query_start_ms),
            Some(AtModifier::End) => Some(self.query_end_ms),
            Some(AtModifier::At(time)) => Some(unix_millis(*time)),
        };
        grid.times().map(|time| fixed.unwrap_or(time).saturating_sub(shift)).collect()
    }

    fn read(&self, selector: &VectorSelector, times: &[i64], back_ms: i64) -> Result<Vec<Series>, QueryError> {
        if !selector.matchers.or_matchers.is_empty() {
            return Err(QueryError::Parse("`or` between label matchers is not PromQL".to_owned()));
        }
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else { return Ok(Vec::new()) };
        let matchers = all_matchers(selector);
        Ok(self.source.select(&matchers, first.saturating_sub(back_ms), *last))
    }
}

/// The matchers of a selector with its name as one of them.
pub(super) fn all_matchers(selector: &VectorSelector) -> Vec<Matcher> {
    let name = selector.name.as_ref().map(|name| Matcher::new(MatchOp::Equal, METRIC_NAME, name));
    let others = selector.matchers.matchers.iter().filter(|m| name.is_none() || m.name != METRIC_NAME).cloned();
    name.clone().into_iter().chain(others).collect()
}

/// A duration in milliseconds.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn unix_millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => millis(after),
        Err(before) => millis(before.duration()).saturating_neg(),
    }
}
