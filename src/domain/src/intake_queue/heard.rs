//! When each source was last heard.
//!
//! Guarantees: what is known of a source never gets older by putting two books together; bounded.

use crate::signal::Source;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Sources of a book at most; there are as many as the settings declare.
const SOURCES: usize = 1_000;

/// Characters of a problem that are kept.
const PROBLEM_CHARS: usize = 300;

/// How one source stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceStatus {
    /// Which.
    pub source: Source,
    /// When it last told anything, though it be that all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_heard_at: Option<DateTime<Utc>>,
    /// What is wrong with it, where something is. May hold text that came from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When this was last written down.
    #[serde(default)]
    pub noted_at: DateTime<Utc>,
}

/// All sources, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardBook {
    /// One entry a source.
    #[serde(default)]
    pub sources: Vec<SourceStatus>,
}

impl HeardBook {
    /// Id of the one book.
    pub const ID: &'static str = "heard";

    /// Sources that are to be heard, each once.
    #[must_use]
    pub fn expecting(mut self, sources: impl IntoIterator<Item = Source>) -> Self {
        for source in sources {
            self.entry(&source);
        }
        self
    }

    /// It told something: it is not away, and nothing is wrong with it.
    pub fn heard(&mut self, source: &Source, now: DateTime<Utc>) {
        if let Some(entry) = self.entry(source) {
            entry.last_heard_at = entry.last_heard_at.max(Some(now));
            (entry.problem, entry.noted_at) = (None, now);
        }
    }

    /// Something is wrong with it, or with what it told.
    pub fn trouble(&mut self, source: &Source, problem: &str, now: DateTime<Utc>) {
        if let Some(entry) = self.entry(source) {
            entry.problem = Some(crate::redaction::redacted_head(problem, PROBLEM_CHARS));
            entry.noted_at = now;
        }
    }

    /// This book with what another knows better: of each source the newer entry, and the last time of both.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        for theirs in &other.sources {
            if let Some(entry) = self.entry(&theirs.source) {
                entry.learn(theirs);
            }
        }
        self
    }

    /// The same, of the sources that are in this book only.
    #[must_use]
    pub fn informed_by(mut self, other: &Self) -> Self {
        for entry in &mut self.sources {
            if let Some(theirs) = other.sources.iter().find(|theirs| theirs.source == entry.source) {
                entry.learn(theirs);
            }
        }
        self
    }

    /// The entry of a source, made where it is missing; none where the book is full.
    fn entry(&mut self, source: &Source) -> Option<&mut SourceStatus> {
        match self.sources.binary_search_by(|entry| entry.source.cmp(source)) {
            Ok(place) => self.sources.get_mut(place),
            Err(_) if self.sources.len() >= SOURCES => None,
            Err(place) => {
                let (source, noted_at) = (source.clone(), DateTime::default());
                self.sources.insert(place, SourceStatus { source, last_heard_at: None, problem: None, noted_at });
                self.sources.get_mut(place)
            }
        }
    }
}

impl SourceStatus {
    fn learn(&mut self, theirs: &Self) {
        let last_heard_at = self.last_heard_at.max(theirs.last_heard_at);
        if theirs.noted_at > self.noted_at {
            *self = theirs.clone();
        }
        self.last_heard_at = last_heard_at;
    }
}
