//! The patterns that are held: their places, their families, counting, merging and dropping.
//!
//! Guarantees: whenever a family changes it gets a new stamp, so that nothing remembered about its members is used. Deliberately absent: ids are given and merges told
//! elsewhere.

use super::memo::Memory;
use super::pattern::{Pattern, PatternId};
use super::scan::Word;
use super::template::Template;
use super::variation::{agree, varying_together};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many members of its family a new pattern is compared with, the newest ones: a bound on the work for one line.
const COMPARED: usize = 256;

/// How many patterns are dropped at once, as a share of all: dropping looks at all of them.
const DROPPED_SHARE: usize = 16;

/// When a line was seen: its number, and its time if it has one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub line: u64,
    pub at: Option<DateTime<Utc>>,
}

/// A pattern as it is held.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub id: PatternId,
    #[serde(skip)]
    pub shape: u64,
    #[serde(skip)]
    family: usize,
    pub template: Template,
    pub count: u64,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    last_line: u64,
    /// Lines over all windows.
    total: u64,
    example: Box<str>,
}

impl Entry {
    pub(super) fn new(id: PatternId, shape: u64, template: Template, example: &str) -> Self {
        let example = example.into();
        Self { id, shape, family: 0, template, count: 0, first: None, last: None, last_line: 0, total: 0, example }
    }

    /// As callers see it.
    pub(super) fn shown(&self) -> Pattern {
        let Self { id, count, first, last, .. } = *self;
        Pattern { id, template: self.template.text(), count, first, last, example: self.example.to_string() }
    }

    #[inline]
    fn count(&mut self, seen: Seen) {
        self.count = self.count.saturating_add(1);
        self.total = self.total.saturating_add(1);
        self.last_line = seen.line;
        if let Some(at) = seen.at {
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = Some(self.last.map_or(at, |last| last.max(at)));
        }
    }

    fn take_in(&mut self, other: &Self) {
        self.template.widen(&other.template);
        self.count = self.count.saturating_add(other.count);
        self.total = self.total.saturating_add(other.total);
        self.first = earliest(self.first, other.first);
        self.last = self.last.max(other.last);
        self.last_line = self.last_line.max(other.last_line);
    }

    /// How much it would be missed: its lines, fewer the longer it was not seen.
    fn usefulness(&self, line: u64, patterns: usize) -> (u64, u64) {
        let age = line.saturating_sub(self.last_line) / (patterns as u64).max(1);
        (self.total / (1 + age), self.last_line)
    }
}

fn earliest(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The patterns of one shape.
#[derive(Debug, Clone, Default)]
struct Family {
    /// Different after each change, and different from that of every other family; never 0.
    stamp: u64,
    /// Their places.
    members: Vec<usize>,
}

/// All patterns.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    slots: Vec<Option<Entry>>,
    free: Vec<usize>,
    by_id: BTreeMap<PatternId, usize>,
    families: Vec<Family>,
    free_families: Vec<usize>,
    by_shape: BTreeMap<u64, usize>,
    last_stamp: u64,
}

