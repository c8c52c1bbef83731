//! A store in memory that counts what it is asked and fails at one place, before or after it did what it was asked.

use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::collections;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::memory::Memory;

/// Where and how it fails from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The first request that fails, counted from 0.
    pub at: usize,
    /// Whether that one is done nevertheless.
    pub is_done: bool,
}

pub struct Cut {
    inner: Arc<Memory>,
    asked: AtomicUsize,
    writes: AtomicUsize,
    fault: Mutex<Option<Fault>>,
    /// Whether other tasks come between any two requests.
    pub yields: AtomicBool,
}

impl Cut {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let inner = Memory::new(collections::ALL, clock);
        let (asked, writes) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { inner, asked, writes, fault: Mutex::new(None), yields: AtomicBool::new(false) }
    }

    /// Fails from this request on, counted from now.
    pub fn fails(&self, fault: Option<Fault>) {
        self.asked.store(0, Ordering::SeqCst);
        *self.fault.lock().unwrap() = fault;
    }

    /// Requests since it was last told how to fail.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Requests that write.
    pub fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Whether to do what is asked, and how to answer.
    async fn turn(&self) -> (bool, Result<(), StoreError>) {
        if self.yields.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let away = || StoreError::Unknown { message: "the test has cut the line".to_owned() };
        match *self.fault.lock().unwrap() {
            Some(fault) if number > fault.at => (false, Err(away())),
            Some(fault) if number == fault.at => (fault.is_done, Err(away())),
            _ => (true, Ok(())),
        }
    }
}

#[async_trait]
impl Store for Cut {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.turn().await.1?;
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let (does, told) = self.turn().await;
        let answer = if does { self.inner.write(write).await } else { Ok(0) };
        told.and(answer)
    }

    async fn write_all(&self, mut writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let count = writes.len();
        match self.turn().await {
            (_, Ok(())) => self.inner.write_all(writes).await,
            (does, Err(error)) => {
                // Of many writes some stand.
                writes.truncate(if does { count.div_ceil(2) } else { 0 });
                self.inner.write_all(writes).await;
                vec![Err(error); count]
            }
        }
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.turn().await.1?;
        self.inner.page(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.turn().await.1?;
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.inner.append(log, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.inner.anchor(log).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.inner.read(log, after, limit).await
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
