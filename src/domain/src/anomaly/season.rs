//! What is usual at a time of day, and how far a value is outside of it.
//!
//! The day has 96 quarters of an hour with a slow mean each. A value is compared with the range of the means around its
//! time, so that what happens half an hour early or late is not strange.
//!
//! Guarantees: fixed size; a distance only when all quarters around were seen on enough days.
//! Deliberately absent: weeks, holidays, time zones (a clock change is a step back like any other).

use super::exact;
use serde::{Deserialize, Serialize};

const QUARTERS: usize = 96;
const SECONDS_OF_DAY: i64 = 86_400;
/// Quarters before and after that count as the same time.
const AROUND: usize = 2;
/// Least weight of the newest value in the mean of its quarter.
const FORGETTING: f64 = 0.1;
/// Values that a quarter needs before it says anything.
const VALUES_TO_JUDGE: u8 = 3;

/// The slow means of the day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Season {
    #[serde(with = "exact::many")]
    means: Vec<f64>,
    counts: Vec<u8>,
}

impl Default for Season {
    fn default() -> Self {
        Self { means: vec![0.0; QUARTERS], counts: vec![0; QUARTERS] }
    }
}

impl Season {
    /// The smallest and the largest mean around a time; `None` while one of them is not known well enough.
    pub(super) fn usual(&self, at_unix_seconds: i64) -> Option<(f64, f64)> {
        let here = quarter(at_unix_seconds);
        if self.counts.get(here).copied().unwrap_or_default() < VALUES_TO_JUDGE {
            return None;
        }
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        for step in 0..=2 * AROUND {
            let near = (here + QUARTERS + step - AROUND) % QUARTERS;
            if self.counts.get(near).copied().unwrap_or_default() == 0 {
                return None;
            }
            let mean = self.means.get(near).copied().unwrap_or_default();
            range = (range.0.min(mean), range.1.max(mean));
        }
        Some(range)
    }

    /// Learns a value.
    pub(super) fn learn(&mut self, at_unix_seconds: i64, value: f64) {
        let here = quarter(at_unix_seconds);
        if let (Some(mean), Some(count)) = (self.means.get_mut(here), self.counts.get_mut(here)) {
            *count = count.saturating_add(1);
            *mean += (value - *mean) * (1.0 / f64::from(*count)).max(FORGETTING);
        }
    }

    /// Heap memory.
    pub(super) fn bytes(&self) -> usize {
        self.means.capacity() * size_of::<f64>() + self.counts.capacity()
    }
}

fn quarter(at_unix_seconds: i64) -> usize {
    let second = at_unix_seconds.rem_euclid(SECONDS_OF_DAY);
    usize::try_from(second * QUARTERS as i64 / SECONDS_OF_DAY).unwrap_or_default()
}
