//! The steps of a query and the values on them: every expression evaluates to one value per step.
//!
//! Guarantees: a track has exactly as many slots as its grid has steps; tracks of one value differ in their labels.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::series::{Labels, Sample, Series};
use super::error::QueryError;

/// The most values that one expression may hold at once.
const MAX_CELLS: usize = 10_000_000;

/// Equally spaced times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub start_ms: i64,
    pub step_ms: i64,
    pub count: usize,
}

impl Grid {
    pub fn new(start_ms: i64, end_ms: i64, step_ms: i64) -> Self {
        let step_ms = step_ms.max(1);
        let steps = end_ms.saturating_sub(start_ms).checked_div(step_ms).unwrap_or(0);
        let count = if end_ms < start_ms { 0 } else { usize::try_from(steps).unwrap_or(0).saturating_add(1) };
        Self { start_ms, step_ms, count }
    }

    pub fn instant(at_ms: i64) -> Self {
        Self { start_ms: at_ms, step_ms: 1, count: 1 }
    }

    pub fn times(&self) -> impl Iterator<Item = i64> + use<> {
        let Self { start_ms, step_ms, count } = *self;
        (0..i64::try_from(count).unwrap_or(i64::MAX))
            .map(move |index| start_ms.saturating_add(index.saturating_mul(step_ms)))
    }

    /// Refuses a result that would not fit in memory.
    pub fn allow(&self, tracks: usize) -> Result<(), QueryError> {
        if tracks.saturating_mul(self.count) > MAX_CELLS {
            return Err(QueryError::execution(
                "query processing would load too many samples into memory in query execution",
            ));
        }
        Ok(())
    }
}

/// A label set with one slot per step.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub labels: Labels,
    pub values: Vec<Option<f64>>,
}

impl Track {
    pub fn at(&self, step: usize) -> Option<f64> {
        self.values.get(step).copied().flatten()
    }

    /// The present values as samples; nothing where no step has one.
    pub fn into_series(self, grid: &Grid) -> Option<Series> {
        let samples: Vec<Sample> = grid
            .times()
            .zip(self.values)
            .filter_map(|(at_ms, value)| value.map(|value| Sample { at_ms, value }))
            .collect();
        (!samples.is_empty()).then_some(Series { labels: self.labels, samples })
    }
}

/// What an expression evaluates to.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// One number per step.
    Scalar(Vec<f64>),
    /// Labelled numbers per step.
    Vector(Vec<Track>),
    /// A text literal.
    Text(String),
}

/// Series with one window per step, the argument of `rate` and its kin.
#[derive(Debug)]
pub(super) struct Windows {
    pub series: Vec<Series>,
    pub range_ms: i64,
    /// The (closed) end of the window of each step.
    pub ends_ms: Vec<i64>,
}

impl Windows {
    /// The samples inside the single window of an instant query.
    pub fn into_instant_matrix(self) -> Vec<Series> {
        let Some(end_ms) = self.ends_ms.first().copied() else { return Vec::new() };
        let start_ms = end_ms.saturating_sub(self.range_ms);
        let inside = |series: Series| {
            let kept: Vec<Sample> = series
                .samples
                .into_iter()
                .filter(|s| s.at_ms >= start_ms && s.at_ms <= end_ms && !s.is_stale())
                .collect();
            (!kept.is_empty()).then_some(Series { labels: series.labels, samples: kept })
        };
        let mut matrix: Vec<Series> = self.series.into_iter().filter_map(inside).collect();
        matrix.sort_by(|left, right| left.labels.cmp(&right.labels));
        matrix
    }
}

/// Joins tracks whose labels became equal; two values at one step are an error.
pub(super) fn join_equal(tracks: Vec<Track>) -> Result<Vec<Track>, QueryError> {
    let mut positions: BTreeMap<Labels, usize> = BTreeMap::new();
    let mut joined: Vec<Track> = Vec::with_capacity(tracks.len());
    for track in tracks {
        match positions.entry(track.labels.clone()) {
            Entry::Vacant(slot) => {
                slot.insert(joined.len());
                joined.push(track);
            }
            Entry::Occupied(slot) => {
                let Some(first) = joined.get_mut(*slot.get()) else { continue };
                for (kept, other) in first.values.iter_mut().zip(track.values) {
                    match (kept.is_some(), other) {
                        (true, Some(_)) => {
                            return Err(QueryError::execution("vector cannot contain metrics with the same labelset"));
                        }
                        (false, Some(value)) => *kept = Some(value),
                        (_, None) => {}
                    }
                }
            }
        }
    }
    Ok(joined)
}
