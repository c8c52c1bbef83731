//! What repeats each day and each week.
//!
//! The trend is taken out by the mean of a whole period around each value; what is left is collected by the time of day
//! or by the day of the week, and its middle is the season. It counts only when it explains enough of what it was not
//! made from.
//!
//! Guarantees: none is found where the history is shorter than three periods.

use super::grid::Grid;
use super::resets::quantile;

const DAY: f64 = 86_400.0;
const WEEK: f64 = 7.0 * DAY;
/// Cells of a day and of a week.
const OF_DAY: usize = 24;
const OF_WEEK: usize = 56;
/// Periods before a season counts.
const PERIODS: f64 = 3.0;
/// The share of the variance that a season must explain.
const EXPLAINED: f64 = 0.25;

/// What one period adds to the level.
#[derive(Debug, Clone, Default, PartialEq)]
struct Profile {
    /// The middle of each cell; empty where there is no such season.
    cells: Vec<f64>,
}

/// Additions to the level by time of day and by time of the week.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Season {
    day: Profile,
    week: Profile,
}

/// The season of a series.
pub(super) fn of(grid: &Grid) -> Season {
    let mut season = Season::default();
    let length = grid.values.len() as f64 * grid.step;
    if length >= PERIODS * DAY && grid.step <= DAY / 8.0 {
        season.day = profile(grid, &grid.values, DAY, OF_DAY);
    }
    if length >= PERIODS * WEEK && grid.step <= DAY / 4.0 {
        let rest = season.taken_from(grid);
        season.week = profile(grid, &rest, WEEK, OF_WEEK);
    }
    season
}

impl Season {
    /// What is added at a time.
    pub(super) fn at(&self, unix_seconds: f64) -> f64 {
        self.day.at(unix_seconds / DAY) + self.week.at(unix_seconds / WEEK)
    }

    /// The series without it.
    pub(super) fn taken_from(&self, grid: &Grid) -> Vec<f64> {
        let level = |(bucket, value): (usize, &f64)| value - self.at(grid.time_of(bucket));
        grid.values.iter().enumerate().map(level).collect()
    }

    /// In words; `None` where there is none.
    pub(super) fn name(&self) -> Option<&'static str> {
        match (self.day.cells.is_empty(), self.week.cells.is_empty()) {
            (true, true) => None,
            (false, true) => Some("daily"),
            (true, false) => Some("weekly"),
            (false, false) => Some("daily and weekly"),
        }
    }
}

impl Profile {
    /// At a number of periods: on the line between the middles of the cells around it.
    fn at(&self, periods: f64) -> f64 {
        let count = self.cells.len();
        let place = (periods.rem_euclid(1.0) * count as f64 - 0.5).rem_euclid(count.max(1) as f64);
        let of = |place: usize| self.cells.get(place % count.max(1)).copied().unwrap_or_default();
        let (before, share) = (place as usize, place.fract());
        of(before) * (1.0 - share) + of(before + 1) * share
    }
}

fn cell(unix_seconds: f64, period: f64, cells: usize) -> usize {
    (unix_seconds.rem_euclid(period) / period * cells as f64) as usize
}

/// The middle of each cell, or nothing where the cells explain too little.
fn profile(grid: &Grid, values: &[f64], period: f64, cells: usize) -> Profile {
    let around = grid.buckets_of(period);
    let flat = without_trend(values, around);
    let cell_of = |bucket: usize| cell(grid.time_of(bucket), period, cells);
    let halves = [0, 1].map(|half| middles(&flat, cell_of, cells, |bucket| (bucket / around) % 2 == half));
    let mut left = 0.0;
    let mut all = 0.0;
    for (bucket, value) in flat.iter().enumerate() {
        let other = halves.get(1 - (bucket / around) % 2).and_then(|middles| middles.get(cell_of(bucket)));
        left += (value - other.copied().unwrap_or_default()).powi(2);
        all += value * value;
    }
    if all > 0.0 && left < (1.0 - EXPLAINED) * all {
        Profile { cells: middles(&flat, cell_of, cells, |_| true) }
    } else {
        Profile::default()
    }
}

fn middles(flat: &[f64], cell_of: impl Fn(usize) -> usize, cells: usize, counts: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut collected: Vec<Vec<f64>> = vec![Vec::new(); cells];
    for (bucket, value) in flat.iter().enumerate().filter(|(bucket, _)| counts(*bucket)) {
        if let Some(cell) = collected.get_mut(cell_of(bucket)) {
            cell.push(*value);
        }
    }
    let mut middles: Vec<f64> = collected.iter().map(|cell| quantile(cell, 0.5)).collect();
    let mean = middles.iter().sum::<f64>() / cells.max(1) as f64;
    middles.iter_mut().for_each(|middle| *middle -= mean);
    middles
}

/// Each value less the line through the whole period around it; at the ends the period is the first or the last one.
fn without_trend(values: &[f64], around: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    let mean_from = |from: usize| -> f64 {
        let to = from + around;
        let sum = |at: usize| sums.get(at).copied().unwrap_or_default();
        (sum(to) - sum(from)) / around as f64
    };
    let last = values.len().saturating_sub(around);
    let trend = |at: usize| -> f64 {
        let from = at.saturating_sub(around / 2).min(last);
        // Where the period is not centred, the slope between this one and the next period carries the line on.
        let off = at as f64 - (from as f64 + (around as f64 - 1.0) / 2.0);
        let (early, late) =
            if from + around <= last { (from, from + around) } else { (from.saturating_sub(around), from) };
        let slope = if late > early { (mean_from(late) - mean_from(early)) / (late - early) as f64 } else { 0.0 };
        mean_from(from) + slope * off
    };
    values.iter().enumerate().map(|(at, value)| value - trend(at)).collect()
}
