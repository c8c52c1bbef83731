//! Search by words: the server finds the candidates, the score is computed here.
//!
//! The index over `tokens` finds the documents that hold a word, as our own analyser wrote it. MongoDB's `$text` is not
//! used, because it cuts stems by rules of its own, so that the same question would find other pages than the embedded
//! store does, and because some of the compatible services have none. `$vectorSearch` exists in Atlas only; exact nearest
//! neighbours are computed by whoever asks (see `domain::memory`).
//!
//! Bounded: words are taken from the rarest on until [`CANDIDATES`] documents hold one of them. Beyond that, a document
//! that holds only more common words is not found; its score would be small beside the others'.

use super::filter;
use super::form;
use super::link::{Deadline, Link, batch, number};
use super::reading::{Wanted, counted, find};
use crate::bm25::{Corpus, score};
use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use mongodb::bson::{Document, doc};
use ports::store::collection::Collection;
use ports::store::error::StoreError;
use ports::store::query::{Hit, TextQuery};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Documents that are scored at most.
const CANDIDATES: u64 = 5_000;

/// Candidates of one request.
const TOGETHER: usize = 1_000;

/// Questions to the server at the same time.
const AT_ONCE: usize = 8;

/// How long the size of a collection is taken as known.
const KNOWN_FOR: Duration = Duration::from_secs(60);

/// The sizes of collections, so that they need not be counted for each search.
#[derive(Default)]
pub(super) struct Sizes {
    known: Mutex<BTreeMap<&'static str, Size>>,
}

struct Size {
    corpus: Corpus,
    at: Instant,
    /// Writes of this process since.
    written: u64,
}

impl Sizes {
    /// Notes a write to a collection.
    pub(super) fn written(&self, collection: &Collection) {
        if let Some(size) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get_mut(collection.name) {
            size.written = size.written.saturating_add(1);
        }
    }

    /// The size that is known. It is forgotten after a while, and when one of a hundred documents was written since.
    fn known(&self, collection: &Collection) -> Option<Corpus> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let size = known.get(collection.name)?;
        let is_good = size.at.elapsed() < KNOWN_FOR && size.written <= size.corpus.documents / 100;
        is_good.then_some(size.corpus)
    }

    fn learn(&self, collection: &Collection, corpus: Corpus) {
        let size = Size { corpus, at: Instant::now(), written: 0 };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(collection.name, size);
    }
}

/// The documents that hold any of the words, the best first; equally good ones by id.
pub(super) async fn search(
    link: &Link,
    sizes: &Sizes,
    query: &TextQuery,
    now: DateTime<Utc>,
) -> Result<Vec<Hit>, StoreError> {
    query.check()?;
    let conditions = filter::matching(&query.conditions, now);
    let holding = holding(link, query).await?;
    if holding.is_empty() {
        return Ok(Vec::new());
    }
    let corpus = match sizes.known(query.collection) {
        Some(corpus) => corpus,
        None => {
            let corpus = size(link, query.collection).await?;
            sizes.learn(query.collection, corpus);
            corpus
        }
    };
    let mut best = candidates(link, query, corpus, &holding, conditions).await?;
    best.truncate(query.limit);
    fetch(link, query.collection, best, now).await
}

/// How many documents hold each of the words, the rarest first; words that none holds are left out.
async fn holding(link: &Link, query: &TextQuery) -> Result<Vec<(String, u64)>, StoreError> {
    let words: BTreeSet<String> = query.words.iter().cloned().collect();
    let counts = words.into_iter().map(|word| async move {
        let command = doc! {"count": query.collection.name, "query": {"tokens": &word}};
        counted(link, command).await.map(|count| (word, count))
    });
    let counts: Vec<Result<(String, u64), StoreError>> =
        futures::stream::iter(counts).buffered(AT_ONCE).collect().await;
    let mut counts = counts.into_iter().collect::<Result<Vec<_>, _>>()?;
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by(|left, right| left.1.cmp(&right.1).then_with(|| left.0.cmp(&right.0)));
    Ok(counts)
}