impl Held {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// All, from the oldest to the newest.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.by_id.values().filter_map(|slot| self.entry(*slot))
    }

    pub(super) fn slot_of(&self, id: PatternId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn stamp(&self, slot: usize) -> u64 {
        self.entry(slot).and_then(|entry| self.families.get(entry.family)).map_or(0, |family| family.stamp)
    }

    pub(super) fn id(&self, slot: usize) -> PatternId {
        self.entry(slot).map_or(PatternId(u64::MAX), |entry| entry.id)
    }

    /// Counts a line where it was counted before; `None` when the family has changed since.
    #[inline]
    pub(super) fn count_remembered(&mut self, memory: Memory, seen: Seen) -> Option<PatternId> {
        let entry = self.slots.get_mut(memory.slot)?.as_mut()?;
        if self.families.get(entry.family)?.stamp != memory.stamp {
            return None;
        }
        entry.count(seen);
        Some(entry.id)
    }

    /// Counts a line.
    pub(super) fn count(&mut self, slot: usize, seen: Seen) -> PatternId {
        if let Some(entry) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            entry.count(seen);
        }
        self.id(slot)
    }

    /// The pattern that a line belongs to: of several the one with the most constant words, of these the oldest.
    pub(super) fn find(&self, shape: u64, words: &[Word]) -> Option<usize> {
        let holding = self.members(shape).filter(|(_, entry)| entry.template.holds(words));
        holding.min_by_key(|(_, entry)| (usize::MAX - entry.template.constants(), entry.id)).map(|(slot, _)| slot)
    }

    /// Takes a new pattern in.
    pub(super) fn add(&mut self, entry: Entry) -> usize {
        let family = self.family_of(entry.shape);
        let slot = self.free.pop().unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        self.by_id.insert(entry.id, slot);
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(Entry { family, ..entry });
        }
        if let Some(family) = self.families.get_mut(family) {
            family.members.push(slot);
        }
        self.stamp_family(family);
        slot
    }

    /// The place of the family of a shape, which may be a new one.
    fn family_of(&mut self, shape: u64) -> usize {
        if let Some(family) = self.by_shape.get(&shape) {
            return *family;
        }
        let family = self.free_families.pop().unwrap_or(self.families.len());
        if family == self.families.len() {
            self.families.push(Family::default());
        }
        self.by_shape.insert(shape, family);
        family
    }

    /// The others of the family that turn out to be the same pattern as this one.
    pub(super) fn same_as(&self, slot: usize) -> Vec<usize> {
        let Some(entry) = self.entry(slot) else { return Vec::new() };
        let beyond = self.families.get(entry.family).map_or(0, |family| family.members.len()).saturating_sub(COMPARED);
        let newest = self.members(entry.shape).skip(beyond);
        let others: Vec<(usize, &Entry)> = newest.filter(|(other, _)| *other != slot).collect();
        let agreeing = others.iter().filter(|(_, other)| agree(&entry.template, &other.template));
        let agreeing: Vec<usize> = agreeing.map(|(other, _)| *other).collect();
        if !agreeing.is_empty() {
            return agreeing;
        }
        let templates: Vec<&Template> = others.iter().map(|(_, other)| &other.template).collect();
        let varying = varying_together(&entry.template, &templates);
        varying.into_iter().filter_map(|at| others.get(at).map(|(other, _)| *other)).collect()
    }

    /// Makes one pattern of several: the oldest takes in the others. Tells its place and the ids that are gone.
    pub(super) fn merge(&mut self, slot: usize, same: &[usize]) -> (usize, Vec<PatternId>) {
        let mut all: Vec<usize> = same.iter().copied().chain([slot]).collect();
        all.sort_by_key(|slot| self.id(*slot));
        let survivor = all.first().copied().unwrap_or(slot);
        let taken: Vec<Entry> = all.iter().skip(1).filter_map(|slot| self.remove(*slot)).collect();
        let Some(entry) = self.slots.get_mut(survivor).and_then(Option::as_mut) else { return (slot, Vec::new()) };
        for other in &taken {
            entry.take_in(other);
        }
        let family = entry.family;
        self.stamp_family(family);
        (survivor, taken.into_iter().map(|entry| entry.id).collect())
    }

    /// Drops a share of the patterns; tells how many, and how many lines of this window they had.
    pub(super) fn drop_least_useful(&mut self, line: u64, patterns: usize) -> (u64, u64) {
        let mut all: Vec<((u64, u64), usize)> = self
            .by_id
            .values()
            .filter_map(|slot| Some((self.entry(*slot)?.usefulness(line, patterns), *slot)))
            .collect();
        all.sort_unstable();
        all.truncate((patterns / DROPPED_SHARE).max(1));
        let dropped: Vec<Entry> = all.into_iter().filter_map(|(_, slot)| self.remove(slot)).collect();
        (dropped.len() as u64, dropped.iter().fold(0, |sum: u64, entry| sum.saturating_add(entry.count)))
    }

    /// Counts and times start again.
    pub(super) fn forget_counts(&mut self) {
        for entry in self.slots.iter_mut().flatten() {
            entry.count = 0;
            entry.first = None;
            entry.last = None;
        }
    }

    /// How many bytes this takes, about.
    pub(super) fn bytes(&self) -> usize {
        let entries: usize = self.entries().map(|entry| entry.template.bytes() + entry.example.len()).sum();
        entries + self.slots.capacity() * size_of::<Option<Entry>>() + self.len() * 8 * size_of::<usize>()
    }

    fn entry(&self, slot: usize) -> Option<&Entry> {
        self.slots.get(slot)?.as_ref()
    }

    fn members(&self, shape: u64) -> impl Iterator<Item = (usize, &Entry)> {
        let family = self.by_shape.get(&shape).and_then(|family| self.families.get(*family));
        let slots = family.map_or(&[] as &[usize], |family| family.members.as_slice());
        slots.iter().filter_map(|slot| Some((*slot, self.entry(*slot)?)))
    }

    fn remove(&mut self, slot: usize) -> Option<Entry> {
        let entry = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot);
        self.by_id.remove(&entry.id);
        self.stamp_family(entry.family);
        let family = self.families.get_mut(entry.family)?;
        family.members.retain(|member| *member != slot);
        if family.members.is_empty() {
            self.by_shape.remove(&entry.shape);
            self.free_families.push(entry.family);
        }
        Some(entry)
    }

    fn stamp_family(&mut self, family: usize) {
        self.last_stamp += 1;
        if let Some(family) = self.families.get_mut(family) {
            family.stamp = self.last_stamp;
        }
    }
}
