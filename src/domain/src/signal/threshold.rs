//! A plain detector: a value beyond a bound for long enough.
//!
//! Guarantees: it fires only after the value was beyond the bound without a break for the whole time, and ends only after it
//! was back behind a second, milder bound for the whole time (hysteresis); a missing sample is neither: it ends nothing,
//! begins nothing, and is told as trouble of its own when it lasts; samples that come late change nothing.
//!
//! Deliberately absent: fetching samples, and learned bounds (`learning`).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Which side is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Values above the bound.
    Above,
    /// Values below it.
    Below,
}

/// The detector.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Which side is bad.
    pub side: Side,
    /// The bound; the value itself is not bad yet.
    pub bound: f64,
    /// The value has to come back to this to be good again: not beyond `bound`, and `bound` itself where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_again: Option<f64>,
    /// Seconds for which it has to be bad.
    pub bad_for_seconds: u32,
    /// Seconds for which it has to be good again.
    #[serde(default)]
    pub good_for_seconds: u32,
    /// Seconds without a sample that are trouble.
    pub missing_after_seconds: u32,
}

/// What the detector remembers of one series.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Since when it fires.
    #[serde(default)]
    pub firing_since: Option<DateTime<Utc>>,
    /// Since when it is bad, or, while it fires, good again.
    #[serde(default)]
    pub turning_since: Option<DateTime<Utc>>,
    /// When there was a sample last; when it was looked at first, before there was one.
    #[serde(default)]
    pub last_sample: Option<DateTime<Utc>>,
    /// Whether it is told that samples are missing.
    #[serde(default)]
    pub is_missing: bool,
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It fires, since then.
    Began(DateTime<Utc>),
    /// It is good again.
    Ended,
    /// There are no samples: whether it is well cannot be said.
    Missing(DateTime<Utc>),
    /// There are samples again.
    Back,
}

impl Threshold {
    /// What is wrong with it, one sentence each.
    pub fn check(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if !self.bound.is_finite() || self.good_again.is_some_and(|bound| !bound.is_finite()) {
            mistakes.push("a bound has to be a number".to_owned());
        }
        if self.good_again.is_some_and(|good| self.is_bad(good)) {
            mistakes.push("good_again lies beyond the bound: it would be good and bad at once".to_owned());
        }
        if self.missing_after_seconds == 0 {
            mistakes.push("missing_after_seconds is 0: say how long a series may be silent".to_owned());
        }
        mistakes
    }

    /// What one sample, or that there is none, changes. A value that is no number is no sample.
    #[must_use]
    pub fn step(&self, memory: &Memory, sample: Option<f64>, now: DateTime<Utc>) -> (Memory, Vec<Change>) {
        let mut next = memory.clone();
        let last = *next.last_sample.get_or_insert(now);
        let mut changes = Vec::new();
        if now < last {
            return (next, changes);
        }
        match sample.filter(|value| value.is_finite()) {
            None => self.miss(&mut next, last, now, &mut changes),
            Some(value) => {
                if self.has_gap(last, now) {
                    // Nobody knows what was in between: neither bad nor good without a break.
                    next.turning_since = None;
                }
                next.last_sample = Some(now);
                if std::mem::take(&mut next.is_missing) {
                    changes.push(Change::Back);
                }
                self.take(&mut next, value, now, &mut changes);
            }
        }
        (next, changes)
    }

    fn miss(&self, memory: &mut Memory, last: DateTime<Utc>, now: DateTime<Utc>, changes: &mut Vec<Change>) {
        memory.turning_since = None;
        if !memory.is_missing && self.has_gap(last, now) {
            memory.is_missing = true;
            changes.push(Change::Missing(last));
        }
    }

    fn has_gap(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - last >= seconds(self.missing_after_seconds)
    }

    fn take(&self, memory: &mut Memory, value: f64, now: DateTime<Utc>, changes: &mut Vec<Change>) {
        let turns = if memory.firing_since.is_some() { self.is_good(value) } else { self.is_bad(value) };
        if !turns {
            memory.turning_since = None;
            return;
        }
        let since = *memory.turning_since.get_or_insert(now);
        match memory.firing_since {
            None if now - since >= seconds(self.bad_for_seconds) => {
                memory.firing_since = Some(since);
                memory.turning_since = None;
                changes.push(Change::Began(since));
            }
            Some(_) if now - since >= seconds(self.good_for_seconds) => {
                memory.firing_since = None;
                memory.turning_since = None;
                changes.push(Change::Ended);
            }
            _ => {}
        }
    }

    fn is_bad(&self, value: f64) -> bool {
        match self.side {
            Side::Above => value > self.bound,
            Side::Below => value < self.bound,
        }
    }

    fn is_good(&self, value: f64) -> bool {
        let bound = self.good_again.unwrap_or(self.bound);
        match self.side {
            Side::Above => value <= bound,
            Side::Below => value >= bound,
        }
    }
}

fn seconds(seconds: u32) -> TimeDelta {
    TimeDelta::seconds(seconds.into())
}
