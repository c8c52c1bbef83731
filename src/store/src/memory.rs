//! A store in memory, for tests and simulation.
//!
//! Guarantee: it behaves as the port says and as the other stores do, limits and refusals included; bodies go through
//! the same packing. Deliberately absent: durability.

mod cursor;
mod documents;
mod logs;
mod query;
mod search;

#[cfg(test)]
mod tests;

use crate::packing::Packed;
use async_trait::async_trait;
use documents::Documents;
use domain::chain::{Anchor, Entry, Line, Report};
use logs::Logs;
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Version of the layout: there is only one.
const LAYOUT: u32 = 1;

/// The store.
pub struct Memory {
    clock: Arc<dyn Clock>,
    documents: Mutex<Documents>,
    logs: Mutex<Logs>,
}

impl Memory {
    /// An empty store of these collections.
    pub fn new(collections: &'static [&'static Collection], clock: Arc<dyn Clock>) -> Arc<Self> {
        let documents = Mutex::new(Documents::new(collections));
        Arc::new(Self { clock, documents, logs: Mutex::new(Logs::default()) })
    }

    /// Puts a document there that this program would not write: of another schema, or with a body that cannot be read.
    /// It does not expire; it is found by its fields where the body can be read. Answers with its version.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a collection that the store does not have.
    pub fn plant(
        &self,
        collection: &'static Collection,
        id: &str,
        schema: u32,
        body: Packed,
    ) -> Result<u64, StoreError> {
        self.documents().plant(collection, id, schema, body)
    }

    /// Changes the records and the anchor of a log behind its back.
    pub fn tamper(&self, log: Log, change: impl FnOnce(&mut Vec<Line>, &mut Anchor)) {
        self.logs().tamper(log, change);
    }

    // A panic of another thread leaves no half change behind: each change is one insertion or removal at its end.
    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.documents().get(collection, id, self.clock.now())
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.documents().write(write, self.clock.now())
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let now = self.clock.now();
        let mut documents = self.documents();
        writes.into_iter().map(|write| documents.write(write, now)).collect()
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        query::page(&self.documents(), query, self.clock.now())
    }

    async fn ids(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        query::ids(&self.documents(), query, self.clock.now())
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        query::count(&self.documents(), query, self.clock.now())
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        search::search(&self.documents(), query, self.clock.now())
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.logs().append(log, entries)
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        Ok(self.logs().anchor(log))
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.logs().adopt(log, lines)
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        Ok(self.logs().read(log, after, limit))
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        Ok(self.logs().verify(log))
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.logs().cut(log, up_to, self.clock.now())
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        Ok(self.documents().sweep(limit, self.clock.now()))
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        let (place, engine) = ("memory".to_owned(), "in this process, until it ends".to_owned());
        Ok(StoreHealth { place, engine, layout: LAYOUT, bytes: None, waiting: 0 })
    }
}
