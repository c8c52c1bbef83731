//! One group of records: chained, inserted, anchored, and told to each caller as it ended.
//!
//! Records are inserted in their order, so that what stands of a group is always its beginning. An attempt that arrives
//! late or twice finds its sequence number taken: by the same record, which is known by its `write_id`, or by somebody
//! else's, after which the rest is chained anew.

use super::super::fault::{DUPLICATE_KEY, Fault, unknown};
use super::super::link::{Deadline, Link, batch, number};
use super::append::Job;
use domain::chain::{Anchor, Entry, Line};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use ports::store::Log;
use ports::store::error::StoreError;

/// Bytes of one request at most, far below the 16 MiB of a command. A larger record goes alone.
const REQUEST_BYTES: usize = 4 * 1024 * 1024;

/// Records of one request at most.
const REQUEST_RECORDS: usize = 500;

/// How an attempt ended.
enum Step {
    /// Go on with what is left.
    On,
    /// Somebody else came first: read the end of the chain anew.
    Overtaken,
    /// It was not made, or it is not known.
    Failed(Fault),
}

/// A group of records on their way.
pub(super) struct Group<'a> {
    link: &'a Link,
    log: Log,
    write_id: ObjectId,
    deadline: Deadline,
    /// Where the next record goes; `None` when that must be read.
    head: Option<Anchor>,
    jobs: Vec<Job>,
    entries: Vec<Entry>,
    /// The end of the chain after each entry that stands.
    standing: Vec<Anchor>,
    in_doubt: bool,
}

impl<'a> Group<'a> {
    pub(super) fn new(link: &'a Link, log: Log, head: Option<Anchor>, jobs: Vec<Job>) -> Self {
        let entries = jobs.iter().flat_map(|job| job.entries.iter().cloned()).collect();
        let (write_id, deadline) = (ObjectId::new(), link.deadline());
        Self { link, log, write_id, deadline, head, jobs, entries, standing: Vec::new(), in_doubt: false }
    }

    /// Writes the group and tells each caller. Answers with the end of the chain, where it is known.
    pub(super) async fn write(mut self) -> Option<Anchor> {
        let mut failed = self.insert_all().await.err();
        let mut is_anchored = false;
        if let Some(end) = self.standing.last() {
            // An own deadline: where the records stand, the anchor is what is missing.
            match super::anchor(self.link, self.log, end, &mut self.link.deadline()).await {
                Ok(()) => is_anchored = true,
                Err(error) => failed = Some(error),
            }
        }
        let head = if failed.is_none() { self.head.take() } else { None };
        self.tell(failed, is_anchored);
        head
    }

    async fn insert_all(&mut self) -> Result<(), StoreError> {
        while self.standing.len() < self.entries.len() {
            let head = match self.head.clone() {
                Some(head) => head,
                None => super::end(self.link, self.log, &mut self.deadline).await?,
            };
            self.head = Some(head.clone());
            match self.insert(&head).await {
                Step::On => {}
                Step::Overtaken => {
                    self.head = None;
                    if !self.link.yield_to_others(&mut self.deadline).await {
                        let message =
                            format!("{}: others write the {} log all the time", self.link.place, self.log.name());
                        return Err(Fault::Away(message).given_up(self.in_doubt));
                    }
                }
                Step::Failed(Fault::Refused(error)) => return Err(Fault::Refused(error).given_up(self.in_doubt)),
                Step::Failed(fault) => {
                    self.in_doubt = self.in_doubt || matches!(fault, Fault::Unclear(_));
                    if !self.link.wait(&mut self.deadline).await {
                        return Err(fault.given_up(self.in_doubt));
                    }
                    if self.in_doubt {
                        self.recognise(&head).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The next records, chained to this end, as many as one request takes.
    fn chained(&self, head: &Anchor) -> Vec<Line> {
        let (mut end, mut bytes) = (head.clone(), 0_usize);
        let mut lines: Vec<Line> = Vec::new();
        for entry in self.entries.iter().skip(self.standing.len()).take(REQUEST_RECORDS) {
            let line = Line::after(&end, entry.clone());
            bytes = bytes.saturating_add(line.to_json().len());
            if bytes > REQUEST_BYTES && !lines.is_empty() {
                break;
            }
            end = line.anchor();
            lines.push(line);
        }
        lines
    }

    async fn insert(&mut self, head: &Anchor) -> Step {
        let lines = self.chained(head);
        let documents: Vec<Document> = lines.iter().map(|line| super::document(line, self.write_id)).collect();
        let command = doc! {"insert": self.log.name(), "documents": documents, "ordered": true};
        let answer = match self.link.write(command, &self.deadline).await {
            Ok(answer) => answer,
            Err(fault) => return Step::Failed(fault),
        };
        let Some((index, code, told)) = answer.errors.first() else {
            lines.iter().for_each(|line| self.stands(line));
            return Step::On;
        };
        lines.iter().take(*index).for_each(|line| self.stands(line));
        if *code != DUPLICATE_KEY {
            return Step::Failed(Fault::of_code(*code, told, &self.link.place));
        }
        // Taken, by ourselves where an attempt came through that was not answered.
        let head = self.head.clone().unwrap_or_default();
        match self.recognise(&head).await {
            Ok(0) => Step::Overtaken,
            Ok(_) => Step::On,
            Err(StoreError::Unavailable { message }) => Step::Failed(Fault::Away(message)),
            Err(error) => Step::Failed(Fault::Refused(error)),
        }
    }

    /// Looks which of the next records stand after this end. Answers with how many.
    async fn recognise(&mut self, head: &Anchor) -> Result<usize, StoreError> {
        let lines = self.chained(head);
        let filter = doc! {"_id": {"$gt": super::sequence(head.count)}, "write_id": self.write_id};
        let limit = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let command = doc! {
            "find": self.log.name(),
            "filter": filter,
            "sort": {"_id": 1},
            "projection": {"_id": 1},
            "limit": limit,
            "batchSize": limit.saturating_add(1),
        };
        let answer = self.link.read(command, &mut self.deadline).await;
        let answer = answer.map_err(|error| if self.in_doubt { unknown(&error.to_string()) } else { error })?;
        let found = batch(answer, &self.link.place)?.documents;
        let mut count = 0_usize;
        for (line, fields) in lines.iter().zip(found) {
            if number(&fields, "_id") != Some(super::sequence(line.sequence)) {
                break;
            }
            self.stands(line);
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    fn stands(&mut self, line: &Line) {
        self.head = Some(line.anchor());
        self.standing.push(line.anchor());
    }

    /// Tells each caller how its records ended.
    fn tell(self, failed: Option<StoreError>, is_anchored: bool) {
        let mut before = 0_usize;
        for job in self.jobs {
            let end = before.saturating_add(job.entries.len());
            let standing = self.standing.len().min(end).saturating_sub(before);
            let last = end.checked_sub(1).and_then(|last| self.standing.get(last));
            let answer = match (&failed, last) {
                (_, Some(anchor)) if is_anchored => Ok(anchor.clone()),
                // What it says about the log matters more than that these records may stand.
                (Some(error @ StoreError::Corrupt { .. }), _) => Err(error.clone()),
                (Some(error), _) if standing == 0 => Err(error.clone()),
                (Some(error), _) => Err(unknown(&error.to_string())),
                (None, _) => Err(unknown(&format!("{}: some records were not written", self.link.place))),
            };
            // Who does not listen any more was told by its own deadline.
            let _ = job.answer.send(answer);
            before = end;
        }
    }
}
