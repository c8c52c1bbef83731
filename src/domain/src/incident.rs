//! One incident: what is wrong, since when, why, who has it, what waits for a person.
//!
//! The value that Scarlet writes and that every surface shows. Changes by people (claiming, resolving, escalating) are
//! decided here; what Scarlet does to it is decided in `correlation` and `heal`.
//!
//! Guarantees: what is over stays so, unless its own signals come back within half an hour; a deed is done only by whoever
//! may, and names who did it in the timeline; no secret gets into the timeline with a person's words.
//!
//! Deliberately absent: which signal belongs to which incident (`correlation`), and any wording for a surface but that of
//! the post-mortem's draft.

mod changed;
mod deed;
mod member;
mod post_mortem;
mod state;

#[cfg(test)]
mod tests;

pub use changed::{CHANGES, ChangeSort, Changed, Told, changed};
pub use deed::act;
pub use member::{CROWD, Instances, MEMBERS, Member, PLACES};
pub use post_mortem::{Story, post_mortem};

use crate::hypothesis::Thoughts;
use crate::object::ObjectRef;
use crate::person::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The name under which Scarlet writes into timelines.
pub const SCARLET: &str = "scarlet";

/// Where an incident stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Seen.
    Open,
    /// Its cause is looked for.
    Diagnosing,
    /// What to do is decided.
    Deciding,
    /// A person is asked.
    WaitingForApproval,
    /// Something is being done.
    Acting,
    /// It is looked whether it helped.
    Verifying,
    /// It is over.
    Resolved,
    /// It was handed to people.
    Escalated,
    /// It is over and written up.
    Closed,
}

/// How bad it is, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth doing something about.
    Medium,
    /// Worth doing something about now.
    High,
    /// Users are hurt.
    Critical,
}

impl Severity {
    /// As people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What the business loses, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Little.
    Low,
    /// Something.
    Medium,
    /// Much.
    High,
}

/// Why it is so, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The object to look at or to change.
    pub object: ObjectRef,
    /// One sentence.
    pub summary: String,
    /// Per mille.
    pub confidence: u16,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Id of the kept evidence, where it is kept: `OWNER.e1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Which backend told it: `prometheus main`.
    pub source: String,
    /// What was seen, in a sentence. May hold text that came from outside.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingDecision {
    /// Id of the approval that is asked for.
    pub approval: String,
    /// What would be done, in a sentence.
    pub summary: String,
    /// Until when it can be approved.
    pub expires_at: DateTime<Utc>,
}

/// Something that happened to the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `scarlet`, `slack:U123`.
    pub actor: String,
    /// What, in a sentence. May hold text that came from outside.
    pub text: String,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Unique; short enough to be said aloud.
    pub id: String,
    /// What is wrong, in a line. May hold text that came from outside.
    pub title: String,
    /// Name of the environment, as in the settings.
    pub environment: String,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// What the business loses.
    pub impact: Impact,
    /// What is affected, the cause not counted in.
    #[serde(default)]
    pub affected: Vec<ObjectRef>,
    /// How many signals it was made of.
    pub signals: u32,
    /// The troubles that it is made of, the first that came first; at most [`MEMBERS`], the rest is in `crowd`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Which troubles beyond [`MEMBERS`] are still there.
    #[serde(default, skip_serializing_if = "Instances::is_empty")]
    pub crowd: Instances,
    /// What sort of trouble it is, as `learning` knows it: the name of the diagnosis rule, once there is a diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symptom: Option<String>,
    /// Whether it comes and goes: told once, and not over before it has been quiet for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flapping: bool,
    /// The last batch of signals that it took in (`intake_queue`): taking it in again does nothing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub batch: u64,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When anything about it changed last.
    pub changed_at: DateTime<Utc>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<DateTime<Utc>>,
    /// Why, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What was seen, the most telling first.
    #[serde(default)]
    pub evidence: Vec<Seen>,
    /// What changed around its onset, oldest first; at most [`CHANGES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Changed>,
    /// What a model made of it, where one was asked. Nothing is done by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thoughts: Option<Thoughts>,
    /// What could not be looked at, in words.
    #[serde(default)]
    pub not_looked: Vec<String>,
    /// What waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingDecision>,
    /// Who has it: `slack:U123`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who wants the action that is under way taken back, until Scarlet has heard of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taking_back: Option<TakingBack>,
    /// The incident that it is part of, where it was closed for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// What happened, oldest first.
    #[serde(default)]
    pub timeline: Vec<Happening>,
}

impl Incident {
    /// One that began then, of which nothing else is known yet.
    pub fn bare(
        id: impl Into<String>,
        environment: impl Into<String>,
        title: impl Into<String>,
        severity: Severity,
        opened_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            environment: environment.into(),
            state: State::Open,
            severity,
            impact: Impact::Medium,
            affected: Vec::new(),
            signals: 0,
            members: Vec::new(),
            crowd: Instances::default(),
            symptom: None,
            flapping: false,
            batch: 0,
            opened_at,
            changed_at: opened_at,
            resolved_at: None,
            cause: None,
            evidence: Vec::new(),
            changes: Vec::new(),
            thoughts: None,
            not_looked: Vec::new(),
            pending: None,
            owner: None,
            taking_back: None,
            part_of: None,
            timeline: Vec::new(),
        }
    }
}

/// A person's wish that the action under way is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakingBack {
    /// Who: `slack:U123`.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Id of the plan that they mean, where they named one: no other is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// What a person does to an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Takes it.
    Claim,
    /// Gives it back.
    Release,
    /// Says that it is over, and why.
    Resolve(String),
    /// Hands it on to people, and says why.
    Escalate(String),
    /// Wants the action that is under way, or whose effect is being watched, taken back.
    TakeBack {
        /// Id of its plan, where one is named.
        plan: Option<String>,
        /// Why.
        why: String,
    },
}

/// Why a deed was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role does not allow it.
    #[error("{person} may not do this: it takes the role {role}")]
    NotPermitted {
        /// Who.
        person: String,
        /// The least role that may.
        role: Role,
    },
    /// It is over.
    #[error("the incident is over already")]
    Over,
    /// Somebody has it.
    #[error("{owner} has it already")]
    HasOwner {
        /// Who.
        owner: String,
    },
    /// Nothing is under way that could be taken back.
    #[error(
        "no action of it is under way: before one begins say no to it, and after its verification ask for its reverse as an action of its own"
    )]
    NothingUnderWay,
    /// It is so already.
    #[error("it is so already")]
    SaidBefore,
    /// No reason was given.
    #[error("say in a few words why: others will read it in the timeline")]
    NoReason,
}
