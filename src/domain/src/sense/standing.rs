//! How a source stands: when it was last heard, and what keeps it from being heard.
//!
//! Guarantees: a source that was never heard is away, and so is one that has not been heard for the time that its sense
//! allows, whether its looks fail or none comes to an end; nothing but a look that succeeded makes it heard.
//!
//! Deliberately absent: what was heard.

use super::{Looked, Origin, Trouble};
use crate::envelope::Failure;
use crate::incident::Severity;
use crate::signal::Source;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a source stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// When a look at it last succeeded; `None` where none ever did.
    pub last_heard: Option<DateTime<Utc>>,
    /// When it was last looked at.
    pub last_look: Option<DateTime<Utc>>,
    /// Looks that failed since one succeeded.
    pub failures_in_a_row: u32,
    /// Why the last look failed; `None` where it succeeded.
    pub problem: Option<String>,
    /// What the last look that succeeded could not look at.
    pub not_looked: Vec<String>,
    /// Troubles that found no room.
    pub left_out: u64,
}

impl Standing {
    /// After a look that succeeded.
    #[must_use]
    pub fn heard(&self, looked: &Looked, now: DateTime<Utc>) -> Self {
        Self {
            last_heard: Some(now),
            last_look: Some(now),
            failures_in_a_row: 0,
            problem: None,
            not_looked: looked.not_looked.clone(),
            left_out: self.left_out,
        }
    }

    /// After a look that failed.
    #[must_use]
    pub fn failed(&self, failure: &Failure, now: DateTime<Utc>) -> Self {
        Self {
            last_look: Some(now),
            failures_in_a_row: self.failures_in_a_row.saturating_add(1),
            problem: Some(super::shown(&failure.to_string())),
            ..self.clone()
        }
    }

    /// Whether everything was looked at at the last look, and that not too long ago.
    pub fn is_well(&self, silence: TimeDelta, now: DateTime<Utc>) -> bool {
        self.problem.is_none() && self.not_looked.is_empty() && self.left_out == 0 && !self.is_away(silence, now)
    }

    /// Whether it has not been heard for longer than `silence`.
    pub fn is_away(&self, silence: TimeDelta, now: DateTime<Utc>) -> bool {
        self.last_heard.is_none_or(|heard| now - heard > silence)
    }

    /// In a sentence for people.
    pub fn told(&self) -> String {
        let heard = match self.last_heard {
            Some(at) => format!("last heard {}", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            None => "never heard".to_owned(),
        };
        let mut parts = vec![heard];
        parts.extend(self.problem.iter().map(|why| format!("{} looks failed: {why}", self.failures_in_a_row)));
        if !self.not_looked.is_empty() {
            parts.push(format!("not looked at: {}", self.not_looked.join("; ")));
        }
        if self.left_out > 0 {
            parts.push(format!("{} troubles are more than are kept track of", self.left_out));
        }
        parts.join("; ")
    }
}

/// A sense that is watched: whose it is, how it stands, since when it is meant to be heard and how long it may be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Which sense.
    pub source: Source,
    /// How it stands.
    pub standing: Standing,
    /// When this process began to look.
    pub begun_at: DateTime<Utc>,
    /// How long it may be silent.
    pub silence: TimeDelta,
}

/// The sources that are away, as troubles of Scarlet's own: blindness is told like any other trouble.
pub fn away(origin: &Origin, watched: &[Watched], now: DateTime<Utc>) -> Looked {
    let is_away = |sense: &&Watched| now - sense.begun_at > sense.silence && sense.standing.is_away(sense.silence, now);
    let trouble = |sense: &Watched| {
        let labels = BTreeMap::from([("sense".to_owned(), sense.source.to_string())]);
        let words = format!("{} cannot be heard: {}", sense.source, sense.standing.told());
        let since = sense.standing.last_heard.unwrap_or(sense.begun_at);
        Trouble { since: Some(since), ..Trouble::new(origin, "sense-away", Severity::Medium, &labels).saying(&words) }
    };
    Looked::whole(watched.iter().filter(is_away).map(trouble).collect())
}

#[cfg(test)]
mod tests;
