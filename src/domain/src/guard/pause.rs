//! Pausing one environment, and ending it again: what a freeze is for everything, for one place and, where wished, for a
//! time.
//!
//! Guarantees: as of a freeze: anyone pauses, and pausing never fails; only an approver ends it; while it stands nothing
//! begins in its environment but the undo of an action in progress. A pause that is repeated never gets shorter. No single
//! plan is let through: whoever wants that ends the pause.
//!
//! Deliberately absent: any end but the approver's and the pause's own time, which for others comes [`clock_margin`] later.

use super::state::ENVIRONMENTS;
use super::{Actor, Guards, Refusal, Scope, clock_margin, freeze, later};
use crate::redaction::redacted_head;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Characters of a reason that are kept.
const WHY: usize = 500;
/// Characters of a name that are kept.
const NAME: usize = 200;

/// What would stand longer has no end but the approver's.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// A pause that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// Since when; a pause that is repeated stands since the first time.
    pub since: DateTime<Utc>,
    /// Until when; `None` where only an approver ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Who paused last.
    pub by: String,
    /// Why, in the person's words, without secrets.
    pub why: String,
}

impl Pause {
    /// Whether it stands no more. The margin keeps a clock that is ahead from ending it early.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| later(until, clock_margin()) <= now)
    }

    /// `since 2026-11-21 18:00:00 UTC by ann until 2026-11-21 20:00:00 UTC: the bank is away`.
    pub fn told(&self) -> String {
        let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%S UTC").to_string();
        let until = self.until.map_or_else(String::new, |until| format!(" until {}", time(until)));
        let why = if self.why.is_empty() { "no reason given" } else { &self.why };
        format!("since {} by {}{until}: {why}", time(self.since), self.by)
    }
}

/// Pauses an environment. Of two pauses of one the longer wins; one of more than a year has no end of its own. Where there is no room for one more environment by name,
/// everything is frozen.
pub fn pause(
    guards: &Guards,
    environment: &str,
    by: &Actor,
    why: &str,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Guards {
    let until = until.filter(|until| *until <= later(now, LONGEST));
    let mut next = guards.clone();
    next.pauses.retain(|_, pause| !pause.is_over(now));
    let before = next.pauses.get(environment);
    if environment.is_empty() || environment.len() > NAME || (before.is_none() && next.pauses.len() >= ENVIRONMENTS) {
        return freeze(guards, Scope::All, by, why, now);
    }
    let since = before.map_or(now, |before| before.since);
    let until = match before {
        // `None` is the longest of all.
        Some(before) => before.until.zip(until).map(|(one, other)| one.max(other)),
        None => until,
    };
    let (by, why) = (redacted_head(&by.person, NAME), redacted_head(why, WHY));
    next.pauses.insert(environment.to_owned(), Pause { since, until, by, why });
    next
}

/// Ends the pause of an environment.
///
/// # Errors
/// [`Refusal::NotPermitted`], [`Refusal::NotPaused`].
pub fn unpause(guards: &Guards, environment: &str, by: &Actor, now: DateTime<Utc>) -> Result<Guards, Refusal> {
    if !by.is_approver {
        return Err(Refusal::NotPermitted { person: redacted_head(&by.person, NAME) });
    }
    let mut next = guards.clone();
    next.pauses.retain(|_, pause| !pause.is_over(now));
    match next.pauses.remove(environment) {
        Some(_) => Ok(next),
        None => {
            let standing = next.pauses.keys().cloned().collect();
            Err(Refusal::NotPaused { environment: redacted_head(environment, NAME), standing })
        }
    }
}

impl Guards {
    /// The pauses that stand, by environment.
    pub fn pauses(&self, now: DateTime<Utc>) -> impl Iterator<Item = (&str, &Pause)> {
        self.pauses.iter().filter(move |(_, pause)| !pause.is_over(now)).map(|(name, pause)| (name.as_str(), pause))
    }

    /// The freeze or the pause that keeps a plan of this digest from beginning in an environment; `None` where none does.
    /// What [`super::begin`] refuses by, for whoever decides beforehand or looks once more right before an effect.
    pub fn held(&self, environment: &str, plan: &str, now: DateTime<Utc>) -> Option<Refusal> {
        self.allow_by_freeze(environment, plan, now).and_then(|()| self.allow_by_pause(environment, now)).err()
    }

    pub(super) fn allow_by_pause(&self, environment: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        match self.pauses.get(environment).filter(|pause| !pause.is_over(now)) {
            Some(pause) => Err(Refusal::Paused { environment: environment.to_owned(), pause: pause.clone() }),
            None => Ok(()),
        }
    }
}
