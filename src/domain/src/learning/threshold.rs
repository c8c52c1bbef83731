//! Adaptive thresholds: a detector that cried wolf becomes less sensitive, one that missed something more, within bounds.
//!
//! What is kept is a factor on the threshold that a person set; that person's setting stays the middle of it all.
//!
//! Guarantee: the factor stays within [`LEAST`] and [`MOST`], so that no amount of false signals silences a detector.

use super::{Learning, room};
use serde::{Deserialize, Serialize};

/// The factor per mille, at least and at most.
pub const LEAST: u32 = 700;
/// See [`LEAST`].
pub const MOST: u32 = 2_000;

/// Steps per mille. A missed incident costs more than a false alarm, and a confirmed signal only speaks for what is.
const AFTER_FALSE: u32 = 50;
const AFTER_MISSED: u32 = 100;
const AFTER_CONFIRMED: u32 = 10;

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// It was of a real trouble.
    Confirmed,
    /// There was nothing.
    FalseAlarm,
    /// There was a trouble that the detector should have seen and did not.
    Missed,
}

/// What was learned of a detector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// The factor on the threshold that was set, per mille.
    pub factor_per_mille: u32,
    /// Signals that were confirmed.
    pub confirmed: u32,
    /// Signals that were false.
    pub false_alarms: u32,
    /// Troubles that were missed.
    pub missed: u32,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { factor_per_mille: 1_000, confirmed: 0, false_alarms: 0, missed: 0 }
    }
}

impl Threshold {
    fn update(&mut self, feedback: Feedback) {
        let factor = self.factor();
        let (count, factor) = match feedback {
            Feedback::FalseAlarm => (&mut self.false_alarms, factor + AFTER_FALSE),
            Feedback::Missed => (&mut self.missed, factor.saturating_sub(AFTER_MISSED)),
            // Back towards what was set, never beyond it.
            Feedback::Confirmed if factor > 1_000 => (&mut self.confirmed, (factor - AFTER_CONFIRMED).max(1_000)),
            Feedback::Confirmed => (&mut self.confirmed, factor),
        };
        *count = count.saturating_add(1);
        self.factor_per_mille = factor.clamp(LEAST, MOST);
    }

    /// The factor within its bounds, whatever a document from elsewhere says.
    fn factor(&self) -> u32 {
        self.factor_per_mille.clamp(LEAST, MOST)
    }

    /// The threshold of a level (a value, a count, a duration) that was set.
    pub fn of_level(&self, set: f64) -> f64 {
        set * f64::from(self.factor()) / 1_000.0
    }

    /// The threshold of a score in 0 to 1 that was set, where only the part beyond it is rare: 0.993 less sensitive by a
    /// factor of 2 is 0.9965.
    pub fn of_score(&self, set: f64) -> f64 {
        (1.0 - (1.0 - set.clamp(0.0, 1.0)) * 1_000.0 / f64::from(self.factor())).clamp(0.0, 1.0)
    }
}

impl Learning {
    /// What is known after it was told what became of a detector's signal.
    #[must_use]
    pub fn adapt(&self, detector: &str, feedback: Feedback) -> Self {
        let mut next = self.clone();
        if let Some(threshold) = room(&mut next.thresholds, detector.to_owned()) {
            threshold.update(feedback);
        }
        next
    }

    /// What was learned of a detector; as it was set where nothing was.
    pub fn adapted(&self, detector: &str) -> Threshold {
        self.thresholds.get(detector).cloned().unwrap_or_default()
    }
}
