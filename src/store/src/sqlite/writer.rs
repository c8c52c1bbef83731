//! The writing thread: takes all writes that wait, commits once, and acknowledges all of them.
//!
//! One flush of the disk serves many writers. Each write stands or falls for itself; what one refusal leaves behind is
//! taken back before the next begins. Queue, bytes in the queue and every wait are bounded.

use super::apply;
use super::fault::{commit_fault, fault};
use super::row::Prepared;
use super::table::Tables;
use ports::clock::Clock;
use ports::store::error::StoreError;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Requests that wait at most.
const WAITING: usize = 1_024;

/// KiB of documents that wait at most, over all requests.
const WAITING_KIB: u32 = 256 * 1024;

/// Writes that one commit takes at most, about.
const COMMITTED_WRITES: usize = 2_048;

/// How long a caller waits for room in the queue.
const ROOM_DEADLINE: Duration = Duration::from_secs(30);

/// How long a caller waits for the answer to what stands in the queue.
const ANSWER_DEADLINE: Duration = Duration::from_secs(120);

/// The answer to one write.
pub(super) type Answer = Result<u64, StoreError>;

/// What the thread is asked for.
pub(super) enum Work {
    /// Writes, in this order.
    Write(Vec<Prepared>),
    /// Removing expired documents, at most so many.
    Sweep(usize),
}

struct Request {
    work: Work,
    answer: oneshot::Sender<Vec<Answer>>,
    _room: OwnedSemaphorePermit,
}

/// The way to the thread. It ends when the last of these is dropped, after what still waits.
#[derive(Clone)]
pub(super) struct Writer {
    file: PathBuf,
    queue: mpsc::Sender<Request>,
    room: Arc<Semaphore>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where there can be no more threads.
    pub fn start(
        file: PathBuf,
        connection: Connection,
        tables: Tables,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let (queue, requests) = mpsc::channel(WAITING);
        let mut committer = Committer { file: file.clone(), connection, tables, clock };
        let started =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || committer.run(requests));
        started
            .map_err(|error| StoreError::Unavailable { message: format!("starting the store's thread: {error}") })?;
        Ok(Self { file, queue, room: Arc::new(Semaphore::new(WAITING_KIB as usize)) })
    }

    /// Has work of about so many bytes done, and waits until it is durable.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where it was not begun, [`StoreError::Unknown`] where nobody told how it ended.
    pub async fn done(&self, work: Work, bytes: usize) -> Result<Vec<Answer>, StoreError> {
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX).min(WAITING_KIB);
        let (answer, answered) = oneshot::channel();
        let enqueued = tokio::time::timeout(ROOM_DEADLINE, async {
            let room = self.room.clone().acquire_many_owned(kib).await.ok()?;
            self.queue.send(Request { work, answer, _room: room }).await.ok()
        });
        let why = match enqueued.await {
            Ok(Some(())) => None,
            Ok(None) => Some("the thread that writes has ended; nothing was written, start the program again"),
            Err(_) => Some("too many writes wait already; nothing was written, try again when the disk is less busy"),
        };
        if let Some(why) = why {
            return Err(StoreError::Unavailable { message: format!("writing to {}: {why}", self.file.display()) });
        }
        match tokio::time::timeout(ANSWER_DEADLINE, answered).await {
            Ok(Ok(answers)) => Ok(answers),
            _ => Err(StoreError::Unknown {
                message: format!(
                    "writing to {}: no answer within {} s; it may be written yet: read before writing it again",
                    self.file.display(),
                    ANSWER_DEADLINE.as_secs()
                ),
            }),
        }
    }
}

/// What the thread works with.
struct Committer {
    file: PathBuf,
    connection: Connection,
    tables: Tables,
    clock: Arc<dyn Clock>,
}

/// Why nothing of a batch stands.
struct Lost {
    error: StoreError,
    /// Whether a transaction could be begun at all.
    begun: bool,
}

