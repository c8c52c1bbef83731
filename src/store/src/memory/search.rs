//! Search by words, weighed as the embedded store weighs them, so that a simulation ranks as the product does.

use super::documents::{Documents, Kept};
use super::query::fits;
use crate::bm25::{self, Corpus};
use chrono::{DateTime, Utc};
use domain::memory::words::Words;
use ports::store::error::StoreError;
use ports::store::query::{Hit, TextQuery};
use std::collections::BTreeSet;

/// The documents that hold any of the words, the best first; equally good ones by id.
pub(super) fn search(documents: &Documents, query: &TextQuery, now: DateTime<Utc>) -> Result<Vec<Hit>, StoreError> {
    query.check()?;
    let all: Vec<(&String, &Kept, &Words)> = documents
        .living(query.collection, now)?
        .filter_map(|(id, kept)| kept.words.as_ref().map(|words| (id, kept, words)))
        .collect();
    let corpus =
        Corpus { documents: count(all.len()), words: count(all.iter().map(|(.., words)| length(words)).sum()) };
    let wanted: BTreeSet<&String> = query.words.iter().collect();
    let holders = |word: &String| count(all.iter().filter(|(.., words)| holds(words, word)).count());
    let holding: Vec<(String, u64)> = wanted.into_iter().map(|word| (word.clone(), holders(word))).collect();
    let mut found: Vec<(f64, &String, &Kept)> = all
        .iter()
        .filter(|(id, kept, _)| fits(&kept.keys(query.collection, id), &query.conditions))
        .filter_map(|(id, kept, words)| bm25::score(corpus, words, &holding).map(|score| (score, *id, *kept)))
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    found.truncate(query.limit);
    let hits = found.into_iter();
    hits.map(|(score, id, kept)| Ok(Hit { score, stored: kept.stored(query.collection, id)? })).collect()
}

fn columns(words: &Words) -> [&Vec<String>; 3] {
    [&words.names, &words.title, &words.text]
}

fn holds(words: &Words, wanted: &String) -> bool {
    columns(words).into_iter().any(|column| column.contains(wanted))
}

fn length(words: &Words) -> usize {
    columns(words).into_iter().map(Vec::len).sum()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
