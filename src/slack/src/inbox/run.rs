//! The loop: which lanes are worked on.

use super::step::{Ended, PAUSE};
use super::{DEEDS, Handler, Inbox, Key, Place, keep};
use futures::FutureExt;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

/// Lanes that wait for a worker in this process at most; the rest waits in the store.
const MOST_LANES: usize = 2_000;

/// Lanes that one sweep finds at most.
const SWEPT: usize = 500;

/// What the loop knows.
struct Loop {
    inbox: Arc<Inbox>,
    handler: Arc<dyn Handler>,
    stop: CancellationToken,
    questions: Arc<Semaphore>,
    deeds: Arc<Semaphore>,
    tasks: JoinSet<(Key, Ended)>,
    /// Lanes that have a task, and whether something came in since.
    active: BTreeMap<Key, bool>,
    /// Lanes that must wait, and until when.
    delayed: BTreeMap<Key, Instant>,
}

impl Inbox {
    /// Handles what waits and what comes, until `stop`; then what is in hand has its grace, and the rest stays for the
    /// next start. One loop at a time: a second one waits for the first to end.
    pub async fn run(self: Arc<Self>, handler: Arc<dyn Handler>, stop: CancellationToken) {
        let mut woken = self.woken.lock().await;
        let mut state = Loop {
            inbox: self.clone(),
            handler,
            stop: stop.clone(),
            questions: Arc::new(Semaphore::new(self.settings.questions.max(1))),
            deeds: Arc::new(Semaphore::new(self.settings.deeds.max(1))),
            tasks: JoinSet::new(),
            active: BTreeMap::new(),
            delayed: BTreeMap::new(),
        };
        let mut sweep = interval(self.settings.sweep);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let due = state.delayed.values().min().copied();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(done) = state.tasks.join_next(), if !state.tasks.is_empty() => state.ended(done),
                Some(key) = woken.recv() => state.start(key),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => state.go_on(),
                _ = sweep.tick() => state.sweep().await,
            }
        }
        state.drain().await;
    }
}

impl Loop {
    /// Gives a lane a task, unless it has one or must wait.
    fn start(&mut self, key: Key) {
        if let Some(again) = self.active.get_mut(&key) {
            *again = true;
            return;
        }
        let must_wait = self.delayed.get(&key).is_some_and(|until| *until > Instant::now());
        if must_wait || self.active.len() >= MOST_LANES {
            return;
        }
        self.delayed.remove(&key);
        self.active.insert(key.clone(), false);
        let workers = if key.1.ends_with(DEEDS) { self.deeds.clone() } else { self.questions.clone() };
        let (inbox, handler, stop) = (self.inbox.clone(), self.handler.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let worker = tokio::select! {
                worker = workers.acquire_owned() => worker,
                () = stop.cancelled() => return (key, Ended::Over),
            };
            // A panic of a store must not leave the lane without a task for ever.
            let work = AssertUnwindSafe(inbox.work(&key, &handler, &stop)).catch_unwind().await;
            drop(worker);
            (key, work.unwrap_or(Ended::Delayed(PAUSE)))
        });
    }

    fn ended(&mut self, done: Result<(Key, Ended), tokio::task::JoinError>) {
        let Ok((key, ended)) = done else {
            return;
        };
        let again = self.active.remove(&key).unwrap_or(false);
        match ended {
            Ended::Delayed(after) => {
                self.delayed.insert(key, Instant::now() + after);
            }
            Ended::Over if again => self.start(key),
            Ended::Over => {}
        }
    }

    /// Goes on with the lanes whose wait is over.
    fn go_on(&mut self) {
        let now = Instant::now();
        let due: BTreeSet<Key> =
            self.delayed.iter().filter(|(_, until)| **until <= now).map(|(key, _)| key.clone()).collect();
        for key in due {
            self.delayed.remove(&key);
            self.start(key);
        }
    }

    /// Looks for lanes that wait: from before the start, of processes that died, and those whose wake-up did not fit.
    async fn sweep(&mut self) {
        let places =
            if self.inbox.fallback.is_some() { [Place::Main, Place::Memory].as_slice() } else { &[Place::Main] };
        for place in places {
            let query = keep::waiting_lanes().limited(SWEPT);
            match timeout(self.inbox.settings.sweep, self.inbox.at(*place).ids(&query)).await {
                Ok(Ok(found)) => found.into_iter().for_each(|(id, _)| self.start((*place, id))),
                Ok(Err(error)) => tracing::warn!(%error, "what waits could not be looked for"),
                Err(_) => tracing::warn!("what waits could not be looked for: the store does not answer"),
            }
        }
    }

    /// Lets what is in hand end, then lets go of the rest.
    async fn drain(mut self) {
        let grace = self.inbox.settings.grace;
        let ended = timeout(grace, async {
            while let Some(done) = self.tasks.join_next().await {
                if let Ok((key, _)) = done {
                    self.active.remove(&key);
                }
            }
        });
        if ended.await.is_err() {
            tracing::warn!(
                "{} lanes were in hand after {grace:?}; the next start goes on with them",
                self.active.len()
            );
            self.tasks.shutdown().await;
        }
        let held: BTreeSet<Key> = self.active.into_keys().chain(self.delayed.into_keys()).collect();
        for key in held {
            self.inbox.let_go(&key, None).await;
        }
    }
}
