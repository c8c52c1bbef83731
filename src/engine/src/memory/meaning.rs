//! Meaning: vectors of the present model in memory, kept up with the store.
//!
//! An endpoint that is away or slow costs one search its deadline and is then left alone for a while; searches go on by
//! words. What the endpoint may not be shown is not sent to it, and is found by words. The index follows what this and other processes write; an entry that another process removed leaves it when it
//! is found and is no more in the store.

use super::PAGE;
use super::scan::Scan;
use crate::recalled;
use domain::disclosure::Disclosure;
use domain::memory::entry::{Entry, Kind};
use domain::memory::index::{Near, Refused, VectorIndex};
use domain::memory::vector::Int8Vector;
use domain::memory::word_index::Wanted;
use ports::clock::Clock;
use ports::embedder::{Embedder, Embeddings};
use ports::model::ModelError;
use ports::store::Store;
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::record;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Longest wait for the vector of a question, and again for catching up with the store.
const DEADLINE: Duration = Duration::from_secs(1);

/// How long an endpoint that failed is left alone.
const REST: Duration = Duration::from_secs(15);

/// Vectors in memory at most: 150 MB of 768 dimensions.
const VECTORS: usize = 200_000;

/// How it stands with meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeaningState {
    /// The model, once it answered.
    pub model: Option<String>,
    /// Vectors that a search goes through.
    pub vectors: usize,
    /// Vectors that there was no room for, or that have another length than the others.
    pub refused: usize,
    /// Why a search went by words alone the last time, until it is well again.
    pub trouble: Option<String>,
}

/// What one step in the background did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// Vectors made.
    pub made: usize,
    /// Whether every entry was looked at: wait before the next step.
    pub is_complete: bool,
}

