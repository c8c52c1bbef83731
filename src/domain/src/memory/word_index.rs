//! The words of all entries in memory, for a process that searches often.
//!
//! The same Okapi BM25 as the stores compute, over lists that say of each word which entries hold it. A store's own index
//! reads its lists from pages and looks up each entry's length on the way, which for words that half of all entries hold
//! takes tens of milliseconds; this takes one or two. Guarantees: bounded by a number of entries given at the start; the
//! same entries give the same order in whatever order they came, ties going by id.
//!
//! Deliberately absent: an own form on disk. It is made anew from the store, which keeps the words anyway.

use super::entry::Kind;
use super::words::{BM25_B, BM25_K1, NAMES_WEIGHT, TITLE_WEIGHT, Words};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What FTS5 takes instead of an inverse document frequency that is not positive.
const LEAST_FREQUENCY: f64 = 1e-6;

/// Rows that were replaced or removed, at least, before the lists are made anew without them.
const DEAD: usize = 1_000;

/// An entry that holds a word, and how often, each time with the weight of its place.
#[derive(Debug, Clone, Copy)]
struct Holder {
    row: u32,
    count: f32,
}

#[derive(Debug, Clone)]
struct Row {
    id: Arc<str>,
    kind: Kind,
    person: Option<Arc<str>>,
    /// How many words it has.
    length: u32,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Of these kinds; of all where none is named.
    pub kinds: &'a [Kind],
    /// Of past answers only those to this person; none where nobody is named.
    pub person: Option<&'a str>,
}

/// The index.
#[derive(Debug, Clone)]
pub struct WordIndex {
    limit: usize,
    /// `None` for what was replaced or removed.
    rows: Vec<Option<Row>>,
    places: BTreeMap<Arc<str>, u32>,
    holders: BTreeMap<Box<str>, Vec<Holder>>,
    /// Words of all living rows together.
    total: u64,
}

impl WordIndex {
    /// An empty index for at most so many entries.
    pub fn new(limit: usize) -> Self {
        Self { limit, rows: Vec::new(), places: BTreeMap::new(), holders: BTreeMap::new(), total: 0 }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds an entry, or puts it in the place of its older self. Answers with whether there was room.
    pub fn put(&mut self, id: &str, kind: Kind, person: Option<&str>, words: &Words) -> bool {
        self.remove(id);
        let Ok(row) = u32::try_from(self.rows.len()) else { return false };
        if self.places.len() >= self.limit {
            return false;
        }
        let length = words.names.len() + words.title.len() + words.text.len();
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        for (column, weight) in [(&words.names, NAMES_WEIGHT), (&words.title, TITLE_WEIGHT), (&words.text, 1.0)] {
            for word in column {
                *counts.entry(word).or_default() += weight;
            }
        }
        for (word, count) in counts {
            let holder = Holder { row, count: count as f32 };
            match self.holders.get_mut(word) {
                Some(holders) => holders.push(holder),
                None => drop(self.holders.insert(word.into(), vec![holder])),
            }
        }
        let id: Arc<str> = id.into();
        self.places.insert(id.clone(), row);
        self.rows.push(Some(Row { id, kind, person: person.map(Arc::from), length }));
        self.total += u64::from(length);
        true
    }

    /// Removes an entry. Answers with whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.places.remove(id) else { return false };
        if let Some(row) = self.rows.get_mut(place as usize).and_then(Option::take) {
            self.total = self.total.saturating_sub(u64::from(row.length));
        }
        let dead = self.rows.len() - self.places.len();
        if dead > DEAD && dead > self.places.len() {
            self.compact();
        }
        true
    }

    /// Leaves out the rows that are dead.
    fn compact(&mut self) {
        let mut next = 0_u32;
        let moved: Vec<Option<u32>> = self
            .rows
            .iter()
            .map(|row| {
                let place = row.as_ref().map(|_| next);
                next += u32::from(row.is_some());
                place
            })
            .collect();
        let place_of = |row: u32| moved.get(row as usize).copied().flatten();
        self.rows.retain(Option::is_some);
        for place in self.places.values_mut() {
            *place = place_of(*place).unwrap_or(*place);
        }
        for holders in self.holders.values_mut() {
            holders.retain_mut(|holder| place_of(holder.row).map(|row| holder.row = row).is_some());
        }
        self.holders.retain(|_, holders| !holders.is_empty());
    }

    /// The entries that hold any of the words, with their scores, the best first, at most so many.
    pub fn search(&self, words: &[String], wanted: Wanted<'_>, limit: usize) -> Vec<(Arc<str>, f64)> {
        let living = self.places.len() as f64;
        let mean_length = if self.places.is_empty() { 1.0 } else { (self.total.max(1) as f64) / living };
        let mut scores = vec![0.0_f32; self.rows.len()];
        for (place, word) in words.iter().enumerate() {
            let Some(holders) =
                self.holders.get(word.as_str()).filter(|_| !words.iter().take(place).any(|w| w == word))
            else {
                continue;
            };
            let alive = |holder: &&Holder| self.rows.get(holder.row as usize).is_some_and(Option::is_some);
            let count = holders.iter().filter(alive).count() as f64;
            let frequency = ((living - count + 0.5) / (count + 0.5)).ln();
            let frequency = if frequency > 0.0 { frequency } else { LEAST_FREQUENCY };
            for holder in holders {
                let Some(Some(row)) = self.rows.get(holder.row as usize) else { continue };
                let count = f64::from(holder.count);
                let norm = BM25_K1 * (1.0 - BM25_B + BM25_B * f64::from(row.length) / mean_length);
                if let Some(score) = scores.get_mut(holder.row as usize) {
                    *score += (frequency * (count * (BM25_K1 + 1.0)) / (count + norm)) as f32;
                }
            }
        }
        self.best(&scores, wanted, limit)
    }

