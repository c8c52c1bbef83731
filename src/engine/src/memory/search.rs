//! Searching: by words, by related words and by meaning at the same time, fused into one order.

use super::Memory;
use super::meaning::MeaningError;
use domain::memory::entry::{Entry, Kind};
use domain::memory::index::Near;
use domain::memory::rank::{Found, Why, blended, ranked};
use domain::memory::recalled::Recalled;
use domain::memory::word_index::Wanted;
use domain::memory::words::{question_words, related_words, words};
use domain::tokens;
use futures::future::{join_all, try_join_all};
use ports::store::collections::MEMORY;
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Key, TextQuery};
use ports::store::record;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::timeout;

/// Entries of each list that are fused. More do not change the first ten.
const CANDIDATES: usize = 40;

/// Entries that a search answers with at most.
const LIMIT: usize = 100;

/// Entries that a turn is given.
const RECALLED: usize = 3;

/// Words of the question that an entry must hold to be brought up by itself, one of them in its title or its names: a
/// page that merely mentions clusters and alerts misleads whoever asks how the cluster is. Related words do not count,
/// and neither do [`ANY_WORDS`].
const SHARED_WORDS: usize = 2;

/// Words in which anything may be asked: they say when, and that something is the matter, not what.
const ANY_WORDS: &str = "ago before day days hour hours last late latest minute minutes moment month morning night now \
    recent recently since today tonight week weeks yesterday alert alerts change changed changes cluster clusters \
    happen happened happening health healthy issue issues new news ok okay problem problems state status wrong";

/// How alike an entry that shares no words must be to be brought up by itself. Below this, embedding models call most
/// texts of one field alike.
const ALIKE: f32 = 0.6;

/// Longest wait for what was written a moment ago; a search after a flood of writes goes on without the last of them.
const FRESHNESS_DEADLINE: Duration = Duration::from_millis(500);

/// Pages that are named under an answer for what it found.
const PAGES: usize = 2;

/// Longest wait of a turn for its memory.
const RECALL_DEADLINE: Duration = Duration::from_secs(3);

/// Which entries are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Of these kinds only; of all where none is named.
    pub kinds: Vec<Kind>,
    /// Who asks: of past answers only those to this person; none where nobody is named. What was asked in private is
    /// nobody else's.
    pub person: Option<String>,
}

impl Filters {
    fn wanted(&self) -> Wanted<'_> {
        Wanted { kinds: &self.kinds, person: self.person.as_deref() }
    }

    /// The same for a store, which knows no "or": all that is open to anybody, and the person's past answers. A score of
    /// one search holds in the other, because both rank words over the whole collection.
    fn conditions(&self) -> Vec<Vec<(&'static str, Condition)>> {
        let is_wanted = |kind: &Kind| self.kinds.is_empty() || self.kinds.contains(kind);
        let open = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Turn && is_wanted(kind));
        let open: Vec<Key> = open.map(|kind| Key::from(kind.name())).collect();
        let mut conditions = Vec::new();
        if !open.is_empty() {
            conditions.push(vec![("kind", Condition::OneOf(open))]);
        }
        if let Some(person) = self.person.as_deref().filter(|_| is_wanted(&Kind::Turn)) {
            let is_turn = ("kind", Condition::Is(Kind::Turn.name().into()));
            conditions.push(vec![is_turn, ("person", Condition::Is(person.into()))]);
        }
        conditions
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Searched {
    /// The best first.
    pub recalled: Vec<Recalled>,
    /// Why it went by words alone; `None` where meaning took part, or none is set up.
    pub without_meaning: Option<String>,
    /// Entries that were found and could not be read.
    pub unreadable: usize,
}

struct Lists {
    ranked: Vec<(Entry, Why)>,
    without_meaning: Option<String>,
    unreadable: usize,
}

impl Memory {
    /// The entries that fit a question best.
    ///
    /// # Errors
    /// The store's. An embedder that is away is no error: it is told in the answer.
    pub async fn search(&self, question: &str, filters: &Filters, limit: usize) -> Result<Searched, StoreError> {
        let Lists { ranked, without_meaning, unreadable } = self.lists(question, filters, true).await?;
        let recalled = ranked.into_iter().take(limit.min(LIMIT)).map(|(entry, why)| Recalled::of(entry, why)).collect();
        Ok(Searched { recalled, without_meaning, unreadable })
    }

