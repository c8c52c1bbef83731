//! What can happen to a healing.

use super::{Diagnosis, Proposal};
use crate::approval::State as ApprovalState;
use crate::incident::{State, TakingBack};
use crate::verification::Outcome;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What Scarlet may do in an environment, apart from what the policy says of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// She watches: the autonomy of the environment is `observe`. A pause is none of this: it is a gate of the policy, which
    /// denies what would begin.
    Observe,
    /// She decides, and tells what she would do.
    Shadow,
    /// She does what the verdicts allow.
    Live,
}

/// The incident as it stands, beside the healing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Where it stands; people and the correlation change it too.
    pub state: State,
    /// The incident that it became a part of.
    pub part_of: Option<String>,
    /// Who has it.
    pub owner: Option<String>,
    /// Since when none of its signals fires; `None` while one does, or while it is not known.
    pub quiet_since: Option<DateTime<Utc>>,
    /// Who wants the action taken back that is under way.
    pub taking_back: Option<TakingBack>,
    /// Whether its signals come and go.
    pub flapping: bool,
    /// What Scarlet may do in its environment.
    pub mode: Mode,
}

/// Which guard refused, as far as it matters for what comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardRefusal {
    /// It may begin later: an object rests, a chain is busy.
    Until(DateTime<Utc>),
    /// A freeze, the cap, or whatever a new decision will see: planned anew at once.
    DecideAnew,
    /// Another process leads: that one goes on.
    NotLeader,
    /// People must look: too many failed heals, guards that cannot be believed, a wrong clock.
    People,
}

/// How the executor ended with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The call was made.
    Done {
        /// When its effect took place.
        at: DateTime<Utc>,
    },
    /// A guard refused; there was no effect.
    Refused {
        /// What follows of it.
        by: GuardRefusal,
        /// Its words.
        why: String,
    },
    /// The object is not as the plan saw it; there was no effect.
    Stale {
        /// What differs.
        why: String,
    },
    /// It never began: nothing is known of it, and nothing can have happened.
    NeverBegun {
        /// Why not.
        why: String,
    },
    /// The call failed, for certain without an effect.
    Failed {
        /// What came back.
        why: String,
    },
    /// Nobody knows whether there was an effect.
    Unknown {
        /// What came back.
        why: String,
    },
    /// It is still under way.
    StillUnderWay,
}

/// How an undo ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoEnd {
    /// It was taken back.
    Done,
    /// It was not, or nobody knows.
    Failed(String),
    /// The journal does not know of it: nothing can have happened, and it may begin.
    NeverBegun,
    /// It could not begin now: something is away. Nothing was done.
    NotNow(String),
    /// It is still under way.
    StillUnderWay,
}

/// Something that happened. What carries the number of a round or a plan counts only for that one: what comes late does
/// nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Time went by.
    Tick,
    /// The process that worked on it is gone, or another leads now: whatever was under way there is not any more.
    TakenOver,
    /// The incident was looked at, after the healing was shown in it.
    Seen(Sight),
    /// The incident shows how the healing stands.
    Shown,
    /// The cause was looked for.
    Diagnosed {
        /// Which round.
        round: u32,
        /// What was found.
        found: Result<Box<Diagnosis>, String>,
    },
    /// A plan was made and decided on.
    Planned {
        /// Its number.
        number: u32,
        /// The plan with its verdict.
        proposal: Box<Proposal>,
    },
    /// No action suits, or none that was not tried.
    NothingToDo {
        /// Number of the plan that was wanted.
        number: u32,
        /// Why.
        why: String,
    },
    /// The plan could not be made now: something is away.
    NotPlanned {
        /// Its number.
        number: u32,
        /// Why.
        why: String,
    },
    /// The approval is kept and people see it.
    Asked {
        /// Its id.
        approval: String,
    },
    /// It could not be kept.
    NotAsked {
        /// Its id.
        approval: String,
        /// Why.
        why: String,
        /// Whether trying again may help.
        may_pass: bool,
    },
    /// The approval was looked at.
    Approval {
        /// Its id.
        approval: String,
        /// Where it stands; `None` where there is none of this id.
        state: Option<ApprovalState>,
        /// When it may start, where it is granted.
        starts_at: Option<DateTime<Utc>>,
        /// How it ended, where it has.
        ended: Option<String>,
    },
    /// The executor ended.
    Ended {
        /// Id of the plan.
        plan: String,
        /// How.
        end: End,
    },
    /// It was looked whether it helped.
    Measured {
        /// Id of the plan.
        plan: String,
        /// What was seen.
        outcome: Outcome,
        /// The same in words.
        told: String,
    },
    /// The undo ended.
    Undone {
        /// Id of the plan that was undone.
        plan: String,
        /// How.
        end: UndoEnd,
    },
    /// People were told, at a place.
    Told {
        /// Where.
        place: String,
    },
    /// Nobody could be told.
    NotTold {
        /// What came back from each place.
        why: String,
    },
    /// A debt was paid.
    Paid {
        /// Its key.
        key: String,
    },
}
