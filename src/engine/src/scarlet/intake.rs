//! The intake of signals: from whoever observes something, through the store, into incidents.
//!
//! Three things go on side by side in [`SignalIntake::run`]: what is handed over is kept, many requests with one write
//! (`keeping`); what is kept is decided in batches and put into incidents (`deciding`, `carrying`); and once in a while
//! what only time changes is looked at (`tending`).
//!
//! Guarantees: what is taken is durable before it is said so; what has no room is refused; however many processes work on
//! one store, and wherever one of them dies, a signal grows one incident once, and one trouble makes one incident
//! (`domain::intake_queue` says how). Every wait has a deadline, every queue a bound.
//!
//! Deliberately absent: reading a source, what a signal means (`domain::correlation`), and what is done about it.

mod carrying;
mod deciding;
mod heard;
mod keeping;
mod queue;
mod tending;

pub use heard::heard;

use crate::approvals::ApprovalDesk;
use async_trait::async_trait;
use deciding::Working;
use domain::correlation::Rules;
use domain::signal::{Signal, Source};
use domain::topology::Topology;
use heard::Heard;
use ports::bus::Bus;
use ports::clock::Clock;
use ports::signals::{Intake, IntakeError, SourceStatus, Taken};
use ports::store::Store;
use queue::Queue;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The bus channel on which the ids of incidents that signals have changed are announced: `{"changed": ["INC-7"]}`.
pub const CHANGED: &str = "incidents";

/// How long telling of a change may take; whoever should hear of it looks by itself too.
const TELL_WAIT: Duration = Duration::from_secs(1);

/// Signals that wait to be decided at most, before whoever hands over more is told to come again.
const MOST_WAITING: u64 = 100_000;

/// When to come again.
const LATER: Duration = Duration::from_secs(5);

/// What is known of the world when a signal is placed.
pub trait Surroundings: Send + Sync {
    /// The rules of correlation, with noise, maintenance and silences as they are now.
    fn rules(&self) -> Arc<Rules>;

    /// What stands on what in an environment, as far as it is known.
    fn topology(&self, environment: &str) -> Arc<Topology>;

    /// Whether it was looked around once. Before that, one cause would be an incident for each of its symptoms.
    fn has_looked(&self) -> bool {
        true
    }
}

/// Hears which incidents have changed, so that nobody has to wait for the next look.
#[async_trait]
pub trait Herald: Send + Sync {
    /// These have.
    async fn changed(&self, incidents: &[&str]);
}

/// Tells all processes, on [`CHANGED`].
pub struct OnTheBus(pub Arc<dyn Bus>);

#[async_trait]
impl Herald for OnTheBus {
    async fn changed(&self, incidents: &[&str]) {
        self.0.announce(CHANGED, json!({ "changed": incidents })).await;
    }
}

/// What the intake works with.
pub struct Parts {
    /// Where signals, incidents and what was decided are.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where what an incident asked for is withdrawn, when the incident ends at its sources.
    pub approvals: Arc<ApprovalDesk>,
    /// What signals are placed by.
    pub surroundings: Arc<dyn Surroundings>,
    /// Who is told of changes.
    pub herald: Arc<dyn Herald>,
    /// The sources that are declared: each is told of, though it be never heard.
    pub sources: Vec<Source>,
}

/// The intake.
pub struct SignalIntake {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    approvals: Arc<ApprovalDesk>,
    surroundings: Arc<dyn Surroundings>,
    herald: Arc<dyn Herald>,
    heard: Heard,
    queue: Queue,
    /// The last place in the queue that was given.
    order: AtomicI64,
    /// Signals that wait to be decided, about; counted anew once in a while.
    waiting: AtomicU64,
    /// Signals wait.
    arrived: Notify,
}

impl SignalIntake {
    /// An intake. It takes nothing before it runs: what is handed over waits, and is refused in the end.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, approvals, surroundings, herald, sources } = parts;
        Self {
            store,
            clock,
            approvals,
            surroundings,
            herald,
            heard: Heard::of(sources),
            queue: Queue::new(),
            order: AtomicI64::new(0),
            waiting: AtomicU64::new(0),
            arrived: Notify::new(),
        }
    }

    /// Works until it is stopped; what was handed over by then is kept, and what is under way is ended. Only the first
    /// call works.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(self.keep_until(&stop), self.decide_until(&stop), self.tend_until(&stop));
    }

    /// Decides and carries out what waits now, and answers when nothing does any more.
    ///
    /// # Errors
    /// When the store could not be asked, or did not tell; what waits is decided later.
    pub async fn settle_down(&self) -> Result<(), ports::store::error::StoreError> {
        let mut working = Working::default();
        while self.pass(&mut working).await?.is_more() {}
        Ok(())
    }

    async fn tell(&self, incidents: &[&str]) {
        if !incidents.is_empty() && tokio::time::timeout(TELL_WAIT, self.herald.changed(incidents)).await.is_err() {
            tracing::debug!("nobody could be told in time which incidents have changed; they look by themselves");
        }
    }

    fn is_full(&self) -> Option<IntakeError> {
        let waiting = self.waiting.load(Ordering::Relaxed);
        (waiting >= MOST_WAITING).then(|| IntakeError::Full {
            message: format!(
                "{waiting} signals wait to be put into incidents, which is as many as are kept: come again later. If it \
                 stays so, look at the log of this process and at the health of the store"
            ),
            retry_after: LATER,
        })
    }
}

#[async_trait]
impl Intake for SignalIntake {
    async fn take(&self, signals: Vec<Signal>) -> Result<Taken, IntakeError> {
        if let Some(full) = self.is_full() {
            return Err(full);
        }
        let now = self.clock.now();
        self.heard.told(&signals, now);
        self.queue.take(signals).await
    }

    fn heard(&self, source: &Source) {
        self.heard.heard(source, self.clock.now());
    }

    fn trouble(&self, source: &Source, problem: &str) {
        self.heard.trouble(source, problem, self.clock.now());
    }

    fn sources(&self) -> Vec<SourceStatus> {
        self.heard.sources()
    }
}
