//! A task that holds a lease as long as it can, and tells at once when it cannot.
//!
//! Guarantees: whoever asks for the token gets one only while the lease is good by this process's own stopwatch, whether
//! the task that renews it runs or not; the lease is told lost before anybody else may take it. When the holder dies,
//! another leads within the lease's length.

use super::{GuardKeeper, NotDone};
use chrono::TimeDelta;
use domain::backoff::{Backoff, draw};
use domain::guard::{Lease, LeaseRefusal, Watched};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The shortest wait between two looks at a lease that another holds.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// A lease that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure {
    token: u64,
    good_until: Instant,
}

impl Tenure {
    /// The fencing token, while the lease is good.
    pub fn token(&self) -> Option<u64> {
        (Instant::now() < self.good_until).then_some(self.token)
    }
}

/// Who leads, as far as this process knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leadership {
    /// This process, as long as the tenure is good.
    Mine(Tenure),
    /// Another, or nobody who is known.
    NotMine {
        /// Why not, for people.
        why: String,
    },
}

/// The task. Dropping it ends it without giving the lease back, as if the process had died.
pub struct Leader {
    said: watch::Receiver<Leadership>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Leader {
    /// Starts to strive for the lease of this name. `length` is from 20 s to 10 min; it is renewed at a third of it.
    pub fn start(keeper: Arc<GuardKeeper>, name: impl Into<String>, length: TimeDelta) -> Self {
        let (say, said) = watch::channel(Leadership::NotMine { why: "it was not asked for yet".to_owned() });
        let stop = CancellationToken::new();
        let third = (length / 3).to_std().unwrap_or(SHORTEST_WAIT).max(SHORTEST_WAIT);
        let holder = keeper.unique();
        let candidate = Candidate { keeper, name: name.into(), holder, length, third, say };
        let task = tokio::spawn(candidate.run(stop.clone()));
        Self { said, stop, task }
    }

    /// The fencing token, while this process leads. To be asked for each start anew.
    pub fn token(&self) -> Option<u64> {
        match &*self.said.borrow() {
            Leadership::Mine(tenure) => tenure.token(),
            Leadership::NotMine { .. } => None,
        }
    }

    /// Tells each change: leadership won, renewed and lost.
    pub fn watch(&self) -> watch::Receiver<Leadership> {
        self.said.clone()
    }

    /// Gives the lease back and ends, within the time that the store has for an answer.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if (&mut self.task).await.is_err() {
            tracing::error!("the task that holds a lease had ended before it was stopped");
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Candidate {
    keeper: Arc<GuardKeeper>,
    name: String,
    holder: String,
    length: TimeDelta,
    third: Duration,
    say: watch::Sender<Leadership>,
}

impl Candidate {
    async fn run(self, stop: CancellationToken) {
        while let Some(tenure) = stop.run_until_cancelled(self.win()).await {
            tracing::info!(lease = %self.name, token = tenure.token, "leads now");
            let lost = stop.run_until_cancelled(self.keep(tenure)).await;
            let stopped = || "this process is stopping".to_owned();
            let why = lost.clone().unwrap_or_else(stopped);
            tracing::info!(lease = %self.name, token = tenure.token, why, "does not lead any more");
            // Told before it is given back, so that nobody here acts while another may already.
            self.say.send_replace(Leadership::NotMine { why });
            if lost.is_none() {
                self.give_back(tenure.token).await;
            }
        }
    }

    /// Waits until the lease is won.
    async fn win(&self) -> Tenure {
        let mut watched: Option<(Lease, Instant)> = None;
        let mut failures = 0;
        loop {
            let seen = watched.as_ref().map(|(lease, since)| Watched {
                lease: lease.clone(),
                unchanged_for: TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::MAX),
            });
            let asked = Instant::now();
            let (why, wait) = match self.keeper.acquire(&self.name, &self.holder, self.length, seen.as_ref()).await {
                Ok(taken) => {
                    let tenure = tenure(taken.token, asked, taken.holds_for);
                    self.say.send_replace(Leadership::Mine(tenure));
                    return tenure;
                }
                Err(NotDone::Lease { name, refusal: LeaseRefusal::Held { lease } }) => {
                    failures = 0;
                    let wait = self.wait_for(&lease);
                    let refusal = LeaseRefusal::Held { lease: lease.clone() };
                    if watched.as_ref().is_none_or(|(before, _)| *before != lease) {
                        watched = Some((lease, Instant::now()));
                    }
                    (NotDone::Lease { name, refusal }, wait)
                }
                Err(error) => {
                    failures += 1;
                    (error, self.pause(failures))
                }
            };
            self.tell_not_mine(why.to_string());
            tokio::time::sleep(wait).await;
        }
    }

    /// Keeps the lease; ends when it is lost, with the reason.
    async fn keep(&self, mut tenure: Tenure) -> String {
        let mut next = Instant::now() + self.third;
        let mut failures = 0;
        loop {
            tokio::time::sleep_until(next.min(tenure.good_until)).await;
            let asked = Instant::now();
            let renewing = self.keeper.renew(&self.name, &self.holder, tenure.token);
            let why = match tokio::time::timeout_at(tenure.good_until, renewing).await {
                Ok(Ok(taken)) => {
                    tenure = self::tenure(taken.token, asked, taken.holds_for);
                    self.say.send_replace(Leadership::Mine(tenure));
                    (next, failures) = (asked + self.third, 0);
                    continue;
                }
                Ok(Err(lost @ NotDone::Lease { .. })) => return lost.to_string(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "the store did not answer in time".to_owned(),
            };
            if tenure.token().is_none() {
                return format!("the lease {} ran out before it could be renewed: {why}", self.name);
            }
            failures += 1;
            next = Instant::now() + self.pause(failures);
        }
    }

    async fn give_back(&self, token: u64) {
        if let Err(error) = self.keeper.release(&self.name, &self.holder, token).await {
            tracing::warn!(lease = %self.name, %error, "the lease could not be given back; it ends by itself");
        }
    }

    /// Says it once: those who wait for a change are not woken by the same news.
    fn tell_not_mine(&self, why: String) {
        let news = Leadership::NotMine { why };
        self.say.send_if_modified(|said| {
            let is_new = *said != news;
            *said = news.clone();
            is_new
        });
    }

    /// Until the other's lease may be free, but never longer than a third of one's own: it may be given back.
    fn wait_for(&self, lease: &Lease) -> Duration {
        let free_in = lease.free_at().signed_duration_since(self.keeper.now()).to_std().unwrap_or_default();
        free_in.clamp(SHORTEST_WAIT, self.third)
    }

    fn pause(&self, failures: u32) -> Duration {
        let pauses = Backoff { cap: self.third, ..Backoff::default() };
        let seed = self.holder.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        pauses.wait(failures, draw(seed, failures.into())).max(SHORTEST_WAIT)
    }
}

fn tenure(token: u64, asked: Instant, holds_for: TimeDelta) -> Tenure {
    // A time that cannot be counted is none.
    let good_until = holds_for.to_std().ok().and_then(|holds_for| asked.checked_add(holds_for)).unwrap_or(asked);
    Tenure { token, good_until }
}