impl Committer {
    fn run(&mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(first) = requests.blocking_recv() {
            let (mut writes, mut batch) = (size(&first), vec![first]);
            while writes < COMMITTED_WRITES {
                let Ok(next) = requests.try_recv() else { break };
                writes += size(&next);
                batch.push(next);
            }
            self.serve(batch);
        }
    }

    fn serve(&mut self, batch: Vec<Request>) {
        let works: Vec<&Work> = batch.iter().map(|request| &request.work).collect();
        let answers = match self.attempt(&works) {
            Ok(answers) => answers,
            // One document for which there is no room must not take the others with it.
            Err(Lost { error: StoreError::Full { .. }, begun: true }) if works.len() > 1 => self.one_by_one(&works),
            Err(lost) => works.iter().map(|work| refused(work, &lost.error)).collect(),
        };
        for (request, answers) in batch.into_iter().zip(answers) {
            // Whoever asked may have gone away.
            let _ = request.answer.send(answers);
        }
    }

    fn one_by_one(&mut self, works: &[&Work]) -> Vec<Vec<Answer>> {
        let mut gone: Option<StoreError> = None;
        let mut answers = Vec::with_capacity(works.len());
        for work in works {
            let answer = match &gone {
                Some(error) => refused(work, error),
                None => self.attempt(std::slice::from_ref(work)).map_or_else(
                    |lost| {
                        gone = (!lost.begun).then(|| lost.error.clone());
                        refused(work, &lost.error)
                    },
                    |mut answers| answers.pop().unwrap_or_default(),
                ),
            };
            answers.push(answer);
        }
        answers
    }

    /// Does all of it in one transaction. The answers count only when it is committed.
    fn attempt(&mut self, works: &[&Work]) -> Result<Vec<Vec<Answer>>, Lost> {
        let begun = self.connection.execute_batch("BEGIN IMMEDIATE");
        begun.map_err(|error| Lost { error: fault(&self.file, "beginning to write", &error), begun: false })?;
        let answers = works.iter().map(|work| self.apply(work)).collect::<Result<Vec<_>, _>>();
        let committed = answers.and_then(|answers| {
            let committed = self.connection.execute_batch("COMMIT");
            committed.map(|()| answers).map_err(|error| commit_fault(&self.file, &error))
        });
        committed.map_err(|error| {
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            Lost { error, begun: true }
        })
    }

    /// The answers to one request; an error where the whole transaction is gone.
    fn apply(&self, work: &Work) -> Result<Vec<Answer>, StoreError> {
        let now = self.clock.now().timestamp_millis();
        match work {
            Work::Write(writes) => {
                writes.iter().map(|write| self.alone(|connection| apply::apply(connection, write, now))).collect()
            }
            Work::Sweep(limit) => {
                let swept = self.alone(|connection| apply::sweep(connection, &self.tables, now, *limit).map(Ok))?;
                Ok(vec![swept])
            }
        }
    }

    /// Does one thing so that it leaves nothing behind when it fails.
    fn alone(&self, step: impl FnOnce(&Connection) -> rusqlite::Result<Answer>) -> Result<Answer, StoreError> {
        let told = |error: &rusqlite::Error| fault(&self.file, "writing", error);
        let simple = |sql: &str| self.connection.prepare_cached(sql)?.execute([]);
        simple("SAVEPOINT one").map_err(|error| told(&error))?;
        match step(&self.connection) {
            Ok(answer) => {
                simple("RELEASE one").map_err(|error| told(&error))?;
                Ok(answer)
            }
            // Some errors end the transaction by themselves (<https://sqlite.org/lang_transaction.html>, section 4).
            Err(error) if self.connection.is_autocommit() => Err(told(&error)),
            Err(error) => {
                simple("ROLLBACK TO one").and_then(|_| simple("RELEASE one")).map_err(|error| told(&error))?;
                Ok(Err(told(&error)))
            }
        }
    }
}

