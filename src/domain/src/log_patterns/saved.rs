//! The state of a clusterer as it is saved.
//!
//! Guarantee: what is restored gives the same answers from the first line on. Only what cannot be computed again is
//! written: no hashes, so that a later version may hash differently. Deliberately absent: a file format.

use super::LogPatterns;
use super::held::{Entry, Held};
use super::pattern::{PatternCounters, PatternId, PatternLimits};
use serde::{Deserialize, Serialize};

/// The state.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    limits: PatternLimits,
    counters: PatternCounters,
    next_id: u64,
    merged_into: Vec<(PatternId, PatternId)>,
    entries: Vec<Entry>,
}

impl From<LogPatterns> for Saved {
    fn from(patterns: LogPatterns) -> Self {
        Self {
            limits: patterns.limits,
            counters: patterns.counters,
            next_id: patterns.next_id,
            merged_into: patterns.merged_into.into_iter().collect(),
            entries: patterns.held.entries().cloned().collect(),
        }
    }
}

impl From<Saved> for LogPatterns {
    fn from(saved: Saved) -> Self {
        let mut patterns = Self::new(saved.limits);
        patterns.counters = saved.counters;
        patterns.merged_into = saved.merged_into.into_iter().collect();
        patterns.next_id = saved.next_id;
        let mut held = Held::default();
        for mut entry in saved.entries.into_iter().take(patterns.limits.patterns) {
            entry.shape = entry.template.shape();
            patterns.next_id = patterns.next_id.max(entry.id.0.saturating_add(1));
            held.add(entry);
        }
        patterns.held = held;
        patterns
    }
}
