//! What must outlive a process: documents, and logs whose records are chained.
//!
//! Guarantees that every implementation gives, and the conformance suite of the crate `store` tries: a write is
//! acknowledged when it is durable; compare-and-swap on one document is atomic whatever the number of writers and
//! processes; a document from a newer version of the program is refused, not half read; an expired document is never
//! seen, swept or not; nothing is refused silently.
//!
//! Deliberately absent: changes of several documents at once. A standalone MongoDB server and the compatible services do
//! not have them, so whatever must change together is one document (see `domain::guard`).

pub mod collection;
pub mod collections;
pub mod document;
pub mod error;
pub mod query;
pub mod record;
mod records;

use async_trait::async_trait;
use collection::Collection;
use document::{Stored, Write};
use domain::chain::{Anchor, Entry, Line, Report};
use error::StoreError;
use query::{Hit, Page, Query, TextQuery};

/// The logs: each a hash chain of its own, each with its own anchor (invariant 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// What is about to be done, and how it ended (invariant 6).
    Journal,
    /// Who did, decided, approved, froze or read what.
    Audit,
}

impl Log {
    /// All logs.
    pub const ALL: [Self; 2] = [Self::Journal, Self::Audit];

    /// The name of its file or collection.
    pub fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Audit => "audit",
        }
    }
}

/// Where a store stands, for `doctor` and `/health`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreHealth {
    /// Which implementation at which place, without credentials: `sqlite PATH`, `mongodb HOST/DATABASE`.
    pub place: String,
    /// Version of the engine behind it, as it tells.
    pub engine: String,
    /// Version of the layout.
    pub layout: u32,
    /// Bytes on disk, where it tells.
    pub bytes: Option<u64>,
    /// Writes that wait because the server is away.
    pub waiting: u64,
}

/// The store.
#[async_trait]
pub trait Store: Send + Sync {
    /// One document, or none.
    ///
    /// # Errors
    /// When it could not be looked at, or was written by a newer version.
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError>;

    /// Writes one document as its expectation allows. Answers with the new version; 0 for a deletion.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the expectation does not hold; [`StoreError::Unknown`] where the server went away
    /// before it told, so that the write may stand.
    async fn write(&self, write: Write) -> Result<u64, StoreError>;

    /// Writes many documents, each for itself: some may stand where others do not. The answers are in their order.
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>>;

    /// One page of the documents that a query wants.
    ///
    /// # Errors
    /// When it could not be looked at; [`StoreError::Invalid`] for a field that the collection does not declare.
    async fn page(&self, query: &Query) -> Result<Page, StoreError>;

    /// Ids and versions of the first documents that a query wants, without reading their bodies: what is damaged or was
    /// written by a newer version is among them, so that it can be removed. The cursor does not matter; of a document
    /// whose version cannot be read, it is 0.
    ///
    /// # Errors
    /// As [`Store::page`], but for what a single document is like.
    async fn ids(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        let page = self.page(query).await?;
        Ok(page.documents.into_iter().map(|stored| (stored.id, stored.version)).collect())
    }

    /// How many documents a query wants; its order, cursor and limit do not matter.
    ///
    /// # Errors
    /// As [`Store::page`].
    async fn count(&self, query: &Query) -> Result<u64, StoreError>;

    /// The documents of a searchable collection that hold any of the words, the best first.
    ///
    /// # Errors
    /// When it could not be looked at; [`StoreError::Invalid`] for a collection that is not searchable.
    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError>;

    /// Appends to a log, in this order. Acknowledged when the records and the anchor that counts them are durable.
    ///
    /// # Errors
    /// When nothing was appended; [`StoreError::Unknown`] where some may have been.
    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError>;

    /// The end of a log, as its anchor tells.
    ///
    /// # Errors
    /// When it could not be read.
    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError>;

    /// Records of a log after a sequence number (0 for the first), the oldest first, at most so many.
    ///
    /// # Errors
    /// When it could not be read, or a record is none.
    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError>;

    /// Takes over records of another store's log as they are, for import and migration. They must follow the end of the
    /// log that is here, or the log must be empty: then they may begin anywhere (a log that was cut).
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where they do not follow each other or the end of the log; nothing was taken over then.
    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError>;

    /// Reads a whole log and holds it against its anchor.
    ///
    /// # Errors
    /// When it could not be read; what is wrong with the chain is in the report.
    async fn verify(&self, log: Log) -> Result<Report, StoreError>;

    /// Removes the records up to this sequence number. A checkpoint that records the cut is appended first, so that
    /// [`Store::verify`] can tell it from a loss. Answers with how many were removed.
    ///
    /// # Errors
    /// When nothing was removed.
    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError>;

    /// Removes expired documents, at most so many, of each collection those first that expired first (alike, by id). Answers
    /// with how many; 0 where the server does it by itself.
    ///
    /// # Errors
    /// When nothing could be removed.
    async fn sweep(&self, limit: usize) -> Result<u64, StoreError>;

    /// Where it stands now; asks the server, where there is one.
    ///
    /// # Errors
    /// Why it is away.
    async fn health(&self) -> Result<StoreHealth, StoreError>;
}
