//! The logs of the embedded store: append-only files of chained records, with their anchors.
//!
//! One text file a log (`journal.log`, `audit.log`), one JSON line a record, readable by its owner alone. The anchor
//! stands in a file of its own (`journal.anchor`), which may be on another disk.
//!
//! Guarantees: what was acknowledged is on disk, and counted by the anchor on disk; a write that failed half-way is taken
//! back; a record that a crash tore is cut off by the next append, because it was never acknowledged; a log that lost
//! acknowledged records takes no further ones. Several processes may append to one folder. Memory is bounded whatever
//! the length of a log, and neither opening nor reading near the end reads it whole.
//!
//! A log without its anchor is refused, too: the anchor is made before the log, so that a missing one was taken away.
//!
//! Deliberately absent: repair of anything that was acknowledged. That is a person's decision, from a backup.

pub(crate) mod adoption;
mod anchor_file;
mod append;
mod copy;
mod cut;
mod find;
mod held;
mod lines;
mod place;
mod snapshot;
mod trouble;
mod writer;

#[cfg(test)]
mod tests;

use domain::chain::{Anchor, Entry, Line, Report};
use place::Place;
use ports::clock::Clock;
use ports::store::Log;
use ports::store::error::StoreError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use writer::Request;

/// Appends that wait at most; further ones wait for room.
const QUEUE: usize = 1_024;

/// How long an append, a cut or reading a part may take, waiting for its turn counted in.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long going through a whole log may take.
const WHOLE_DEADLINE: Duration = Duration::from_secs(60 * 60);

/// The logs of one folder.
pub struct LogFiles {
    logs: [OpenLog; Log::ALL.len()],
}

struct OpenLog {
    place: Place,
    writer: mpsc::Sender<Request>,
}

impl LogFiles {
    /// Opens the logs in `folder`, whose anchors are in `anchors`; makes the folders where they are missing. No log is
    /// read yet: see [`LogFiles::ready`].
    ///
    /// # Errors
    /// [`StoreError::Denied`] and its like where a folder cannot be made.
    pub fn open(folder: &Path, anchors: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        place::make_folder(folder)?;
        place::make_folder(anchors)?;
        let [first, second] = Log::ALL.map(|log| {
            let place = Place::new(log, folder, anchors);
            let (writer, requests) = mpsc::channel(QUEUE);
            writer::start(place.clone(), requests, Arc::clone(&clock))?;
            Ok(OpenLog { place, writer })
        });
        Ok(Self { logs: [first?, second?] })
    }

    /// Appends in this order. Answers with the end of the chain after the last of the entries; without entries, with
    /// the end as it is.
    ///
    /// # Errors
    /// When nothing was appended: [`StoreError::Full`], [`StoreError::Denied`], [`StoreError::Corrupt`] for a log that is
    /// damaged, [`StoreError::Invalid`] for an entry that cannot be a record. [`StoreError::Unknown`] where it may have
    /// been.
    pub async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        for entry in &entries {
            entry.check().map_err(|error| trouble::invalid(log, &entry.kind, &error))?;
        }
        self.ask(log, |reply| Request::Append { entries, reply }).await
    }

    /// Looks at the end of a log as an append would, and cuts off what a crash tore. Answers with the end of the chain.
    ///
    /// # Errors
    /// Why nothing could be appended now.
    pub async fn ready(&self, log: Log) -> Result<Anchor, StoreError> {
        self.append(log, Vec::new()).await
    }

    /// Takes over records of another log as they are. They follow the end of this one, or it is empty.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where they do not; otherwise as [`LogFiles::append`].
    pub async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.ask(log, |reply| Request::Adopt { lines, reply }).await
    }

    /// The end of a log, as its anchor tells.
    ///
    /// # Errors
    /// When the anchor could not be read, or is missing.
    pub async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        let place = self.of(log).place.clone();
        blocking(log, DEADLINE, move || snapshot::Snapshot::take(&place)?.anchor(&place)).await
    }

    /// Acknowledged records after a sequence number, the oldest first, at most so many.
    ///
    /// # Errors
    /// When it could not be read, or a record is none.
    pub async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        let place = self.of(log).place.clone();
        blocking(log, DEADLINE, move || snapshot::read(&place, after, limit)).await
    }

    /// Reads a whole log and holds it against its anchor.
    ///
    /// # Errors
    /// When it could not be read; what is wrong with the chain is in the report.
    pub async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        let place = self.of(log).place.clone();
        blocking(log, WHOLE_DEADLINE, move || snapshot::verify(&place)).await
    }

    /// Removes the records up to this sequence number, after a checkpoint that tells of it was appended. Answers with
    /// how many were removed.
    ///
    /// # Errors
    /// As [`LogFiles::append`]; nothing was removed.
    pub async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.ask(log, |reply| Request::Cut { up_to, reply }).await
    }

    /// Copies every log up to its anchor, and the anchors, into other folders, which hold no logs yet. Appends go on
    /// meanwhile. Answers with the ends of the copies, in the order of [`Log::ALL`].
    ///
    /// # Errors
    /// When a log could not be copied; what was copied before stays there.
    pub async fn copy_to(&self, folder: &Path, anchors: &Path) -> Result<Vec<(Log, Anchor)>, StoreError> {
        let mut copied = Vec::new();
        for log in Log::ALL {
            let (from, to) = (self.of(log).place.clone(), Place::new(log, folder, anchors));
            copied.push((log, blocking(log, WHOLE_DEADLINE, move || copy::copy(&from, &to)).await?));
        }
        Ok(copied)
    }

    fn of(&self, log: Log) -> &OpenLog {
        let [journal, audit] = &self.logs;
        match log {
            Log::Journal => journal,
            Log::Audit => audit,
        }
    }

    async fn ask<T>(&self, log: Log, request: impl FnOnce(writer::Reply<T>) -> Request) -> Result<T, StoreError> {
        let (reply, told) = oneshot::channel();
        let answer = async {
            let sent = self.of(log).writer.send(request(reply)).await;
            sent.map_err(|_| trouble::stopped(log))?;
            told.await.unwrap_or_else(|_| Err(trouble::lost(log)))
        };
        tokio::time::timeout(DEADLINE, answer).await.unwrap_or_else(|_| Err(trouble::late(log, DEADLINE)))
    }
}

/// Runs what reads files on a thread that may wait. A thread that hangs past the deadline is left to itself.
async fn blocking<T: Send + 'static>(
    log: Log,
    deadline: Duration,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::time::timeout(deadline, tokio::task::spawn_blocking(work)).await;
    done.map_err(|_| trouble::unread(log, deadline))?.unwrap_or_else(|_| Err(trouble::stopped(log)))
}

#[cfg(test)]
mod deadlines {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_hangs_does_not_hold_a_reader_forever() {
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let told = blocking(Log::Audit, Duration::from_millis(20), move || {
            let _ = held.recv();
            Ok(())
        });
        let told = tokio::time::timeout(Duration::from_secs(60), told).await.expect("it answers").unwrap_err();
        assert!(matches!(&told, StoreError::Unavailable { message } if message.contains("audit log")), "{told}");
        drop(let_go);
    }
}
