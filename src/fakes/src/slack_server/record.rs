//! What the server remembers of what it was sent.

use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// A call of the Web API as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// `chat.postMessage`.
    pub method: String,
    /// Its arguments, as an object; without any token.
    pub arguments: Value,
    /// The HTTP status that it was answered with.
    pub status: u16,
    /// Slack's error code, where it was refused.
    pub error: Option<String>,
    /// When it came in.
    pub at: Instant,
}

/// How long the app took to acknowledge something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckTime {
    /// What: `app_mention`, `message`, `block_actions`, `/jamie`, …
    pub what: String,
    /// From sending to the acknowledgement.
    pub after: Duration,
    /// How often it had been sent before.
    pub attempt: u32,
}

#[derive(Default)]
pub(super) struct Record {
    pub calls: Vec<Recorded>,
    pub violations: Vec<String>,
    /// Texts that would notify somebody or link somewhere.
    pub pings: Vec<String>,
    /// What pings and links may begin with.
    pub allowed: Vec<String>,
    /// What is permitted, but against a recommendation.
    pub notes: Vec<String>,
    pub acks: Vec<AckTime>,
    /// What the app never acknowledged, so that Slack gave it up.
    pub given_up: Vec<String>,
    /// Calls of a method before its Retry-After was over.
    pub early: Vec<String>,
}
