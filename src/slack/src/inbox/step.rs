//! Working on one lane: what is begun, held, and taken out.

use super::{Handler, Inbox, Key, Later, Place};
use crate::incoming::Received;
use chrono::TimeDelta;
use domain::lane::{Entry, Lane, Released};
use ports::store::error::StoreError;
use ports::store::record;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The longest wait between two attempts; below what a lane can be held for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// The wait after a panic, and after the store could not be reached.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// Ids of handled entries that are remembered while the store cannot note them.
const UNNOTED: usize = 10_000;

/// How the work on a lane ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing waits, or somebody else works on it.
    Over,
    /// It goes on after this time.
    Delayed(Duration),
}

/// What is next in a lane.
enum Next {
    Begun(Box<Entry>, u32),
    Nothing,
}

/// The wait before an entry that was begun so often is begun again: it doubles, so that what is away for minutes (Slack,
/// the store) loses no entry.
pub(super) fn wait_before(begun: u32, first: Duration) -> Duration {
    let doubled = 1_u32.checked_shl(begun.saturating_sub(1)).unwrap_or(u32::MAX);
    first.saturating_mul(doubled).min(LONGEST_WAIT)
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl Inbox {
    /// Handles what waits in a lane, until nothing does, it must wait, or the process stops.
    pub(super) async fn work(&self, key: &Key, handler: &Arc<dyn Handler>, stop: &CancellationToken) -> Ended {
        let mut handled = None;
        loop {
            if stop.is_cancelled() {
                self.let_go(key, handled.as_deref()).await;
                return Ended::Over;
            }
            let (entry, begun) = match self.next(key, handled.as_deref()).await {
                Ok(Next::Begun(entry, begun)) => (entry, begun),
                Ok(Next::Nothing) => return Ended::Over,
                Err(error) => {
                    tracing::warn!(%error, lane = key.1, "a lane could not be gone on with; it is tried again");
                    handled.into_iter().for_each(|id| self.remember(id));
                    return Ended::Delayed(PAUSE);
                }
            };
            match self.handle(key, &entry, begun, handler).await {
                None => return Ended::Over,
                Some(Ok(())) => handled = Some(entry.id),
                Some(Err(later)) => return self.wait(key, &entry, begun, later).await,
            }
        }
    }

    /// Takes out what was handled, and begins what is next.
    async fn next(&self, key: &Key, handled: Option<&str>) -> Result<Next, StoreError> {
        let (process, now) = (self.settings.process.as_str(), self.clock.now());
        let former = self.settings.former.as_deref();
        let next = record::change::<Lane, Next>(self.at(key.0), &key.1, |found| {
            let Some(mut lane) = found else { return (None, Next::Nothing) };
            let is_former = |name: &str| name != process && former.is_some_and(|former| name.starts_with(former));
            if lane.holder.as_ref().is_some_and(|holder| is_former(&holder.process)) {
                lane.holder = None;
            }
            if let Some(id) = handled {
                lane.finish(process, id, now);
            }
            if !lane.has_waiting() {
                let was_held = lane.release(process, now) != Released::NotHeld;
                return (was_held.then_some(lane), Next::Nothing);
            }
            if !lane.claim(process, now, delta(self.settings.lease)) {
                return (None, Next::Nothing);
            }
            let Some(entry) = lane.next().cloned() else { return (None, Next::Nothing) };
            let begun = lane.begin(process, &entry.id, now).unwrap_or(1);
            (Some(lane), Next::Begun(Box::new(entry), begun))
        });
        next.await
    }

    /// Handles one entry while its lane is held. `None` where the lane was lost.
    async fn handle(
        &self,
        key: &Key,
        entry: &Entry,
        begun: u32,
        handler: &Arc<dyn Handler>,
    ) -> Option<Result<(), Later>> {
        if self.is_remembered(&entry.id) || (key.0 == Place::Main && self.is_known_in_memory(&key.1, &entry.id).await) {
            return Some(Ok(()));
        }
        let received: Received = match serde_json::from_value(entry.body.clone()) {
            Ok(received) => received,
            Err(error) => {
                tracing::error!(%error, id = entry.id, "an event that was kept cannot be read; it is left out");
                return Some(Ok(()));
            }
        };
        let handler = handler.clone();
        if begun > self.settings.attempts {
            tracing::error!(id = entry.id, lane = key.1, "an event was given up after {} attempts", begun - 1);
            let telling = tokio::spawn(async move {
                let _ = tokio::time::timeout(GIVING_UP, handler.give_up(&received)).await;
                Ok(())
            });
            return self.held(key, Aborting(telling)).await.map(|_| Ok(()));
        }
        let task = tokio::spawn(async move { handler.handle(&received, begun).await });
        self.held(key, Aborting(task)).await
    }

    /// Waits for a handler, and holds the lane meanwhile.
    async fn held(&self, key: &Key, mut task: Aborting) -> Option<Result<(), Later>> {
        let renewal = (self.settings.lease / 3).max(Duration::from_millis(10));
        loop {
            tokio::select! {
                done = &mut task.0 => {
                    return Some(done.unwrap_or_else(|error| {
                        tracing::error!(lane = key.1, "a handler ended without an answer: {error}");
                        Err(Later { after: PAUSE, why: "its handler panicked".to_owned() })
                    }));
                }
                () = tokio::time::sleep(renewal) => {
                    if self.renew(key, self.settings.lease).await == Ok(false) {
                        tracing::warn!(lane = key.1, "another process took the lane over; its entry is left to that");
                        return None;
                    }
                }
            }
        }
    }

    /// Holds the lane for longer; false where another process has it.
    async fn renew(&self, key: &Key, length: Duration) -> Result<bool, StoreError> {
        let now = self.clock.now();
        record::change::<Lane, bool>(self.at(key.0), &key.1, |found| {
            let Some(mut lane) = found else { return (None, false) };
            let is_held = lane.renew(&self.settings.process, now, delta(length));
            (is_held.then_some(lane), is_held)
        })
        .await
    }

    /// Keeps the lane to itself until its entry is tried again, so that no other process does so before.
    async fn wait(&self, key: &Key, entry: &Entry, begun: u32, later: Later) -> Ended {
        let after = wait_before(begun, later.after);
        tracing::info!(id = entry.id, attempt = begun, why = later.why, "an event is tried again in {after:?}");
        if let Err(error) = self.renew(key, after + self.settings.lease).await {
            tracing::warn!(%error, lane = key.1, "a lane could not be held while it waits");
        }
        Ended::Delayed(after)
    }

    /// Lets the lane go, for whoever is next.
    pub(super) async fn let_go(&self, key: &Key, handled: Option<&str>) {
        let (process, now) = (self.settings.process.as_str(), self.clock.now());
        let done = record::change::<Lane, ()>(self.at(key.0), &key.1, |found| {
            let Some(mut lane) = found else { return (None, ()) };
            if let Some(id) = handled {
                lane.finish(process, id, now);
            }
            (lane.hand_over(process, now).then_some(lane), ())
        });
        if let Err(error) = done.await {
            tracing::warn!(%error, lane = key.1, "a lane could not be let go; it is free when its time is over");
        }
    }

    fn remember(&self, id: String) {
        let mut unnoted = self.unnoted.lock().unwrap_or_else(PoisonError::into_inner);
        if unnoted.len() >= UNNOTED {
            unnoted.pop_first();
        }
        unnoted.insert(id);
    }

    fn is_remembered(&self, id: &str) -> bool {
        self.unnoted.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }
}

/// How long whoever waits may take to be told that nothing comes.
const GIVING_UP: Duration = Duration::from_secs(15);

/// A task that ends when nobody waits for it any more.
struct Aborting(JoinHandle<Result<(), Later>>);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}
