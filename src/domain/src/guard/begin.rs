//! Whether an action may begin, and the value when it does.

use super::state::{CHAIN, ENVIRONMENTS, HOUR, OBJECTS, STARTS, UNDER_WAY};
use super::{Guards, Limits, Refusal, Target, UnderWay, clock_margin, end, later};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Bytes of a name, an id or a key, at most.
const NAME_BYTES: usize = 512;

/// On whose word an action begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Nobody was asked: counted by the rate cap, and only for the leader.
    Automatic {
        /// Token of the leader's lease. A later leader's start makes it void.
        leader: u64,
    },
    /// People approved it.
    Approved,
    /// It undoes an action in progress, and takes over its locks. Neither freeze nor pause nor cap nor cool-down hold it back.
    Undo {
        /// Id of that action.
        of: String,
        /// The token that it began with.
        token: u64,
    },
    /// The same of an action whose process is gone: it was found in the journal, and freeze and pause hold it back.
    UndoFound {
        /// Id of that action.
        of: String,
        /// The token that it began with.
        token: u64,
    },
}

/// What wants to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Id of the action: it begins once only, also after it ended, for a day or until 256 others ended.
    pub id: String,
    /// Digest of its plan.
    pub plan: String,
    /// On what. An undo acts on the object of what it undoes.
    pub target: Target,
    /// Keys of everything on its dependency chain, at most 64; its own object is always among them. Keys are compared
    /// over all environments: what is not shared between environments carries the environment in its key. An undo
    /// keeps the keys of what it undoes.
    pub chain: BTreeSet<String>,
    /// On whose word.
    pub start: Start,
    /// When it gives up by its own clock.
    pub deadline: DateTime<Utc>,
}

/// An action has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its fencing token: larger than that of every action that began before.
    pub token: u64,
    /// When it began, by the time that all share.
    pub since: DateTime<Utc>,
    /// When it must have ended.
    pub deadline: DateTime<Utc>,
}

