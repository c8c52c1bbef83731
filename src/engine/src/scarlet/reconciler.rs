//! The loop that heals: sees to every incident that is not over, one step of `domain::heal` after the other.
//!
//! It is driven by what stands, not by what happened: each pass reads the incidents and healings that are not over, page
//! by page, and does what is due. A missed event, a crash, another replica lose nothing; [`Reconciler::nudge`] only makes
//! the next pass come sooner.
//!
//! Guarantees: it works only while this process leads, and only after the executor has settled what others left open;
//! a healing is kept by compare-and-swap before any effect of it; each effect has an id made of incident and number, so
//! that what is done twice meets the first; one incident that is slow, damaged or refused keeps no other from being seen
//! to; every wait has an end. A stop begins nothing more, and what the executor has in hand is drained by its owner.
//!
//! Deliberately absent: what comes next (`domain::heal`), what suits (`strategy`), whether it may be (`policy`), doing it
//! ([`Executes`]).

mod asking;
mod attending;
mod carrying;
mod effects;
mod measuring;
mod paying;
pub mod seams;
mod standing;

pub use carrying::ByExecutor;
pub use measuring::ByReading;

use crate::approvals::ApprovalDesk;
use crate::showing::Leads;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use ports::clock::Clock;
use ports::store::Store;
use seams::{Basis, Diagnoses, Executes, Hears, Measures, Modes, PermittedIn, Plans, Remembers, Tells};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Between two passes at least.
const SHORTEST: Duration = Duration::from_millis(200);

/// Bases of diagnoses that are remembered at most; what is forgotten is looked at anew.
const BASES: usize = 256;

/// What the reconciler works with.
pub struct Parts {
    /// Keeps incidents, healings and what was learned.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether this process leads.
    pub leads: Leads,
    /// The desk of approvals.
    pub approvals: Arc<ApprovalDesk>,
    /// Looks for causes.
    pub diagnoses: Arc<dyn Diagnoses>,
    /// Makes plans.
    pub plans: Arc<dyn Plans>,
    /// Carries them out.
    pub executes: Arc<dyn Executes>,
    /// Sees whether they helped.
    pub measures: Arc<dyn Measures>,
    /// Tells people.
    pub tells: Arc<dyn Tells>,
    /// Takes in what Scarlet observes of herself.
    pub hears: Arc<dyn Hears>,
    /// Remembers what is over.
    pub remembers: Arc<dyn Remembers>,
    /// What Scarlet may do in an environment.
    pub modes: Modes,
    /// Who may approve.
    pub permitted: PermittedIn,
}

/// How much at once, how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two passes.
    pub every: Duration,
    /// Incidents that are seen to at once.
    pub at_once: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: Duration::from_secs(1), at_once: 8 }
    }
}

/// The loop.
pub struct Reconciler {
    parts: Parts,
    pace: Pace,
    nudged: Notify,
    /// The newest basis of each incident, with its round.
    bases: Mutex<BTreeMap<String, (u32, Arc<Basis>)>>,
    /// Healings that were seen to since this process leads.
    known: Mutex<BTreeSet<String>>,
    /// Whether the executor has settled what others left open, since this process leads.
    settled: Mutex<bool>,
    /// Debts that could not be paid.
    unpaid: Mutex<paying::Unpaid>,
}

impl Reconciler {
    /// A loop that has not begun.
    pub fn new(parts: Parts, pace: Pace) -> Self {
        let pace = Pace { every: pace.every.max(SHORTEST), at_once: pace.at_once.max(1) };
        Self {
            parts,
            pace,
            nudged: Notify::new(),
            bases: Mutex::default(),
            known: Mutex::default(),
            settled: Mutex::new(false),
            unpaid: Mutex::default(),
        }
    }

    /// Something changed: the next pass comes at once. Nudges that come before it are one.
    pub fn nudge(&self) {
        self.nudged.notify_one();
    }

    /// Works until it is stopped. What is being seen to when it is stopped comes to the end of its present effect.
    pub async fn run(&self, stop: CancellationToken) {
        let mut busy: BTreeSet<String> = BTreeSet::new();
        let mut under_way = FuturesUnordered::new();
        let mut waiting: Vec<String> = Vec::new();
        let mut next_pass = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            while under_way.len() < self.pace.at_once
                && let Some(id) = waiting.pop()
            {
                if busy.insert(id.clone()) {
                    under_way.push(self.attend(id, &stop));
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                Some(id) = under_way.next() => {
                    let id: String = id;
                    busy.remove(&id);
                }
                () = self.nudged.notified() => next_pass = tokio::time::Instant::now(),
                () = tokio::time::sleep_until(next_pass) => {
                    next_pass = tokio::time::Instant::now() + self.pace.every;
                    // What waits from the pass before is still due, and is read anew.
                    waiting = self.due().await;
                    waiting.retain(|id| !busy.contains(id));
                    waiting.reverse();
                }
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// One whole pass: everything that is due is seen to, and has come as far as it comes by itself. For tests and for
    /// whoever has no loop.
    pub async fn pass(&self, stop: &CancellationToken) {
        let due = self.due().await;
        let attended = due.into_iter().map(|id| self.attend(id, stop));
        futures::stream::iter(attended).buffer_unordered(self.pace.at_once).collect::<Vec<String>>().await;
    }

    /// What is to be seen to now; nothing where this process does not lead, or does not know what others left open.
    async fn due(&self) -> Vec<String> {
        if !self.leads() {
            self.forget();
            return Vec::new();
        }
        if !self.is_settled() {
            match self.parts.executes.recover().await {
                Ok(()) => *lock(&self.settled) = true,
                Err(why) => {
                    tracing::warn!(
                        why,
                        "what was left open could not be settled; nothing is begun, and it is tried again"
                    );
                    return Vec::new();
                }
            }
        }
        if let Err(why) = self.parts.executes.write_what_is_owed().await {
            tracing::warn!(why, "ends of actions could not be journaled; it is tried again");
        }
        match self.standing().await {
            Ok(ids) => ids,
            Err(error) => {
                tracing::warn!(%error, "incidents could not be read; it is tried again");
                Vec::new()
            }
        }
    }

    fn leads(&self) -> bool {
        (self.parts.leads)()
    }

    fn is_settled(&self) -> bool {
        *lock(&self.settled)
    }

    /// Whoever leads meanwhile does other things: all of it is taken over anew afterwards.
    fn forget(&self) {
        *lock(&self.settled) = false;
        lock(&self.known).clear();
        lock(&self.bases).clear();
        lock(&self.unpaid).clear();
    }

    fn keep_basis(&self, incident: &str, round: u32, basis: Option<Basis>) {
        let mut bases = lock(&self.bases);
        match basis {
            Some(basis) => {
                if bases.len() >= BASES && !bases.contains_key(incident) {
                    bases.pop_first();
                }
                bases.insert(incident.to_owned(), (round, Arc::new(basis)));
            }
            None => drop(bases.remove(incident)),
        }
    }

    fn basis(&self, incident: &str, round: u32) -> Option<Arc<Basis>> {
        lock(&self.bases).get(incident).filter(|(of, _)| *of == round).map(|(_, basis)| Arc::clone(basis))
    }
}

/// The value behind a lock. Nothing in here can leave it half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
