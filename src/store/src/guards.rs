//! Compare-and-swap of what guards actions: freeze, rate cap, cool-downs, chain locks, leases.
//!
//! Guarantees: each start is one swap of the one document `guards/all`, so that whatever [`domain::guard`] promises of
//! one value holds for all processes on the store; a store that is away, slow, full or not to be believed starts nothing;
//! every wait ends. A swap of which nobody told whether it was made is made again as the same one, never as a second.
//!
//! Deliberately absent: the journal and the effect itself (the executor), the decision (policy), Redis.

mod audit;
mod freeze;
mod leader;
mod leases;
mod port;
mod swap;

pub use audit::Signature;
pub use freeze::{Frozen, Lifting};
pub use leader::{Leader, Leadership, Tenure};
pub use leases::Taken;

use chrono::{DateTime, Utc};
use domain::guard::{self, Guards, LeaseRefusal, Limits, Outcome, Refusal, Request, Started};
use ports::clock::Clock;
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::collections::GUARDS;
use ports::store::error::StoreError;
use ports::store::record::{self, Record};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Id of the one document.
const ALL: &str = "all";

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// The guards speak against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The lease is another's.
    #[error("{name}: {refusal}")]
    Lease {
        /// Name of the lease.
        name: String,
        /// Why.
        refusal: LeaseRefusal,
    },
    /// The store did not do it, or did not tell: what nobody can count does not start.
    #[error("{doing}: the guards could not be asked, so it is not done: {source}")]
    Store {
        /// What was tried.
        doing: &'static str,
        /// What came back.
        source: StoreError,
    },
    /// A freeze is lifted, and a pause ended, only when it can be told who did it.
    #[error("it stands, because its end could not be written to the audit trail: {source}")]
    Audit {
        /// What came back.
        source: StoreError,
    },
}

/// The one document.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct All(Guards);

impl Record for All {
    const COLLECTION: &'static Collection = &GUARDS;

    fn id(&self) -> String {
        ALL.to_owned()
    }
}

/// Keeps the guards of all processes on one store.
pub struct GuardKeeper {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    holder: String,
    limits: Limits,
    /// Attempts so far; with the holder's name it makes claims that are unique.
    attempts: AtomicU64,
}

impl GuardKeeper {
    /// A keeper. `holder` names this process among all that ever run on the store: a new one at each start.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, holder: impl Into<String>, limits: Limits) -> Self {
        Self { store, clock, holder: holder.into(), limits, attempts: AtomicU64::new(0) }
    }

    /// Begins an action: the answer carries its fencing token. Whoever does not get one does nothing.
    ///
    /// # Errors
    /// [`NotDone::Refused`], [`NotDone::Store`]. After the latter the action may stand in the document until its
    /// deadline; it holds its locks, and nothing else.
    pub async fn begin(&self, request: &Request) -> Result<Started, NotDone> {
        let claim = self.unique();
        let decide = |found: Option<All>, _| {
            let guards = found.map(|found| found.0).unwrap_or_default();
            swap::decision(guard::begin(&guards, request, &claim, &self.limits, self.now()))
        };
        self.swapped(ALL, swap::PATIENT, decide)
            .await
            .map_err(|source| failed("to begin an action", source))?
            .map_err(NotDone::from)
    }

    /// Ends an action under the token that it began with.
    ///
    /// # Errors
    /// [`NotDone::Refused`] where it was over already: undone, or past its deadline. [`NotDone::Store`]: end it again.
    pub async fn end(&self, id: &str, token: u64, outcome: Outcome) -> Result<(), NotDone> {
        let decide = |found: Option<All>, in_doubt: bool| {
            let guards = found.map(|found| found.0).unwrap_or_default();
            match guard::end(&guards, id, token, outcome, &self.limits, self.now()) {
                // An attempt before this one may have ended it.
                Err(Refusal::NotUnderWay { .. }) if in_doubt => (None, Ok(())),
                ended => swap::decision(ended.map(|next| (next, ()))),
            }
        };
        self.swapped(ALL, swap::PATIENT, decide)
            .await
            .map_err(|source| failed("to end an action", source))?
            .map_err(NotDone::from)
    }

    /// Whether an action still holds its locks: to be asked right before an effect.
    ///
    /// # Errors
    /// [`NotDone::Refused`], [`NotDone::Store`]: make no effect.
    pub async fn holds(&self, id: &str, token: u64) -> Result<(), NotDone> {
        let guards = self.status().await?;
        Ok(guards.holds(id, token, self.now())?)
    }

    /// Everything, for people: what is frozen, what is under way, what rests.
    ///
    /// # Errors
    /// [`NotDone::Store`], [`NotDone::Refused`] where it cannot be believed.
    pub async fn status(&self) -> Result<Guards, NotDone> {
        let read = swap::bounded(record::load::<All>(&*self.store, ALL)).await;
        let found = read.map_err(|source| failed("to read what guards actions", source))?;
        let guards = found.map(|found| found.value.0).unwrap_or_default();
        guards.check()?;
        Ok(guards)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A name that nobody else uses.
    fn unique(&self) -> String {
        format!("{}#{}", self.holder, self.attempts.fetch_add(1, Ordering::Relaxed))
    }
}

fn failed(doing: &'static str, source: StoreError) -> NotDone {
    NotDone::Store { doing, source }
}
