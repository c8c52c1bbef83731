//! A series on an even grid, without its daily season, in units of its scatter, with bounded values.
//!
//! Guarantees: at most `PLACES` values, all finite and bounded.

use super::Point;

/// Places of the longest series.
const PLACES: f64 = 1_024.0;
/// A shorter series says nothing.
const LEAST: usize = 24;
/// Values further from the local level than so many deviations are taken as being there.
const BOUNDED_AT: f64 = 4.0;
/// Values larger than this are taken as this: sums and squares stay finite.
const LARGEST: f64 = 1e100;
/// A scatter smaller than this share of the range counts as this: what is left of it beside the range is rounding.
const LEAST_SCATTER: f64 = 1e-9;
const DAY: f64 = 86_400.0;
/// Days before a season is taken out.
const DAYS: f64 = 3.0;
/// Cells of a day.
const CELLS: usize = 96;
/// From the usual distance to the middle to a deviation of normal noise.
const DEVIATIONS: f64 = 1.4826;
/// Neighbours on each side that make the local level.
const AROUND: usize = 4;

/// The series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Even {
    /// Values in units of `scale` around `middle`.
    pub(super) values: Vec<f64>,
    pub(super) times: Vec<f64>,
    pub(super) step: f64,
    pub(super) middle: f64,
    pub(super) scale: f64,
    /// The usual scatter around the level, in the same unit.
    pub(super) scatter: f64,
}

impl Even {
    /// `None` where there are too few points.
    pub(super) fn of(points: &[Point]) -> Option<Self> {
        let mut points: Vec<(f64, f64)> = points
            .iter()
            .filter(|(_, value)| value.is_finite())
            .map(|(at, value)| (*at as f64, value.clamp(-LARGEST, LARGEST)))
            .collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (first, last) = (points.first()?.0, points.last()?.0);
        let gaps: Vec<f64> = points.iter().zip(points.iter().skip(1)).map(|(one, next)| next.0 - one.0).collect();
        let step = quantile(&gaps, 0.5).max((last - first) / PLACES).max(1.0);
        let (times, values) = cells(&points, first, step);
        if values.len() < LEAST {
            return None;
        }
        let values = without_season(&times, &values, last - first, step);
        let middle = quantile(&values, 0.5);
        let levels = local_levels(&values);
        let off: Vec<f64> = values.iter().zip(&levels).map(|(value, level)| value - level).collect();
        let distances: Vec<f64> = off.iter().map(|off| off.abs()).collect();
        // More than half of a sparse series is the same value: then the mean distance stands for the usual one.
        let usual = quantile(&distances, 0.5) * DEVIATIONS;
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        let range = quantile(&values, 1.0) - quantile(&values, 0.0);
        let scale = [usual, mean, range].into_iter().find(|scale| *scale > 0.0)?.max(range * LEAST_SCATTER);
        let bounded =
            |(off, level): (&f64, &f64)| (level - middle) / scale + (off / scale).clamp(-BOUNDED_AT, BOUNDED_AT);
        let values = off.iter().zip(&levels).map(bounded).collect();
        Some(Self { values, times, step, middle, scale, scatter: (usual.max(mean) / scale).max(1e-3) })
    }

    pub(super) fn time_of(&self, place: usize) -> i64 {
        self.times.get(place).map_or(0, |at| *at as i64)
    }
}

/// The mean of the points of each cell that has some, with the time of the first.
fn cells(points: &[(f64, f64)], first: f64, step: f64) -> (Vec<f64>, Vec<f64>) {
    let (mut times, mut values) = (Vec::new(), Vec::new());
    let (mut cell, mut count) = (f64::NEG_INFINITY, 0.0);
    for (at, value) in points {
        let here = ((at - first) / step).round();
        if here > cell {
            times.push(*at);
            values.push(*value);
            (cell, count) = (here, 1.0);
        } else if let Some(mean) = values.last_mut() {
            count += 1.0;
            *mean += (value - *mean) / count;
        }
    }
    (times, values)
}

/// The values less the middle of their time of day, where at least some days are known.
fn without_season(times: &[f64], values: &[f64], length: f64, step: f64) -> Vec<f64> {
    if length < DAYS * DAY || step > DAY / 8.0 {
        return values.to_vec();
    }
    let cells = ((DAY / step) as usize).clamp(1, CELLS);
    let cell_of = |at: f64| ((at.rem_euclid(DAY) / DAY * cells as f64) as usize).min(cells - 1);
    let mut by_cell: Vec<Vec<f64>> = vec![Vec::new(); cells];
    for (at, value) in times.iter().zip(values) {
        if let Some(cell) = by_cell.get_mut(cell_of(*at)) {
            cell.push(*value);
        }
    }
    let middles: Vec<f64> = by_cell.iter().map(|cell| quantile(cell, 0.5)).collect();
    let all = quantile(&middles, 0.5);
    let middle = |at: f64| middles.get(cell_of(at)).copied().unwrap_or(all);
    times.iter().zip(values).map(|(at, value)| value - middle(*at) + all).collect()
}

/// The middle of each value and its neighbours: a spike is none, an edge stays one.
fn local_levels(values: &[f64]) -> Vec<f64> {
    let near =
        |at: usize| values.get(at.saturating_sub(AROUND)..(at + AROUND + 1).min(values.len())).unwrap_or_default();
    (0..values.len()).map(|at| quantile(near(at), 0.5)).collect()
}

/// The value below which this share lies.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((share * sorted.len().saturating_sub(1) as f64).round() as usize).copied().unwrap_or_default()
}
