//! The turns that this process works on, and how they are stopped from anywhere.
//!
//! A wish to stop is kept in the store first ([`super::kept::stop`]); then the process that has the turn hears of it: here, or over
//! the bus. Where the bus lost something, the store is asked for every turn at hand.

use super::kept;
use futures::StreamExt;
use ports::bus::{Bus, Live};
use ports::store::Store;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The channel of the bus.
pub const STOP: &str = "slack.stop";

/// How long until a live view that ended is opened anew.
const REOPEN: Duration = Duration::from_secs(5);

/// How often the store is asked for every turn at hand: what neither this process nor the bus told.
const LOOK: Duration = Duration::from_secs(10);

/// A turn at hand.
#[derive(Debug, Clone)]
struct AtHand {
    asker: String,
    cancel: CancellationToken,
    stopped_by: Option<String>,
}

/// Turns by their entries.
#[derive(Debug, Default)]
pub struct Runs(Mutex<BTreeMap<String, AtHand>>);

/// Takes the turn out again when it is dropped.
#[derive(Debug)]
pub struct Guard {
    runs: Arc<Runs>,
    entry: String,
    /// What stops the turn.
    pub cancel: CancellationToken,
}

impl Guard {
    /// Who stopped it, by their id at Slack.
    pub fn stopped_by(&self) -> Option<String> {
        self.runs.lock().get(&self.entry).and_then(|run| run.stopped_by.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.runs.lock().remove(&self.entry);
    }
}

impl Runs {
    /// Takes a turn in hand. It ends with `parent`, too.
    pub fn begin(self: &Arc<Self>, entry: &str, asker: &str, parent: &CancellationToken) -> Guard {
        let cancel = parent.child_token();
        let run = AtHand { asker: asker.to_owned(), cancel: cancel.clone(), stopped_by: None };
        self.lock().insert(entry.to_owned(), run);
        Guard { runs: Arc::clone(self), entry: entry.to_owned(), cancel }
    }

    /// Stops a turn, where it is at hand.
    pub fn stop(&self, entry: &str, by: &str) -> bool {
        let mut runs = self.lock();
        let Some(run) = runs.get_mut(entry) else { return false };
        run.stopped_by.get_or_insert_with(|| by.to_owned());
        run.cancel.cancel();
        true
    }

    /// Who asked, where the turn is at hand.
    pub fn asker(&self, entry: &str) -> Option<String> {
        self.lock().get(entry).map(|run| run.asker.clone())
    }

    /// How many turns are at hand.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Stops what was stopped elsewhere, until `stop`.
    pub async fn watch(&self, bus: Option<Arc<dyn Bus>>, store: Arc<dyn Store>, stop: CancellationToken) {
        let hearing = async {
            match &bus {
                Some(bus) => self.hear(&**bus, &*store).await,
                None => std::future::pending().await,
            }
        };
        let looking = async {
            loop {
                tokio::time::sleep(LOOK).await;
                self.look(&*store).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = hearing => {}
            () = looking => {}
        }
    }

    async fn hear(&self, bus: &dyn Bus, store: &dyn Store) {
        loop {
            let mut live = bus.watch(STOP).await;
            while let Some(event) = live.next().await {
                match event {
                    Live::Message(message) => self.heard(&message, store).await,
                    Live::Missed(_) | Live::Interrupted => self.look(store).await,
                }
            }
            tokio::time::sleep(REOPEN).await;
        }
    }

    /// What is announced is an id only: who may stop and who did is in the store.
    async fn heard(&self, message: &Value, store: &dyn Store) {
        if let Some(entry) = message.as_str().filter(|entry| self.lock().contains_key(*entry)) {
            self.look_at(entry, store).await;
        }
    }

    async fn look(&self, store: &dyn Store) {
        let at_hand: Vec<String> = self.lock().keys().cloned().collect();
        for entry in at_hand {
            self.look_at(&entry, store).await;
        }
    }

    async fn look_at(&self, entry: &str, store: &dyn Store) {
        match kept::run(store, entry).await {
            Ok(Some(run)) => {
                if let Some(by) = run.stopped_by {
                    self.stop(entry, &by);
                }
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(entry, %error, "it is not known whether the turn was stopped elsewhere"),
        }
    }

    // A panic of another thread leaves no half change behind: each change is one insertion, removal or flag.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, AtHand>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
