//! The loop that watches Scarlet herself and the estate (A14): looks, keeps what was found, and hands what is to be told to
//! whoever tells.
//!
//! Guarantees: one process looks, the one that leads, and what it found outlives it; what is to be told is kept before it is
//! handed over, and stands until it was; a look that fails or hangs is told as one that could not be made, and keeps the
//! others from nothing; where the store itself is away this process goes on by what it remembers, and tells that too.
//!
//! Deliberately absent: what is trouble and when it is told (`domain::self_watch`), reaching people ([`Escalator`]).

mod actions;
mod estate;
mod healings;
mod pulse;

pub use actions::{Caps, UnknownActions};
pub use estate::{Endpoints, StoreStands};
pub use healings::Healings;

use super::escalating::Escalator;
use crate::kept::bounded;
use crate::showing::Leads;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::escalation::Message;
use domain::self_watch::{DOCUMENT, Matter, Sight, Watch};
use ports::clock::Clock;
use ports::store::Store;
use ports::store::record;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two rounds of looks.
const EVERY: Duration = Duration::from_secs(15);

/// How long one look may take.
const LOOK: Duration = Duration::from_secs(10);

/// Messages that are handed over in one round.
const HANDED_OVER: usize = 50;

/// Looks for one kind of trouble, or a few.
#[async_trait]
pub trait Inspects: Send + Sync {
    /// What it looks for.
    fn matters(&self) -> &'static [Matter];

    /// What there is now, by matter. Ended from outside when it takes too long.
    async fn look(&self, now: DateTime<Utc>) -> BTreeMap<Matter, Sight>;
}

/// What the watch works with.
pub struct Parts {
    /// Keeps what was found.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether this process leads.
    pub leads: Leads,
    /// Tells people.
    pub escalator: Arc<Escalator>,
    /// Who looks.
    pub inspectors: Vec<Box<dyn Inspects>>,
}

/// The loop.
pub struct SelfWatch {
    parts: Parts,
    /// As it was seen last; what goes on where the store is away.
    last: Mutex<Watch>,
}

impl SelfWatch {
    /// A loop that has not begun.
    pub fn new(parts: Parts) -> Self {
        Self { parts, last: Mutex::default() }
    }

    /// What is known now, for `/health`.
    pub fn overview(&self) -> Watch {
        self.lock().clone()
    }

    /// Works until it is stopped.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.pass().await;
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// One round: looks while this process leads, otherwise reads what the leader found.
    pub async fn pass(&self) {
        if !(self.parts.leads)() {
            match bounded(record::load::<Watch>(&*self.parts.store, DOCUMENT)).await {
                Ok(found) => *self.lock() = found.map(|found| found.value).unwrap_or_default(),
                Err(error) => tracing::debug!(%error, "what was found of the estate could not be read"),
            }
            return;
        }
        let now = self.parts.clock.now();
        let looks = self.looks(now).await;
        let before = self.overview();
        let changed = record::change(&*self.parts.store, DOCUMENT, |found: Option<Watch>| {
            let found = found.unwrap_or_default();
            let next = found.looked(&looks, now);
            ((next != found).then(|| next.clone()), next)
        });
        let (watch, is_kept) = match bounded(changed).await {
            Ok(watch) => (watch, true),
            Err(error) => {
                tracing::warn!(%error, "what was found of Scarlet herself could not be kept; it is remembered here");
                (before.looked(&looks, now), false)
            }
        };
        *self.lock() = watch.clone();
        self.hand_over(watch.owed, is_kept).await;
    }

    async fn looks(&self, now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        let looks = self.parts.inspectors.iter().map(|inspector| async move {
            let Ok(mut found) = tokio::time::timeout(LOOK, inspector.look(now)).await else {
                let late = || Err(format!("no answer within {} s", LOOK.as_secs()));
                return inspector.matters().iter().map(|matter| (*matter, late())).collect::<Vec<_>>();
            };
            let missing = || Err("the look said nothing of it".to_owned());
            let of = |matter: &Matter| (*matter, found.remove(matter).unwrap_or_else(missing));
            inspector.matters().iter().map(of).collect()
        });
        futures::future::join_all(looks).await.into_iter().flatten().collect()
    }

    async fn hand_over(&self, owed: Vec<Message>, is_kept: bool) {
        let mut handed = BTreeSet::new();
        for message in owed.iter().take(HANDED_OVER) {
            tracing::warn!(about = message.about, text = message.text, "an alert about Scarlet or the estate");
            if self.parts.escalator.hand_over(message).await {
                handed.insert(message.key.clone());
            }
        }
        if handed.is_empty() {
            return;
        }
        // What stays here although it was handed over is handed over again under the same key, and told once.
        let next = self.overview().handed_over(&handed);
        *self.lock() = next;
        if !is_kept {
            return;
        }
        let changed = record::change(&*self.parts.store, DOCUMENT, |found: Option<Watch>| {
            let next = found.as_ref().map(|found| found.handed_over(&handed));
            (next.filter(|next| Some(next) != found.as_ref()), ())
        });
        if let Err(error) = bounded(changed).await {
            tracing::debug!(%error, "that alerts were handed over could not be kept; they are handed over again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Watch> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
