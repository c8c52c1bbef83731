//! Freezing, and lifting it again.
//!
//! Anyone may freeze, and freezing never fails; only an approver lifts. Freezes of different scopes stand beside each
//! other: to lift one leaves the others.

use super::state::{ENVIRONMENTS, LIFTS};
use super::{Freeze, Guards, Lift, Refusal, Scope, clock_margin, later};
use crate::redaction::redacted_head;
use chrono::{DateTime, TimeDelta, Utc};

/// Characters of a reason that are kept.
const WHY: usize = 500;
/// Characters of a name that are kept.
const NAME: usize = 200;
/// How long a plan may begin for which a freeze was lifted.
const LIFT_LASTS: TimeDelta = TimeDelta::hours(1);

/// Who wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Id of the person, or of the part of the program that froze.
    pub person: String,
    /// Whether this person may approve, as whoever asked them to sign in knows.
    pub is_approver: bool,
}

/// Freezes. What was lifted for single plans before is frozen again: whoever lifted it did not know this freeze. Where
/// there is no room for one more environment by name, everything is frozen.
pub fn freeze(guards: &Guards, scope: Scope, by: &Actor, why: &str, now: DateTime<Utc>) -> Guards {
    let mut next = guards.clone();
    next.lifts.clear();
    let scope = match scope {
        Scope::Environment(name) => bounded_scope(guards, name),
        Scope::All => Scope::All,
    };
    let since = next.freezes.iter().find(|freeze| freeze.scope == scope).map_or(now, |freeze| freeze.since);
    next.freezes.retain(|freeze| freeze.scope != scope);
    let (by, why) = (redacted_head(&by.person, NAME), redacted_head(why, WHY));
    next.freezes.push(Freeze { scope, since, by, why });
    next.freezes.sort_by(|one, other| one.scope.cmp(&other.scope));
    next
}

fn bounded_scope(guards: &Guards, name: String) -> Scope {
    let scope = Scope::Environment(name.clone());
    let is_there = guards.freezes.iter().any(|freeze| freeze.scope == scope);
    let named = guards.freezes.iter().filter(|freeze| freeze.scope != Scope::All).count();
    if name.len() > NAME || (!is_there && named >= ENVIRONMENTS) { Scope::All } else { scope }
}

/// Lifts the freeze of exactly this scope. Takes the present time for right: where a clock that was ahead left times in
/// the future, they end as they would have ended from now on.
///
/// # Errors
/// [`Refusal::NotPermitted`], [`Refusal::NotFrozen`].
pub fn unfreeze(guards: &Guards, scope: &Scope, by: &Actor, now: DateTime<Utc>) -> Result<Guards, Refusal> {
    permitted(by)?;
    if guards.freezes.iter().all(|freeze| freeze.scope != *scope) {
        return Err(not_frozen(guards, scope));
    }
    let mut next = guards.clone();
    next.freezes.retain(|freeze| freeze.scope != *scope);
    if later(now, clock_margin()) < next.seen_at {
        next.take_for_right(now);
    }
    Ok(next)
}

/// Lifts the freezes that stand for one plan, for an hour or until somebody freezes again.
///
/// # Errors
/// [`Refusal::NotPermitted`], [`Refusal::NotFrozen`], [`Refusal::ClockBehind`], [`Refusal::NoRoom`].
pub fn lift(guards: &Guards, plan: &str, by: &Actor, now: DateTime<Utc>) -> Result<Guards, Refusal> {
    permitted(by)?;
    if guards.freezes.is_empty() {
        return Err(not_frozen(guards, &Scope::All));
    }
    if plan.is_empty() || plan.len() > NAME {
        return Err(Refusal::Invalid { what: format!("a plan's digest of {} bytes (1 to {NAME})", plan.len()) });
    }
    let now = guards.settled(now)?;
    let mut next = guards.clone();
    next.lifts.retain(|lift| lift.plan != plan && now < lift.until);
    if next.lifts.len() >= LIFTS {
        return Err(Refusal::NoRoom { what: "plans for which a freeze is lifted", most: LIFTS });
    }
    let by = redacted_head(&by.person, NAME);
    next.lifts.push(Lift { plan: plan.to_owned(), by, until: later(now, LIFT_LASTS) });
    Ok(next)
}

fn permitted(by: &Actor) -> Result<(), Refusal> {
    if by.is_approver { Ok(()) } else { Err(Refusal::NotPermitted { person: redacted_head(&by.person, NAME) }) }
}

fn not_frozen(guards: &Guards, scope: &Scope) -> Refusal {
    let standing = guards.freezes.iter().map(|freeze| freeze.scope.to_string()).collect();
    Refusal::NotFrozen { scope: scope.to_string(), standing }
}

impl Guards {
    /// Brings what lies in the future back to now; each wait is at most as long as it was. What lies in the past stays.
    fn take_for_right(&mut self, now: DateTime<Utc>) {
        for start in self.starts.values_mut().flatten() {
            *start = now.min(*start);
        }
        for rest in self.rests.values_mut() {
            rest.until = rest.until.min(later(now, rest.until.signed_duration_since(rest.ended_at)));
            rest.ended_at = rest.ended_at.min(now);
        }
        for action in &mut self.under_way {
            action.deadline = action.deadline.min(later(now, action.deadline.signed_duration_since(action.since)));
            action.since = action.since.min(now);
        }
        for ended_at in self.ended.values_mut() {
            *ended_at = now.min(*ended_at);
        }
        for pause in self.pauses.values_mut() {
            pause.until = pause.until.map(|until| until.min(later(now, until.signed_duration_since(pause.since))));
            pause.since = pause.since.min(now);
        }
        self.lifts.clear();
        self.seen_at = now;
    }
}
