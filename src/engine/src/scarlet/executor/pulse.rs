//! Whether the journal can be written: felt by the writes that are made anyway, since one only to try would stand in a trail
//! that is never changed.

use ports::store::error::StoreError;
use std::sync::{Arc, Mutex, PoisonError};

/// Why the last write to the journal failed; nothing where it did not. Clones feel the same.
#[derive(Debug, Clone, Default)]
pub struct JournalPulse(Arc<Mutex<Option<String>>>);

impl JournalPulse {
    /// Why the last write failed.
    pub fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn felt(&self, written: &Result<(), StoreError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = written.as_ref().err().map(ToString::to_string);
    }
}
