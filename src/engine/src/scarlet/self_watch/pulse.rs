//! Whether the journal can be written: told by the executor's own writes, since a write only to try would stand in a trail
//! that is never changed.

use super::Inspects;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::chain::{Anchor, Entry, Line, Report};
use domain::self_watch::{Finding, Level, Matter, Sight};
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why the last write to the journal failed; `None` where it did not.
#[derive(Debug, Clone, Default)]
pub struct JournalPulse(Arc<Mutex<Option<String>>>);

impl JournalPulse {
    fn felt(&self, failed: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }
}

#[async_trait]
impl Inspects for JournalPulse {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::JournalUnwritable]
    }

    async fn look(&self, _now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        let failed = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let finding = |why: String| Finding {
            matter: Matter::JournalUnwritable,
            subject: "journal".to_owned(),
            environment: String::new(),
            level: Level::Bad,
            text: format!("the journal cannot be written, so that nothing is done: {}", why.trim_end_matches('.')),
        };
        BTreeMap::from([(Matter::JournalUnwritable, Ok(failed.map(finding).into_iter().collect()))])
    }
}

/// A store whose writes to the journal are felt.
pub struct PulsedStore {
    inner: Arc<dyn Store>,
    pulse: JournalPulse,
}

impl PulsedStore {
    /// This store, felt by `pulse`.
    pub fn new(inner: Arc<dyn Store>, pulse: JournalPulse) -> Self {
        Self { inner, pulse }
    }
}

#[async_trait]
impl Store for PulsedStore {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.inner.write(write).await
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        self.inner.write_all(writes).await
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.inner.page(query).await
    }

    async fn ids(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        self.inner.ids(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        let appended = self.inner.append(log, entries).await;
        if log == Log::Journal {
            self.pulse.felt(appended.as_ref().err().map(ToString::to_string));
        }
        appended
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
