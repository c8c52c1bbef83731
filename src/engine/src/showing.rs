//! Keeps what people see of incidents and approvals in step with how these stand.
//!
//! It is driven by what is there, not by what happened: at each look it reads what changed since the look before, some
//! time further back for clocks that differ, and now and then everything that is not over; it hands each value to
//! [`Chat`], which edits what it told before. So nothing is lost by a crash, a missed event or a change by another
//! replica; [`Showing::nudge`] only makes the next look come sooner.
//!
//! Guarantees: it works only while it is told that this process leads; what could not be shown is tried again with a
//! growing pause and keeps nothing else from being shown, and so does a document that is damaged; an approval that is
//! granted is shown again each second until it begins or is taken back; what has expired is ended. Every wait has a
//! deadline; what it remembers is bounded by what is not over and what changed lately.
//!
//! Deliberately absent: where and how it is shown, and by whom it leads.

mod item;
mod ledger;
mod look;

use crate::kept::bounded;
use domain::backoff::{Backoff, draw};
use item::{Item, Key};
use ledger::Ledger;
use ports::approvals::Approvals;
use ports::chat::Chat;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::error::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the chat system may take for one value. It keeps what it cannot send, so this is the time of a store.
const SHOW_WAIT: Duration = Duration::from_secs(10);

/// Between two showings of an approval whose countdown runs, and between two looks at least.
const SECOND: Duration = Duration::from_secs(1);

/// Pauses before something is tried again.
const PAUSES: Backoff =
    Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(300), longest_wish: Duration::ZERO };

/// Whether this process leads at this moment.
pub type Leads = Arc<dyn Fn() -> bool + Send + Sync>;

/// The task's parts.
pub struct Showing {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    approvals: Arc<dyn Approvals>,
    chat: Arc<dyn Chat>,
    leads: Leads,
    every: Duration,
    nudged: Notify,
}

impl Showing {
    /// Shows what is in this store in this chat system, and looks so often, at most once a second: whoever cannot wait
    /// nudges.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        approvals: Arc<dyn Approvals>,
        chat: Arc<dyn Chat>,
        leads: Leads,
        every: Duration,
    ) -> Self {
        Self { store, clock, approvals, chat, leads, every: every.max(SECOND), nudged: Notify::new() }
    }

    /// Something changed: the next look comes at once. Nudges that come before it are one.
    pub fn nudge(&self) {
        self.nudged.notify_one();
    }

    /// Works until it is stopped. What it is about to show when it is stopped is shown.
    pub async fn run(&self, stop: CancellationToken) {
        let mut ledger = Ledger::default();
        let mut next_look = Instant::now();
        while !stop.is_cancelled() {
            if !(self.leads)() {
                // Whoever leads meanwhile shows other things: all of it is looked at anew afterwards.
                ledger = Ledger::default();
                next_look = Instant::now() + self.every;
            } else {
                if next_look <= Instant::now() {
                    let looked = self.look(&mut ledger, &stop).await;
                    next_look = Instant::now() + self.pause_after(&mut ledger, looked);
                }
                self.show_due(&mut ledger, &stop).await;
            }
            let wake = ledger.next_due().map_or(next_look, |due| due.min(next_look));
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.nudged.notified() => next_look = Instant::now(),
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// The usual pause after a look that went well; a growing one after those that did not.
    fn pause_after(&self, ledger: &mut Ledger, looked: Result<(), StoreError>) -> Duration {
        match looked {
            Ok(()) => {
                ledger.failed_looks = 0;
                self.every
            }
            Err(error) => {
                tracing::warn!(%error, "incidents and approvals cannot be looked at to show them; it is tried again");
                let pause = self.pause(ledger.failed_looks);
                ledger.failed_looks = ledger.failed_looks.saturating_add(1);
                self.every.max(pause)
            }
        }
    }

    /// Shows what is to be shown again: what failed before, and countdowns.
    async fn show_due(&self, ledger: &mut Ledger, stop: &CancellationToken) {
        for key in ledger.due(Instant::now()) {
            if stop.is_cancelled() || !(self.leads)() {
                return;
            }
            match self.read(&key).await {
                Ok(Some((version, item))) => self.show(ledger, key, version, &item).await,
                Ok(None) => ledger.forget(&key),
                Err(error) => self.failed(ledger, key, None, &error.to_string()),
            }
        }
    }

    async fn read(&self, key: &Key) -> Result<Option<(u64, Item)>, StoreError> {
        let found = bounded(self.store.get(key.kind.collection(), &key.id)).await?;
        found.map(|stored| Item::of(key.kind, stored)).transpose()
    }

    async fn show(&self, ledger: &mut Ledger, key: Key, version: u64, item: &Item) {
        let now = self.clock.now();
        let showing = async {
            match item {
                Item::Incident(incident) => self.chat.show_incident(incident, now).await,
                Item::Approval(approval) => self.chat.show_approval(approval, now).await,
            }
        };
        match tokio::time::timeout(SHOW_WAIT, showing).await {
            Ok(Ok(())) => {
                let again = item.counts_down(now).then(|| Instant::now() + SECOND);
                ledger.shown(key, item, version, again);
            }
            Ok(Err(error)) => self.failed(ledger, key, Some(version), &error.to_string()),
            Err(_) => self.failed(ledger, key, Some(version), "the chat system did not take it in time"),
        }
    }

    fn failed(&self, ledger: &mut Ledger, key: Key, version: Option<u64>, why: &str) {
        let failures = ledger.failures(&key);
        let pause = self.pause(failures);
        tracing::warn!(what = %key, failures, why, "could not be shown; it is tried again");
        ledger.owe(key, version, Instant::now() + pause, failures.saturating_add(1));
    }

    /// Between half of what is due and all of it: several things that failed together do not come back together.
    fn pause(&self, failures: u32) -> Duration {
        let seed = self.clock.now().timestamp_millis().unsigned_abs();
        PAUSES.wait(failures, 0.5 + draw(seed, failures.into()) / 2.0)
    }
}
