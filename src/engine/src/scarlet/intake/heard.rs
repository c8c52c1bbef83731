//! When sources were last heard: in memory, and now and then written down for other processes.

use crate::kept::bounded;
use chrono::{DateTime, Utc};
use domain::intake_queue::{HeardBook, SourceStatus};
use domain::signal::{Signal, Source};
use ports::store::Store;
use ports::store::error::StoreError;
use ports::store::record;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The book of this process.
pub(super) struct Heard(Mutex<HeardBook>);

impl Heard {
    pub(super) fn of(sources: Vec<Source>) -> Self {
        Self(Mutex::new(HeardBook::default().expecting(sources)))
    }

    pub(super) fn heard(&self, source: &Source, now: DateTime<Utc>) {
        self.book().heard(source, now);
    }

    pub(super) fn trouble(&self, source: &Source, problem: &str, now: DateTime<Utc>) {
        self.book().trouble(source, problem, now);
    }

    /// The sources of these signals told something.
    pub(super) fn told(&self, signals: &[Signal], now: DateTime<Utc>) {
        let mut book = self.book();
        let mut last = None;
        for signal in signals {
            if last != Some(&signal.source) {
                book.heard(&signal.source, now);
            }
            last = Some(&signal.source);
        }
    }

    pub(super) fn sources(&self) -> Vec<SourceStatus> {
        self.book().sources.clone()
    }

    /// Puts what this process and the store know together, in both places.
    pub(super) async fn share(&self, store: &dyn Store) -> Result<(), StoreError> {
        let ours = self.book().clone();
        let together = record::change::<HeardBook, HeardBook>(store, HeardBook::ID, |found| {
            let together = found.clone().unwrap_or_default().with(&ours);
            (found.is_none_or(|found| found != together).then(|| together.clone()), together)
        });
        let together = bounded(together).await?;
        let mut book = self.book();
        *book = std::mem::take(&mut *book).informed_by(&together);
        Ok(())
    }

    // Nothing is left half done by a panic of another thread: each change is one assignment.
    fn book(&self) -> MutexGuard<'_, HeardBook> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all processes on a store have written down of their sources, also of those that are not declared any more.
///
/// # Errors
/// When it could not be looked at.
pub async fn heard(store: &dyn Store) -> Result<Vec<SourceStatus>, StoreError> {
    let found = bounded(record::load::<HeardBook>(store, HeardBook::ID)).await?;
    Ok(found.map(|found| found.value.sources).unwrap_or_default())
}
