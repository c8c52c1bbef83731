//! What may go wrong at every step that leaves the process: the store, the read tools, the act server.
//!
//! A process that dies at a step hangs there and at every later one, and changes nothing any more: the test drops it and
//! starts another over the same store and the same world.

use async_trait::async_trait;
use domain::action::ActCall;
use domain::audit::{Kind, Record};
use domain::chain::{Anchor, Entry, Line, Report};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::observed::acted::Acted;
use domain::plan::Granted;
use engine::scarlet::executor::Executor;
use fakes::ScriptedHands;
use fakes::hands::{Deed, Rehearsed};
use ports::hands::{ActError, Hands, Step};
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::memory::Memory;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What happens at the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peril {
    /// The process dies before it.
    DiesBefore,
    /// The process dies after it, before it hears of it.
    DiesAfter,
    /// It is not done, and told as failed.
    FailsBefore,
    /// It is done, and told as failed: nobody knows.
    FailsAfter,
}

impl Peril {
    pub const ALL: [Self; 4] = [Self::DiesBefore, Self::DiesAfter, Self::FailsBefore, Self::FailsAfter];
    pub const DEATHS: [Self; 2] = [Self::DiesBefore, Self::DiesAfter];
}

/// The perils of one process: one, at one step.
#[derive(Default)]
pub struct Perils {
    at: Option<(usize, Peril)>,
    steps: AtomicUsize,
    is_dead: AtomicBool,
    is_away: AtomicBool,
    died: Notify,
    /// Looks wait while it is locked.
    pub looking: tokio::sync::Mutex<()>,
}

impl Perils {
    pub fn none() -> Arc<Self> {
        Arc::default()
    }

    pub fn at(step: usize, peril: Peril) -> Arc<Self> {
        Arc::new(Self { at: Some((step, peril)), ..Self::default() })
    }

    /// Whether the step came.
    pub fn came(&self) -> bool {
        self.at.is_some_and(|(step, _)| self.steps.load(Ordering::SeqCst) > step)
    }

    /// Cuts the line to the store, or mends it.
    pub fn store_is_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// Until the process dies.
    pub async fn death(&self) {
        self.died.notified().await;
    }

    async fn die(&self) {
        if !self.is_dead.swap(true, Ordering::SeqCst) {
            self.died.notify_one();
        }
        std::future::pending::<()>().await;
    }

    /// Before a step: `true` where it fails without being done.
    async fn before(&self) -> (bool, Option<Peril>) {
        if self.is_dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let step = self.steps.fetch_add(1, Ordering::SeqCst);
        let peril = self.at.filter(|(at, _)| *at == step).map(|(_, peril)| peril);
        if peril == Some(Peril::DiesBefore) {
            self.die().await;
        }
        (peril == Some(Peril::FailsBefore), peril)
    }

    /// After it: `true` where it is told as failed.
    async fn after(&self, peril: Option<Peril>) -> bool {
        if peril == Some(Peril::DiesAfter) {
            self.die().await;
        }
        peril == Some(Peril::FailsAfter)
    }

    async fn stored<T>(&self, step: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
        let (fails, peril) = self.before().await;
        if fails || self.is_away.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable { message: "the test has cut the line".to_owned() });
        }
        let done = step.await;
        match self.after(peril).await {
            true => Err(StoreError::Unknown { message: "the line was cut in the middle".to_owned() }),
            false => done,
        }
    }
}

/// The store behind perils.
pub struct PerilStore {
    inner: Arc<Memory>,
    perils: Arc<Perils>,
}

impl PerilStore {
    pub fn new(inner: Arc<Memory>, perils: Arc<Perils>) -> Self {
        Self { inner, perils }
    }
}