/// Why there are no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeaningError {
    /// The endpoint's.
    #[error("no vectors were made: {0}")]
    Model(#[from] ModelError),
    /// The store's.
    #[error("the memory could not be read or written: {0}")]
    Store(#[from] StoreError),
    /// The endpoint is left alone after a failure, or took too long.
    #[error("{0}")]
    Away(String),
}

/// The vectors that are missing, and those that are there.
pub(super) struct Meaning {
    embedder: Arc<dyn Embedder>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// What the endpoint may be shown.
    rule: Disclosure,
    index: Arc<RwLock<VectorIndex>>,
    /// One at a time brings the index up to date.
    follow: tokio::sync::Mutex<Scan>,
    /// One at a time makes vectors.
    missing: tokio::sync::Mutex<(Option<String>, Scan)>,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    refused: usize,
    trouble: Option<String>,
    rests_until: Option<Instant>,
}

impl Meaning {
    pub(super) fn new(embedder: Arc<dyn Embedder>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            embedder,
            store,
            clock,
            rule: Disclosure::default(),
            index: Arc::new(RwLock::new(VectorIndex::new("", VECTORS))),
            follow: tokio::sync::Mutex::default(),
            missing: tokio::sync::Mutex::default(),
            health: Mutex::default(),
        }
    }

    pub(super) fn under(self, rule: Disclosure) -> Self {
        Self { rule, ..self }
    }

    pub(super) fn state(&self) -> MeaningState {
        let (model, vectors) = self.read(|index| (index.model().to_owned(), index.len()));
        let health = self.health();
        let model = Some(model).filter(|model| !model.is_empty());
        MeaningState { model, vectors, refused: health.refused, trouble: health.trouble.clone() }
    }

    pub(super) fn remove(&self, id: &str) {
        self.write(|index| index.remove(id));
    }

    /// The entries that are nearest to a question, the nearest first.
    pub(super) async fn nearest(
        &self,
        question: &str,
        kinds: &[Kind],
        person: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Near>, MeaningError> {
        let vector = self.vector_of(question).await?;
        // What is not caught up with in time is caught up with in the next search.
        match timeout(DEADLINE, self.catch_up(&vector.model)).await {
            Ok(caught_up) => caught_up?,
            Err(_) => self.health().trouble = Some("not all vectors are loaded yet".to_owned()),
        }
        let (index, kinds, person) = (self.index.clone(), kinds.to_vec(), person.map(str::to_owned));
        let looking = tokio::task::spawn_blocking(move || {
            let wanted = Wanted { kinds: &kinds, person: person.as_deref() };
            index.read().unwrap_or_else(PoisonError::into_inner).nearest(&vector, wanted, limit)
        });
        looking.await.map_err(|error| MeaningError::Away(format!("the search of vectors ended early: {error}")))
    }

    async fn vector_of(&self, question: &str) -> Result<Int8Vector, MeaningError> {
        if self.rule.text(question) != question {
            let why = "the question names what the settings keep from the endpoint that makes vectors";
            return Err(MeaningError::Away(why.to_owned()));
        }
        self.admit()?;
        let texts = [question.to_owned()];
        let outcome = match timeout(DEADLINE, self.embedder.embed(&texts)).await {
            Ok(Ok(embeddings)) => first(&embeddings),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(MeaningError::Away(format!("no vector of the question came within {DEADLINE:?}"))),
        };
        let mut health = self.health();
        match &outcome {
            Ok(_) => (health.trouble, health.rests_until) = (None, None),
            Err(error) => {
                health.trouble = Some(error.to_string());
                health.rests_until = Some(Instant::now() + REST);
            }
        }
        outcome
    }

    /// Refuses while the endpoint is left alone.
    fn admit(&self) -> Result<(), MeaningError> {
        let health = self.health();
        match (health.rests_until, &health.trouble) {
            (Some(until), Some(trouble)) if Instant::now() < until => Err(MeaningError::Away(trouble.clone())),
            _ => Ok(()),
        }
    }

    /// Brings the index up to date with the store.
    async fn catch_up(&self, model: &str) -> Result<(), StoreError> {
        let mut scan = self.follow.lock().await;
        if self.read(|index| index.model() != model) {
            self.write(|index| *index = VectorIndex::new(model, VECTORS));
            *scan = Scan::default();
        }
        loop {
            let mut page = scan.page(self.store.as_ref(), self.clock.now(), PAGE).await?;
            let news = scan.news(std::mem::take(&mut page.documents));
            let refused = self.write(|index| news.iter().filter(|stored| !follow(index, stored)).count());
            self.health().refused += refused;
            if scan.advance(&page) {
                return Ok(());
            }
        }
    }

    /// Makes vectors for entries of the next page that lack one.
    pub(super) async fn embed_missing(&self, batch: usize) -> Result<Embedded, MeaningError> {
        let mut missing = self.missing.lock().await;
        let (known_model, scan) = &mut *missing;
        let model = match known_model {
            Some(model) => model.clone(),
            // An embedder tells its model with a vector only.
            None => known_model.insert(self.embedder.embed(&["model".to_owned()]).await?.model).clone(),
        };
        let page = scan.page(self.store.as_ref(), self.clock.now(), batch.clamp(1, PAGE)).await?;
        let entries: Vec<Entry> = page
            .documents
            .iter()
            .filter_map(|stored| record::value::<Entry>(stored.clone()).ok()?.value.into())
            .collect();
        let lacking: Vec<&Entry> = entries
            .iter()
            .filter(|entry| recalled::may_see(entry.kind, &self.rule) && !has_vector_of(entry, &model))
            .collect();
        let texts: Vec<String> = lacking.iter().map(|entry| entry.embedded_text()).collect();
        let mut made = 0;
        if !texts.is_empty() {
            let shown: Vec<String> = texts.iter().map(|text| self.shown(text)).collect();
            let embeddings = self.embedder.embed(&shown).await?;
            if embeddings.model != model {
                // Another model is served now: everything is gone through again with it.
                (*known_model, *scan) = (Some(embeddings.model), Scan::default());
                return Ok(Embedded { made: 0, is_complete: false });
            }
            for ((entry, text), vector) in lacking.iter().zip(&texts).zip(&embeddings.vectors) {
                let Some(vector) = Int8Vector::of(&model, vector) else { continue };
                made += usize::from(self.give(&entry.id, text, vector).await?);
            }
        }
        Ok(Embedded { made, is_complete: scan.advance(&page) })
    }

    /// A text as the endpoint may see it: without the lines that speak of what it must not be shown.
    fn shown(&self, text: &str) -> String {
        text.lines().map(|line| self.rule.text(line)).collect::<Vec<_>>().join("\n")
    }

    /// Gives an entry its vector, unless its text has changed meanwhile.
    async fn give(&self, id: &str, text: &str, vector: Int8Vector) -> Result<bool, StoreError> {
        let now = self.clock.now();
        record::change::<Entry, bool>(self.store.as_ref(), id, |entry| match entry {
            Some(mut entry) if entry.embedded_text() == text => {
                entry.vector = Some(vector.clone());
                entry.changed_at = now;
                (Some(entry), true)
            }
            _ => (None, false),
        })
        .await
    }

    fn health(&self) -> std::sync::MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, look: impl FnOnce(&VectorIndex) -> T) -> T {
        look(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, act: impl FnOnce(&mut VectorIndex) -> T) -> T {
        act(&mut self.index.write().unwrap_or_else(PoisonError::into_inner))
    }
}

fn first(embeddings: &Embeddings) -> Result<Int8Vector, MeaningError> {
    let vector = embeddings.vectors.first().and_then(|vector| Int8Vector::of(&embeddings.model, vector));
    vector.ok_or_else(|| MeaningError::Away(format!("{} made no vector of the question", embeddings.model)))
}

fn has_vector_of(entry: &Entry, model: &str) -> bool {
    entry.vector.as_ref().is_some_and(|vector| vector.model == model)
}

/// Puts what a document says of its vector into the index. Answers with whether it could.
fn follow(index: &mut VectorIndex, stored: &Stored) -> bool {
    let body = &stored.document.body;
    let person = body.get("person").and_then(Value::as_str);
    let kind = body.get("kind").and_then(Value::as_str).and_then(Kind::of);
    let vector = body.get("vector").and_then(|vector| serde_json::from_value::<Int8Vector>(vector.clone()).ok());
    match (kind, vector) {
        (Some(kind), Some(vector)) if vector.model == index.model() => {
            match index.put(&stored.id, kind, person, &vector) {
                Ok(()) => true,
                Err(Refused::OtherSpace | Refused::Full) => false,
            }
        }
        // Its text has changed, or its vector is of another model.
        _ => {
            index.remove(&stored.id);
            true
        }
    }
}
