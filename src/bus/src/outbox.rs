//! Events that were taken and wait in the store until whoever must have them has them; and who must.
//!
//! Guarantees: an event that was put is there until it is removed, whatever happens to the process; the same event put
//! twice is there once; entries come back in the order in which they were put. The groups of each topic are kept
//! beside, so that an event which comes before its consumers have started again is not lost on them.
//!
//! Deliberately absent: delivery.

use crate::limits::INSTANCE_BYTES;
use chrono::Utc;
use ports::bus::{BusError, Event};
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::collections::OUTBOX;
use ports::store::document::{Expect, Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Direction, Query};
use ports::store::record::{self, Record};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An event in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which process put it there; a name that it has again after a restart.
    pub owner: String,
    /// Of which topic.
    pub topic: String,
    /// Where it stands: microseconds since 1970 when it was put, and never the same twice for one owner.
    pub order: i64,
    /// The event.
    pub event: Event,
}

impl Record for Entry {
    const COLLECTION: &'static Collection = &OUTBOX;

    fn id(&self) -> String {
        entry_id(&self.owner, &self.topic, &self.event.id)
    }
}

fn entry_id(owner: &str, topic: &str, event: &str) -> String {
    format!("{owner}/{topic}/{event}")
}

/// The groups of a topic, and from which order on each gets its events. It has no order, so that no page of entries
/// has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Groups {
    name: String,
    groups: BTreeMap<String, i64>,
}

impl Record for Groups {
    const COLLECTION: &'static Collection = &OUTBOX;

    fn id(&self) -> String {
        groups_id(&self.name)
    }
}

/// How the ids of groups begin. No owner is empty, so no entry's does.
const GROUPS: &str = "/groups/";

fn groups_id(topic: &str) -> String {
    format!("{GROUPS}{topic}")
}

/// What stood in the outbox when it was opened.
#[derive(Debug, Default)]
pub struct Found {
    /// The topics, their groups, and from which order on each group gets its events.
    pub topics: BTreeMap<String, BTreeMap<String, i64>>,
    /// The entries of this owner, in their order.
    pub entries: Vec<Entry>,
}

/// The outbox of one process.
pub struct Outbox {
    store: Arc<dyn Store>,
    owner: String,
    most: usize,
    last_order: AtomicI64,
    /// The ids of this owner's entries.
    waiting: Mutex<BTreeSet<String>>,
}

impl Outbox {
    /// The outbox of this owner in this store, and what stands in it.
    ///
    /// # Errors
    /// When the store cannot be read, or the owner's name is none.
    pub async fn open(store: Arc<dyn Store>, owner: &str, most: usize) -> Result<(Self, Found), BusError> {
        if owner.is_empty() || owner.len() > INSTANCE_BYTES || owner.contains(['/', '\0']) {
            let rule = format!("1 to {INSTANCE_BYTES} bytes, no / and no NUL");
            return Err(BusError::Full(format!("the instance {owner:?} is no name that the outbox takes: {rule}")));
        }
        let (last_order, waiting) = (AtomicI64::new(0), Mutex::default());
        let outbox = Self { store, owner: owner.to_owned(), most, last_order, waiting };
        let mut found = Found::default();
        let mut query = Query::of(&OUTBOX).limited(Query::LIMIT);
        loop {
            let page = outbox.store.page(&query).await.map_err(|error| away(UNREAD, &error))?;
            page.documents.into_iter().for_each(|stored| outbox.sort_into(&mut found, stored));
            let Some(cursor) = page.next_cursor else { break };
            query = query.after(Some(cursor));
        }
        found.entries.sort_by_key(|entry| entry.order);
        Ok((outbox, found))
    }

    fn sort_into(&self, found: &mut Found, stored: Stored) {
        if stored.id.starts_with(GROUPS) {
            match record::value::<Groups>(stored) {
                Ok(groups) => drop(found.topics.insert(groups.value.name, groups.value.groups)),
                Err(error) => tracing::error!(%error, "the groups of a topic are left alone"),
            }
        } else if let Some(entry) = readable(stored) {
            self.last_order.fetch_max(entry.order, Ordering::Relaxed);
            if self.owns(&entry) {
                self.lock().insert(entry.id());
                found.entries.push(entry);
            }
        }
    }

    /// How many events of this owner wait.
    pub fn waiting(&self) -> u64 {
        u64::try_from(self.lock().len()).unwrap_or(u64::MAX)
    }

    /// Puts an event there; durable when this returns. Answers with its entry.
    ///
    /// # Errors
    /// When it was not put, or it is not known whether it was.
    pub async fn put(&self, topic: &str, event: &Event) -> Result<Entry, BusError> {
        if self.lock().len() >= self.most {
            let most = self.most;
            return Err(BusError::Full(format!("{most} events wait in the outbox of the store, which is the most")));
        }
        let (owner, order) = (self.owner.clone(), self.next_order());
        let entry = Entry { owner, topic: topic.to_owned(), order, event: event.clone() };
        match record::save(self.store.as_ref(), &entry, Expect::Absent).await {
            // A conflict: it was told before, and still waits.
            Ok(_) | Err(StoreError::Conflict { .. }) => {
                self.lock().insert(entry.id());
                Ok(entry)
            }
            Err(error) => Err(away(&format!("the event {} could not be put into the outbox", event.id), &error)),
        }
    }

