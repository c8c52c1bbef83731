//! Conversations over a store in memory that can be switched off, a clock and a counter for ids.

use crate::world::{now, settings};
use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use domain::memory::recalled::Recalled;
use domain::usage::budgets::Budgets;
use engine::conversations::{Conversations, Parts};
use engine::memory::{Filters, Memory};
use engine::turn::{Jamie, TurnSettings};
use fakes::{ManualClock, ScriptedModel, ScriptedToolbox};
use ports::conversations::{AskError, Asking, Place, Told};
use ports::model::Model;
use ports::progress::{Progress, TurnEvent};
use ports::store::collection::Collection;
use ports::store::collections;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Up,
    /// Refuses everything; may pass.
    Away,
    /// Takes nothing more; does not pass.
    Full,
    /// Never answers.
    Hanging,
    /// Takes everything but evidence.
    NoEvidence,
}

/// A store that can be switched.
pub struct Switched {
    inner: Arc<store::memory::Memory>,
    state: Mutex<State>,
}

impl Switched {
    pub fn new(clock: Arc<ManualClock>) -> Arc<Self> {
        let inner = store::memory::Memory::new(collections::ALL, clock);
        Arc::new(Self { inner, state: Mutex::new(State::Up) })
    }

    pub fn set(&self, state: State) {
        *self.state.lock().unwrap() = state;
    }

    async fn reading(&self) -> Result<(), StoreError> {
        let state = *self.state.lock().unwrap();
        match state {
            State::Hanging => std::future::pending().await,
            State::Away => Err(away()),
            _ => Ok(()),
        }
    }

    async fn writing(&self, write: &Write) -> Result<(), StoreError> {
        self.reading().await?;
        let is_evidence = write.collection.name == collections::EVIDENCE.name;
        let state = *self.state.lock().unwrap();
        match state {
            State::Full => Err(StoreError::Full { message: "the disk of /state is full".into() }),
            State::NoEvidence if is_evidence => {
                Err(StoreError::TooLarge { what: write.id.clone(), bytes: 9, limit: 8 })
            }
            _ => Ok(()),
        }
    }
}

fn away() -> StoreError {
    StoreError::Unavailable { message: "mongodb db:27017 refused the connection".into() }
}

#[async_trait]
impl Store for Switched {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.reading().await?;
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.writing(&write).await?;
        // Lets another writer come between reading and writing.
        tokio::task::yield_now().await;
        self.inner.write(write).await
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let mut results = Vec::new();
        for write in writes {
            results.push(match self.writing(&write).await {
                Ok(()) => self.inner.write(write).await,
                Err(error) => Err(error),
            });
        }
        results
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.reading().await?;
        self.inner.page(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.reading().await?;
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.reading().await?;
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.inner.append(log, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.inner.anchor(log).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.inner.adopt(log, lines).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.inner.read(log, after, limit).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.inner.verify(log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.inner.cut(log, up_to).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.inner.sweep(limit).await
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.inner.health().await
    }
}

/// Everything around the conversations of one or more surfaces.
pub struct House {
    pub clock: Arc<ManualClock>,
    pub store: Arc<Switched>,
    pub memory: Arc<Memory>,
    pub budgets: Budgets,
    pub unknown_spending: Option<String>,
    pub settings: TurnSettings,
    ids: Arc<AtomicU32>,
}

impl House {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(now()));
        let store = Switched::new(Arc::clone(&clock));
        let memory = Arc::new(Memory::new(Arc::clone(&store) as Arc<dyn Store>, None, Arc::clone(&clock) as _));
        Self {
            clock,
            store,
            memory,
            budgets: Budgets::default(),
            unknown_spending: None,
            settings: settings(),
            ids: Arc::default(),
        }
    }

    /// One process that answers.
    pub fn open(&self, model: Option<Arc<ScriptedModel>>, toolbox: ScriptedToolbox) -> Conversations {
        let model = model.map(|model| model as Arc<dyn Model>);
        let jamie = Jamie::new(Arc::new(toolbox), model, Arc::clone(&self.clock) as _, self.settings.clone());
        let ids = Arc::clone(&self.ids);
        Conversations::new(Parts {
            jamie: Arc::new(jamie),
            store: Arc::clone(&self.store) as _,
            store_deadline: Duration::from_secs(5),
            memory: Some(Arc::clone(&self.memory)),
            clock: Arc::clone(&self.clock) as _,
            ids: Arc::new(move || format!("id-{}", ids.fetch_add(1, Ordering::Relaxed))),
            budgets: self.budgets,
            unknown_spending: self.unknown_spending.clone(),
        })
    }
}

/// A question of Anna's in a terminal.
pub async fn ask(conversations: &Conversations, question: &str, conversation: Option<&str>) -> Result<Told, AskError> {
    ask_as(conversations, question, "anna", "terminal", conversation).await
}

pub async fn ask_as(
    conversations: &Conversations,
    question: &str,
    person: &str,
    channel: &str,
    conversation: Option<&str>,
) -> Result<Told, AskError> {
    let place = Place::default();
    let asking = Asking { question, quoted: None, turn: None, person, channel, conversation, place: &place };
    conversations.ask(asking, Progress::silent(), CancellationToken::new()).await
}

/// The same with what was told on the way.
pub async fn ask_told(conversations: &Conversations, question: &str) -> (Told, Vec<TurnEvent>) {
    let (sender, mut receiver) = mpsc::channel(4_096);
    let place = Place::default();
    let asking = Asking {
        question,
        quoted: None,
        turn: None,
        person: "anna",
        channel: "terminal",
        conversation: None,
        place: &place,
    };
    let told = conversations.ask(asking, Progress::into_channel(sender), CancellationToken::new()).await.unwrap();
    let mut events = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        events.push(event);
    }
    (told, events)
}

/// What is remembered for a question of Anna's.
pub async fn remembered_by_anna(house: &House, question: &str) -> Vec<Recalled> {
    let filters = Filters { person: Some("anna".to_owned()), ..Filters::default() };
    house.memory.search(question, &filters, 5).await.unwrap().recalled
}

/// Everything that a model was sent in its last request.
pub fn last_request(model: &ScriptedModel) -> String {
    format!("{:?}", model.requests().last().unwrap().messages)
}
