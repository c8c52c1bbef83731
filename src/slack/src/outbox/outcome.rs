//! How an attempt ended, and what an error of Slack means for it.

use crate::api::{ApiError, Ts};
use chrono::{DateTime, TimeDelta, Utc};
use domain::backoff::{Backoff, draw};
use domain::post::{Attempt, Post};
use std::time::Duration;

/// Waits between tries: from two seconds up to a minute.
const BACKOFF: Backoff =
    Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60), longest_wish: Duration::from_secs(600) };

/// The shortest wait.
const SHORTEST: Duration = Duration::from_millis(500);

/// The wait where a person must act first.
pub(super) const BLOCKED: Duration = Duration::from_secs(300);

/// Before it is looked for something that may be there: Slack shows a message to readers a little after it took it.
pub(super) const UNSURE: Duration = Duration::from_secs(2);

/// Codes after which the same call may succeed: Slack had trouble of its own, and the call may have had its effect.
const TROUBLE: &[&str] = &["internal_error", "fatal_error", "service_unavailable", "request_timeout"];

/// Codes that say that it had no effect and may be tried again.
const BUSY: &[&str] =
    &["ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org", "streaming_state_conflict"];

/// Codes that end when a person acts.
const NEEDS_A_PERSON: &[&str] = &[
    "not_in_channel",
    "missing_scope",
    "no_permission",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
    "account_inactive",
    "restricted_action",
];

/// Codes of `chat.update` that say that this message cannot be edited any more, whatever the content.
const GONE: &[&str] = &["message_not_found", "cant_update_message", "edit_window_closed"];

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It stands in this message.
    There {
        message: Ts,
        /// It stands there as it was sent; else it was found there.
        is_as_sent: bool,
    },
    /// It had no effect, and is tried again.
    Again(Duration),
    /// It may have had its effect, and is looked for.
    Unsure(Duration),
    /// It needs a person first.
    Blocked(String),
    /// It will never be, with this content.
    Refused(String),
    /// The message cannot be edited any more.
    Gone(String),
}

impl Outcome {
    /// What an error means, at this try.
    pub(super) fn of(error: &ApiError, tries: u32, seed: u64) -> Self {
        let wait = BACKOFF.wait(tries, draw(seed, u64::from(tries))).max(SHORTEST);
        match error {
            ApiError::Limited { retry_after, .. } => Self::Again((*retry_after).clamp(SHORTEST, BLOCKED)),
            ApiError::Unreachable { .. } => Self::Again(wait),
            ApiError::Unknown { .. } => Self::Unsure(wait.max(UNSURE)),
            ApiError::Refused { code, .. } => match code.as_str() {
                code if TROUBLE.contains(&code) => Self::Unsure(wait.max(UNSURE)),
                code if BUSY.contains(&code) => Self::Again(wait),
                code if NEEDS_A_PERSON.contains(&code) => Self::Blocked(error.to_string()),
                _ => Self::Refused(error.to_string()),
            },
        }
    }

    /// What an error of an edit means.
    pub(super) fn of_edit(error: &ApiError, tries: u32, seed: u64) -> Self {
        match error.code() {
            Some(code) if GONE.contains(&code) => Self::Gone(error.to_string()),
            _ => Self::of(error, tries, seed),
        }
    }

    /// Tells a post of this end of an attempt at a content of this digest.
    pub(super) fn tell(&self, post: &mut Post, attempt: &Attempt, digest: &str, now: DateTime<Utc>) {
        let after = |wait: Duration| now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(5));
        let is_last = match self {
            Self::There { message, is_as_sent } => post.there(attempt, message, is_as_sent.then_some(digest), now),
            Self::Again(wait) => post.failed(attempt, after(*wait), now),
            Self::Unsure(wait) => post.unsure(attempt, after(*wait), now),
            Self::Blocked(why) => post.blocked(attempt, digest, why, after(BLOCKED), now),
            Self::Refused(why) => post.refused(attempt, digest, why, now),
            Self::Gone(why) => post.gone(attempt, why, now),
        };
        if !is_last {
            tracing::debug!(key = post.id, "an attempt ended after the next one had begun");
        }
    }

    /// Tells whoever runs this of what does not pass by itself. `is_waiting`: it is tried again.
    pub(super) fn log(&self, key: &str, is_waiting: bool) {
        match self {
            Self::Blocked(why) if is_waiting => tracing::warn!(key, why, "a post waits until somebody helps"),
            Self::Blocked(why) | Self::Refused(why) => tracing::error!(key, why, "a content of a post was refused"),
            Self::Gone(why) => tracing::warn!(key, why, "a message cannot be edited any more; it is left as it is"),
            Self::There { .. } | Self::Again(_) | Self::Unsure(_) => {}
        }
    }
}
