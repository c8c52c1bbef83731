//! The memory over the store in memory, with an embedder under the test's hand.

mod finding;
mod keeping;
mod meaning;
mod runbooks;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::memory::entry::{Draft, Kind};
use engine::memory::{Filters, Memory, Searched};
use fakes::ManualClock;
use fakes::model_server::word_vector;
use ports::clock::Clock;
use ports::embedder::{Embedder, Embeddings};
use ports::model::ModelError;
use ports::store::{Store, collections};
use std::sync::{Arc, Mutex};

const DIMENSIONS: usize = 64;

/// What the embedder does with a request.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Fails,
    Hangs,
}

/// Makes vectors of words, after names that mean the same were made one.
struct Hand {
    mood: Mutex<Mood>,
    model: Mutex<String>,
    asked: Mutex<Vec<usize>>,
    seen: Mutex<String>,
}

impl Hand {
    fn well() -> Arc<Self> {
        Arc::new(Self {
            mood: Mutex::new(Mood::Well),
            model: Mutex::new("m1".to_owned()),
            asked: Mutex::default(),
            seen: Mutex::default(),
        })
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Requests so far, each with its number of texts.
    fn asked(&self) -> Vec<usize> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Embedder for Hand {
    async fn embed(&self, texts: &[String]) -> Result<Embeddings, ModelError> {
        self.asked.lock().unwrap().push(texts.len());
        self.seen.lock().unwrap().push_str(&texts.join("\n"));
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Well => {
                let vectors = texts.iter().map(|text| word_vector(&text.replace("automobile", "car"), DIMENSIONS));
                Ok(Embeddings { model: self.model.lock().unwrap().clone(), vectors: vectors.collect() })
            }
            Mood::Fails => Err(ModelError::Unreachable("http://gpu:1: refused".to_owned())),
            Mood::Hangs => std::future::pending().await,
        }
    }
}

struct World {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    hand: Arc<Hand>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at_unix_seconds(1_800_000_000));
        let store = store::memory::Memory::new(collections::ALL, clock.clone());
        Self { store, clock, hand: Hand::well() }
    }

    /// A process's memory: several may share the store.
    fn memory(&self) -> Memory {
        Memory::new(self.store.clone(), Some(self.hand.clone()), self.clock.clone())
    }

    fn memory_of_words(&self) -> Memory {
        Memory::new(self.store.clone(), None, self.clock.clone())
    }

    fn draft(&self, kind: Kind, title: &str, text: &str) -> Draft {
        Draft {
            kind,
            title: title.to_owned(),
            text: text.to_owned(),
            names: Vec::new(),
            source: format!("here/{title}"),
            person: None,
            created_at: self.clock.now(),
        }
    }

    fn note(&self, title: &str, text: &str) -> Draft {
        self.draft(Kind::Note, title, text)
    }
}

fn titles(searched: &Searched) -> Vec<&str> {
    searched.recalled.iter().map(|recalled| recalled.title.as_str()).collect()
}

async fn search(memory: &Memory, question: &str) -> Searched {
    memory.search(question, &Filters::default(), 10).await.unwrap()
}

async fn embed_all(memory: &Memory) -> usize {
    let (mut made, mut steps) = (0, 0);
    loop {
        let step = memory.embed_missing(3).await.unwrap();
        made += step.made;
        if step.is_complete {
            return made;
        }
        steps += 1;
        assert!(steps < 100, "the vectors never were complete");
    }
}

fn day(text: &str) -> DateTime<Utc> {
    format!("{text}T00:00:00Z").parse().unwrap()
}
