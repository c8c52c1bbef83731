//! What was shown and what is still to be shown, in memory only: whatever is forgotten is shown again, which changes
//! nothing that people see.

use super::item::{Item, Key};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// A value as it was shown last.
struct Shown {
    version: u64,
    changed_at: DateTime<Utc>,
    is_open: bool,
}

/// Something that is to be shown again.
struct Due {
    at: Instant,
    /// Which version could not be shown; `None` where it could not even be read.
    version: Option<u64>,
    /// How often it failed in a row.
    failures: u32,
}

/// The books of one leadership.
#[derive(Default)]
pub(super) struct Ledger {
    /// Up to when changes were looked at; nothing yet in the beginning.
    pub(super) since: Option<DateTime<Utc>>,
    /// When everything that is not over was looked at.
    pub(super) whole_at: Option<Instant>,
    /// Looks that failed in a row.
    pub(super) failed_looks: u32,
    shown: BTreeMap<Key, Shown>,
    due: BTreeMap<Key, Due>,
}

impl Ledger {
    /// Whether this version was shown.
    pub(super) fn is_shown(&self, key: &Key, version: u64) -> bool {
        self.shown.get(key).is_some_and(|shown| shown.version == version)
    }

    /// Whether this version waits for its turn after it could not be shown. What is newer does not wait.
    pub(super) fn waits(&self, key: &Key, version: u64) -> bool {
        self.due.get(key).is_some_and(|due| due.version == Some(version))
    }

    pub(super) fn shown(&mut self, key: Key, item: &Item, version: u64, again: Option<Instant>) {
        match again {
            Some(at) => drop(self.due.insert(key.clone(), Due { at, version: Some(version), failures: 0 })),
            None => drop(self.due.remove(&key)),
        }
        self.shown.insert(key, Shown { version, changed_at: item.changed_at(), is_open: item.is_open() });
    }

    pub(super) fn failures(&self, key: &Key) -> u32 {
        self.due.get(key).map_or(0, |due| due.failures)
    }

    pub(super) fn owe(&mut self, key: Key, version: Option<u64>, at: Instant, failures: u32) {
        self.due.insert(key, Due { at, version, failures });
    }

    pub(super) fn forget(&mut self, key: &Key) {
        self.due.remove(key);
        self.shown.remove(key);
    }

    /// What is to be shown by now.
    pub(super) fn due(&self, now: Instant) -> Vec<Key> {
        self.due.iter().filter(|(_, due)| due.at <= now).map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.values().map(|due| due.at).min()
    }

    /// After everything that is not over was looked at: what was shown as open and is not among it came to its end
    /// unseen, by a clock that is far behind, and is read once more.
    pub(super) fn missed(&mut self, open: &BTreeSet<Key>, now: Instant) {
        let missed = self.shown.iter().filter(|(key, shown)| shown.is_open && !open.contains(*key));
        let missed: Vec<Key> = missed.map(|(key, _)| key.clone()).collect();
        for key in missed {
            self.due.entry(key).or_insert(Due { at: now, version: None, failures: 0 });
        }
    }

    /// What is over and changed before this is not read again, and need not be remembered.
    pub(super) fn prune(&mut self, before: DateTime<Utc>) {
        self.shown.retain(|_, shown| shown.is_open || shown.changed_at >= before);
    }
}
