//! The value itself: what stands in it, what of it may be read, and whether it can be believed.

use super::{Pause, Refusal, clock_margin, later};
use crate::object::ObjectRef;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Actions under way at once, at most.
pub(super) const UNDER_WAY: usize = 128;
/// Objects that rest or are acted on at once, at most.
pub(super) const OBJECTS: usize = 1_000;
/// Environments with automatic starts within the hour, and environments frozen or paused by name, at most.
pub(super) const ENVIRONMENTS: usize = 128;
/// Automatic starts that are counted for one environment, at most.
pub(super) const STARTS: usize = 1_000;
/// Plans for which a freeze is lifted at once, at most.
pub(super) const LIFTS: usize = 64;
/// Keys of one action's chain, at most.
pub(super) const CHAIN: usize = 64;
/// Ended actions that are remembered, at most; the oldest goes where there are more.
pub(super) const ENDED: usize = 256;
/// How long an ended action is remembered, so that what is delivered again does not begin it a second time.
pub(super) const ENDED_KEPT: TimeDelta = TimeDelta::hours(24);
/// How long failed heals are remembered after the last of them.
const HEALS_KEPT: TimeDelta = TimeDelta::days(7);

/// The window of the rate cap.
pub(super) const HOUR: TimeDelta = TimeDelta::hours(1);

/// An object in its environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name of the environment, as in the settings.
    pub environment: String,
    /// The object.
    pub object: ObjectRef,
}

impl Target {
    /// The key of the chain on which the object itself stands; also what its rest is kept under.
    pub fn key(&self) -> String {
        format!("{} {}", self.environment, self.object)
    }
}

/// `Deployment shop/checkout in prod`.
impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} in {}", self.object, self.environment)
    }
}

/// What a freeze covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every environment.
    All,
    /// One environment, by the name that it has in the settings.
    Environment(String),
}

impl Scope {
    /// Whether it covers this environment.
    pub fn covers(&self, environment: &str) -> bool {
        match self {
            Self::All => true,
            Self::Environment(name) => name == environment,
        }
    }
}

/// `everything`, `the environment prod`.
impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => out.write_str("everything"),
            Self::Environment(name) => write!(out, "the environment {name}"),
        }
    }
}

/// A freeze that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// What it covers.
    pub scope: Scope,
    /// Since when; a freeze that is repeated stands since the first time.
    pub since: DateTime<Utc>,
    /// Who froze last.
    pub by: String,
    /// Why, in the person's words, without secrets.
    pub why: String,
}

/// A plan that may begin although it is frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lift {
    /// Digest of the plan.
    pub plan: String,
    /// Who lifted it.
    pub by: String,
    /// Until when it may begin.
    pub until: DateTime<Utc>,
}

/// An action that has begun and has not ended: its effect, its verification, or its undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnderWay {
    /// Id of the action.
    pub id: String,
    /// Which attempt to begin it was the one: a repeated attempt is told from a second one by it.
    pub claim: String,
    /// Digest of its plan.
    pub plan: String,
    /// On what.
    pub target: Target,
    /// The locks that it holds, its own object's among them.
    pub chain: BTreeSet<String>,
    /// When it began.
    pub since: DateTime<Utc>,
    /// When it gives up; its locks are free [`clock_margin`] later.
    pub deadline: DateTime<Utc>,
    /// Its fencing token: larger than that of every action that began before.
    pub token: u64,
    /// Whether no person was asked.
    pub automatic: bool,
    /// The action that it undoes, whose locks it took over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
}

impl UnderWay {
    /// Whether it is over because nobody ended it in time.
    pub(super) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        later(self.deadline, clock_margin()) <= now
    }
}

/// An object after an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// Until when nothing begins on it.
    pub until: DateTime<Utc>,
    /// Heals that failed since the last that helped.
    pub failed_in_a_row: u32,
    /// When the last action on it ended.
    pub ended_at: DateTime<Utc>,
}

impl Rest {
    fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until <= now && (self.failed_in_a_row == 0 || later(self.ended_at, HEALS_KEPT) <= now)
    }
}

/// Everything that must change together when an action starts or ends, or when somebody freezes or pauses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guards {
    /// The largest fencing token that was handed out.
    pub(super) last_token: u64,
    /// The largest token of a leader that started something.
    pub(super) leader_token: u64,
    /// The latest time at which something began or ended.
    pub(super) seen_at: DateTime<Utc>,
    pub(super) freezes: Vec<Freeze>,
    /// By environment; none in a document that was written before there were pauses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) pauses: BTreeMap<String, Pause>,
    pub(super) lifts: Vec<Lift>,
    pub(super) under_way: Vec<UnderWay>,
    /// Automatic starts of the last hour, by environment, the oldest first.
    pub(super) starts: BTreeMap<String, Vec<DateTime<Utc>>>,
    /// By the target's key.
    pub(super) rests: BTreeMap<String, Rest>,
    /// Ids of actions that ended, with the time; none in a document that was written before these were kept.
    #[serde(default)]
    pub(super) ended: BTreeMap<String, DateTime<Utc>>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            last_token: 0,
            leader_token: 0,
            seen_at: DateTime::UNIX_EPOCH,
            freezes: Vec::new(),
            pauses: BTreeMap::new(),
            lifts: Vec::new(),
            under_way: Vec::new(),
            starts: BTreeMap::new(),
            rests: BTreeMap::new(),
            ended: BTreeMap::new(),
        }
    }
}

