//! The history on an even grid of bounded length.
//!
//! Each bucket holds the value nearest to the limit of its time: the limit counts as reached when any point reaches it.
//!
//! Guarantees: at most `BUCKETS` buckets; what is no number, or later than now, is left out; a hole is bridged by a
//! line when it is short, and what lies before a long one is forgotten.

use super::{Point, Silence};

/// Buckets of the longest history.
const BUCKETS: f64 = 336.0;
/// Values beyond this are taken as this: sums and squares stay finite.
const LARGEST: f64 = 1e100;
/// A history with fewer points says nothing.
const LEAST_POINTS: usize = 24;
/// Buckets without a point before a hole is long.
const LONG_HOLE: usize = 24;
/// Buckets after the last point before it is too old.
const STALE: f64 = 12.0;

/// Evenly spaced values that rise towards the limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub(super) values: Vec<f64>,
    /// Seconds of a bucket.
    pub(super) step: f64,
    /// Unix seconds of the end of the last bucket.
    pub(super) end: f64,
}

impl Grid {
    /// The points until now; `sign` makes them rise towards the limit.
    pub(super) fn of(history: &[Point], sign: f64, now: i64) -> Result<Self, Silence> {
        let usable = |point: &&Point| point.value.is_finite() && point.at_unix_seconds <= now;
        let mut points: Vec<(f64, f64)> = history
            .iter()
            .filter(usable)
            .map(|point| (point.at_unix_seconds as f64, (point.value * sign).clamp(-LARGEST, LARGEST)))
            .collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (Some(first), Some(last)) = (points.first().map(|point| point.0), points.last().map(|point| point.0))
        else {
            return Err(Silence::TooShort);
        };
        let step = usual_gap(&points).max((last - first) / BUCKETS).max(1.0);
        if points.len() < LEAST_POINTS || last - first < step * 2.0 {
            return Err(Silence::TooShort);
        }
        if now as f64 - last > step * STALE {
            return Err(Silence::Stale);
        }
        let buckets = ((last - first) / step).floor() as usize + 1;
        let mut highest: Vec<Option<f64>> = vec![None; buckets.min(BUCKETS as usize + 2)];
        for (at, value) in &points {
            // Counted from the end, so that the last bucket is a whole one.
            let back = ((last - at) / step).floor() as usize;
            if let Some(place) = highest.iter_mut().rev().nth(back) {
                *place = Some(place.map_or(*value, |known| known.max(*value)));
            }
        }
        Ok(Self { values: bridged(&highest), step, end: last })
    }

    /// The newest value.
    pub(super) fn last_value(&self) -> f64 {
        self.values.last().copied().unwrap_or(f64::NEG_INFINITY)
    }

    /// What begins at a bucket.
    pub(super) fn from(&self, bucket: usize) -> Self {
        Self { values: self.values.get(bucket..).unwrap_or_default().to_vec(), ..*self }
    }

    /// Unix seconds of the end of a bucket; those after the last one are in the future.
    pub(super) fn time_of(&self, bucket: usize) -> f64 {
        self.end + (bucket as f64 + 1.0 - self.values.len() as f64) * self.step
    }
}

impl Grid {
    /// Buckets a length of time holds, at least 1.
    pub(super) fn buckets_of(&self, seconds: f64) -> usize {
        (seconds / self.step).round().max(1.0) as usize
    }
}

fn usual_gap(points: &[(f64, f64)]) -> f64 {
    let mut gaps: Vec<f64> =
        points.iter().zip(points.iter().skip(1)).map(|(one, next)| next.0 - one.0).filter(|gap| *gap > 0.0).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 2).copied().unwrap_or(1.0)
}

/// Short holes are bridged by a line; only what comes after the last long one is kept.
fn bridged(highest: &[Option<f64>]) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::with_capacity(highest.len());
    let mut hole = 0;
    for value in highest {
        let Some(value) = value else {
            hole += 1;
            continue;
        };
        if hole > LONG_HOLE {
            values.clear();
        } else if let Some(before) = values.last().copied() {
            let share = |step: usize| step as f64 / (hole as f64 + 1.0);
            values.extend((1..=hole).map(|step| before + (value - before) * share(step)));
        }
        hole = 0;
        values.push(*value);
    }
    values
}
