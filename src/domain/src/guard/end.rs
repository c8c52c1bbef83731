//! How an action ends: its locks are free, its object rests, failures are counted.

use super::{Guards, Limits, Refusal, Rest, UnderWay, later};
use chrono::{DateTime, TimeDelta, Utc};

/// How an action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The world is better: verified.
    Succeeded,
    /// The effect was made or tried, and the world is no better.
    Failed,
    /// Nobody knows whether there was an effect; counts as a failure.
    Unknown,
    /// It was given up before any effect: the object does not rest and nothing counts as failed. A start stays counted.
    NothingDone,
}

/// Ends an action. The undo of an action counts as a failed heal however it ends. A clock that ran back does not keep an
/// action from ending; the rest is counted from the latest time that was seen.
///
/// # Errors
/// [`Refusal::NotUnderWay`] where it is over already, by its undo or by its deadline; [`Refusal::Unreadable`].
pub fn end(
    guards: &Guards,
    id: &str,
    token: u64,
    outcome: Outcome,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<Guards, Refusal> {
    guards.check()?;
    let now = now.max(guards.seen_at);
    let mut next = guards.clone();
    let place = next.under_way.iter().position(|action| action.id == id && action.token == token);
    let place = place.ok_or_else(|| Refusal::NotUnderWay { id: id.to_owned(), token })?;
    let action = next.under_way.remove(place);
    next.rested(&action, outcome, limits, now);
    next.remember(&action.id, now);
    let mut next = without_stale(&next, limits, now);
    next.seen_at = now;
    Ok(next)
}

/// The value without what is over by itself. Actions that nobody ended in time count as failed, and their objects rest
/// from now on.
pub(super) fn without_stale(guards: &Guards, limits: &Limits, now: DateTime<Utc>) -> Guards {
    let mut next = guards.clone();
    let (stale, going) = next.under_way.into_iter().partition::<Vec<_>, _>(|action| action.is_stale(now));
    next.under_way = going;
    for action in &stale {
        next.rested(action, Outcome::Unknown, limits, now);
        next.remember(&action.id, now);
    }
    next.forget(now);
    next
}

impl Guards {
    fn rested(&mut self, action: &UnderWay, outcome: Outcome, limits: &Limits, now: DateTime<Utc>) {
        let is_undo = action.undoes.is_some();
        if outcome == Outcome::NothingDone && !is_undo {
            return;
        }
        let key = action.target.key();
        let failed_before = self.rests.get(&key).map_or(0, |rest| rest.failed_in_a_row);
        let helped = outcome == Outcome::Succeeded && !is_undo;
        let failed_in_a_row = if helped { 0 } else { failed_before.saturating_add(1) };
        let until = later(now, limits.cool_down.max(TimeDelta::zero()));
        self.rests.insert(key, Rest { until, failed_in_a_row, ended_at: now });
    }
}
