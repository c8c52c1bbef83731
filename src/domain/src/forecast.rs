//! When does a resource run out? Disk, memory, a quota, a certificate: a series, its limit, and a time with an interval.
//!
//! The history is laid on a grid (`grid`), what is freed again and again is told apart from what only grows (`resets`), the
//! daily and weekly season is taken out (`season`), a line with dependent noise is fitted (`fit`), and many possible futures are drawn
//! from what is known of line and noise (`paths`). The interval is where the futures reach the limit.
//! docs/forecasts.md has the method and how often the intervals held.
//!
//! Guarantees: any numbers at any times in any order are taken; the work is bounded whatever the length of the history; the
//! same input gives the same answer; points after `now` are not looked at; a reason stands in place of every answer that
//! is not given.
//!
//! Deliberately absent: IO, a clock, the choice of the series and of its limit, several resources at once.

mod fit;
mod grid;
mod paths;
mod resets;
mod season;
#[cfg(test)]
mod tests;
mod words;

use grid::Grid;
use paths::Futures;
use serde::{Deserialize, Serialize};

/// Buckets of history that a fit needs.
const LEAST_BUCKETS: usize = 24;
/// Futures of the line must rise by at least this share of their number: else the trend is no trend.
const SURE_OF_TREND: f64 = 0.98;
/// Peaks of a series that is freed again and again, before their trend says anything.
const LEAST_PEAKS: usize = 8;

/// One point of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Unix seconds.
    pub at_unix_seconds: i64,
    /// In the unit of the limit.
    pub value: f64,
}

/// Where the resource is used up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The value rises to it: bytes used, requests of a quota.
    Full(f64),
    /// The value falls to it: bytes free, seconds until a certificate ends.
    Empty(f64),
}

/// How much a forecast is worth, by the width of its interval and the length of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The interval is open, or longer than the time that is left.
    Low,
    /// The interval is shorter than the time that is left.
    Fair,
    /// The interval is shorter than a third of the time that is left.
    High,
}

/// When the resource runs out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exhaustion {
    /// Unix seconds; as likely earlier as later.
    pub at_median: i64,
    /// Unix seconds; earlier with a chance of 5 %.
    pub earliest: i64,
    /// Unix seconds; later with a chance of 5 %. `None`: perhaps not within the time that the history lets one look ahead.
    pub latest: Option<i64>,
    /// The share of the futures that reach the limit within that time, from 0.5 to 1.
    pub chance: f64,
    /// What it is worth.
    pub confidence: Confidence,
    /// From what it was concluded, in words.
    pub how: String,
}

/// Why nothing is foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The limit is no number.
    NoLimit,
    /// Too few points, or too many gaps between them.
    TooShort,
    /// The last point is too old.
    Stale,
    /// It does not move towards the limit for sure.
    NoTrend,
    /// It moves towards the limit, but does not reach it within the time that the history lets one look ahead.
    TooFar,
    /// It is freed again and again before the limit is reached.
    FreedInTime,
}

impl Silence {
    /// The reason in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoLimit => "the limit is not known",
            Self::TooShort => "the history is too short or has too many gaps",
            Self::Stale => "the last value is too old",
            Self::NoTrend => "there is no sure trend towards the limit",
            Self::TooFar => "the limit is further away than the history lets one look ahead",
            Self::FreedInTime => "it is freed again and again before it reaches the limit",
        }
    }
}

/// When the value will first be at the limit, or why that cannot be said.
pub fn exhaustion(history: &[Point], limit: Limit, now_unix_seconds: i64) -> Result<Exhaustion, Silence> {
    let (bound, sign) = match limit {
        Limit::Full(bound) => (bound, 1.0),
        Limit::Empty(bound) => (-bound, -1.0),
    };
    if !bound.is_finite() {
        return Err(Silence::NoLimit);
    }
    let grid = Grid::of(history, sign, now_unix_seconds)?;
    if grid.last_value() >= bound {
        return Ok(words::reached(now_unix_seconds));
    }
    let resets = resets::find(&grid.values);
    if let Some(peaks) = resets::peaks(&grid, &resets) {
        return freed(&grid, &peaks, resets.last().copied().unwrap_or_default(), bound, now_unix_seconds);
    }
    let grid = grid.from(resets.last().copied().unwrap_or_default());
    let since = |since| Since { resets: resets.len(), since };
    match growing(&grid, bound, now_unix_seconds, since(0)) {
        // A single large write, a restored backup: one huge step is all noise, and hides what goes on behind it.
        Err(Silence::NoTrend) => match resets::leap(&grid.values) {
            Some(leap) => growing(&grid, bound, now_unix_seconds, since(leap)).map_err(|_| Silence::NoTrend),
            None => Err(Silence::NoTrend),
        },
        told => told,
    }
}

/// What of a grid counts.
#[derive(Clone, Copy)]
struct Since {
    /// How often it was freed before.
    resets: usize,
    /// The bucket after a leap; 0 where the whole counts.
    since: usize,
}

/// A series that only grows, since its last reset or leap.
fn growing(grid: &Grid, bound: f64, now: i64, Since { resets, since }: Since) -> Result<Exhaustion, Silence> {
    let grid = &grid.from(since);
    if grid.values.len() < LEAST_BUCKETS {
        return Err(Silence::TooShort);
    }
    let season = season::of(grid);
    let level = season.taken_from(grid);
    let fits = fit::fits(&level);
    let futures = paths::draw(&level, &fits, bound, |step| season.at(grid.time_of(step)));
    let futures = judged(futures)?;
    let seen = words::Seen { season: season.name(), resets, leapt: since > 0, freed: false };
    Ok(words::told(grid, &futures, now, &seen))
}

/// A series that is freed again and again: its peaks are what grows.
fn freed(grid: &Grid, peaks: &resets::Peaks, since: usize, bound: f64, now: i64) -> Result<Exhaustion, Silence> {
    if peaks.is_overdue(grid.last_value()) {
        return growing(grid, bound, now, Since { resets: peaks.values.len(), since });
    }
    if peaks.values.len() < LEAST_PEAKS {
        return Err(Silence::FreedInTime);
    }
    let cycles = Grid { values: peaks.values.clone(), step: peaks.seconds_between, end: peaks.last_at };
    let fits = fit::fits(&cycles.values);
    let futures = judged(paths::draw(&cycles.values, &fits, bound, |_| 0.0)).map_err(|_| Silence::FreedInTime)?;
    Ok(words::told(
        &cycles,
        &futures,
        now,
        &words::Seen { season: None, resets: peaks.values.len(), leapt: false, freed: true },
    ))
}

fn judged(futures: Futures) -> Result<Futures, Silence> {
    if futures.rising < SURE_OF_TREND {
        return Err(Silence::NoTrend);
    }
    if futures.median().is_none() { Err(Silence::TooFar) } else { Ok(futures) }
}
