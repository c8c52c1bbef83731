//! The order of what was found, and why it is so.
//!
//! Lists by words and by meaning are fused by their places alone (reciprocal rank fusion; Cormack, Clarke and Büttcher,
//! SIGIR 2009, <https://doi.org/10.1145/1571941.1572114>): scores of BM25 and cosines have no common scale. What people
//! thought of an entry and its age move it by a bounded factor. Entries that the question names literally go before all
//! others.

use super::entry::Entry;
use super::exact::Asked;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt;

/// The constant of reciprocal rank fusion, as its authors fixed it.
const FUSION: f64 = 60.0;

/// What a related word counts against one that the question says: a synonym may bring a page that the question's own
/// words do not reach, and must not carry it past one that they do. Of 0, 0.3, 0.4, 0.5, 0.7 and 1 this
/// ordered the questions for tuning best (`src/engine/tests/data/runbook_questions_dev.tsv`).
const RELATED_WEIGHT: f64 = 0.5;

/// Votes for and against that are assumed before anybody voted: one thumb moves an entry a few places, not to the top.
const ASSUMED_VOTES: f64 = 2.0;

/// How far votes may move the factor from 1, in either direction.
const VOTES_SPAN: f64 = 0.25;

/// What is left of the factor when an entry is infinitely old.
const AGE_FLOOR: f64 = 0.75;

const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// An entry with its places in the lists that it was found in.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What was found.
    pub entry: Entry,
    /// Its place in the list by words, from 1, where it holds a word of the question.
    pub by_words: Option<usize>,
    /// Its place in the same list where it holds related words only.
    pub by_related: Option<usize>,
    /// Its place in the list by meaning, from 1, and how alike it is, from -1 to 1.
    pub by_meaning: Option<(usize, f32)>,
}

/// Why an entry stands where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// Names that the question gives literally.
    pub exact: Vec<String>,
    /// Its place by words, from 1, where it holds a word of the question.
    pub by_words: Option<usize>,
    /// Its place by words where it holds related words only.
    pub by_related: Option<usize>,
    /// Its place by meaning, from 1, and how alike it is, from -1 to 1.
    pub by_meaning: Option<(usize, f32)>,
    /// How many days old it is, where age says something: a page is true until it is changed.
    pub age_days: Option<i64>,
    /// Votes for and against.
    pub votes: (u32, u32),
    /// What these weigh together; comparable within one search only.
    pub score: f64,
}

/// One list by words out of two searches of the same documents: for the words of a question, and for these and related
/// ones together. Each as ids with scores of BM25, which are sums over words and so can be taken apart again. Answers
/// with the ids, the best first, and whether each holds a word of the question; ties by id.
pub fn blended(said: &[(String, f64)], both: &[(String, f64)]) -> Vec<(String, bool)> {
    let mut scores: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (id, score) in said {
        scores.insert(id, (*score, *score));
    }
    for (id, score) in both {
        let (said, both) = scores.entry(id).or_default();
        *both = score.max(*said);
    }
    let blend = |(said, both): (f64, f64)| said + RELATED_WEIGHT * (both - said);
    let mut list: Vec<(f64, &str, bool)> =
        scores.into_iter().map(|(id, scores)| (blend(scores), id, scores.0 > 0.0)).collect();
    list.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    list.into_iter().map(|(_, id, is_said)| (id.to_owned(), is_said)).collect()
}

/// What was found, the best first; ties by id.
pub fn ranked(question: &str, found: Vec<Found>, now: DateTime<Utc>) -> Vec<(Entry, Why)> {
    let asked = Asked::of(question);
    let mut ranked: Vec<(Entry, Why)> = found.into_iter().map(|found| weighed(found, &asked, now)).collect();
    ranked.sort_by(|left, right| {
        let is_exact = |why: &Why| !why.exact.is_empty();
        let order = is_exact(&right.1).cmp(&is_exact(&left.1));
        order.then_with(|| right.1.score.total_cmp(&left.1.score)).then_with(|| left.0.id.cmp(&right.0.id))
    });
    ranked
}

fn weighed(found: Found, asked: &Asked, now: DateTime<Utc>) -> (Entry, Why) {
    let Found { entry, by_words, by_related, by_meaning } = found;
    let place = |place: Option<usize>| place.map_or(0.0, |place| 1.0 / (FUSION + place as f64));
    let fused = place(by_words.or(by_related)) + place(by_meaning.map(|(place, _)| place));
    let score = fused * votes_factor(entry.helpful, entry.unhelpful) * age_factor(&entry, now);
    let exact = asked.names(&entry.names).into_iter().map(str::to_owned).collect();
    let age_days = entry.kind.half_life_days().map(|_| (now - entry.created_at).num_days().max(0));
    let votes = (entry.helpful, entry.unhelpful);
    (entry, Why { exact, by_words, by_related, by_meaning, age_days, votes, score })
}

/// From the mean of a Beta distribution over the votes, with as many assumed on each side.
fn votes_factor(helpful: u32, unhelpful: u32) -> f64 {
    let (helpful, unhelpful) = (f64::from(helpful), f64::from(unhelpful));
    let mean = (helpful + ASSUMED_VOTES) / (helpful + unhelpful + 2.0 * ASSUMED_VOTES);
    1.0 + VOTES_SPAN * (2.0 * mean - 1.0)
}

/// Halves towards its floor with each half-life of the kind.
fn age_factor(entry: &Entry, now: DateTime<Utc>) -> f64 {
    let Some(half_life) = entry.kind.half_life_days() else { return 1.0 };
    let days = (now - entry.created_at).num_seconds().max(0) as f64 / SECONDS_OF_A_DAY;
    AGE_FLOOR + (1.0 - AGE_FLOOR) * (-days / half_life).exp2()
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut reasons = Vec::new();
        if !self.exact.is_empty() {
            reasons.push(format!("names {}", self.exact.join(", ")));
        }
        match (self.by_words, self.by_related) {
            (Some(place), _) => reasons.push(format!("by words, place {place}")),
            (None, Some(place)) => reasons.push(format!("by related words, place {place}")),
            (None, None) => {}
        }
        if let Some((place, cosine)) = self.by_meaning {
            reasons.push(format!("by meaning, place {place} ({cosine:.2})"));
        }
        let (helpful, unhelpful) = self.votes;
        if helpful + unhelpful > 0 {
            reasons.push(format!("helped {helpful}, did not help {unhelpful}"));
        }
        reasons.extend(self.age_days.map(|days| match days {
            0 => "of today".to_owned(),
            1 => "a day old".to_owned(),
            days => format!("{days} days old"),
        }));
        out.write_str(&reasons.join("; "))
    }
}

#[cfg(test)]
mod tests;
