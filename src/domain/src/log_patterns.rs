//! Log lines become patterns: an online, bounded clusterer, and what is new or bursts against a baseline.
//!
//! A line is read once: words that look like values are masked, and the rest is hashed. A line that was seen before, but
//! for its values, costs one look into a table. Only a line of a new kind is compared with the patterns of its shape:
//! first with those that it may belong to, then for words that vary (`variation`). docs/log-patterns.md has the method,
//! its accuracy and its cost.
//!
//! Guarantees: memory and time a line are bounded by `PatternLimits`, whatever the lines are; the same lines in the same
//! order give the same patterns; a saved and restored clusterer goes on as if nothing had happened. Each line counts in
//! exactly one pattern, until that pattern is dropped to make room, which `counters` tells.
//!
//! Deliberately absent: levels of lines, formats such as JSON, redaction (examples are raw), IO, a clock.

mod bytes;
mod compare;
mod held;
mod masks;
mod memo;
mod pattern;
mod saved;
mod scan;
mod template;
#[cfg(test)]
mod tests;
mod variation;

pub use compare::{Change, ChangeKind, ChangeRule, PatternWindow, compare};
pub use pattern::{Pattern, PatternCounters, PatternId, PatternLimits};

use chrono::{DateTime, Utc};
use held::{Held, Seen};
use memo::{Memo, Memory};
use scan::Scan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use template::Template;

/// How many times the limit of patterns the list of merged ids may grow to.
const MERGED_IDS_PER_PATTERN: usize = 4;

/// The clusterer.
///
/// For "what is new since then": observe the earlier lines, keep `patterns()`, call `start_window`, observe the later
/// lines, and give both to `compare`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "saved::Saved", into = "saved::Saved")]
pub struct LogPatterns {
    limits: PatternLimits,
    counters: PatternCounters,
    held: Held,
    next_id: u64,
    /// Where the lines of a pattern went that turned out to be part of an older one.
    merged_into: BTreeMap<PatternId, PatternId>,
    memo: Memo,
    scan: Scan,
}

impl LogPatterns {
    /// A clusterer that has seen nothing.
    pub fn new(limits: PatternLimits) -> Self {
        let limits = PatternLimits { patterns: limits.patterns.max(1), ..limits };
        Self {
            limits,
            counters: PatternCounters::default(),
            held: Held::default(),
            next_id: 0,
            merged_into: BTreeMap::new(),
            memo: Memo::new(limits.patterns),
            scan: Scan::default(),
        }
    }

    /// Counts a line and tells its pattern. Any text will do: of several lines the first with content counts. The id may
    /// later be merged into an older one: see `resolve`. Times may come in any order.
    pub fn observe(&mut self, line: &str, at: Option<DateTime<Utc>>) -> PatternId {
        let (text, cut) = scan::counted(line, self.limits);
        self.scan.read(text, self.limits);
        self.counters.lines = self.counters.lines.saturating_add(1);
        self.counters.cut_lines += u64::from(cut || self.scan.cut);
        let seen = Seen { line: self.counters.lines, at };
        if let Some(memory) = self.memo.get(self.scan.leaf)
            && let Some(id) = self.held.count_remembered(memory, seen)
        {
            return id;
        }
        let slot = self.find_or_make(text);
        self.memo.put(Memory { leaf: self.scan.leaf, stamp: self.held.stamp(slot), slot });
        self.held.count(slot, seen)
    }

    /// The patterns with lines in this window, the most frequent first; of equal ones the older first.
    pub fn patterns(&self) -> Vec<Pattern> {
        let mut patterns: Vec<Pattern> =
            self.held.entries().filter(|entry| entry.count > 0).map(held::Entry::shown).collect();
        patterns.sort_by_key(|pattern| (std::cmp::Reverse(pattern.count), pattern.id));
        patterns
    }

    /// The pattern that an id stands for now: itself, or what it was merged into; `None` when that was dropped.
    pub fn resolve(&self, id: PatternId) -> Option<PatternId> {
        let mut id = id;
        // Each step leads to a lower number, so that this ends.
        while let Some(into) = self.merged_into.get(&id).filter(|into| **into < id) {
            id = *into;
        }
        self.held.slot_of(id).map(|_| id)
    }

    /// Begins a new window: counts and times start again, what was learned stays.
    pub fn start_window(&mut self) {
        self.held.forget_counts();
    }

    /// What happened beyond counting, over all windows.
    pub fn counters(&self) -> PatternCounters {
        self.counters
    }

    /// How many bytes of memory this takes, about.
    pub fn memory_bytes(&self) -> usize {
        let merged = self.merged_into.len() * size_of::<(PatternId, PatternId)>() * 2;
        self.held.bytes() + self.memo.bytes() + self.scan.words.capacity() * size_of::<scan::Word>() + merged
    }

    /// The place of the pattern of the line that was just scanned.
    fn find_or_make(&mut self, text: &str) -> usize {
        if let Some(slot) = self.held.find(self.scan.shape, &self.scan.words) {
            return slot;
        }
        if self.held.len() >= self.limits.patterns {
            let (patterns, lines) = self.held.drop_least_useful(self.counters.lines, self.limits.patterns);
            self.counters.evicted_patterns += patterns;
            self.counters.evicted_lines = self.counters.evicted_lines.saturating_add(lines);
        }
        let template = Template::of(text, &self.scan);
        let example = text.get(..text.floor_char_boundary(self.limits.example_bytes.min(self.scan.end)));
        let id = PatternId(self.next_id);
        self.next_id = self.next_id.saturating_add(1);
        let slot = self.held.add(held::Entry::new(id, self.scan.shape, template, example.unwrap_or_default()));
        self.settle(slot)
    }

    /// Merges a new pattern with those of its family that turn out to be the same, until nothing changes.
    fn settle(&mut self, slot: usize) -> usize {
        let mut slot = slot;
        loop {
            let same = self.held.same_as(slot);
            if same.is_empty() {
                return slot;
            }
            let (survivor, retired) = self.held.merge(slot, &same);
            slot = survivor;
            let into = self.held.id(slot);
            self.counters.merged_patterns += retired.len() as u64;
            self.merged_into.extend(retired.into_iter().map(|id| (id, into)));
            while self.merged_into.len() > self.limits.patterns.saturating_mul(MERGED_IDS_PER_PATTERN) {
                self.merged_into.pop_first();
            }
        }
    }
}
