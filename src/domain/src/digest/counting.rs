//! Counting and listing.

use super::{Approvals, Period, Scope, Top};
use crate::approval::{Approval, State};

/// How many entries of a list are told.
const TOLD: usize = 5;

impl<T> Top<T> {
    /// The first of a list.
    pub(super) fn of(mut all: Vec<T>) -> Self {
        let more = all.len().saturating_sub(TOLD);
        all.truncate(TOLD);
        Self { first: all, more: count(more) }
    }
}

/// A number of things.
pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The middle of some numbers, of two middles the mean; `None` where there are none.
pub(super) fn median(mut numbers: Vec<u64>) -> Option<u64> {
    numbers.sort_unstable();
    let upper = *numbers.get(numbers.len() / 2)?;
    if numbers.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *numbers.get((numbers.len() / 2).checked_sub(1)?)?;
    Some(lower.midpoint(upper))
}

/// Whether something of an environment is told in this scope.
pub(super) fn is_of(scope: &Scope, environment: &str) -> bool {
    scope.environment.as_deref().is_none_or(|wanted| wanted == environment)
}

/// Approvals that came to an end in the period, and those that wait now.
pub(super) fn approvals(period: &Period, scope: &Scope, approvals: &[Approval]) -> Approvals {
    let mut counts = Approvals::default();
    for approval in approvals.iter().filter(|approval| is_of(scope, &approval.shown.environment)) {
        let ended_now = period.holds(approval.changed_at);
        match approval.state {
            State::Pending if approval.asked_at < period.to => counts.waiting += 1,
            State::Granted | State::Started if ended_now => counts.granted += 1,
            State::Rejected if ended_now => counts.rejected += 1,
            State::Expired if ended_now => counts.expired += 1,
            State::Pending | State::Granted | State::Started | State::Rejected | State::Expired | State::Withdrawn => {}
        }
    }
    counts
}