    /// Removes an entry of any owner; nothing happens where it is gone.
    ///
    /// # Errors
    /// When it may still be there.
    pub async fn remove(&self, entry: &Entry) -> Result<(), BusError> {
        let written = self.store.write(Write::delete(&OUTBOX, entry.id(), Expect::Any)).await;
        let what = || format!("the event {} could not be taken out of the outbox", entry.event.id);
        written.map_err(|error| away(&what(), &error))?;
        self.lock().remove(&entry.id());
        Ok(())
    }

    /// As [`Outbox::remove`], of this owner's entry of an event.
    ///
    /// # Errors
    /// When it may still be there.
    pub async fn remove_event(&self, topic: &str, event: &Event) -> Result<(), BusError> {
        let (owner, topic) = (self.owner.clone(), topic.to_owned());
        self.remove(&Entry { owner, topic, order: 0, event: event.clone() }).await
    }

    /// Forgets those of this owner's entries that are not among these, all that there are: another process, which took
    /// this one for gone, handed them over.
    pub fn forget_all_but(&self, there: &BTreeSet<String>) {
        self.lock().retain(|id| there.contains(id));
    }

    /// Whether the entry is this owner's.
    pub fn owns(&self, entry: &Entry) -> bool {
        entry.owner == self.owner
    }

    /// A page of entries of all owners in their order, and where the next begins; what is no entry is told and left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn page(&self, cursor: Option<String>, limit: usize) -> Result<(Vec<Entry>, Option<String>), BusError> {
        let query = Query::of(&OUTBOX).by("order", Direction::Ascending).limited(limit).after(cursor);
        let page = self.store.page(&query).await.map_err(|error| away(UNREAD, &error))?;
        Ok((page.documents.into_iter().filter_map(readable).collect(), page.next_cursor))
    }

    /// Says that a group of a topic is there, so that it gets what is published from now on, also while none of its
    /// consumers runs.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn register(&self, topic: &str, group: &str) -> Result<(), BusError> {
        let order = self.next_order();
        let decide = |found: Option<Groups>| {
            let mut groups = found.unwrap_or_else(|| Groups { name: topic.to_owned(), groups: BTreeMap::new() });
            if groups.groups.contains_key(group) {
                return (None, ());
            }
            groups.groups.insert(group.to_owned(), order);
            (Some(groups), ())
        };
        let changed = record::change(self.store.as_ref(), &groups_id(topic), decide).await;
        changed.map_err(|error| away(&format!("the group {group} of {topic} could not be kept"), &error))
    }

    /// The groups of each topic that has any.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn all_groups(&self) -> Result<BTreeMap<String, BTreeSet<String>>, BusError> {
        let (mut found, mut query) = (BTreeMap::new(), Query::of(&OUTBOX).limited(Query::LIMIT));
        loop {
            let page = self.store.page(&query).await.map_err(|error| away(UNREAD, &error))?;
            // They stand together, since pages are in the order of the ids.
            let is_last = page.documents.last().is_some_and(|last| *last.id > *GROUPS && !last.id.starts_with(GROUPS));
            for stored in page.documents.into_iter().filter(|stored| stored.id.starts_with(GROUPS)) {
                match record::value::<Groups>(stored) {
                    Ok(groups) => drop(found.insert(groups.value.name, groups.value.groups.into_keys().collect())),
                    Err(error) => tracing::error!(%error, "the groups of a topic are left alone"),
                }
            }
            let Some(cursor) = page.next_cursor.filter(|_| !is_last) else { return Ok(found) };
            query = query.after(Some(cursor));
        }
    }

    /// The groups of a topic.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn groups(&self, topic: &str) -> Result<Vec<String>, BusError> {
        let found = record::load::<Groups>(self.store.as_ref(), &groups_id(topic)).await;
        let found = found.map_err(|error| away(&format!("the groups of {topic} could not be read"), &error))?;
        Ok(found.map(|groups| groups.value.groups.into_keys().collect()).unwrap_or_default())
    }

    fn next_order(&self) -> i64 {
        let now = Utc::now().timestamp_micros();
        let next = |last: i64| now.max(last.saturating_add(1));
        let last = self.last_order.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(last.unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const UNREAD: &str = "the outbox could not be read";

fn readable(stored: Stored) -> Option<Entry> {
    match record::value::<Entry>(stored) {
        Ok(entry) => Some(entry.value),
        Err(error) => {
            tracing::error!(%error, "an entry of the outbox is left alone");
            None
        }
    }
}

/// A store that failed, as an error of the bus.
pub fn away(what: &str, error: &StoreError) -> BusError {
    match error {
        StoreError::Denied { .. } => BusError::Denied(format!("{what}: {error}")),
        StoreError::Full { .. } | StoreError::TooLarge { .. } => BusError::Full(format!("{what}: {error}")),
        _ => BusError::Unavailable(format!("{what}: {error}")),
    }
}
