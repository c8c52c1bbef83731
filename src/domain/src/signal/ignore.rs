//! Known noise: what is ignored, why, and until when.
//!
//! Guarantees: every entry has a reason and an end; one that has ended, speaks of nothing or cannot be evaluated ignores
//! nothing.
//!
//! Deliberately absent: silences and maintenance, which only put off (`correlation`).

use super::Signal;
use super::matcher::{Matcher, all_match};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Days for which something may be called noise at most: after that somebody has to look at it again.
const LONGEST_DAYS: i64 = 366;

/// One known noise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignore {
    /// Which signals: all of these match.
    pub matchers: Vec<Matcher>,
    /// Only of this environment; of all where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Why it is noise, for whoever asks where the alert went.
    pub reason: String,
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Ignore {
    /// Whether the signal is noise now.
    pub fn holds(&self, signal: &Signal, now: DateTime<Utc>) -> bool {
        let is_here = self.environment.as_ref().is_none_or(|environment| *environment == signal.environment);
        is_here && now < self.until && all_match(&self.matchers, signal)
    }

    /// What is wrong with it, one sentence each. An entry that has ended is told as well: it does nothing any more.
    pub fn check(&self, now: DateTime<Utc>) -> Vec<String> {
        let mut mistakes: Vec<String> = self.matchers.iter().filter_map(|matcher| matcher.check().err()).collect();
        if self.matchers.is_empty() {
            mistakes.push("it matches nothing: name at least one field".to_owned());
        }
        if self.reason.trim().is_empty() {
            mistakes.push("it has no reason: say why this is noise".to_owned());
        }
        if self.until <= now {
            mistakes.push(format!("it ended at {}: remove it, or look at it again", self.until.to_rfc3339()));
        }
        if self.until - now > TimeDelta::days(LONGEST_DAYS) {
            mistakes
                .push(format!("it ends in more than {LONGEST_DAYS} days: choose a day on which to look at it again"));
        }
        mistakes
    }
}

/// The reason of the first entry that calls the signal noise.
pub fn reason<'a>(ignores: &'a [Ignore], signal: &Signal, now: DateTime<Utc>) -> Option<&'a str> {
    ignores.iter().find(|ignore| ignore.holds(signal, now)).map(|ignore| ignore.reason.as_str())
}