/// How many documents have words, and how many words. `$match` and `$group` with `$sum` are what every compatible
/// service has.
async fn size(link: &Link, collection: &Collection) -> Result<Corpus, StoreError> {
    let group = doc! {"_id": null, "documents": {"$sum": 1_i64}, "words": {"$sum": "$length"}};
    let command = doc! {
        "aggregate": collection.name,
        "pipeline": [{"$match": {"length": {"$gte": 0_i64}}}, {"$group": group}],
        "cursor": {},
    };
    let answer = link.read(command, &mut link.deadline()).await?;
    let found = batch(answer, &link.place)?.documents.into_iter().next().unwrap_or_default();
    let count = |name| number(&found, name).and_then(|count| u64::try_from(count).ok()).unwrap_or_default();
    Ok(Corpus { documents: count("documents"), words: count("words") })
}

/// The words by which candidates are looked for: the rarest, until there are enough.
fn looked_for(holding: &[(String, u64)]) -> Vec<&str> {
    let mut together = 0_u64;
    let few = holding.iter().enumerate().take_while(|(position, (_, count))| {
        together = together.saturating_add(*count);
        *position == 0 || together <= CANDIDATES
    });
    few.map(|(_, (word, _))| word.as_str()).collect()
}

/// Ids with their scores, the best first.
async fn candidates(
    link: &Link,
    query: &TextQuery,
    corpus: Corpus,
    holding: &[(String, u64)],
    conditions: Vec<Document>,
) -> Result<Vec<(f64, String)>, StoreError> {
    let mut deadline: Deadline = link.deadline();
    let mut scored: Vec<(f64, String)> = Vec::new();
    let (mut after, mut left) = (None, CANDIDATES);
    while left > 0 {
        let mut all = conditions.clone();
        all.push(doc! {"tokens": {"$in": looked_for(holding)}});
        if let Some(id) = &after {
            all.push(doc! {"_id": {"$gt": id}});
        }
        let limit = TOGETHER.min(usize::try_from(left).unwrap_or(TOGETHER));
        let projection = Some(doc! {"words": 1});
        let wanted = Wanted { filter: doc! {"$and": all}, order: doc! {"_id": 1}, projection, limit };
        let found = find(link, query.collection.name, wanted, &mut deadline).await?;
        let is_last = found.documents.len() < limit && found.open.is_none();
        for fields in &found.documents {
            left = left.saturating_sub(1);
            let id = fields.get_str("_id").unwrap_or_default().to_owned();
            let words = form::words(&format!("{}/{id}", query.collection.name), fields)?.unwrap_or_default();
            after = Some(id.clone());
            scored.extend(score(corpus, &words, holding).map(|score| (score, id)));
        }
        if is_last || found.documents.is_empty() {
            break;
        }
    }
    scored.sort_by(better);
    Ok(scored)
}

fn better(left: &(f64, String), right: &(f64, String)) -> Ordering {
    right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1))
}

/// The documents of the best. One that was removed or has changed its words meanwhile keeps the score that it had.
async fn fetch(
    link: &Link,
    collection: &'static Collection,
    best: Vec<(f64, String)>,
    now: DateTime<Utc>,
) -> Result<Vec<Hit>, StoreError> {
    let hits = best.into_iter().map(|(score, id)| async move {
        let stored = super::reading::get(link, collection, &id, now).await?;
        Ok(stored.map(|stored| Hit { score, stored }))
    });
    let hits: Vec<Result<Option<Hit>, StoreError>> = futures::stream::iter(hits).buffered(AT_ONCE).collect().await;
    hits.into_iter().filter_map(Result::transpose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_looked_for_by_the_rarest_words() {
        let holding = |counts: &[(&str, u64)]| -> Vec<(String, u64)> {
            counts.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
        };
        assert_eq!(looked_for(&holding(&[("a", 1), ("b", 4_000), ("c", 90_000)])), ["a", "b"]);
        assert_eq!(looked_for(&holding(&[("c", 90_000)])), ["c"]);
        assert_eq!(looked_for(&holding(&[("a", 10), ("b", 20)])), ["a", "b"]);
    }
}
