//! Recordings: what the decisions of one incident rested on, kept so that they can be made anew.
//!
//! A [`Take`] is one piece of work, a diagnosis or a plan: the looks that it made with their results, the rehearsals, how
//! the guards stood, what was learned, and what came of it. A [`Recording`] is all takes of one incident, in their order.
//!
//! Guarantees: bounded, whatever is put in; what had no room is counted, the oldest results going first, so that a replay
//! can tell "not recorded" from "not asked"; results were redacted when they left their tool server, as evidence is.
//!
//! Deliberately absent: running anything anew (`replay`), storing, what people wrote: the words of a chat are in no take.

mod bounds;
#[cfg(test)]
mod tests;

pub use bounds::Bounds;

use crate::action::ActCall;
use crate::conversation::kept::Outcome;
use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::ToolCall;
use crate::guard::Guards;
use crate::heal::{Diagnosis, Heal, Proposal};
use crate::incident::{Incident, Instances, Member};
use crate::learning::Learning;
use crate::observed::acted::Acted;
use crate::redaction::redact_value;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The form of recordings that this program writes and reads.
pub const FORM: u32 = 1;

/// One look through the read tools.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// What was asked.
    pub call: ToolCall,
    /// What came back; `None` where it found no room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

impl Look {
    /// A look with its result. Secrets in what was asked are taken out; those in what came back were already.
    pub fn of(call: ToolCall, result: Result<Envelope, Failure>) -> Self {
        Self { call: asked(call), outcome: Some(result.map_or_else(Outcome::Failed, Outcome::Seen)) }
    }
}

/// A call as recordings know it: without secrets.
pub fn asked(mut call: ToolCall) -> ToolCall {
    let mut arguments = Value::Object(std::mem::take(&mut call.arguments));
    redact_value(&mut arguments);
    if let Value::Object(redacted) = arguments {
        call.arguments = redacted;
    }
    call
}

/// One rehearsal of an act tool. Nothing was changed by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// What was rehearsed.
    pub call: ActCall,
    /// What it would do, or why it could not be.
    pub answer: Result<Acted, Failure>,
}

/// What came of planning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// A plan with its verdict.
    Proposed(Box<Proposal>),
    /// Nothing suits.
    NothingToDo(String),
    /// Something was away.
    NotNow(String),
}

/// What a plan was weighed by, beside the looks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// How the guards stood; `None` where they could not be asked, or found no room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guards: Option<Guards>,
    /// What was learned; `None` where it could not be read, or found no room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning: Option<Learning>,
    /// Whether the process led.
    #[serde(default)]
    pub led: bool,
    /// Where its chances came from: the same draws among the permitted actions are made again.
    #[serde(default)]
    pub seed: u64,
}

/// Which piece of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// Looking for the cause.
    Diagnosis {
        /// The so-manieth time.
        round: u32,
        /// What was found, or why nothing could be.
        found: Result<Diagnosis, String>,
    },
    /// Making a plan and deciding on it.
    Plan {
        /// The healing as it stood, without what a plan is not made by.
        heal: Box<Heal>,
        /// Rehearsals of candidates.
        rehearsals: Vec<Rehearsed>,
        /// What else it was weighed by.
        weighed: Box<Weighed>,
        /// What came of it.
        came: Came,
    },
}

/// One piece of work with all that it rested on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// When it began, by the clock that it read.
    pub at: DateTime<Utc>,
    /// The incident as it stood, without what nothing is decided by.
    pub incident: Box<Incident>,
    /// The cluster that was looked at, where the tools know several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The tools that were on offer.
    #[serde(default)]
    pub tools: BTreeSet<String>,
    /// The looks in the order in which they were answered.
    #[serde(default)]
    pub looks: Vec<Look>,
    /// The work and what came of it.
    pub work: Work,
}

/// All takes of one incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Id of the incident, which is its own.
    pub incident: String,
    /// Name of the environment.
    pub environment: String,
    /// The form: [`FORM`].
    pub form: u32,
    /// When a take was put in last.
    pub changed_at: DateTime<Utc>,
    /// The takes, the oldest first.
    pub takes: Vec<Take>,
    /// Takes that found no room.
    #[serde(default)]
    pub dropped_takes: u32,
    /// Results of looks that found no room, in the takes that are here or were.
    #[serde(default)]
    pub dropped_looks: u32,
}

impl Recording {
    /// The recording of an incident with nothing in it.
    pub fn of(incident: &str, environment: &str, at: DateTime<Utc>) -> Self {
        Self {
            incident: incident.to_owned(),
            environment: environment.to_owned(),
            form: FORM,
            changed_at: at,
            takes: Vec::new(),
            dropped_takes: 0,
            dropped_looks: 0,
        }
    }

    /// With one more take, within its bounds.
    #[must_use]
    pub fn with(mut self, take: Take, bounds: &Bounds) -> Self {
        self.changed_at = self.changed_at.max(take.at);
        self.takes.push(take);
        bounds.hold(&mut self);
        self
    }

    /// Whether something of it is missing, in words.
    pub fn what_is_missing(&self) -> Option<String> {
        match (self.dropped_takes, self.dropped_looks) {
            (0, 0) => None,
            (takes, looks) => Some(format!("{takes} takes and the results of {looks} looks found no room")),
        }
    }
}

/// The incident without what nothing is decided by: who wrote what when, and where each trouble still is.
pub fn slim_incident(incident: &Incident) -> Incident {
    let slim = |member: &Member| Member { places: Instances::default(), changes: Vec::new(), ..member.clone() };
    Incident {
        members: incident.members.iter().map(slim).collect(),
        crowd: Instances::default(),
        evidence: Vec::new(),
        not_looked: Vec::new(),
        timeline: Vec::new(),
        owner: None,
        taking_back: None,
        ..incident.clone()
    }
}

/// The healing with what a plan is made by: what was tried, how often, and how it stands.
pub fn slim_heal(heal: &Heal) -> Heal {
    Heal { diagnosis: None, proposal: None, owed: Vec::new(), ..heal.clone() }
}

/// The failure of a look that a recording does not hold. Never taken for an answer of the world.
pub fn not_recorded(what: &str) -> Failure {
    Failure::new(FailureKind::BadAnswer, format!("not recorded: {what}"))
        .with_hint("the recording cannot tell what would have been seen")
}
