//! A store behind a door: shut, it is away.

use domain::chain::{Anchor, Entry, Line, Report};
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::memory::Memory;

/// A store that can be shut.
pub struct Door {
    /// What is behind it.
    pub inner: Arc<Memory>,
    /// Whether nobody gets through.
    pub is_shut: AtomicBool,
}

impl Door {
    /// In front of a store, open.
    pub fn of(inner: Arc<Memory>) -> Arc<Self> {
        Arc::new(Self { inner, is_shut: AtomicBool::new(false) })
    }

    /// Shuts or opens it.
    pub fn shut(&self, is_shut: bool) {
        self.is_shut.store(is_shut, Ordering::Relaxed);
    }

    fn open(&self) -> Result<&Memory, StoreError> {
        let shut = || StoreError::Unavailable { message: "the door is shut".to_owned() };
        if self.is_shut.load(Ordering::Relaxed) { Err(shut()) } else { Ok(self.inner.as_ref()) }
    }
}

#[async_trait::async_trait]
impl Store for Door {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.open()?.get(collection, id).await
    }
    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.open()?.write(write).await
    }
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        self.inner.write_all(writes).await
    }
    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.open()?.page(query).await
    }
    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.open()?.count(query).await
    }
    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.open()?.search(query).await
    }
    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.open()?.append(log, entries).await
    }
    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.open()?.anchor(log).await
    }
    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.open()?.read(log, after, limit).await
    }
    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.open()?.adopt(log, lines).await
    }
    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.open()?.verify(log).await
    }
    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.open()?.cut(log, up_to).await
    }
    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.open()?.sweep(limit).await
    }
    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.open()?.health().await
    }
}
