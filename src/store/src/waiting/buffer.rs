//! The documents that wait. Pure, but for a counter.

use super::Count;
use crate::packing::fingerprint;
use ports::store::collection::Collection;
use ports::store::document::{Change, Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use std::collections::{BTreeMap, VecDeque};

/// The first version of documents that wait. No store comes that far: at a million writes of one document a second it
/// would take 146,000 years.
pub const FIRST_WAITING_VERSION: u64 = 1 << 62;

/// Changes of one document of which it may be unknown whether they stand; the oldest are forgotten.
const DOUBTS: usize = 4;

type Place = (&'static str, String);

/// A document that waits.
struct Waiting {
    collection: &'static Collection,
    /// What must hold when it is written: the expectation of the first write that waited.
    expect: Expect,
    /// What it shall be: the change of the last.
    change: Change,
    /// The version by which it is known while it waits; another for each change.
    version: u64,
    /// Fingerprints of bodies that may have been written already.
    doubts: VecDeque<String>,
    /// Whether it may have been deleted already.
    may_be_deleted: bool,
    bytes: usize,
}

/// What became of a write that shall wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The version by which it is known; 0 for a deletion.
    pub(super) version: u64,
    /// What had to go for it.
    pub(super) dropped: Vec<String>,
}

/// A write that is to be made up.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub(super) write: Write,
    /// Which change it is.
    pub(super) version: u64,
}

/// What waits, in the order in which it began to.
pub(super) struct Buffer {
    documents: usize,
    bytes: usize,
    waiting: BTreeMap<Place, Waiting>,
    order: VecDeque<Place>,
    used: usize,
    changes: u64,
    dropped: u64,
    refused: u64,
}

impl Buffer {
    pub(super) fn new(documents: usize, bytes: usize) -> Self {
        let (waiting, order) = (BTreeMap::new(), VecDeque::new());
        Self { documents, bytes, waiting, order, used: 0, changes: 0, dropped: 0, refused: 0 }
    }

    pub(super) fn count(&self) -> Count {
        let waiting = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        Count { waiting, bytes: self.used, dropped: self.dropped, refused: self.refused }
    }

    pub(super) fn holds(&self, collection: &'static Collection, id: &str) -> bool {
        self.waiting.contains_key(&(collection.name, id.to_owned()))
    }

    /// How a document that waits is seen: `Some(None)` where its deletion waits.
    pub(super) fn seen(&self, collection: &'static Collection, id: &str) -> Option<Option<Stored>> {
        let waiting = self.waiting.get(&(collection.name, id.to_owned()))?;
        Some(match &waiting.change {
            Change::Put(document) => {
                Some(Stored { id: id.to_owned(), version: waiting.version, document: document.clone() })
            }
            Change::Delete => None,
        })
    }

    /// Takes a write. `in_doubt` says that it may stand already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where its expectation does not hold against what waits; [`StoreError::TooLarge`] where it
    /// would not even fit alone.
    pub(super) fn take(&mut self, write: Write, in_doubt: bool) -> Result<Taken, StoreError> {
        let Write { collection, id, expect, change } = write;
        let place = (collection.name, id);
        let bytes = size(&place.1, &change);
        if bytes > self.bytes || self.documents == 0 {
            let what = format!("{}/{}", place.0, place.1);
            return Err(StoreError::TooLarge { what, bytes, limit: self.bytes });
        }
        let before =
            self.waiting.get(&place).map(|waiting| (waiting.version, matches!(waiting.change, Change::Put(_))));
        match (before, expect) {
            (Some((version, is_there)), expect) if !holds(expect, version, is_there) => {
                return Err(StoreError::Conflict { found: is_there.then_some(version) });
            }
            // It waited, and does not any more: what it became is not known here.
            (None, Expect::Version(version)) if version >= FIRST_WAITING_VERSION => {
                return Err(StoreError::Conflict { found: None });
            }
            _ => {}
        }
        let version = FIRST_WAITING_VERSION.saturating_add(self.changes);
        self.changes = self.changes.saturating_add(1);
        let answer = if matches!(change, Change::Put(_)) { version } else { 0 };
        self.put(&place, collection, expect, change, version, bytes);
        if in_doubt {
            self.doubt(&place);
        }
        self.forget_what_never_was(&place);
        Ok(Taken { version: answer, dropped: self.make_room(&place) })
    }

    fn put(
        &mut self,
        place: &Place,
        collection: &'static Collection,
        expect: Expect,
        change: Change,
        version: u64,
        bytes: usize,
    ) {
        self.used = self.used.saturating_add(bytes);
        match self.waiting.get_mut(place) {
            Some(waiting) => {
                self.used = self.used.saturating_sub(waiting.bytes);
                (waiting.change, waiting.version, waiting.bytes) = (change, version, bytes);
            }
            None => {
                let (doubts, may_be_deleted) = (VecDeque::new(), false);
                let waiting = Waiting { collection, expect, change, version, doubts, may_be_deleted, bytes };
                self.waiting.insert(place.clone(), waiting);
                self.order.push_back(place.clone());
            }
        }
    }

