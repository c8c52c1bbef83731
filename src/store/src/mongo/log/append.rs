//! Appending for many callers: what waits is written together, by one task for each log.
//!
//! The task outlives a caller that gives up, so that nothing is cancelled between its records and their anchor. It ends
//! with the store.

use super::super::fault::unknown;
use super::super::link::Link;
use super::group::Group;
use domain::chain::{Anchor, Entry};
use ports::store::Log;
use ports::store::error::StoreError;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Callers that may wait at once; more wait to be let in.
const QUEUE: usize = 256;

/// Records that are written together at most; one caller's are never parted.
const TOGETHER: usize = 500;

/// Bytes of those at most, of which the last caller's come on top.
const TOGETHER_BYTES: usize = 4 * 1024 * 1024;

/// What one caller wants to be appended.
pub(super) struct Job {
    pub(super) entries: Vec<Entry>,
    pub(super) bytes: usize,
    pub(super) answer: oneshot::Sender<Result<Anchor, StoreError>>,
}

/// The way to the task of one log.
pub(in super::super) struct Appender {
    log: Log,
    jobs: mpsc::Sender<Job>,
}

impl Appender {
    /// Starts the task.
    pub(in super::super) fn start(link: Arc<Link>, log: Log) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(work(link, log, waiting));
        Self { log, jobs }
    }

    /// Appends. Answers with the end of the chain after the last of these.
    pub(in super::super) async fn append(&self, link: &Link, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        let mut bytes = 0_usize;
        for entry in &entries {
            entry.check().map_err(|error| StoreError::Invalid {
                message: format!("an entry {:?} of the {} log cannot be written: {error}", entry.kind, self.log.name()),
            })?;
            bytes = bytes.saturating_add(entry.body.to_string().len()).saturating_add(512);
        }
        if entries.is_empty() {
            return super::anchored(link, self.log).await;
        }
        let deadline = link.deadline();
        let (answer, answered) = oneshot::channel();
        let late = || format!("{}: the {} log is not written in time", link.place, self.log.name());
        let sent = tokio::time::timeout(deadline.remaining(), self.jobs.send(Job { entries, bytes, answer })).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Err(StoreError::Unavailable { message: format!("{}; nothing was written", late()) });
        }
        // Twice the time of an operation: the group before, and the one with these.
        let patience = deadline.remaining().saturating_mul(2);
        match tokio::time::timeout(patience, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(unknown(&late())),
        }
    }
}

async fn work(link: Arc<Link>, log: Log, mut waiting: mpsc::Receiver<Job>) {
    let mut head = None;
    while let Some(first) = waiting.recv().await {
        let (mut records, mut bytes) = (first.entries.len(), first.bytes);
        let mut jobs = vec![first];
        while records < TOGETHER && bytes < TOGETHER_BYTES {
            let Ok(next) = waiting.try_recv() else { break };
            records = records.saturating_add(next.entries.len());
            bytes = bytes.saturating_add(next.bytes);
            jobs.push(next);
        }
        // Whoever gave up meanwhile is not written for: it was told that nothing is known, and may try again.
        jobs.retain(|job| !job.answer.is_closed());
        head = Group::new(&link, log, head, jobs).write().await;
    }
}
