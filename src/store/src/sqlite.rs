//! The embedded store: one SQLite file, with the logs in files beside it. The default, without any set-up.
//!
//! Guarantees: a write is acknowledged when the write-ahead log is flushed; many writers share one flush; several
//! processes may have the file open, and one that waits for another waits a bounded time. Every error says what to do.
//!
//! Deliberately absent: encryption of the file (encrypt the disk), and network file systems, whose locks do not hold
//! (<https://sqlite.org/wal.html>, section 1).

mod apply;
mod connection;
mod copy;
mod fault;
mod layout;
mod options;
mod query;
mod readers;
mod refill;
mod row;
mod table;
mod writer;

#[cfg(test)]
mod tests;

pub use copy::Copied;
pub use options::Options;

use crate::log_file::LogFiles;
use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use fault::fault;
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use readers::{Readers, blocking};
use row::{Prepared, Raw};
use rusqlite::{Connection, OptionalExtension as _};
use std::path::{Path, PathBuf};
use table::{LIVE, SELECTED, Table, Tables};
use writer::{Answer, Work, Writer};

/// The name of the file in its folder.
pub const FILE: &str = "store.sqlite";

/// Documents that one request to the writing thread holds at most.
const CHUNK_WRITES: usize = 500;

/// The store.
pub struct Sqlite {
    options: Options,
    file: PathBuf,
    tables: Tables,
    readers: Readers,
    writer: Writer,
    logs: LogFiles,
}

impl Sqlite {
    /// Opens the store in a folder, made where it is missing, and brings it to the present layout.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer layout, which is left as it is; [`StoreError::Corrupt`],
    /// [`StoreError::Denied`], [`StoreError::Full`], and [`StoreError::Unavailable`] where another process holds it.
    pub async fn open(options: Options) -> Result<Self, StoreError> {
        blocking(move || Self::open_now(options)).await
    }

    fn open_now(options: Options) -> Result<Self, StoreError> {
        let (file, tables) = (options.folder.join(FILE), Tables::new(options.collections));
        connection::make_place(&options.folder, &file)?;
        connection::make_folder(&options.anchors)?;
        let connection = connection::for_writing(&file, &tables, options.patience)?;
        let logs = LogFiles::open(&options.folder, &options.anchors, options.clock.clone())?;
        let writer = Writer::start(file.clone(), connection, tables.clone(), options.clock.clone())?;
        let readers = Readers::new(file.clone(), options.patience);
        Ok(Self { options, file, tables, readers, writer, logs })
    }

    fn now(&self) -> i64 {
        self.options.clock.now().timestamp_millis()
    }

    /// Reads with the connection, the file, the table of the collection and the time.
    async fn read_from<T: Send + 'static>(
        &self,
        collection: &Collection,
        read: impl FnOnce(&Connection, &Path, &Table, i64) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (table, file, now) = (self.tables.of(collection)?, self.file.clone(), self.now());
        self.readers.run(self.options.read_deadline, move |connection| read(connection, &file, &table, now)).await
    }
}

/// One document.
fn get(
    connection: &Connection,
    file: &Path,
    table: &Table,
    collection: &Collection,
    id: &str,
    now: i64,
) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT {SELECTED} FROM {} WHERE _id = ? AND {LIVE}", table.name);
    let found = connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row((id, now), Raw::read).optional())
        .map_err(|error| fault(file, &format!("reading {}/{id}", table.collection.name), &error))?;
    found.map(|raw| raw.stored(collection)).transpose()
}

/// Writes that were checked and packed: those to be made, and for each of all writes its refusal, if it has one.
fn prepare(tables: &Tables, writes: Vec<Write>) -> (Vec<Prepared>, Vec<Option<StoreError>>) {
    let mut prepared = Vec::with_capacity(writes.len());
    let mut refusals = Vec::with_capacity(writes.len());
    for write in writes {
        match tables.of(write.collection).and_then(|table| Prepared::new(table, write)) {
            Ok(write) => {
                prepared.push(write);
                refusals.push(None);
            }
            Err(refusal) => refusals.push(Some(refusal)),
        }
    }
    (prepared, refusals)
}

#[async_trait]
impl Store for Sqlite {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        let id = id.to_owned();
        self.read_from(collection, move |connection, file, table, now| {
            get(connection, file, table, collection, &id, now)
        })
        .await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        let answers = self.write_all(vec![write]).await;
        answers.into_iter().next().unwrap_or_else(|| Err(no_answer(&self.file)))
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(writes.len());
        let mut writes = writes.into_iter();
        loop {
            let chunk: Vec<Write> = writes.by_ref().take(CHUNK_WRITES).collect();
            if chunk.is_empty() {
                return answers;
            }
            answers.extend(self.write_chunk(chunk).await);
        }
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        let wanted = query.clone();
        let read = move |connection: &Connection, file: &Path, table: &Table, now| {
            query::page(connection, file, table, &wanted, now)
        };
        self.read_from(query.collection, read).await
    }

    async fn ids(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        let wanted = query.clone().after(None);
        let read = move |connection: &Connection, file: &Path, table: &Table, now| {
            query::ids(connection, file, table, &wanted, now)
        };
        self.read_from(query.collection, read).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        let wanted = query.clone();
        let read = move |connection: &Connection, file: &Path, table: &Table, now| {
            query::count(connection, file, table, &wanted, now)
        };
        self.read_from(query.collection, read).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        let wanted = query.clone();
        let read = move |connection: &Connection, file: &Path, table: &Table, now| {
            query::search(connection, file, table, &wanted, now)
        };
        self.read_from(query.collection, read).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.logs.append(log, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.logs.anchor(log).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.logs.read(log, after, limit).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.logs.adopt(log, lines).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.logs.verify(log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.logs.cut(log, up_to).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        let answers = self.writer.done(Work::Sweep(limit), 0).await?;
        answers.into_iter().next().unwrap_or_else(|| Err(no_answer(&self.file)))
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        let file = self.file.clone();
        let found = self.readers.run(self.options.read_deadline, move |connection| {
            layout::find(connection).map_err(|error| fault(&file, "reading", &error))
        });
        Ok(StoreHealth {
            place: format!("sqlite {}", self.file.display()),
            engine: format!("SQLite {}", rusqlite::version()),
            layout: connection::known(&self.file, found.await?)?,
            bytes: copy::bytes(&self.options.folder),
            waiting: 0,
        })
    }
}

impl Sqlite {
    async fn write_chunk(&self, writes: Vec<Write>) -> Vec<Answer> {
        let (count, tables) = (writes.len(), self.tables.clone());
        // Checking and packing many megabytes takes long enough to hold up a worker of the runtime.
        let prepared = blocking(move || Ok(prepare(&tables, writes))).await;
        let (prepared, refusals) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return vec![Err(error); count],
        };
        let (made, bytes) = (prepared.len(), prepared.iter().map(Prepared::bytes).sum());
        let answers = if made == 0 { Ok(Vec::new()) } else { self.writer.done(Work::Write(prepared), bytes).await };
        let mut answers = answers.unwrap_or_else(|error| vec![Err(error); made]).into_iter();
        let answer = |refusal: Option<StoreError>| match refusal {
            Some(refusal) => Err(refusal),
            None => answers.next().unwrap_or_else(|| Err(no_answer(&self.file))),
        };
        refusals.into_iter().map(answer).collect()
    }
}

fn no_answer(file: &Path) -> StoreError {
    let message = format!("writing to {}: nobody told how it ended; read before writing it again", file.display());
    StoreError::Unknown { message }
}
