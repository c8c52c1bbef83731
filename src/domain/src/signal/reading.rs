//! What the readers of webhooks have in common: what went wrong, words for severities and states, times, names.
//!
//! Guarantees: nothing here fails; what cannot be understood becomes a [`Problem`] in words, without values that could be
//! secrets; the number of problems is bounded.
//!
//! Deliberately absent: any format.

use super::Status;
use crate::incident::Severity;
use crate::redaction::redacted_head;
use chrono::{DateTime, TimeZone as _, Utc};
use serde_json::Value;

/// Problems of one body that are told one by one at most.
const TOLD: usize = 50;

/// Something of a body that could not be read; the rest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which alert of the body, counted from 1; `None` where it is about the whole.
    pub alert: Option<usize>,
    /// What is wrong and what became of it, in a sentence.
    pub text: String,
}

/// `alert 3: it has no status`.
impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.alert {
            Some(number) => write!(out, "alert {number}: {}", self.text),
            None => out.write_str(&self.text),
        }
    }
}

/// Why nothing of a body could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no JSON in UTF-8.
    #[error("the body is no JSON in UTF-8: line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// It is of another version of the format.
    #[error(
        "the body is of version {found} and version 4 is read: let this receiver be a webhook_config of Alertmanager 0.16 or newer"
    )]
    Version {
        /// What it says, cut.
        found: String,
    },
    /// Something is not there, or not of its type, without which nothing can be read.
    #[error("the body has no {what}: is this the webhook of {format}?")]
    Missing {
        /// Which field.
        what: String,
        /// What was expected.
        format: &'static str,
    },
}

impl Unreadable {
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        Self::NotJson { line: error.line(), column: error.column() }
    }
}

/// Problems as they are found, bounded.
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<Problem>,
    more: u64,
}

impl Problems {
    pub(super) fn add(&mut self, alert: Option<usize>, text: impl Into<String>) {
        if self.told.len() < TOLD {
            self.told.push(Problem { alert, text: text.into() });
        } else {
            self.more += 1;
        }
    }

    pub(super) fn into_told(mut self) -> Vec<Problem> {
        if self.more > 0 {
            self.told.push(Problem { alert: None, text: format!("and {} problems more", self.more) });
        }
        self.told
    }
}

/// A word from outside, to be repeated to a person.
pub(super) fn shown(word: &str) -> String {
    format!("`{}`", redacted_head(word, 40).replace(char::is_control, " "))
}

/// The word for a severity that sources use; `None` for one that none does.
pub(super) fn severity(word: &str) -> Option<Severity> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "critical" | "crit" | "page" | "emergency" | "fatal" | "disaster" | "alert" | "p0" | "p1" | "sev0" | "sev1" => {
            Severity::Critical
        }
        "error" | "err" | "high" | "major" | "p2" | "sev2" => Severity::High,
        "warning" | "warn" | "medium" | "average" | "moderate" | "p3" | "sev3" => Severity::Medium,
        "info" | "information" | "informational" | "notice" | "low" | "minor" | "debug" | "p4" | "p5" | "sev4" => {
            Severity::Low
        }
        _ => return None,
    })
}

/// The word for a state that sources use.
pub(super) fn status(word: &str) -> Option<Status> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "firing" | "alerting" | "triggered" | "open" | "opened" | "active" | "problem" | "down" | "failing" => {
            Status::Firing
        }
        "resolved" | "ok" | "closed" | "recovered" | "inactive" | "up" | "normal" => Status::Resolved,
        _ => return None,
    })
}

/// A time as text (RFC 3339) or as seconds or milliseconds since 1970.
pub(super) fn time(value: &Value) -> Option<DateTime<Utc>> {
    /// In seconds this would be the year 5138; in milliseconds it is 1973.
    const MILLISECONDS_FROM: f64 = 1e11;
    match value {
        Value::String(text) => Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc)),
        Value::Number(number) => {
            let number = number.as_f64().filter(|number| *number > 0.0 && *number < 1e15)?;
            let milliseconds = if number < MILLISECONDS_FROM { number * 1_000.0 } else { number };
            Utc.timestamp_millis_opt(milliseconds as i64).single()
        }
        _ => None,
    }
}

/// When a trouble began, where it says something that can be: nothing began in the future, or before there was a cloud.
pub(super) fn plausible(time: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    /// 2000-01-01; Alertmanager's zero time is of the year 1.
    const EARLIEST_SECONDS: i64 = 946_684_800;
    let time = time.filter(|time| time.timestamp() >= EARLIEST_SECONDS)?;
    Some(time.min(now))
}

/// Whether it can be the name of an object or of its namespace (RFC 1123, as Kubernetes holds names to).
pub(super) fn is_name(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=253).contains(&name.len())
        && name.chars().all(|letter| is_letter(letter) || matches!(letter, '-' | '.'))
        && name.starts_with(is_letter)
        && name.ends_with(is_letter)
}
