//! Memory: past turns, incidents, post-mortems, runbooks and notes, found by words and by meaning together.
//!
//! Guarantees: what is remembered has its secrets taken out first; a search always goes by words, and by meaning too
//! where an endpoint makes vectors in time, and says so where it does not; what is recalled carries its date and source
//! and is no evidence; two processes on one store change the same entry one after the other.
//!
//! A past answer is recalled only for whom it was given to. Notes, runbooks, incidents and post-mortems may be recalled
//! for anybody whom this installation answers; what must not be told is not to be remembered.
//!
//! Deliberately absent: other rules of who may read what.

mod builtin;
mod folder;
mod ingest;
mod meaning;
mod recent;
mod scan;
mod search;

pub use builtin::builtin_runbooks;
pub use folder::runbooks_of_folder;
pub use ingest::{Gone, Ingested, Page, RunbookSet};
pub use meaning::{Embedded, MeaningError, MeaningState};
pub use search::{Filters, Searched};

use domain::disclosure::Disclosure;
use domain::memory::entry::{Draft, Entry, Kind};
use domain::redaction::redact_text;
use meaning::Meaning;
use ports::clock::Clock;
use ports::embedder::Embedder;
use ports::store::Store;
use ports::store::collections::MEMORY;
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use ports::store::record;
use recent::Recent;
use std::sync::Arc;

/// Documents of a page where many are gone through.
const PAGE: usize = 500;

/// What somebody thought of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feedback {
    /// It helped.
    Helpful,
    /// It did not.
    Unhelpful,
}

/// What is in the memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// How many entries of each kind, all kinds told.
    pub entries: Vec<(Kind, u64)>,
    /// How it stands with meaning; `None` where no endpoint is set.
    pub meaning: Option<MeaningState>,
}

/// The memory.
pub struct Memory {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    recent: Recent,
    meaning: Option<Meaning>,
}

impl Memory {
    /// A memory in a store; by meaning too where there is an embedder. Nothing is read yet.
    pub fn new(store: Arc<dyn Store>, embedder: Option<Arc<dyn Embedder>>, clock: Arc<dyn Clock>) -> Self {
        let meaning = embedder.map(|embedder| Meaning::new(embedder, store.clone(), clock.clone()));
        let recent = Recent::new(store.clone(), clock.clone());
        Self { store, clock, recent, meaning }
    }

    /// The same, with what the endpoint that makes vectors may be shown.
    #[must_use]
    pub fn under(mut self, rule: Disclosure) -> Self {
        self.meaning = self.meaning.map(|meaning| meaning.under(rule));
        self
    }

    /// Loads the words of all entries, so that searches go through memory from then on: for a process that stays, once
    /// at its start, in the background. Answers with how many entries there are.
    ///
    /// # Errors
    /// The store's; called again, it goes on where it stopped.
    pub async fn warm(&self) -> Result<usize, StoreError> {
        self.recent.catch_up().await
    }

    /// Remembers these, without their secrets. What came from the same source before is replaced; what people thought
    /// of it stays. Answers with the ids, in their order.
    ///
    /// # Errors
    /// The store's, at the first that could not be written; those before it are remembered.
    pub async fn remember(&self, drafts: Vec<Draft>) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let entry = Entry::of(redacted(draft), self.clock.now());
            self.keep(&entry).await?;
            ids.push(entry.id);
        }
        Ok(ids)
    }

    /// Tells that an entry helped or did not. Answers with whether it is there.
    ///
    /// # Errors
    /// The store's.
    pub async fn feedback(&self, id: &str, feedback: Feedback) -> Result<bool, StoreError> {
        let now = self.clock.now();
        record::change::<Entry, bool>(self.store.as_ref(), id, |entry| {
            let Some(mut entry) = entry else { return (None, false) };
            let count = match feedback {
                Feedback::Helpful => &mut entry.helpful,
                Feedback::Unhelpful => &mut entry.unhelpful,
            };
            *count = count.saturating_add(1);
            entry.changed_at = now;
            (Some(entry), true)
        })
        .await
    }

    /// Forgets an entry. Answers with whether it was there.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget(&self, id: &str) -> Result<bool, StoreError> {
        let was_there = self.store.get(&MEMORY, id).await?.is_some();
        self.store.write(Write::delete(&MEMORY, id, Expect::Any)).await?;
        self.leave_out(id);
        Ok(was_there)
    }

    /// What the store does not have any more is not searched any more.
    fn leave_out(&self, id: &str) {
        self.recent.remove(id);
        if let Some(meaning) = &self.meaning {
            meaning.remove(id);
        }
    }

    /// What is in it.
    ///
    /// # Errors
    /// The store's.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        let mut entries = Vec::new();
        for kind in Kind::ALL {
            let query = Query::of(&MEMORY).with("kind", Condition::Is(kind.name().into()));
            entries.push((kind, self.store.count(&query).await?));
        }
        Ok(Stats { entries, meaning: self.meaning.as_ref().map(Meaning::state) })
    }

    /// Makes vectors for entries that have none of the present model, at most so many in one request; meant to be
    /// called again and again in the background. Nothing to do without an embedder.
    ///
    /// # Errors
    /// The store's or the endpoint's.
    pub async fn embed_missing(&self, batch: usize) -> Result<Embedded, MeaningError> {
        match &self.meaning {
            Some(meaning) => meaning.embed_missing(batch).await,
            None => Ok(Embedded { made: 0, is_complete: true }),
        }
    }

    /// Keeps an entry, in the place of an older one.
    async fn keep(&self, entry: &Entry) -> Result<(), StoreError> {
        record::change::<Entry, ()>(self.store.as_ref(), &entry.id, |older| match older {
            Some(older) if older.tells_the_same_as(entry) => (None, ()),
            Some(older) => (Some(entry.clone().in_place_of(&older)), ()),
            None => (Some(entry.clone()), ()),
        })
        .await
    }
}

/// A draft without its secrets, in its source too: links may carry passwords.
fn redacted(draft: Draft) -> Draft {
    let clean = |text: String| redact_text(&text).into_owned();
    Draft {
        title: clean(draft.title),
        text: clean(draft.text),
        names: draft.names.into_iter().map(clean).collect(),
        source: clean(draft.source),
        ..draft
    }
}