impl Guards {
    /// The freezes that stand.
    pub fn freezes(&self) -> &[Freeze] {
        &self.freezes
    }

    /// The plans for which they are lifted; some may have run out.
    pub fn lifts(&self) -> &[Lift] {
        &self.lifts
    }

    /// The actions under way; some may be past their deadline.
    pub fn under_way(&self) -> &[UnderWay] {
        &self.under_way
    }

    /// What is known of an object after actions on it.
    pub fn rest(&self, target: &Target) -> Option<&Rest> {
        self.rests.get(&target.key())
    }

    /// When automatic actions started in an environment within the last hour, the oldest first.
    pub fn automatic_starts(&self, environment: &str) -> &[DateTime<Utc>] {
        self.starts.get(environment).map_or(&[], Vec::as_slice)
    }

    /// Whether an action still holds its locks under this token: to be asked right before an effect.
    ///
    /// # Errors
    /// [`Refusal::NotUnderWay`] where it ended, was taken over by its undo, or ran past its deadline.
    pub fn holds(&self, id: &str, token: u64, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.check()?;
        let mine = self.under_way.iter().find(|action| action.id == id && action.token == token);
        // By its own clock an action gives up at the deadline; the margin is for the others.
        mine.filter(|action| now < action.deadline)
            .map(|_| ())
            .ok_or_else(|| Refusal::NotUnderWay { id: id.to_owned(), token })
    }

    /// Whether it can be believed: no lock held twice, no token beyond the last, nothing larger than it may be.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] with what contradicts what.
    pub fn check(&self) -> Result<(), Refusal> {
        let wrong = |what: String| Err(Refusal::Unreadable { what });
        let (mut ids, mut tokens, mut locks) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for action in &self.under_way {
            if !ids.insert(&action.id) || !tokens.insert(action.token) || action.token > self.last_token {
                return wrong(format!("the action {} has an id or a token that cannot be", action.id));
            }
            if !action.chain.contains(&action.target.key()) {
                return wrong(format!("the action {} does not lock its own object", action.id));
            }
            if let Some(twice) = action.chain.iter().find(|key| !locks.insert(key.as_str())) {
                return wrong(format!("\"{twice}\" is locked by two actions at once"));
            }
        }
        let sizes = [
            ("actions under way", self.under_way.len(), UNDER_WAY),
            ("objects", self.rests.len().saturating_add(self.under_way.len()), OBJECTS),
            ("environments with automatic starts", self.starts.len(), ENVIRONMENTS),
            ("automatic starts", self.starts.values().map(Vec::len).max().unwrap_or_default(), STARTS),
            // One more than can be frozen by name: everything.
            ("freezes", self.freezes.len(), ENVIRONMENTS + 1),
            ("pauses", self.pauses.len(), ENVIRONMENTS),
            ("lifted plans", self.lifts.len(), LIFTS),
            ("ended actions", self.ended.len(), ENDED),
        ];
        match sizes.into_iter().find(|(_, size, most)| size > most) {
            Some((what, size, most)) => wrong(format!("it has {size} {what}, but never more than {most}")),
            None => Ok(()),
        }
    }

    /// The time to go by: never before what was seen already.
    ///
    /// # Errors
    /// [`Refusal::ClockBehind`] where this machine's clock is further behind than clocks may differ: by it, cool-downs
    /// and the hour of the rate cap would be counted wrongly.
    pub(super) fn settled(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        if later(now, clock_margin()) < self.seen_at {
            return Err(Refusal::ClockBehind { now, seen_at: self.seen_at });
        }
        Ok(now.max(self.seen_at))
    }

    /// Keeps in mind that an action ended; it does not begin again.
    pub(super) fn remember(&mut self, id: &str, ended_at: DateTime<Utc>) {
        self.ended.insert(id.to_owned(), ended_at);
        while self.ended.len() > ENDED {
            let oldest = self.ended.iter().min_by_key(|(_, ended_at)| **ended_at).map(|(id, _)| id.clone());
            let Some(oldest) = oldest else { return };
            self.ended.remove(&oldest);
        }
    }

    /// Drops what is over. Stale actions must have been ended before.
    pub(super) fn forget(&mut self, now: DateTime<Utc>) {
        self.lifts.retain(|lift| now < lift.until);
        self.pauses.retain(|_, pause| !pause.is_over(now));
        self.rests.retain(|_, rest| !rest.is_over(now));
        self.ended.retain(|_, ended_at| now < later(*ended_at, ENDED_KEPT));
        for starts in self.starts.values_mut() {
            starts.retain(|start| now < later(*start, HOUR));
        }
        self.starts.retain(|_, starts| !starts.is_empty());
    }
}
