//! How an approval comes to its end other than by a word: it is carried out, runs out of time, or is not needed any more.

use super::{Approval, State};
use crate::guard::clock_margin;
use crate::redaction::redacted_head;
use chrono::{DateTime, TimeDelta, Utc};

/// Characters of a reason at most.
const REASON_CHARS: usize = 300;

/// Why the executor may not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStarted {
    /// It is not granted, or not any more.
    #[error("it is {state:?}, not granted")]
    NotGranted {
        /// Where it stands.
        state: State,
    },
    /// The words that are kept are not enough for what they are said to have granted.
    #[error("it stands as granted, but the words that are kept do not grant it")]
    NotEnough,
    /// What is kept is not the plan that was approved.
    #[error("the plan that is kept is not the one that was approved")]
    OtherPlan,
    /// It can still be taken back.
    #[error("it can be taken back until {starts_at}")]
    TooEarly {
        /// When it may start.
        starts_at: DateTime<Utc>,
    },
    /// It expired before it was started.
    #[error("it expired at {expires_at}")]
    Expired {
        /// When.
        expires_at: DateTime<Utc>,
    },
    /// The clock of this machine is behind what has happened already.
    #[error("the clock of this machine is behind: it says a time before {seen_at}, when the approval was changed")]
    ClockBehind {
        /// The latest time that is known.
        seen_at: DateTime<Utc>,
    },
}

/// The executor takes it over: from here on nothing can be taken back. Of two that swap the value, one starts.
///
/// The object must be observed again and the freeze be asked by whoever calls this: an approval knows neither.
///
/// # Errors
/// [`NotStarted`]: nothing may be done.
pub fn start(approval: &Approval, now: DateTime<Utc>) -> Result<Approval, NotStarted> {
    let state = approval.state;
    let Some(starts_at) = approval.starts_at.filter(|_| state == State::Granted) else {
        return Err(NotStarted::NotGranted { state });
    };
    if !approval.has_enough() {
        return Err(NotStarted::NotEnough);
    }
    if !approval.is_bound_to(&approval.plan) {
        return Err(NotStarted::OtherPlan);
    }
    if now >= approval.expires_at {
        return Err(NotStarted::Expired { expires_at: approval.expires_at });
    }
    if is_behind(approval, now) {
        return Err(NotStarted::ClockBehind { seen_at: seen_at(approval) });
    }
    if now < starts_at {
        return Err(NotStarted::TooEarly { starts_at });
    }
    Ok(Approval { state: State::Started, changed_at: now.max(approval.changed_at), ..approval.clone() })
}

/// The expired value, where its time is over and it was neither started nor ended before; also where it was granted.
pub fn expire(approval: &Approval, now: DateTime<Utc>) -> Option<Approval> {
    let why = match approval.state {
        State::Pending => "Not enough people approved it in time.",
        State::Granted => "It was approved, but did not begin in time.",
        State::Started | State::Rejected | State::Expired | State::Withdrawn => return None,
    };
    (now >= approval.expires_at).then(|| ended(approval, State::Expired, why, now))
}

/// The withdrawn value, where it was neither started nor ended before: the plan was replaced, or is not needed any more.
pub fn withdraw(approval: &Approval, why: &str, now: DateTime<Utc>) -> Option<Approval> {
    approval.state.is_open().then(|| ended(approval, State::Withdrawn, why, now))
}

impl State {
    /// Whether a word can still do anything.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Granted)
    }
}

pub(super) fn ended(approval: &Approval, state: State, why: &str, now: DateTime<Utc>) -> Approval {
    let mut next = approval.clone();
    next.state = state;
    next.starts_at = None;
    next.ended = Some(redacted_head(why.trim(), REASON_CHARS));
    next.changed_at = now.max(approval.changed_at);
    next
}

/// Whether this machine's clock is behind what is known to have happened, by more than clocks may differ.
pub(super) fn is_behind(approval: &Approval, now: DateTime<Utc>) -> bool {
    later(now, clock_margin()) < seen_at(approval)
}

fn seen_at(approval: &Approval) -> DateTime<Utc> {
    approval.asked_at.max(approval.changed_at)
}

/// A time after another; the last time that can be told where there is none.
pub(super) fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