#[async_trait]
impl Store for PerilStore {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.perils.stored(self.inner.get(collection, id)).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.perils.stored(self.inner.write(write)).await
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        self.inner.write_all(writes).await
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.perils.stored(self.inner.page(query)).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.perils.stored(self.inner.append(log, entries)).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.perils.stored(self.inner.anchor(log)).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.perils.stored(self.inner.read(log, after, limit)).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.inner.adopt(log, lines).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.inner.verify(log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.inner.cut(log, up_to).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.inner.sweep(limit).await
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.inner.health().await
    }
}

type Reader = Box<dyn Fn(&str) -> Result<Envelope, Failure> + Send + Sync>;

/// The read tools behind perils.
pub struct PerilToolbox {
    read: Reader,
    perils: Arc<Perils>,
}

impl PerilToolbox {
    pub fn new(read: impl Fn(&str) -> Result<Envelope, Failure> + Send + Sync + 'static, perils: Arc<Perils>) -> Self {
        Self { read: Box::new(read), perils }
    }
}

#[async_trait]
impl Toolbox for PerilToolbox {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        Vec::new()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, call: ToolCall, _cancel: CancellationToken) -> ToolOutcome {
        let _turn = self.perils.looking.lock().await;
        let (fails, peril) = self.perils.before().await;
        let fails = fails || self.perils.after(peril).await;
        let result = match fails {
            true => Err(Failure::new(FailureKind::Timeout, "the API server did not answer")),
            false => (self.read)(&call.tool),
        };
        ToolOutcome { result, cached: false, bytes: 0 }
    }
}

/// The act server behind perils. It holds, at every call, that its beginning stands in the journal.
pub struct PerilHands {
    pub inner: ScriptedHands,
    journal: Arc<Memory>,
    perils: Arc<Perils>,
    unjournaled: Mutex<Vec<String>>,
    /// Calls wait here while it is closed.
    pub gate: tokio::sync::Semaphore,
}

impl PerilHands {
    pub fn new(
        journal: Arc<Memory>,
        perils: Arc<Perils>,
        act: impl Fn(&Deed) -> Option<Result<Acted, ActError>> + Send + Sync + 'static,
        rehearse: impl Fn(&Rehearsed) -> Option<Result<Acted, Failure>> + Send + Sync + 'static,
    ) -> Self {
        let (inner, gate) = (ScriptedHands::acting(act).rehearsing(rehearse), tokio::sync::Semaphore::new(1));
        Self { inner, journal, perils, unjournaled: Mutex::default(), gate }
    }

    /// What was asked of the hands against the rules.
    pub fn breaches(&self) -> Vec<String> {
        let unjournaled = self.unjournaled.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.inner.breaches().into_iter().chain(unjournaled).collect()
    }

    async fn hold_journal(&self, granted: &Granted, step: &Step) {
        let action = match step {
            Step::Forward { .. } => Executor::action_of(granted.digest()),
            Step::Undo { .. } => Executor::undo_of(granted.digest()),
        };
        let lines = self.journal.read(Log::Journal, 0, 1_000).await.unwrap();
        let is_begun = lines
            .iter()
            .filter_map(Record::of)
            .any(|record| record.kind == Kind::ActionBegun && record.action.as_deref() == Some(action.as_str()));
        if !is_begun {
            self.unjournaled.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{action} is not begun"));
        }
    }
}

#[async_trait]
impl Hands for PerilHands {
    async fn rehearse(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        self.inner.rehearse(environment, call, reason).await
    }

    async fn act(&self, granted: &Granted, step: Step, grant: &str) -> Result<Acted, ActError> {
        let lost = || ActError::Unknown(Failure::new(FailureKind::Unreachable, "the connection closed"));
        let _place = self.gate.acquire().await.unwrap();
        let (fails, peril) = self.perils.before().await;
        self.hold_journal(granted, &step).await;
        if fails {
            return Err(lost());
        }
        let done = self.inner.act(granted, step, grant).await;
        match self.perils.after(peril).await {
            true => Err(lost()),
            false => done,
        }
    }
}
