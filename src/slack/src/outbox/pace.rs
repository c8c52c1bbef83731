//! When a message may be edited again, and what is due in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Between two edits of a message.
pub(super) const PACE: Duration = Duration::from_secs(1);

/// Messages whose last edit is remembered; more are made room for by the oldest.
const REMEMBERED: usize = 4_000;

/// Keys that are due later; what does not fit is found by the sweep.
const MOST_DUE: usize = 4_000;

#[derive(Default)]
struct State {
    edited: BTreeMap<String, Instant>,
    due: BTreeMap<String, Instant>,
    overdrawn: BTreeSet<String>,
    locks: BTreeMap<String, Arc<tokio::sync::Mutex<()>>>,
}

/// The paces of all messages.
#[derive(Default)]
pub(super) struct Paces {
    state: Mutex<State>,
    changed: Notify,
}

impl Paces {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lock under which this process works on a post.
    pub(super) fn lock(&self, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut state = self.state();
        if state.locks.len() >= REMEMBERED {
            state.locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        state.locks.entry(key.to_owned()).or_default().clone()
    }

    /// How long until the message may be edited; nothing where it may.
    pub(super) fn wait(&self, key: &str) -> Option<Duration> {
        let last = *self.state().edited.get(key)?;
        let over = last + PACE;
        let now = Instant::now();
        (over > now).then(|| over - now)
    }

    /// Notes that the message is being written now.
    pub(super) fn note(&self, key: &str) {
        let mut state = self.state();
        if state.edited.len() >= REMEMBERED {
            let now = Instant::now();
            state.edited.retain(|_, last| *last + PACE > now);
        }
        state.edited.insert(key.to_owned(), Instant::now());
    }

    /// Notes that passing progress stands in the message, or no more.
    pub(super) fn set_overdrawn(&self, key: &str, is_overdrawn: bool) {
        let mut state = self.state();
        if is_overdrawn && state.overdrawn.len() < REMEMBERED {
            state.overdrawn.insert(key.to_owned());
        } else {
            state.overdrawn.remove(key);
        }
    }

    /// Whether passing progress stands in the message.
    pub(super) fn is_overdrawn(&self, key: &str) -> bool {
        self.state().overdrawn.contains(key)
    }

    /// Has a post looked at after this time.
    pub(super) fn later(&self, key: &str, after: Duration) {
        let mut state = self.state();
        if state.due.len() < MOST_DUE || state.due.contains_key(key) {
            state.due.insert(key.to_owned(), Instant::now() + after);
            self.changed.notify_one();
        }
    }

    /// Waits until posts are due, and takes them.
    pub(super) async fn due(&self) -> Vec<String> {
        loop {
            let first = self.state().due.values().min().copied();
            match first {
                None => self.changed.notified().await,
                Some(first) => tokio::select! {
                    () = sleep_until(first) => {
                        let (now, mut state) = (Instant::now(), self.state());
                        let due: Vec<String> =
                            state.due.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key.clone()).collect();
                        due.iter().for_each(|key| { state.due.remove(key); });
                        return due;
                    }
                    () = self.changed.notified() => {}
                },
            }
        }
    }
}
