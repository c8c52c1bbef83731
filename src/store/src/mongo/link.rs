//! Requests to the server: each with its deadline, its concern and its repetition.
//!
//! Everything goes through the driver's `run_command`, so that each request carries what it must (`maxTimeMS`, write
//! concern, read concern) and nothing that some servers refuse: no transaction number, no cursor that outlives its
//! answer. Deliberately absent: the decision whether a write may be repeated; that is with whoever writes.

use super::fault::Fault;
use domain::backoff::{Backoff, draw};
use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use ports::store::error::StoreError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Between repetitions of a request that was not served.
const PATIENCE: Backoff =
    Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(1), longest_wish: Duration::from_secs(1) };

/// Between repetitions of a write before which others came.
const CONTENTION: Backoff = Backoff {
    base: Duration::from_millis(2),
    cap: Duration::from_millis(100),
    longest_wish: Duration::from_millis(100),
};

/// How long the server may take to make an index of a large collection.
const INDEXING: Duration = Duration::from_secs(600);

/// What stands behind the address, as its `hello` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Topology {
    /// One server by itself.
    Standalone,
    /// A replica set of this name; compatible services call themselves so, too.
    ReplicaSet(String),
    /// Routers before shards.
    Sharded,
}

impl Topology {
    /// Out of the answer to `hello`.
    pub(super) fn of(hello: &Document) -> Self {
        match (hello.get_str("setName"), hello.get_str("msg")) {
            (Ok(name), _) => Self::ReplicaSet(name.to_owned()),
            (_, Ok("isdbgrid")) => Self::Sharded,
            _ => Self::Standalone,
        }
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Standalone => "standalone".to_owned(),
            Self::ReplicaSet(name) => format!("replica set {name}"),
            Self::Sharded => "sharded".to_owned(),
        }
    }
}

/// When an operation ends, with all its repetitions, and how often it was repeated.
#[derive(Debug)]
pub(super) struct Deadline {
    at: Instant,
    repeated: u32,
}

impl Deadline {
    pub(super) fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// What the server answered to a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Documents that were inserted, matched or removed.
    pub(super) count: u64,
    /// What failed: the position in the request, the code, the words.
    pub(super) errors: Vec<(usize, i32, String)>,
}

/// The way to one database.
pub(super) struct Link {
    pub(super) database: Database,
    pub(super) place: String,
    attempt: Duration,
    operation: Duration,
    topology: OnceLock<Topology>,
    /// What was wrong last, since a server answered last.
    fault: Mutex<Option<String>>,
    draws: AtomicU64,
    seed: u64,
}

impl Link {
    pub(super) fn new(database: Database, place: String, attempt: Duration, operation: Duration) -> Self {
        let seed = ObjectId::new().bytes().iter().fold(0_u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
        let (topology, fault, draws) = (OnceLock::new(), Mutex::default(), AtomicU64::new(0));
        Self { database, place, attempt, operation, topology, fault, draws, seed }
    }

    /// The deadline of an operation that begins now.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline { at: Instant::now() + self.operation, repeated: 0 }
    }

    /// The deadline of what is only tidying up.
    pub(super) fn brief(&self) -> Deadline {
        Deadline { at: Instant::now() + self.operation.min(Duration::from_secs(1)), repeated: 0 }
    }

    /// Whether a server that can take operations is found within this time.
    pub(super) async fn reach(&self, selection: Duration) -> Result<(), StoreError> {
        // A little longer, so that the driver tells why there was none.
        let at = Instant::now() + selection.saturating_add(Duration::from_millis(100)).min(self.operation);
        self.ask(doc! {"hello": 1}, &mut Deadline { at, repeated: 0 }).await.map(drop)
    }

    /// What was wrong last, for a message of something that was not answered in time; empty where nothing was.
    pub(super) fn cause(&self) -> String {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().map(|fault| format!(". The last answer before: {fault}")).unwrap_or_default()
    }

    /// What stands there, once it was told.
    pub(super) fn topology(&self) -> Option<&Topology> {
        self.topology.get()
    }

    /// Notes what stands there.
    pub(super) fn learn(&self, topology: Topology) {
        // The first answer stays: a server does not become another kind while the process runs.
        let _ = self.topology.set(topology);
    }

    /// Waits before a repetition; false when there is no time left.
    pub(super) async fn wait(&self, deadline: &mut Deadline) -> bool {
        self.pause(PATIENCE, deadline).await
    }

    /// Waits a little, because others came first; false when there is no time left.
    pub(super) async fn yield_to_others(&self, deadline: &mut Deadline) -> bool {
        self.pause(CONTENTION, deadline).await
    }

    async fn pause(&self, backoff: Backoff, deadline: &mut Deadline) -> bool {
        let wait = backoff.wait(deadline.repeated, draw(self.seed, self.draws.fetch_add(1, Ordering::Relaxed)));
        deadline.repeated = deadline.repeated.saturating_add(1);
        if wait >= deadline.remaining() {
            return false;
        }
        tokio::time::sleep(wait).await;
        true
    }

    /// One read of what a majority of the servers has, repeated until it is answered or the time is over.
    pub(super) async fn read(&self, mut command: Document, deadline: &mut Deadline) -> Result<Document, StoreError> {
        if !matches!(self.topology(), None | Some(Topology::Standalone)) {
            command.insert("readConcern", doc! {"level": "majority"});
        }
        self.ask(command, deadline).await
    }

