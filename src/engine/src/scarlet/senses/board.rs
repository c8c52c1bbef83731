//! How all senses stand, for whoever asks.
//!
//! Guarantee: a sense is on it from its declaration on, so that one that never looked is seen as well.

use chrono::{DateTime, TimeDelta, Utc};
use domain::sense::Origin;
use domain::sense::standing::{Standing, Watched};
use ports::clock::Clock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The board.
pub struct Board {
    clock: Arc<dyn Clock>,
    entries: Mutex<BTreeMap<String, Entry>>,
}

struct Entry {
    origin: Origin,
    standing: Standing,
    silence: TimeDelta,
    /// Since when this process looks; `None` while another one does.
    begun_at: Option<DateTime<Utc>>,
}

/// How one sense stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which sense, of which environment.
    pub origin: Origin,
    /// When it was last heard, and what keeps it from being heard.
    pub standing: Standing,
    /// Whether this process looks.
    pub looks: bool,
    /// Whether it has not been heard for too long.
    pub is_away: bool,
    /// Whether everything was looked at at the last look, and that not too long ago.
    pub is_well: bool,
}

/// The name of a sense that no other has.
pub(super) fn key(origin: &Origin) -> String {
    format!("{}/{}", origin.environment, origin.source)
}

impl Board {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::default() }
    }

    /// All senses, in a fixed order.
    pub fn senses(&self) -> Vec<Shown> {
        let now = self.clock.now();
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = |entry: &Entry| Shown {
            origin: entry.origin.clone(),
            standing: entry.standing.clone(),
            looks: entry.begun_at.is_some(),
            is_away: entry.standing.is_away(entry.silence, now),
            is_well: entry.standing.is_well(entry.silence, now),
        };
        entries.values().map(shown).collect()
    }

    pub(super) fn declare(&self, origin: &Origin, silence: TimeDelta) {
        let entry = Entry { origin: origin.clone(), standing: Standing::default(), silence, begun_at: None };
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(key(origin), entry);
    }

    /// This process looks from now on, or no longer.
    pub(super) fn looks(&self, origin: &Origin, looks: bool) {
        let now = self.clock.now();
        self.change(origin, |entry| entry.begun_at = if looks { entry.begun_at.or(Some(now)) } else { None });
    }

    pub(super) fn stands(&self, origin: &Origin, standing: &Standing) {
        self.change(origin, |entry| entry.standing = standing.clone());
    }

    /// A look that did not even come to be.
    pub(super) fn failed(&self, origin: &Origin, failure: &domain::envelope::Failure) {
        let now = self.clock.now();
        self.change(origin, |entry| entry.standing = entry.standing.failed(failure, now));
    }

    /// The senses of an environment that this process looks at.
    pub(super) fn watched(&self, environment: &str) -> Vec<Watched> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let of = entries.values().filter(|entry| entry.origin.environment == environment);
        let watched = |entry: &Entry| {
            Some(Watched {
                source: entry.origin.source.clone(),
                standing: entry.standing.clone(),
                begun_at: entry.begun_at?,
                silence: entry.silence,
            })
        };
        of.filter_map(watched).collect()
    }

    fn change(&self, origin: &Origin, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(&key(origin)) {
            change(entry);
        }
    }
}