    /// A document that was made and deleted while it waited needs nothing, where no attempt to make it is in doubt.
    fn forget_what_never_was(&mut self, place: &Place) {
        let never_was = self.waiting.get(place).is_some_and(|waiting| {
            waiting.expect == Expect::Absent && waiting.change == Change::Delete && waiting.doubts.is_empty()
        });
        if never_was {
            self.remove(place);
        }
    }

    fn make_room(&mut self, for_whom: &Place) -> Vec<String> {
        let mut dropped = Vec::new();
        while self.waiting.len() > self.documents || self.used > self.bytes {
            let Some(oldest) = self.order.iter().find(|place| *place != for_whom).cloned() else { break };
            self.remove(&oldest);
            self.dropped = self.dropped.saturating_add(1);
            dropped.push(format!("{}/{}", oldest.0, oldest.1));
        }
        dropped
    }

    fn remove(&mut self, place: &Place) {
        if let Some(waiting) = self.waiting.remove(place) {
            self.used = self.used.saturating_sub(waiting.bytes);
            self.order.retain(|other| other != place);
        }
    }

    /// The write that has waited longest.
    pub(super) fn due(&self) -> Option<Due> {
        let place = self.order.front()?;
        let waiting = self.waiting.get(place)?;
        let expect = match (&waiting.change, waiting.expect) {
            // It was made by an attempt in doubt, or never.
            (Change::Delete, Expect::Absent) => Expect::Any,
            (_, expect) => expect,
        };
        let write =
            Write { collection: waiting.collection, id: place.1.clone(), expect, change: waiting.change.clone() };
        Some(Due { write, version: waiting.version })
    }

    /// A write was made, and the document has this version now; 0 where it was deleted. Where it has changed since, that
    /// change goes on from there.
    pub(super) fn made(&mut self, due: &Due, version: u64) {
        let place = (due.write.collection.name, due.write.id.clone());
        match self.waiting.get_mut(&place) {
            Some(waiting) if waiting.version != due.version => {
                waiting.expect = if version == 0 { Expect::Absent } else { Expect::Version(version) };
                waiting.doubts.clear();
                waiting.may_be_deleted = false;
                self.forget_what_never_was(&place);
            }
            _ => self.remove(&place),
        }
    }

    /// A write may have been made.
    pub(super) fn doubted(&mut self, due: &Due) {
        self.note(&(due.write.collection.name, due.write.id.clone()), &due.write.change);
    }

    fn doubt(&mut self, place: &Place) {
        let change = self.waiting.get(place).map(|waiting| waiting.change.clone());
        if let Some(change) = change {
            self.note(place, &change);
        }
    }

    fn note(&mut self, place: &Place, change: &Change) {
        let Some(waiting) = self.waiting.get_mut(place) else { return };
        match change {
            Change::Delete => waiting.may_be_deleted = true,
            Change::Put(document) => {
                let print = fingerprint(&document.body);
                if !waiting.doubts.contains(&print) {
                    waiting.doubts.push_back(print);
                }
                if waiting.doubts.len() > DOUBTS {
                    waiting.doubts.pop_front();
                }
            }
        }
    }

    /// The expectation of a write did not hold, and this is there. True where that is what a write in doubt made: then it
    /// is settled, or goes on from there. False where others came between: the document ceases to wait.
    pub(super) fn overtaken(&mut self, due: &Due, found: Option<&Stored>) -> bool {
        let place = (due.write.collection.name, due.write.id.clone());
        let Some(waiting) = self.waiting.get_mut(&place) else { return true };
        let is_ours = match found {
            None => waiting.may_be_deleted,
            Some(stored) => waiting.doubts.contains(&fingerprint(&stored.document.body)),
        };
        if !is_ours {
            return false;
        }
        let is_the_last = match (found, &waiting.change) {
            (None, Change::Delete) => true,
            (Some(stored), Change::Put(document)) => is_same(&stored.document, document),
            _ => false,
        };
        if is_the_last && waiting.version == due.version {
            self.remove(&place);
        } else {
            waiting.expect = found.map_or(Expect::Absent, |stored| Expect::Version(stored.version));
            self.forget_what_never_was(&place);
        }
        true
    }

    /// A document that cannot be written.
    pub(super) fn refused(&mut self, due: &Due) {
        self.remove(&(due.write.collection.name, due.write.id.clone()));
        self.refused = self.refused.saturating_add(1);
    }
}

/// Whether an expectation holds against a document that waits.
fn holds(expect: Expect, version: u64, is_there: bool) -> bool {
    match expect {
        Expect::Any => true,
        Expect::Absent => !is_there,
        Expect::Version(expected) => is_there && expected == version,
    }
}

/// Whether a document is the one that was written; stores keep its end to the millisecond.
fn is_same(stored: &Document, written: &Document) -> bool {
    let end = |document: &Document| document.expires_at.map(|end| end.timestamp_millis());
    stored.body == written.body && stored.words == written.words && end(stored) == end(written)
}

/// About how many bytes a write keeps.
fn size(id: &str, change: &Change) -> usize {
    let body = match change {
        Change::Delete => 0,
        Change::Put(document) => {
            let words =
                document.words.iter().flat_map(|words| words.names.iter().chain(&words.title).chain(&words.text));
            words.fold(document.body.to_string().len(), |bytes, word| {
                bytes.saturating_add(word.len()).saturating_add(24)
            })
        }
    };
    body.saturating_add(id.len()).saturating_add(256)
}
