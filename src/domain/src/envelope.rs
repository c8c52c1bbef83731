//! The shape of every tool result, and of every tool failure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What a tool returns: the data, and how much of the whole it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The result itself; its shape is the tool's own (see [`crate::observed`]).
    pub data: Value,
    /// Which backend answered, as a person would name it: `kubernetes demo`, `prometheus http://127.0.0.1:9090`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Items in `data`.
    pub returned: u64,
    /// Items there are, where the backend tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Whether something was left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Passed back as `cursor` to read on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// The stretch of time that the data speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What was left out and how to get it; why a result may be empty and what to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What could not be looked at although the rest could, one sentence each (invariant 12).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_looked: Vec<String>,
}

impl Envelope {
    /// A whole result: nothing left out, no hint.
    pub fn whole(data: Value, returned: u64) -> Self {
        Self {
            data,
            source: None,
            returned,
            total: Some(returned),
            truncated: false,
            next_cursor: None,
            window: None,
            hint: None,
            not_looked: Vec::new(),
        }
    }
}

/// From and to, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First instant.
    pub start: DateTime<Utc>,
    /// Last instant.
    pub end: DateTime<Utc>,
}

/// Why a call gave no result, sorted by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The call itself is wrong (arguments, query syntax, unknown tool); a corrected one may work.
    BadRequest,
    /// The thing asked for does not exist.
    NotFound,
    /// The backend knows us and refuses.
    Forbidden,
    /// The backend does not know us (missing or rejected credentials).
    Unauthenticated,
    /// No connection, or the server is not running.
    Unreachable,
    /// No answer within the deadline.
    Timeout,
    /// An answer that is not what the API promises (a 500, an HTML page, broken JSON).
    BadAnswer,
    /// An answer over the size that is read.
    TooLarge,
    /// The thing is not as the caller last saw it, or somebody else owns what was to be changed; look again.
    Conflict,
    /// The backend limits requests and says when to come back.
    RateLimited,
    /// Stopped on request.
    Cancelled,
    /// Our own policy refuses the call (a write, an ungraded foreign tool, a namespace kept in the house).
    Refused,
}

/// A tool call that gave no result. Shown to people and to models; its text holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of failure.
    pub kind: FailureKind,
    /// What was tried, on what, what came back.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without advice.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(out, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
