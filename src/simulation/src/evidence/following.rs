//! What stands in the store, followed as it is written: the newest of each document is read once, each line of a log once.
//!
//! Guarantee: it tells what [`Standing::read`] tells of the same store, as long as nobody changes a log behind the store's
//! back; runs hold the two against each other where they read everything anyway.

use super::Standing;
use super::watch::Watch;
use domain::audit::{OpenActions, Record};
use domain::chain::{Anchor, Line};
use ports::store::error::StoreError;
use ports::store::{Log, Store as _};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::memory::Memory;

/// The newest of each document of one collection.
#[derive(Debug)]
pub struct Newest<T> {
    unread: BTreeMap<String, Value>,
    read: BTreeMap<String, Arc<T>>,
}

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self { unread: BTreeMap::new(), read: BTreeMap::new() }
    }
}

impl<T: DeserializeOwned> Newest<T> {
    /// A document was written.
    pub fn note(&mut self, id: &str, body: Value) {
        self.unread.insert(id.to_owned(), body);
    }

    /// A document is gone.
    pub fn forget(&mut self, id: &str) {
        self.unread.remove(id);
        self.read.remove(id);
    }

    /// All of them, by id.
    ///
    /// # Errors
    /// When one is not what it should be.
    pub fn all(&mut self) -> Result<Vec<Arc<T>>, StoreError> {
        for (id, body) in std::mem::take(&mut self.unread) {
            let value = serde_json::from_value(body)
                .map_err(|error| StoreError::Corrupt { message: format!("{id} cannot be read: {error}") })?;
            self.read.insert(id, Arc::new(value));
        }
        Ok(self.read.values().cloned().collect())
    }
}

/// How far the logs were read.
#[derive(Debug, Default)]
pub struct Following {
    anchors: BTreeMap<Log, Anchor>,
    broken: Vec<(&'static str, String)>,
    journal: Vec<Arc<Record>>,
    open: OpenActions,
}

impl Following {
    /// What stands now.
    ///
    /// # Errors
    /// What the store in memory says.
    pub async fn standing(&mut self, store: &Memory, watch: &Watch) -> Result<Standing, StoreError> {
        for log in Log::ALL {
            let from = self.anchors.get(&log).cloned().unwrap_or_default();
            for line in store.read(log, from.count, usize::MAX).await? {
                self.take(log, &line);
            }
            let (read, told) = (self.anchors.get(&log).cloned().unwrap_or_default(), store.anchor(log).await?);
            if read != told {
                self.broken.push((log.name(), format!("its anchor is {told:?}, and it ends at {read:?}")));
            }
        }
        let (incidents, heals, approvals, under_way) = watch.newest()?;
        let open = self.open.clone().list().into_iter().map(|open| open.action).collect();
        Ok(Standing {
            incidents,
            heals,
            approvals,
            under_way,
            open,
            journal: self.journal.clone(),
            broken_chains: self.broken.clone(),
        })
    }

    fn take(&mut self, log: Log, line: &Line) {
        let before = self.anchors.get(&log).cloned().unwrap_or_default();
        if !line.follows(&before) || line.computed_hash() != line.hash {
            self.broken.push((log.name(), format!("record {} does not go on from the one before it", line.sequence)));
        }
        self.anchors.insert(log, line.anchor());
        if log == Log::Journal {
            self.open.see(line);
            self.journal.extend(Record::of(line).map(Arc::new));
        }
    }
}