    fn best(&self, scores: &[f32], wanted: Wanted<'_>, limit: usize) -> Vec<(Arc<str>, f64)> {
        let before = |left: &(f32, &Row), right: &(f32, &Row)| {
            right.0.total_cmp(&left.0).then_with(|| left.1.id.cmp(&right.1.id)).is_lt()
        };
        let mut best: Vec<(f32, &Row)> = Vec::with_capacity(limit + 1);
        for (score, row) in scores.iter().zip(&self.rows) {
            let Some(row) = row.as_ref().filter(|row| *score > 0.0 && wanted.takes(row.kind, row.person.as_deref()))
            else {
                continue;
            };
            let found = (*score, row);
            if best.len() == limit && best.last().is_none_or(|worst| !before(&found, worst)) {
                continue;
            }
            let place = best.partition_point(|better| before(better, &found));
            best.insert(place, found);
            best.truncate(limit);
        }
        best.into_iter().map(|(score, row)| (row.id.clone(), f64::from(score))).collect()
    }
}

impl Wanted<'_> {
    /// Whether an entry of this kind, and of this person where it is personal, is one of them.
    pub fn takes(&self, kind: Kind, person: Option<&str>) -> bool {
        let is_open = kind != Kind::Turn || person.is_some() && person == self.person;
        is_open && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Words {
        Words { text: text.split_whitespace().map(str::to_owned).collect(), ..Words::default() }
    }

    fn asked(text: &str) -> Vec<String> {
        words(text).text
    }

    fn found(index: &WordIndex, text: &str, wanted: Wanted<'_>) -> Vec<String> {
        index.search(&asked(text), wanted, 10).into_iter().map(|(id, _)| id.to_string()).collect()
    }

    #[test]
    fn the_formula_is_that_of_the_stores() {
        let mut index = WordIndex::new(100);
        for number in 0..9 {
            index.put(&number.to_string(), Kind::Note, None, &words("some other text here"));
        }
        index.put("it", Kind::Note, None, &words("disk is full now"));
        let score = index.search(&asked("disk disk"), Wanted::default(), 5)[0].1;
        assert!((score - (9.5_f64 / 1.5).ln()).abs() < 1e-6, "{score}");
    }

    #[test]
    fn the_wanted_are_found_and_ties_go_by_id() {
        let mut index = WordIndex::new(3);
        assert!(index.put("b", Kind::Note, Some("U1"), &words("disk")));
        assert!(index.put("a", Kind::Turn, Some("U2"), &words("disk")));
        assert!(index.put("c", Kind::Note, None, &words("cpu")));
        assert!(!index.put("d", Kind::Note, None, &words("disk")), "there is no room");
        assert!(index.put("c", Kind::Note, None, &words("disk")), "a replacement needs none");
        assert_eq!(found(&index, "disk", Wanted::default()), ["b", "c"], "a past answer is one person's");
        assert_eq!(found(&index, "cpu", Wanted::default()), [""; 0]);
        assert_eq!(found(&index, "disk", Wanted { kinds: &[Kind::Note], person: None }), ["b", "c"]);
        assert_eq!(found(&index, "disk", Wanted { kinds: &[], person: Some("U1") }), ["b", "c"]);
        assert_eq!(found(&index, "disk", Wanted { kinds: &[], person: Some("U2") }), ["a", "b", "c"]);
    }

    #[test]
    fn dead_rows_do_not_pile_up() {
        let mut index = WordIndex::new(10);
        for round in 0..5_000 {
            index.put(&(round % 7).to_string(), Kind::Note, None, &words(&format!("disk w{round}")));
        }
        assert_eq!(index.len(), 7);
        assert!(index.rows.len() <= 2 * DEAD && index.holders.len() <= 2 * DEAD + 1, "{}", index.rows.len());
        assert_eq!(found(&index, "w4999", Wanted::default()), [(4_999 % 7).to_string()]);
        assert_eq!(found(&index, "disk", Wanted::default()).len(), 7);
    }

    proptest! {
        #[test]
        fn what_came_and_went_leaves_no_trace(
            texts in proptest::collection::vec("[ab]{1,2}( [ab]{1,2}){0,4}", 1..8),
            removed in proptest::collection::vec(0_usize..8, 0..8),
        ) {
            let mut touched = WordIndex::new(100);
            let mut fresh = WordIndex::new(100);
            for (number, text) in texts.iter().enumerate() {
                touched.put(&number.to_string(), Kind::Note, None, &words("b a b ab"));
                touched.put(&number.to_string(), Kind::Note, None, &words(text));
            }
            for number in &removed {
                touched.remove(&number.to_string());
            }
            for (number, text) in texts.iter().enumerate().rev().filter(|(number, _)| !removed.contains(number)) {
                fresh.put(&number.to_string(), Kind::Note, None, &words(text));
            }
            for question in ["a", "b aa", "a b ab ba"] {
                let (one, two) = (asked(question), asked(question));
                prop_assert_eq!(
                    touched.search(&one, Wanted::default(), 5),
                    fresh.search(&two, Wanted::default(), 5)
                );
            }
        }
    }
}
