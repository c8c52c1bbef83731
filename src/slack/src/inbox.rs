//! What came in, kept until it was handled.
//!
//! An event is put into its lane in the store (`domain::lane`) and may be acknowledged then. Lanes in which something
//! waits are worked on by whichever process holds them: in the order of the lane, one entry at a time, many lanes at once.
//!
//! Guarantees: an event that was taken is handled at least once, and again only after a crash or where its handler asked
//! for it; deeds (presses, reactions, orders) have workers of their own, so that they do not wait for questions; a handler
//! that panics ends its entry's attempt and nothing else; a lane that waits blocks no worker; every queue is bounded, and
//! what does not fit stays in the store and is found by the next sweep.
//!
//! While the store is away, events are kept in a second store in this process's memory, where there is one: questions are
//! answered, but what is in hand when the process ends is lost.
//!
//! Deliberately absent: what an event means.

mod keep;
mod run;
mod step;

#[cfg(test)]
mod tests;

use crate::incoming::Received;
use async_trait::async_trait;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::error::StoreError;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Lanes whose names wait for the loop at most; more are found by the sweep.
const WAKE_UPS: usize = 4_096;

/// The end of the names of lanes that hold deeds rather than questions.
pub const DEEDS: &str = "#deeds";

/// What became of something that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is kept and will be handled.
    Kept,
    /// It came before.
    Known,
    /// Too much waits in its lane: it is not kept, and is not to be acknowledged.
    Full,
}

/// That an entry is to be handled again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// After how long the first time; it doubles with each attempt, up to five minutes.
    pub after: Duration,
    /// Why, for the log.
    pub why: String,
}

/// Handles what came in.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Handles one event. `attempt` is 1 the first time; it grows with every repetition, after a crash too.
    ///
    /// # Errors
    /// [`Later`] where it is to be tried again.
    async fn handle(&self, received: &Received, attempt: u32) -> Result<(), Later>;

    /// Tells whoever waits that an event is given up: it was begun as often as it may be, and never handled.
    async fn give_up(&self, received: &Received);
}

/// How the inbox works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name of this start of this process, unlike any other.
    pub process: String,
    /// What the names of this process's former starts begin with, where nobody else's do: their lanes are taken over at
    /// once. `None` waits until their leases are over.
    pub former: Option<String>,
    /// Lanes of questions that are worked on at once.
    pub questions: usize,
    /// Lanes of deeds that are worked on at once.
    pub deeds: usize,
    /// For how long a lane is held; it is renewed three times in it.
    pub lease: Duration,
    /// Between two looks for lanes in which something waits.
    pub sweep: Duration,
    /// For how long what is in hand may go on when the process stops.
    pub grace: Duration,
    /// How often an entry is tried before it is given up.
    pub attempts: u32,
    /// For how long the store may take to keep an event before it counts as away.
    pub patience: Duration,
}

impl Settings {
    /// The usual settings under a name.
    pub fn named(process: impl Into<String>) -> Self {
        Self {
            process: process.into(),
            former: None,
            questions: 64,
            deeds: 32,
            lease: Duration::from_secs(30),
            sweep: Duration::from_secs(3),
            grace: Duration::from_secs(20),
            attempts: 7,
            patience: Duration::from_millis(500),
        }
    }
}

/// Which store a lane is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Main,
    Memory,
}

/// A lane, and where it is.
type Key = (Place, String);

/// The inbox.
pub struct Inbox {
    store: Arc<dyn Store>,
    fallback: Option<Arc<dyn Store>>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    wake: mpsc::Sender<Key>,
    woken: tokio::sync::Mutex<mpsc::Receiver<Key>>,
    /// Until when the store counts as away, so that not every event waits for it.
    away_until: Mutex<Option<Instant>>,
    /// What this process kept in the store lately: when it comes again while the store is away, it is no news.
    lately: Mutex<keep::Lately>,
    /// Entries that were handled while the store could not note it.
    unnoted: Mutex<BTreeSet<String>>,
}

impl Inbox {
    /// An inbox over a store, and a second one in memory for while that is away.
    pub fn new(
        store: Arc<dyn Store>,
        fallback: Option<Arc<dyn Store>>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Arc<Self> {
        let (wake, woken) = mpsc::channel(WAKE_UPS);
        let (woken, unnoted) = (tokio::sync::Mutex::new(woken), Mutex::default());
        let (away_until, lately) = (Mutex::default(), Mutex::default());
        Arc::new(Self { store, fallback, clock, settings, wake, woken, away_until, lately, unnoted })
    }

    /// How many lanes wait in the store, for `/health`.
    ///
    /// # Errors
    /// Where the store cannot tell.
    pub async fn waiting(&self) -> Result<u64, StoreError> {
        self.store.count(&keep::waiting_lanes()).await
    }

    fn at(&self, place: Place) -> &dyn Store {
        match (place, &self.fallback) {
            (Place::Memory, Some(fallback)) => fallback.as_ref(),
            _ => self.store.as_ref(),
        }
    }
}
