//! Writes that wait in memory while the server is away.
//!
//! Around any store. A write to a collection that says `may_wait` is answered when it waits, where the store could not be
//! reached; a task makes it up later, the oldest first. What waits of a document is its last state, under the expectation
//! of the first write that had to wait.
//!
//! Guarantees: what guards or records an action never waits, and neither do the logs; the room is bounded, in documents
//! and bytes, and what is dropped for want of it, or because others changed the document meanwhile, is counted and told;
//! a document that waits is seen by [`Store::get`] as it will be, with a version that no store gives (from
//! [`FIRST_WAITING_VERSION`] on), so that a compare-and-swap goes on from it while it waits and finds a conflict, not
//! somebody else's document, afterwards.
//!
//! Deliberately absent: durability, which is why only what may be lost waits; pages, counts and searches do not see what
//! waits.

mod buffer;
mod flush;

#[cfg(test)]
mod tests;

pub use buffer::FIRST_WAITING_VERSION;

use async_trait::async_trait;
use buffer::{Buffer, Taken};
use domain::backoff::Backoff;
use domain::chain::{Anchor, Entry, Line, Report};
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How much may wait, and how often it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Documents at most.
    pub documents: usize,
    /// Bytes of their bodies and words at most, as JSON.
    pub bytes: usize,
    /// Between two tries while the server is away.
    pub backoff: Backoff,
}

impl Default for Settings {
    fn default() -> Self {
        Self { documents: 2_000, bytes: 64 * 1024 * 1024, backoff: Backoff::default() }
    }
}

/// What waits, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Documents that wait.
    pub waiting: u64,
    /// Their bytes.
    pub bytes: usize,
    /// Documents that were dropped for want of room, since the start.
    pub dropped: u64,
    /// Documents that could not be written when the server was back, since the start: others had changed them, or the
    /// server took them for wrong.
    pub refused: u64,
}

/// A store whose writes may wait.
pub struct Waiting {
    inner: Arc<dyn Store>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    buffer: Mutex<Buffer>,
    /// Something waits that did not before.
    filled: Notify,
    /// One at a time makes up for what waits: the task, or whoever drains.
    flushing: tokio::sync::Mutex<()>,
}

impl Shared {
    // No panic of ours leaves the buffer half changed: every change of it is made by one of its own functions.
    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Around this store. Starts the task, which ends when this is dropped.
    pub fn around(inner: Arc<dyn Store>, settings: Settings) -> Arc<Self> {
        let buffer = Mutex::new(Buffer::new(settings.documents, settings.bytes));
        let shared = Arc::new(Shared { buffer, filled: Notify::new(), flushing: tokio::sync::Mutex::new(()) });
        let task = tokio::spawn(flush::run(Arc::clone(&inner), Arc::clone(&shared), settings.backoff));
        Arc::new(Self { inner, shared, task })
    }

    /// What waits now.
    pub fn count(&self) -> Count {
        self.shared.buffer().count()
    }

    /// Writes what waits, before the process ends; no longer than this. Answers with what is left, and lost with the
    /// process.
    pub async fn drain(&self, patience: Duration) -> Count {
        let emptied = async {
            while !flush::all(&*self.inner, &self.shared).await {
                tokio::time::sleep(flush::PAUSE).await
            }
        };
        // What is left is told by the count.
        let _ = tokio::time::timeout(patience, emptied).await;
        let left = self.count();
        if left.waiting > 0 {
            tracing::error!(documents = left.waiting, "writes that waited for the store are lost with this process");
        }
        left
    }

    /// Lets a write wait that found the store away.
    fn wait(&self, write: Write, away: StoreError) -> Result<u64, StoreError> {
        let in_doubt = matches!(away, StoreError::Unknown { .. });
        // No room even where it is empty, or a version that has ceased to wait: then the failure stands as it was.
        let taken = self.shared.buffer().take(write, in_doubt).map_err(|_| away)?;
        Ok(self.told(taken))
    }

    /// Lets a write wait that follows one that waits. `None` where none does, so that the store must be asked.
    fn follow(&self, write: &Write) -> Option<Result<u64, StoreError>> {
        if !write.collection.may_wait {
            return None;
        }
        let taken = {
            let mut buffer = self.shared.buffer();
            if !buffer.holds(write.collection, &write.id) {
                return None;
            }
            write.check().and_then(|()| buffer.take(write.clone(), false))
        };
        Some(taken.map(|taken| self.told(taken)))
    }

    fn told(&self, taken: Taken) -> u64 {
        for dropped in taken.dropped {
            tracing::error!(document = %dropped, "a write that waited for the store was dropped for want of room");
        }
        self.shared.filled.notify_one();
        taken.version
    }

    fn waits(&self, write: &Write) -> bool {
        write.collection.may_wait && self.shared.buffer().holds(write.collection, &write.id)
    }

    /// What became of a write that the store was asked for.
    fn settled(&self, write: Option<Write>, answer: Result<u64, StoreError>) -> Result<u64, StoreError> {
        match (answer, write) {
            (Err(error), Some(write)) if error.may_pass() => self.wait(write, error),
            (answer, _) => answer,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The write, where it may wait.
fn may_wait(write: &Write) -> Option<Write> {
    write.collection.may_wait.then(|| write.clone())
}

#[async_trait]
impl Store for Waiting {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        if let Some(waiting) = self.shared.buffer().seen(collection, id) {
            return Ok(waiting);
        }
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        if let Some(answer) = self.follow(&write) {
            return answer;
        }
        let kept = may_wait(&write);
        let answer = self.inner.write(write).await;
        self.settled(kept, answer)
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let mut documents = BTreeSet::new();
        let is_once = writes.iter().all(|write| documents.insert((write.collection.name, write.id.clone())));
        if !is_once || writes.iter().any(|write| self.waits(write)) {
            // One after the other, so that none overtakes one that waits.
            let mut answers = Vec::with_capacity(writes.len());
            for write in writes {
                answers.push(self.write(write).await);
            }
            return answers;
        }
        let kept: Vec<Option<Write>> = writes.iter().map(may_wait).collect();
        let answers = self.inner.write_all(writes).await;
        kept.into_iter().zip(answers).map(|(write, answer)| self.settled(write, answer)).collect()
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

    /// What the store tells, with what waits. What was dropped or refused stands beside the engine's version, and beside
    /// the failure where the store is away.
    async fn health(&self) -> Result<StoreHealth, StoreError> {
        let health = self.inner.health().await;
        let count = self.count();
        let lost = (count.dropped > 0 || count.refused > 0)
            .then(|| format!("{} writes that waited were dropped, {} refused", count.dropped, count.refused));
        match health {
            Ok(health) => {
                let engine = lost.map_or(health.engine.clone(), |lost| format!("{}; {lost}", health.engine));
                Ok(StoreHealth { engine, waiting: health.waiting.saturating_add(count.waiting), ..health })
            }
            Err(StoreError::Unavailable { message }) => {
                let lost = lost.map_or_else(String::new, |lost| format!(", {lost}"));
                let message = format!("{message}; {} writes wait for it{lost}", count.waiting);
                Err(StoreError::Unavailable { message })
            }
            Err(error) => Err(error),
        }
    }
}
