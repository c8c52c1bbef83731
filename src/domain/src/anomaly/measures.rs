//! What is measured at each point of a series: its level, its steps, the mean of the last points, its spread, its season, flat lines.
//!
//! Each measure is one number that is judged against its own past, in both directions.
//!
//! Guarantees: looks at no later point; memory for the last `SHORT` values and the means of a day and no more.
//! Deliberately absent: the judgement.

use super::exact;
use super::season::Season;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Weight of the newest point in the recent mean and the recent spread.
const RECENT: f64 = 0.05;
/// Weight of the newest point in the distance from the season.
const SEASON_RECENT: f64 = 0.2;
/// Points of the short mean.
const SHORT: usize = 12;
/// Points before the spread means something.
const SPREAD_FROM: u64 = 24;
/// The least spread: below it the logarithm would measure rounding.
const LEAST_SPREAD: f64 = 1e-9;
/// Repetitions before a flat line counts.
const FLAT_FROM: u64 = 12;
/// Weight of the newest point in the share of repetitions.
const REPEATING_FORGETTING: f64 = 0.002;
/// A series that repeats itself this often stands still by nature.
const MOSTLY: f64 = 0.5;

/// How many measures there are.
pub(super) const MEASURES: usize = 7;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Level,
    Departure,
    Step,
    ShortMean,
    Spread,
    Season,
    Flat,
}

/// One measure at one point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) measure: Measure,
    pub(super) number: f64,
}

impl Measure {
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// The least scale that makes sense: the two measures on a logarithmic scale have one.
    pub(super) fn floor(self) -> f64 {
        match self {
            Self::Flat => 0.3,
            Self::Spread => 0.1,
            _ => 0.0,
        }
    }
}

/// The running state behind the measures.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Measures {
    points: u64,
    #[serde(with = "exact::many")]
    recent: VecDeque<f64>,
    #[serde(with = "exact::one")]
    mean: f64,
    #[serde(with = "exact::one")]
    spread: f64,
    season: Season,
    #[serde(with = "exact::one")]
    season_distance: f64,
    #[serde(with = "exact::one")]
    previous: f64,
    repeated: u64,
    /// The share of points that repeat the one before, forgetting slowly.
    #[serde(with = "exact::one")]
    repeating: f64,
}

impl Measures {
    /// The measures of a point, which is then learned. The readings that are not known yet are left out.
    pub(super) fn read_and_learn(&mut self, at_unix_seconds: i64, value: f64) -> [Option<Reading>; MEASURES] {
        let first = self.points == 0;
        self.points = self.points.saturating_add(1);
        self.remember(value);
        let weight = (1.0 / self.points as f64).max(RECENT);
        let departure = value - self.mean;
        self.mean += weight * departure;
        let step = if first { 0.0 } else { value - self.previous };
        self.spread += weight * (step.abs() - self.spread);
        self.repeated = if step == 0.0 { self.repeated.saturating_add(1) } else { 0 };
        let repeats = f64::from(u8::from(step == 0.0));
        self.repeating += (repeats - self.repeating) * (1.0 / self.points as f64).max(REPEATING_FORGETTING);
        self.previous = value;
        let outside = self.season.usual(at_unix_seconds).map(|usual| distance(value, usual));
        if let Some(outside) = outside {
            self.season_distance += (outside - self.season_distance) * SEASON_RECENT;
        }
        self.season.learn(at_unix_seconds, value);
        let reading = |measure, number, known: bool| known.then_some(Reading { measure, number });
        [
            reading(Measure::Level, value, true),
            reading(Measure::Departure, departure, !first),
            reading(Measure::Step, step, !first),
            reading(Measure::ShortMean, self.short_mean(), self.recent.len() >= SHORT),
            reading(Measure::Spread, self.spread.max(LEAST_SPREAD).ln(), self.points > SPREAD_FROM),
            reading(Measure::Season, self.season_distance, outside.is_some()),
            reading(Measure::Flat, self.flat(), self.repeating < MOSTLY),
        ]
    }

    /// Where the next value is looked for: at the usual values of the season, or else around the recent mean, with the
    /// recent spread on both sides.
    pub(super) fn expected(&self, at_unix_seconds: i64) -> (f64, f64) {
        let (low, high) = self.season.usual(at_unix_seconds).unwrap_or((self.mean, self.mean));
        let margin = 3.0 * self.spread;
        (low - margin, high + margin)
    }

    /// After a gap the last values say nothing about the next: the short means and the step start again.
    pub(super) fn forget_recent(&mut self) {
        self.recent.clear();
        self.repeated = 0;
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        self.recent.capacity() * size_of::<f64>() + self.season.bytes()
    }

    /// The logarithm of how long the line is flat, in doublings: a creeping number would never stand out from itself.
    fn flat(&self) -> f64 {
        let doublings = (self.repeated.max(FLAT_FROM) / FLAT_FROM).ilog2();
        f64::from(doublings) * std::f64::consts::LN_2
    }

    fn remember(&mut self, value: f64) {
        while self.recent.len() >= SHORT {
            self.recent.pop_front();
        }
        self.recent.push_back(value);
    }

    /// Added up anew each time: a running sum would keep the rounding of one huge value for ever.
    fn short_mean(&self) -> f64 {
        self.recent.iter().sum::<f64>() / SHORT as f64
    }
}

/// How far a value is outside of a range, with its direction.
fn distance(value: f64, (low, high): (f64, f64)) -> f64 {
    (value - value.clamp(low.min(high), high.max(low))).clamp(-super::LARGEST, super::LARGEST)
}
