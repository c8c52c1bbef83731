//! A store before another one: slow, so that keepers come between each other, and away or silent when the test says so.

use async_trait::async_trait;
use domain::backoff::draw;
use domain::chain::{Anchor, Entry, Line, Report};
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is reached.
    Away,
    /// Nothing answers.
    Silent,
    /// The logs are not reached, documents are.
    LogsAway,
    /// Documents are read; writes of them are refused.
    ReadOnly,
}

/// What becomes of the next write of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextWrite {
    /// It is made, and nobody tells so.
    MadeButUntold,
    /// It is not made, and nobody tells so.
    LostAndUntold,
}

pub struct TroubledStore {
    inner: Arc<dyn Store>,
    seed: u64,
    asked: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
    next_writes: Mutex<VecDeque<NextWrite>>,
}

fn away() -> StoreError {
    StoreError::Unavailable { message: "the test's store is away".to_owned() }
}

fn unknown() -> StoreError {
    StoreError::Unknown { message: "the test's store went away in the middle".to_owned() }
}

impl TroubledStore {
    pub fn before(inner: Arc<dyn Store>, seed: u64) -> Arc<Self> {
        let (trouble, next_writes) = (Mutex::new(None), Mutex::new(VecDeque::new()));
        Arc::new(Self { inner, seed, asked: AtomicU64::new(0), trouble, next_writes })
    }

    pub fn set(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    pub fn of_the_next_writes(&self, fates: &[NextWrite]) {
        self.next_writes.lock().unwrap_or_else(PoisonError::into_inner).extend(fates);
    }

    fn trouble(&self) -> Option<Trouble> {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A way of up to 20 ms, of another length each time.
    async fn way(&self) {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(20).mul_f64(draw(self.seed, number))).await;
    }

    async fn arrives(&self) -> Result<(), StoreError> {
        self.way().await;
        match self.trouble() {
            Some(Trouble::Away) => Err(away()),
            Some(Trouble::Silent) => std::future::pending().await,
            Some(Trouble::LogsAway | Trouble::ReadOnly) | None => Ok(()),
        }
    }

    async fn arrives_at_logs(&self) -> Result<(), StoreError> {
        self.arrives().await?;
        if self.trouble() == Some(Trouble::LogsAway) { Err(away()) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for TroubledStore {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.arrives().await?;
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.arrives().await?;
        if self.trouble() == Some(Trouble::ReadOnly) {
            return Err(StoreError::Denied { message: "the test's store is read-only".to_owned() });
        }
        let fate = self.next_writes.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match fate {
            Some(NextWrite::LostAndUntold) => Err(unknown()),
            Some(NextWrite::MadeButUntold) => {
                self.inner.write(write).await?;
                Err(unknown())
            }
            None => self.inner.write(write).await,
        }
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let mut answers = Vec::new();
        for write in writes {
            answers.push(self.write(write).await);
        }
        answers
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.arrives().await?;
        self.inner.page(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.arrives().await?;
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.arrives().await?;
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.arrives_at_logs().await?;
        self.inner.append(log, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.arrives_at_logs().await?;
        self.inner.anchor(log).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.arrives_at_logs().await?;
        self.inner.read(log, after, limit).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.arrives_at_logs().await?;
        self.inner.adopt(log, lines).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.arrives_at_logs().await?;
        self.inner.verify(log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.arrives_at_logs().await?;
        self.inner.cut(log, up_to).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.arrives().await?;
        self.inner.sweep(limit).await
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.arrives().await?;
        self.inner.health().await
    }
}
