//! The largest values that one measure of a series has ever had, and how surprising a new one is beside them.
//!
//! A stretch of large values counts once: its peak is kept, and the rest of it is not. What remains of a long history is
//! a short list of peaks, from which the chance of a value is read (how many peaks reach it) and, above all of them,
//! carried on with an exponential tail whose scale is how far the upper half of the peaks stands above their median.
//!
//! Guarantees: a list of at most `PEAKS` values; a finite surprise from 0 for any finite value; no use of the future.
//! Deliberately absent: what the measure means; forgetting of peaks by age.

use super::exact;
use serde::{Deserialize, Serialize};

/// How many peaks are kept: enough for a scale, few enough for a small state.
pub(super) const PEAKS: usize = 24;
/// Points that must lie between two peaks for them to count as two.
const APART: u64 = 72;
/// A list with fewer peaks says nothing yet, unless the measure has a scale of its own.
const PEAKS_TO_JUDGE: usize = 4;
/// The longest history that counts, in points. A longer one would make early and late judgements differ.
const HISTORY: f64 = 100.0;
/// Weight of the newest point in the mean and in the usual deviation.
const FORGETTING: f64 = 0.002;
/// How much of the usual deviation is added to the scale of the tail, which would be nothing when all peaks are alike.
const DEVIATIONS: f64 = 3.0;
/// The share of excess and deviations by which a value must exceed the highest peak to be e times rarer.
const TAIL: f64 = 0.7;
/// No single value is more surprising beyond the list than this many powers of ten.
const FARTHEST: f64 = 9.0;

/// The peaks of one measure in one direction.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Peaks {
    /// From the largest to the smallest.
    #[serde(with = "exact::many")]
    values: Vec<f64>,
    points: u64,
    last_at: u64,
    #[serde(with = "exact::one")]
    last: f64,
    #[serde(with = "exact::one")]
    mean: f64,
    #[serde(with = "exact::one")]
    deviation: f64,
}

impl Peaks {
    /// How surprising a value is, as the power of ten of its rarity; then learns it. `floor` is the least scale that makes
    /// sense for the measure, `at` the number of the point.
    pub(super) fn judge_and_learn(&mut self, at: u64, value: f64, floor: f64) -> f64 {
        let value = value.clamp(-super::LARGEST, super::LARGEST);
        self.points = self.points.saturating_add(1);
        let usual = self.deviation;
        let weight = (1.0 / self.points as f64).max(FORGETTING);
        // The first value is no deviation: taken as one, it would tie the scale to where zero is.
        let off = if self.points == 1 { 0.0 } else { value - self.mean };
        self.mean = if self.points == 1 { value } else { self.mean + weight * off };
        self.deviation += weight * (off.abs() - self.deviation);
        let surprise = self.surprise(value, usual, floor);
        self.learn(at, value);
        surprise
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<f64>()
    }

    fn surprise(&self, value: f64, usual: f64, floor: f64) -> f64 {
        if self.values.len() < PEAKS_TO_JUDGE && (floor == 0.0 || self.values.is_empty()) {
            return 0.0;
        }
        let history = (self.points as f64).min(HISTORY);
        let above = self.values.iter().take_while(|peak| **peak >= value).count();
        let rarity = ((history + 1.0) / (above as f64 + 1.0)).log10().max(0.0);
        if above > 0 {
            return rarity;
        }
        let half = self.values.len() / 2;
        let median = self.values.get(half).copied().unwrap_or_default();
        let upper = self.values.iter().take(half);
        let excess = upper.map(|peak| peak - median).sum::<f64>() / half.max(1) as f64;
        let scale = TAIL * (excess + DEVIATIONS * usual + floor);
        let beyond = value - self.values.first().copied().unwrap_or(value);
        let powers = if scale > 0.0 { beyond / scale * std::f64::consts::LOG10_E } else { FARTHEST };
        rarity + powers.clamp(0.0, FARTHEST)
    }

    fn learn(&mut self, at: u64, value: f64) {
        let same_stretch = !self.values.is_empty() && at.saturating_sub(self.last_at) <= APART;
        if !same_stretch {
            if self.values.len() < PEAKS || self.values.last().is_some_and(|least| value > *least) {
                self.insert(value);
                (self.last_at, self.last) = (at, value);
            }
        } else if value > self.last {
            if let Some(place) = self.values.iter().position(|peak| *peak == self.last) {
                self.values.remove(place);
            }
            self.insert(value);
            (self.last_at, self.last) = (at, value);
        } else if value >= self.last {
            self.last_at = at;
        }
    }

    fn insert(&mut self, value: f64) {
        let place = self.values.iter().position(|peak| *peak < value).unwrap_or(self.values.len());
        if place < PEAKS {
            self.values.truncate(PEAKS - 1);
            self.values.insert(place, value);
        }
    }
}