    /// One request that changes nothing, repeated until it is answered or the time is over.
    pub(super) async fn ask(&self, command: Document, deadline: &mut Deadline) -> Result<Document, StoreError> {
        loop {
            match self.once(command.clone(), deadline).await {
                Ok(answer) => return Ok(answer),
                Err(Fault::Refused(error)) => return Err(error),
                Err(Fault::Away(message) | Fault::Unclear(message)) => {
                    if !self.wait(deadline).await {
                        return Err(StoreError::Unavailable { message });
                    }
                }
            }
        }
    }

    /// One write, sent once, acknowledged by a majority of the servers that have it in their journals.
    pub(super) async fn write(&self, mut command: Document, deadline: &Deadline) -> Result<Answer, Fault> {
        let patience = milliseconds(self.attempt.min(deadline.remaining()));
        command.insert("writeConcern", doc! {"w": "majority", "j": true, "wtimeout": patience});
        let answer = self.once(command, deadline).await?;
        self.answer(&answer)
    }

    /// Makes indexes, which takes as long as the collection is large. What is there already is left as it is.
    pub(super) async fn index(&self, mut command: Document) -> Result<(), StoreError> {
        command.insert("writeConcern", doc! {"w": "majority"});
        let mut deadline = self.deadline();
        loop {
            match self.within(INDEXING, command.clone()).await {
                Ok(_) => return Ok(()),
                Err(Fault::Refused(error)) => return Err(error),
                Err(Fault::Away(message) | Fault::Unclear(message)) => {
                    if !self.wait(&mut deadline).await {
                        return Err(StoreError::Unavailable { message });
                    }
                }
            }
        }
    }

    fn answer(&self, answer: &Document) -> Result<Answer, Fault> {
        let listed = answer.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
        let errors: Vec<_> = listed.iter().filter_map(Bson::as_document).map(write_error).collect();
        // Written on some servers, not yet on a majority: it may stand, and it may be rolled back.
        if let Ok(concern) = answer.get_document("writeConcernError") {
            let told = concern.get_str("errmsg").unwrap_or("no majority has it");
            return Err(Fault::Unclear(format!("{}: the write is not acknowledged by a majority: {told}", self.place)));
        }
        let count = number(answer, "n").and_then(|count| u64::try_from(count).ok());
        let count = count.ok_or_else(|| Fault::Unclear(format!("{}: an answer without its count", self.place)))?;
        Ok(Answer { count, errors })
    }

    async fn once(&self, command: Document, deadline: &Deadline) -> Result<Document, Fault> {
        let limit = self.attempt.min(deadline.remaining());
        if limit.is_zero() {
            return Err(Fault::Away(format!("{} did not answer in time{}", self.place, self.cause())));
        }
        self.within(limit, command).await
    }

    async fn within(&self, limit: Duration, mut command: Document) -> Result<Document, Fault> {
        command.insert("maxTimeMS", milliseconds(limit));
        let answer = match tokio::time::timeout(limit, self.database.run_command(command)).await {
            Ok(answer) => answer.map_err(|error| Fault::of(&error, &self.place)),
            Err(_) => {
                let (place, limit, cause) = (&self.place, limit.as_millis(), self.cause());
                return Err(Fault::Unclear(format!(
                    "{place} did not answer within {limit} ms; see that it runs and can be reached{cause}"
                )));
            }
        };
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = match &answer {
            Err(Fault::Away(message) | Fault::Unclear(message)) => Some(message.clone()),
            Ok(_) | Err(Fault::Refused(_)) => None,
        };
        answer
    }
}

fn milliseconds(limit: Duration) -> i64 {
    i64::try_from(limit.as_millis()).unwrap_or(i64::MAX).max(1)
}

fn write_error(error: &Document) -> (usize, i32, String) {
    let index = number(error, "index").and_then(|index| usize::try_from(index).ok()).unwrap_or(usize::MAX);
    let code = number(error, "code").and_then(|code| i32::try_from(code).ok()).unwrap_or_default();
    (index, code, error.get_str("errmsg").unwrap_or_default().to_owned())
}

/// A whole number, in whichever of its types a server sends it.
pub(super) fn number(document: &Document, name: &str) -> Option<i64> {
    match document.get(name)? {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        // Counts of the shell and of some services; whole numbers up to 2^53 are exact.
        Bson::Double(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
            Some(*number as i64)
        }
        _ => None,
    }
}

/// The documents of an answer to a `find` or an `aggregate`.
pub(super) struct Batch {
    pub(super) documents: Vec<Document>,
    /// The cursor that is open because not everything fitted into the answer.
    pub(super) open: Option<i64>,
}

/// What a `find` or an `aggregate` found.
///
/// # Errors
/// [`StoreError::Corrupt`] for an answer that is none: nothing found and nothing told are not the same.
pub(super) fn batch(mut answer: Document, place: &str) -> Result<Batch, StoreError> {
    let wrong =
        || StoreError::Corrupt { message: format!("{place} answers a query with something else than documents") };
    let cursor = answer.get_document_mut("cursor").map_err(|_| wrong())?;
    let open = number(cursor, "id").filter(|id| *id != 0);
    let Some(Bson::Array(found)) = cursor.remove("firstBatch") else { return Err(wrong()) };
    let documents = found.into_iter().map(|document| match document {
        Bson::Document(document) => Ok(document),
        _ => Err(wrong()),
    });
    Ok(Batch { documents: documents.collect::<Result<_, _>>()?, open })
}