fn size(request: &Request) -> usize {
    match &request.work {
        Work::Write(writes) => writes.len(),
        Work::Sweep(limit) => *limit,
    }
}

fn refused(work: &Work, error: &StoreError) -> Vec<Answer> {
    let answers = match work {
        Work::Write(writes) => writes.len(),
        Work::Sweep(_) => 1,
    };
    vec![Err(error.clone()); answers]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::layout;
    use ports::clock::SystemClock;
    use ports::store::collections::LESSONS;
    use ports::store::document::{Document, Expect, Write};
    use serde_json::json;

    /// Text that hardly compresses (xorshift, 64 bits).
    fn filling(digits: usize) -> String {
        let mut state = 42_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            format!("{state:016x}")
        };
        (0..digits / 16).map(|_| next()).collect()
    }

    fn request(tables: &Tables, id: &str, digits: usize) -> (Request, oneshot::Receiver<Vec<Answer>>) {
        let document = Document::plain(json!({"filling": filling(digits)}));
        let write = Write::put(&LESSONS, id, Expect::Any, document);
        let prepared = Prepared::new(tables.of(&LESSONS).unwrap(), write).unwrap();
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let (answer, answered) = oneshot::channel();
        (Request { work: Work::Write(vec![prepared]), answer, _room: room }, answered)
    }

    fn committer(tables: &Tables) -> Committer {
        let connection = Connection::open_in_memory().unwrap();
        layout::bring(&connection, tables, 0).unwrap();
        let (file, clock) = (PathBuf::from("store.sqlite"), Arc::new(SystemClock));
        Committer { file, connection, tables: tables.clone(), clock }
    }

    #[test]
    fn a_document_without_room_takes_no_other_of_its_batch_with_it() {
        let tables = Tables::new(&[&LESSONS]);
        let mut committer = committer(&tables);
        let pages: i64 = committer.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        committer.connection.pragma_update(None, "max_page_count", pages + 40).unwrap();
        let (batch, answers): (Vec<_>, Vec<_>) = [("a", 10), ("giant", 4_000_000), ("b", 10)]
            .map(|(id, digits)| request(&tables, id, digits))
            .into_iter()
            .unzip();
        committer.serve(batch);
        let mut told: Vec<Answer> =
            answers.into_iter().map(|mut answer| answer.try_recv().unwrap().remove(0)).collect();
        assert!(matches!(told.remove(1), Err(StoreError::Full { .. })));
        assert_eq!(told, [Ok(1), Ok(1)]);
        let ids = "SELECT group_concat(_id) FROM lessons";
        let kept: String = committer.connection.query_row(ids, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, "a,b");
    }

    #[tokio::test]
    async fn a_thread_that_has_ended_is_not_told_as_a_busy_disk() {
        let (queue, requests) = mpsc::channel(1);
        drop(requests);
        let writer = Writer { file: PathBuf::from("store.sqlite"), queue, room: Arc::new(Semaphore::new(1)) };
        let told = writer.done(Work::Sweep(1), 0).await.unwrap_err();
        assert!(matches!(&told, StoreError::Unavailable { message } if message.contains("has ended")), "{told}");
    }

    #[test]
    fn a_batch_leaves_no_transaction_open_and_what_was_not_begun_is_not_acknowledged() {
        let tables = Tables::new(&[&LESSONS]);
        let mut committer = committer(&tables);
        let (requests, answers): (Vec<_>, Vec<_>) = (0..20).map(|id| request(&tables, &id.to_string(), 10)).unzip();
        committer.serve(requests);
        assert!(committer.connection.is_autocommit());
        for mut answer in answers {
            assert_eq!(answer.try_recv().unwrap(), [Ok(1)]);
        }
        committer.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (refused, mut answer) = request(&tables, "late", 10);
        committer.serve(vec![refused]);
        assert!(answer.try_recv().unwrap()[0].is_err(), "what could not be begun is not acknowledged");
    }
}
