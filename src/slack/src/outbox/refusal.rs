//! What an error of Slack means for a post.

use super::claim::Outcome;
use crate::api::ApiError;
use domain::backoff::{Backoff, draw};
use std::time::Duration;

/// Waits between tries: from a second up to a minute.
const BACKOFF: Backoff =
    Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60), longest_wish: Duration::from_secs(600) };

/// The wait where a person must act first.
const BLOCKED: Duration = Duration::from_secs(300);

/// Before it is looked for something that may be there: Slack shows a message to readers a little after it took it.
const UNSURE: Duration = Duration::from_secs(2);

/// Codes after which the same call may succeed: Slack had trouble of its own, and the call may have had its effect.
const TROUBLE: &[&str] = &["internal_error", "fatal_error", "service_unavailable", "request_timeout"];

/// Codes that say that it had no effect and may be tried again.
const BUSY: &[&str] = &["ratelimited", "rate_limited", "message_limit_exceeded", "team_added_to_org"];

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

/// What an error means, at this try.
pub(super) fn outcome(error: &ApiError, tries: u32, seed: u64) -> Outcome {
    let wait = BACKOFF.wait(tries, draw(seed, u64::from(tries))).max(Duration::from_millis(500));
    match error {
        ApiError::Limited { retry_after, .. } => {
            Outcome::Again((*retry_after).clamp(Duration::from_millis(500), BLOCKED))
        }
        ApiError::Unreachable { .. } => Outcome::Again(wait),
        ApiError::Unknown { .. } => Outcome::Unsure(wait.max(UNSURE)),
        ApiError::Refused { code, .. } if TROUBLE.contains(&code.as_str()) => Outcome::Unsure(wait.max(UNSURE)),
        ApiError::Refused { code, .. } if BUSY.contains(&code.as_str()) => Outcome::Again(wait),
        ApiError::Refused { code, .. } if NEEDS_A_PERSON.contains(&code.as_str()) => {
            Outcome::Blocked(BLOCKED, error.to_string())
        }
        ApiError::Refused { .. } => Outcome::Never(error.to_string()),
    }
}