/// Begins an action: the next value, and the action's token. `claim` is unique to this attempt; the same attempt made
/// again (because nobody told whether the first was stored) gets the same answer, every other one for the same action is
/// refused.
///
/// # Errors
/// Why it may not begin; the value stays as it is.
pub fn begin(
    guards: &Guards,
    request: &Request,
    claim: &str,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Result<(Guards, Started), Refusal> {
    guards.check()?;
    request.check(claim)?;
    let now = guards.settled(now)?;
    if let Some(begun) = guards.under_way.iter().find(|action| action.id == request.id) {
        return again(guards, begun, claim);
    }
    let mut next = end::without_stale(guards, limits, now);
    if next.ended.contains_key(&request.id) {
        return Err(Refusal::AlreadyBegun { id: request.id.clone() });
    }
    if now >= request.deadline || request.deadline > later(later(now, limits.longest_action), clock_margin()) {
        let longest = limits.longest_action.num_seconds();
        return invalid(format!("the deadline {} is not within {longest} s from now", request.deadline));
    }
    let undone = request.undone(&mut next, now)?;
    match &undone {
        // It is over, whatever becomes of its undo.
        Some(undone) => next.remember(&undone.id, now),
        None => next.allow(request, limits, now)?,
    }
    let token = next.last_token.checked_add(1).ok_or(Refusal::NoRoom { what: "tokens", most: usize::MAX })?;
    if let Start::Automatic { leader } = &request.start {
        next.leader_token = *leader;
        next.starts.entry(request.target.environment.clone()).or_default().push(now);
    }
    (next.last_token, next.seen_at) = (token, now);
    next.under_way.push(request.under_way(claim, token, now, undone));
    Ok((next, Started { token, since: now, deadline: request.deadline }))
}

fn again(guards: &Guards, begun: &UnderWay, claim: &str) -> Result<(Guards, Started), Refusal> {
    if begun.claim != claim {
        return Err(Refusal::AlreadyBegun { id: begun.id.clone() });
    }
    let started = Started { token: begun.token, since: begun.since, deadline: begun.deadline };
    Ok((guards.clone(), started))
}

fn invalid<T>(what: String) -> Result<T, Refusal> {
    Err(Refusal::Invalid { what })
}

impl Request {
    fn check(&self, claim: &str) -> Result<(), Refusal> {
        let object = &self.target.object;
        let names = [
            ("id", self.id.as_str()),
            ("plan", &self.plan),
            ("claim", claim),
            ("environment", &self.target.environment),
            ("kind", &object.kind),
            ("namespace", object.namespace.as_deref().unwrap_or("none")),
            ("name", &object.name),
        ];
        let keys = self.chain.iter().map(|key| ("chain key", key.as_str()));
        for (what, name) in names.into_iter().chain(keys) {
            if name.is_empty() || name.len() > NAME_BYTES || name.chars().any(char::is_control) {
                return invalid(format!(
                    "a {what} of {} bytes (1 to {NAME_BYTES}, none of them a control character)",
                    name.len()
                ));
            }
        }
        if self.chain.len() >= CHAIN {
            return invalid(format!("a chain of {} keys (less than {CHAIN})", self.chain.len()));
        }
        Ok(())
    }

    /// Takes the action that this one undoes out of the value; none where it undoes nothing.
    fn undone(&self, next: &mut Guards, now: DateTime<Utc>) -> Result<Option<UnderWay>, Refusal> {
        let (of, token) = match &self.start {
            Start::Undo { of, token } => (of, token),
            Start::UndoFound { of, token } => {
                next.held(&self.target.environment, &self.plan, now).map_or(Ok(()), Err)?;
                (of, token)
            }
            Start::Automatic { .. } | Start::Approved => return Ok(None),
        };
        let wanted = |action: &UnderWay| {
            action.id == *of && action.token == *token && action.target == self.target && action.undoes.is_none()
        };
        let place = next.under_way.iter().position(wanted);
        let place = place.ok_or_else(|| Refusal::NothingToUndo { id: of.clone(), token: *token })?;
        Ok(Some(next.under_way.remove(place)))
    }

    fn under_way(&self, claim: &str, token: u64, since: DateTime<Utc>, undone: Option<UnderWay>) -> UnderWay {
        let automatic = match &undone {
            Some(undone) => undone.automatic,
            None => matches!(self.start, Start::Automatic { .. }),
        };
        let own = || self.chain.iter().cloned().chain([self.target.key()]).collect();
        UnderWay {
            id: self.id.clone(),
            claim: claim.to_owned(),
            plan: self.plan.clone(),
            target: self.target.clone(),
            chain: undone.as_ref().map_or_else(own, |undone| undone.chain.clone()),
            since,
            deadline: self.deadline,
            token,
            automatic,
            undoes: undone.map(|undone| undone.id),
        }
    }
}

impl Guards {
    /// Everything that may speak against an action that undoes nothing.
    fn allow(&self, request: &Request, limits: &Limits, now: DateTime<Utc>) -> Result<(), Refusal> {
        let environment = &request.target.environment;
        self.allow_by_freeze(environment, &request.plan, now)?;
        self.allow_by_pause(environment, now)?;
        self.allow_by_chain(request)?;
        self.allow_by_rest(request, limits, now)?;
        self.allow_by_cap(request, limits)?;
        if self.under_way.len() >= UNDER_WAY {
            return Err(Refusal::NoRoom { what: "actions under way", most: UNDER_WAY });
        }
        // An action under way has room for its object's rest, so that ending it never fails.
        if self.rests.len().saturating_add(self.under_way.len()) >= OBJECTS {
            return Err(Refusal::NoRoom { what: "objects that rest", most: OBJECTS });
        }
        Ok(())
    }

    pub(super) fn allow_by_freeze(&self, environment: &str, plan: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
        let Some(freeze) = self.freezes.iter().find(|freeze| freeze.scope.covers(environment)) else {
            return Ok(());
        };
        if self.lifts.iter().any(|lift| lift.plan == plan && now < lift.until) {
            return Ok(());
        }
        Err(Refusal::Frozen { freeze: freeze.clone() })
    }

    fn allow_by_chain(&self, request: &Request) -> Result<(), Refusal> {
        let own = request.target.key();
        for action in &self.under_way {
            if let Some(key) = action.chain.iter().find(|key| **key == own || request.chain.contains(*key)) {
                let until = later(action.deadline, clock_margin());
                return Err(Refusal::ChainLocked { key: key.clone(), by: action.id.clone(), until });
            }
        }
        Ok(())
    }

    fn allow_by_rest(&self, request: &Request, limits: &Limits, now: DateTime<Utc>) -> Result<(), Refusal> {
        let Some(rest) = self.rest(&request.target) else { return Ok(()) };
        let target = || request.target.clone();
        if now < rest.until {
            return Err(Refusal::CoolingDown { target: target(), until: rest.until });
        }
        let is_automatic = matches!(request.start, Start::Automatic { .. });
        if is_automatic && rest.failed_in_a_row >= limits.failed_heals {
            return Err(Refusal::HealsFailed { target: target(), failed: rest.failed_in_a_row });
        }
        Ok(())
    }

    fn allow_by_cap(&self, request: &Request, limits: &Limits) -> Result<(), Refusal> {
        let Start::Automatic { leader } = request.start else { return Ok(()) };
        if leader < self.leader_token {
            return Err(Refusal::LaterLeader { token: leader, known: self.leader_token });
        }
        let environment = request.target.environment.clone();
        let starts = self.automatic_starts(&environment);
        let cap = usize::try_from(limits.automatic_per_hour).unwrap_or(STARTS).min(STARTS);
        if starts.len() >= cap {
            // As many as the cap must be left after the oldest of those which count have gone; none goes where it is 0.
            let last_in_the_way = starts.len().checked_sub(cap).and_then(|place| starts.get(place));
            let free_at = last_in_the_way.map(|start| later(*start, HOUR));
            return Err(Refusal::RateCap { environment, cap: limits.automatic_per_hour, free_at });
        }
        if starts.is_empty() && self.starts.len() >= ENVIRONMENTS {
            return Err(Refusal::NoRoom { what: "environments with automatic starts", most: ENVIRONMENTS });
        }
        Ok(())
    }
}