    /// What a turn should know from before: at most three entries that really touch the question, their texts cut to
    /// what fits it. `budget` is tokens for all of them, citations included. Of past answers only the person's own: what
    /// was asked in private is nobody else's. The same question asked again and again brings its best answer only.
    ///
    /// # Errors
    /// The store's, or that it took too long.
    pub async fn recall_for(&self, question: &str, person: &str, budget: usize) -> Result<Vec<Recalled>, StoreError> {
        self.recall_but(question, person, budget, |_| false).await
    }

    /// As [`Memory::recall_for`], without what comes from some sources: those of the conversation itself.
    ///
    /// # Errors
    /// As [`Memory::recall_for`].
    pub async fn recall_but(
        &self,
        question: &str,
        person: &str,
        budget: usize,
        is_left_out: impl Fn(&str) -> bool + Send,
    ) -> Result<Vec<Recalled>, StoreError> {
        let filters = Filters { person: Some(person.to_owned()), ..Filters::default() };
        let lists = self.lists_in_time(question, &filters, true).await?;
        let any: BTreeSet<String> = words(ANY_WORDS).into_iter().collect();
        let wanted: BTreeSet<String> =
            question_words(question).into_iter().filter(|word| !any.contains(word)).collect();
        let mut asked: BTreeSet<String> = BTreeSet::new();
        let fitting = lists
            .ranked
            .into_iter()
            .filter(|(entry, why)| !is_left_out(&entry.source) && touches(entry, why, &wanted))
            .filter(|(entry, _)| entry.kind != Kind::Turn || asked.insert(entry.title.to_lowercase()))
            .take(RECALLED);
        let mut left = budget;
        let mut recalled = Vec::new();
        for (place, (entry, why)) in fitting.enumerate() {
            let memory = Recalled::of(entry, why);
            let share = left / (RECALLED - place);
            // Each line of a quotation has its mark; a fifth is more than enough for them.
            let room = share.saturating_sub(tokens::estimate(&memory.cited())) * 4 / 5;
            let memory = memory.shortened(question, room);
            let cost = tokens::estimate(&memory.quoted());
            if memory.text.is_empty() || cost > left {
                continue;
            }
            left -= cost;
            recalled.push(memory);
        }
        Ok(recalled)
    }

    /// The pages of runbooks that are written for what a text names: an alert, an error code, a message.
    ///
    /// # Errors
    /// As [`Memory::recall_for`].
    pub async fn pages_for(&self, text: &str) -> Result<Vec<Recalled>, StoreError> {
        let filters = Filters { kinds: vec![Kind::Runbook], person: None };
        // The names alone decide, and what was found in the cluster is nothing for the endpoint that makes vectors.
        let lists = self.lists_in_time(text, &filters, false).await?;
        let named = lists.ranked.into_iter().filter(|(_, why)| !why.exact.is_empty());
        Ok(named.map(|(entry, why)| Recalled::of(entry, why)).take(PAGES).collect())
    }

    async fn lists_in_time(&self, question: &str, filters: &Filters, by_meaning: bool) -> Result<Lists, StoreError> {
        timeout(RECALL_DEADLINE, self.lists(question, filters, by_meaning)).await.map_err(|_| {
            StoreError::Unavailable { message: format!("the memory did not answer within {RECALL_DEADLINE:?}") }
        })?
    }

