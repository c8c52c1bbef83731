//! What callers see of the clusterer: limits, ids, patterns, counters.
//!
//! Guarantee: plain values, each bounded by the limits. Deliberately absent: how they come about.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Bounds of one clusterer; memory and the time a line takes depend on these only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternLimits {
    /// How many patterns are held; beyond that the least useful ones are dropped. At least 1.
    pub patterns: usize,
    /// How many words of a line count; the rest of the line is not looked at.
    pub words: usize,
    /// How many bytes of a line count; the rest of the line is not looked at.
    pub line_bytes: usize,
    /// How many bytes of the first line of a pattern are kept as its example.
    pub example_bytes: usize,
}

impl Default for PatternLimits {
    fn default() -> Self {
        Self { patterns: 2_000, words: 128, line_bytes: 2_048, example_bytes: 300 }
    }
}

/// The number of a pattern within one clusterer, in the order of first sight. Two patterns that turn out to be one keep
/// the lower number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatternId(pub u64);

/// A set of lines that differ only in their variable parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// Its number.
    pub id: PatternId,
    /// The constant text, with `<*>` where lines differ.
    pub template: String,
    /// How many lines of this window belong to it.
    pub count: u64,
    /// The earliest time of a line of this window, if any had one.
    pub first: Option<DateTime<Utc>>,
    /// The latest time of a line of this window, if any had one.
    pub last: Option<DateTime<Utc>>,
    /// The first line that was seen, cut to the limit. It is raw text: redaction is the caller's.
    pub example: String,
}

/// What the clusterer did beyond counting, since it was made. Whoever shows patterns tells of lines that are missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternCounters {
    /// Lines seen.
    pub lines: u64,
    /// Lines of which only the beginning counted, because of the limits of bytes or words.
    pub cut_lines: u64,
    /// Patterns that were dropped to make room.
    pub evicted_patterns: u64,
    /// Lines that belonged to a dropped pattern: in no count any more.
    pub evicted_lines: u64,
    /// Patterns that turned out to be part of another one.
    pub merged_patterns: u64,
}
