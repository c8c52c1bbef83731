//! What this process works on: nobody else here begins it again, and recovery leaves it alone.

use domain::audit::Record;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The actions of this process.
#[derive(Clone, Default)]
pub(super) struct InHand {
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    /// In progress.
    working: BTreeSet<String>,
    /// Done here, and not concluded.
    held: BTreeSet<String>,
    /// Ended, but the journal does not tell it yet. As many as the guards have room for at most.
    unwritten: BTreeMap<String, Record>,
}

/// An action in progress; it is no longer when this is dropped.
pub(super) struct Place {
    in_hand: InHand,
    action: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_hand.lock().working.remove(&self.action);
    }
}

impl InHand {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an action up; `None` where it is in progress already.
    pub(super) fn take(&self, action: &str) -> Option<Place> {
        let is_new = self.lock().working.insert(action.to_owned());
        is_new.then(|| Place { in_hand: self.clone(), action: action.to_owned() })
    }

    /// Whether it is in progress.
    pub(super) fn is_working(&self, action: &str) -> bool {
        self.lock().working.contains(action)
    }

    /// Whether it is in progress, or was done here and is verified by this process.
    pub(super) fn has(&self, action: &str) -> bool {
        let inside = self.lock();
        inside.working.contains(action) || inside.held.contains(action)
    }

    /// Done, and verified by this process from now on.
    pub(super) fn hold(&self, action: &str) {
        self.lock().held.insert(action.to_owned());
    }

    /// Concluded.
    pub(super) fn let_go(&self, action: &str) {
        self.lock().held.remove(action);
    }

    /// Keeps an end that could not be written.
    pub(super) fn keep(&self, action: &str, end: Record) {
        self.lock().unwritten.insert(action.to_owned(), end);
    }

    /// The ends that wait to be written.
    pub(super) fn unwritten(&self) -> Vec<(String, Record)> {
        self.lock().unwritten.iter().map(|(action, end)| (action.clone(), end.clone())).collect()
    }

    /// The end that waits to be written, of one action.
    pub(super) fn unwritten_of(&self, action: &str) -> Option<Record> {
        self.lock().unwritten.get(action).cloned()
    }

    /// It is written.
    pub(super) fn written(&self, action: &str) {
        self.lock().unwritten.remove(action);
    }
}