    async fn lists(&self, question: &str, filters: &Filters, by_meaning: bool) -> Result<Lists, StoreError> {
        let (said, related) = (question_words(question), related_words(question));
        let both = if related.is_empty() { Vec::new() } else { [said.clone(), related].concat() };
        if self.recent.is_ready()
            && let Ok(caught_up) = timeout(FRESHNESS_DEADLINE, self.recent.catch_up()).await
        {
            caught_up?;
        }
        let near_to = if by_meaning { question } else { "" };
        let (said, both, near) =
            tokio::join!(self.by_words(said, filters), self.by_words(both, filters), self.near(near_to, filters));
        let (said, both) = (said?, both?);
        let mut gathered = Gathered::default();
        let mut list = blended(&said.scores, &both.scores);
        list.truncate(CANDIDATES);
        said.loaded.into_iter().chain(both.loaded).for_each(|stored| gathered.add(stored));
        let (near, without_meaning) = match near {
            Ok(near) => (near, None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        let ids = list.iter().map(|(id, _)| id.as_str()).chain(near.iter().map(|near| near.id.as_ref()));
        self.read_absent(&mut gathered, ids.collect()).await?;
        gathered.mark(&list, &near);
        let fits = |found: &Found| {
            let is_listed = found.by_words.or(found.by_related).is_some() || found.by_meaning.is_some();
            is_listed && filters.wanted().takes(found.entry.kind, found.entry.person.as_deref())
        };
        let found = gathered.found.into_values().filter(fits).collect();
        let ranked = ranked(question, found, self.clock.now());
        Ok(Lists { ranked, without_meaning, unreadable: gathered.unreadable.len() })
    }

    /// The best entries for some words: from memory where all of them are there, from the store otherwise.
    async fn by_words(&self, words: Vec<String>, filters: &Filters) -> Result<ByWords, StoreError> {
        if words.is_empty() {
            return Ok(ByWords::default());
        }
        if self.recent.is_ready() {
            let scores = self.recent.search(&words, filters.wanted(), CANDIDATES);
            return Ok(ByWords { scores, loaded: Vec::new() });
        }
        let searches = filters.conditions().into_iter().map(|conditions| {
            let query = TextQuery { collection: &MEMORY, words: words.clone(), conditions, limit: CANDIDATES };
            async move { self.store.search(&query).await }
        });
        let mut hits = try_join_all(searches).await?.concat();
        hits.sort_by(|left, right| {
            right.score.total_cmp(&left.score).then_with(|| left.stored.id.cmp(&right.stored.id))
        });
        hits.truncate(CANDIDATES);
        let scores = hits.iter().map(|hit| (hit.stored.id.clone(), hit.score)).collect();
        Ok(ByWords { scores, loaded: hits.into_iter().map(|hit| hit.stored).collect() })
    }

    async fn near(&self, question: &str, filters: &Filters) -> Result<Vec<Near>, MeaningError> {
        match &self.meaning {
            Some(meaning) if !question.trim().is_empty() => {
                meaning.nearest(question, &filters.kinds, filters.person.as_deref(), CANDIDATES).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Reads what was found as ids only. What is no more in the store leaves the indexes.
    async fn read_absent(&self, gathered: &mut Gathered, ids: BTreeSet<&str>) -> Result<(), StoreError> {
        let absent: Vec<&str> = ids.into_iter().filter(|id| !gathered.has(id)).collect();
        let read = join_all(absent.iter().map(|id| self.store.get(&MEMORY, id))).await;
        for (id, stored) in absent.iter().zip(read) {
            match stored? {
                Some(stored) => gathered.add(stored),
                None => self.leave_out(id),
            }
        }
        Ok(())
    }
}

/// What a search by words found.
#[derive(Default)]
struct ByWords {
    scores: Vec<(String, f64)>,
    /// The documents, where the store searched.
    loaded: Vec<Stored>,
}

/// What the lists hold together, by id.
#[derive(Default)]
struct Gathered {
    found: BTreeMap<String, Found>,
    unreadable: BTreeSet<String>,
}

impl Gathered {
    fn has(&self, id: &str) -> bool {
        self.found.contains_key(id) || self.unreadable.contains(id)
    }

    fn add(&mut self, stored: Stored) {
        if self.has(&stored.id) {
            return;
        }
        let id = stored.id.clone();
        match record::value::<Entry>(stored) {
            Ok(entry) => {
                let entry = entry.value;
                self.found.insert(id, Found { entry, by_words: None, by_related: None, by_meaning: None });
            }
            Err(_) => drop(self.unreadable.insert(id)),
        }
    }

    /// Notes the places in both lists.
    fn mark(&mut self, list: &[(String, bool)], near: &[Near]) {
        for ((id, is_said), place) in list.iter().zip(1..) {
            if let Some(found) = self.found.get_mut(id) {
                (found.by_words, found.by_related) = if *is_said { (Some(place), None) } else { (None, Some(place)) };
            }
        }
        for (near, place) in near.iter().zip(1..) {
            if let Some(found) = self.found.get_mut(near.id.as_ref()) {
                found.by_meaning = Some((place, near.cosine));
            }
        }
    }
}

/// Whether an entry is near enough to a question to be brought up without being asked for.
fn touches(entry: &Entry, why: &Why, wanted: &BTreeSet<String>) -> bool {
    if !why.exact.is_empty() || why.by_meaning.is_some_and(|(_, cosine)| cosine >= ALIKE) {
        return true;
    }
    let words = entry.words();
    let head: BTreeSet<&String> = words.names.iter().chain(&words.title).filter_map(|word| wanted.get(word)).collect();
    let text: BTreeSet<&String> = words.text.iter().filter_map(|word| wanted.get(word)).collect();
    !head.is_empty() && head.union(&text).count() >= SHARED_WORDS
}
