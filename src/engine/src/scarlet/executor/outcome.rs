//! How actions end, as the executor tells it.

use chrono::{DateTime, Utc};
use domain::guard::Refusal;
use domain::object::ObjectRef;
use domain::observed::acted::Acted;
use domain::plan::Plan;
use std::fmt;

/// How one call of the executor ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// It did not begin: nothing was done.
    NotBegun {
        /// Why.
        why: String,
        /// Which guard spoke against it, where one did.
        refusal: Option<Refusal>,
    },
    /// The object is not as the plan saw it: nothing was done; plan anew.
    Stale {
        /// What differs.
        why: String,
    },
    /// It began and was given up before the effect: nothing was done.
    Abandoned {
        /// Why.
        why: String,
    },
    /// It was done. Its lock stays until it is concluded.
    Done {
        /// When.
        at: DateTime<Utc>,
        /// What the act server told; `None` where it told nothing, and the world shows that it was done.
        acted: Option<Box<Acted>>,
    },
    /// It was tried, and there was no effect.
    Failed {
        /// What came back.
        why: String,
    },
    /// Nobody knows whether there was an effect: people must look.
    Unknown {
        /// What came back, and what the world shows.
        why: String,
    },
}

impl Ended {
    pub(super) fn not_begun(why: impl Into<String>) -> Self {
        Self::NotBegun { why: why.into(), refusal: None }
    }
}

/// A sentence for people.
impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBegun { why, .. } => write!(out, "not begun: {why}"),
            Self::Stale { why } => write!(out, "not done, plan anew: {why}"),
            Self::Abandoned { why } => write!(out, "given up before anything was done: {why}"),
            Self::Done { acted: Some(acted), .. } if !acted.complete => {
                write!(out, "done in part: {}", acted.warnings.join("; "))
            }
            Self::Done { acted: Some(_), .. } => out.write_str("done"),
            Self::Done { acted: None, .. } => out.write_str("done, as the object shows; the act server did not tell"),
            Self::Failed { why } => write!(out, "failed, without an effect: {why}"),
            Self::Unknown { why } => write!(out, "nobody knows whether it was done: {why}"),
        }
    }
}

/// What the journal tells of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was never begun, and nothing was done.
    NeverBegun,
    /// It is in progress, or its end is not found out yet.
    UnderWay,
    /// It was done, and this is when that was known.
    Done {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was given up before anything was done.
    Abandoned {
        /// Why.
        why: String,
    },
    /// It was tried, and there was no effect.
    Failed {
        /// Why.
        why: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        why: String,
    },
}

/// What was found of an action that another process, or an earlier life of this one, had begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovered {
    /// Its id.
    pub action: String,
    /// The plan, where the journal still tells it as it was.
    pub plan: Option<Box<Plan>>,
    /// Whether it took another action back.
    pub is_undo: bool,
    /// What was made of it.
    pub recovery: Recovery,
}

/// What was made of an action that was found open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing had been done; it was given up, and its locks are free.
    GivenUp {
        /// Why.
        why: String,
    },
    /// It had been done. It is to be verified and concluded.
    Finished {
        /// Whether it still holds its locks; where it does not, it cannot be taken back as an undo.
        is_held: bool,
    },
    /// Nobody knows whether it was done; it was ended as that. People must look.
    Unknown {
        /// Why.
        why: String,
    },
    /// It could not be settled now. Recover again.
    Left {
        /// Why.
        why: String,
    },
}

/// A sentence for people.
impl fmt::Display for Recovered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "action {}", self.action)?;
        if let Some(plan) = &self.plan {
            let what = if self.is_undo { "undo of " } else { "" };
            write!(out, " ({what}{} on {} in {})", plan.action.name(), plan.object, plan.environment)?;
        }
        match &self.recovery {
            Recovery::GivenUp { why } => write!(out, " was given up: {why}"),
            Recovery::Finished { is_held: true } => out.write_str(" had been done; it is verified now"),
            Recovery::Finished { is_held: false } => {
                out.write_str(" had been done; its time is over, so that it is verified but not taken back")
            }
            Recovery::Unknown { why } => write!(out, " may have been done or not: {why}; look at the object"),
            Recovery::Left { why } => write!(out, " could not be settled yet: {why}"),
        }
    }
}

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The guards let it begin.
    Begun,
    /// The intent is in the journal; the object is looked at again.
    Looking,
    /// The act server is called.
    Acting,
    /// The call's end is not known; the object is looked at.
    LookingAfter,
    /// It ended.
    Over,
}

/// One step of an action, for surfaces that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Id of the action.
    pub action: String,
    /// The incident.
    pub incident: String,
    /// Id of the plan.
    pub plan: String,
    /// The object.
    pub object: ObjectRef,
    /// How far it is.
    pub stage: Stage,
    /// The same in words.
    pub told: String,
}
