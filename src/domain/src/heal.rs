//! One incident's healing, as a state machine: what Scarlet is at, what she tried, what comes next and when.
//!
//! [`step`] takes the value as it is kept, one thing that happened and the time, and answers with the next value and what
//! is to be done. Whoever runs it keeps the value by compare-and-swap before doing anything of that, so that of two
//! replicas one goes on, and whatever a crash left undone is seen in the value.
//!
//! Guarantees, each held by a property test over any sequence of inputs: an act goes out only of a stage that was granted,
//! only while Scarlet is live in the environment, and once for each plan; after three failed heals in a row everything
//! goes to people; what cannot be told is never taken for better; every stage has a time at which it is looked at again,
//! and every loop ends. A person who takes, resolves or escalates the incident stops all that has not begun; what has begun
//! is verified, and undone where it made things worse or an approver wants it back.
//!
//! Deliberately absent: which action suits (`strategy`), whether it may be done (`policy`), whether it helped
//! (`verification`), and every effect.

mod diagnosis;
mod effect;
mod input;
pub mod limits;
mod proof;
mod shown;
mod stage;
mod step;
#[cfg(test)]
mod tests;
mod told;

pub use diagnosis::{Coverage, Diagnosis, Hypothesis, Standing, weigh};
pub use effect::{Effect, Owed};
pub use input::{End, GuardRefusal, Input, Mode, Sight, UndoEnd};
pub use proof::{Proof, proof_of};
pub use shown::{quiet_since, show};
pub use stage::{After, By, Stage};
pub use step::step;
pub use told::with_what;

use crate::incident::TakingBack;
use crate::object::ObjectRef;
use crate::plan::Plan;
use crate::policy::Decision;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What Scarlet would do, with the verdict on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The plan, whole.
    pub plan: Plan,
    /// Its digest.
    pub digest: String,
    /// What the policy says.
    pub decision: Decision,
    /// Why this action before the others, in a sentence.
    #[serde(default)]
    pub choice: String,
}

/// How an attempt came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It is not over.
    UnderWay,
    /// Nothing was done: refused, stale, taken back, not needed any more.
    NotBegun,
    /// A person said no.
    Rejected,
    /// It would have been proposed, were Scarlet not only watching.
    OnlyWatched,
    /// It helped: verified.
    Better,
    /// It changed nothing for the better.
    Same,
    /// It was taken back: it made things worse, or a person wanted it so.
    Undone,
    /// It made things worse, and could not be taken back.
    Worse,
    /// Nobody can tell whether it helped.
    CannotTell,
    /// The call failed, certainly without an effect or after it was taken back.
    Failed,
    /// Nobody knows whether the call had an effect.
    Unknown,
}

impl Ending {
    /// Whether it counts as a failed heal.
    pub const fn is_failed(self) -> bool {
        matches!(self, Self::Same | Self::Undone | Self::Worse | Self::CannotTell | Self::Failed | Self::Unknown)
    }
}

/// One thing that was tried, or would have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Id of the plan.
    pub plan: String,
    /// Its digest.
    pub digest: String,
    /// The class of trouble that it was meant for.
    pub symptom: String,
    /// The action by its name in the library.
    pub action: String,
    /// What was to be changed.
    pub object: ObjectRef,
    /// Whether people said yes to it.
    pub approved: bool,
    /// How it came out.
    pub outcome: Ending,
    /// The same in a sentence.
    pub told: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
}

/// Something that is owed to somebody until it is done, under a key of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    /// Unique within the incident.
    pub key: String,
    /// What.
    pub what: Owed,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// What people were to be told of the incident, and are to be told once it is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The key under which it was to be told.
    pub key: String,
    /// Where it was told; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What a person wanted taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// Id of the plan that was under way.
    pub plan: String,
    /// Their wish.
    pub wish: TakingBack,
}

/// The key under which people are reminded of an approval.
pub fn reminder_key(approval: &str) -> String {
    format!("{approval}.reminder")
}

/// The healing of one incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heal {
    /// Id of the incident, which is its own.
    pub incident: String,
    /// Name of the environment.
    pub environment: String,
    /// Its stage by name: what a store asks for.
    pub state: String,
    /// Where it stands.
    pub stage: Stage,
    /// What Scarlet may do in this environment, as it was seen last.
    pub mode: Mode,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When anything about it changed last.
    pub changed_at: DateTime<Utc>,
    /// When it is looked at again at the latest; `None` only where it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// What was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Diagnosis>,
    /// What is proposed now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Box<Proposal>>,
    /// What was tried, oldest first.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Failed heals since the last one that helped.
    #[serde(default)]
    pub failed_in_a_row: u32,
    /// How often it was diagnosed since it was opened or reopened.
    #[serde(default)]
    pub diagnoses: u32,
    /// How many plans were asked for in its whole life: the number of the present one.
    #[serde(default)]
    pub plans: u32,
    /// Failures in a row of what the present stage is waiting for.
    #[serde(default)]
    pub stumbles: u32,
    /// How often it came back after it was over.
    #[serde(default)]
    pub reopened: u32,
    /// What becomes of it after the action that has begun, where people took over meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// What a person had taken back last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<TakenBack>,
    /// Whether its signals were over and flapped.
    #[serde(default)]
    pub flapping: bool,
    /// The incident that its own became a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// Signals about Scarlet herself that were raised for it and are not over, by name.
    #[serde(default)]
    pub alerts: BTreeSet<String>,
    /// What people were to be told of it, oldest first, until they were told that it is over.
    #[serde(default)]
    pub pages: Vec<Page>,
    /// What is to be done beside the stage.
    #[serde(default)]
    pub owed: Vec<Debt>,
    /// Number of the next debt.
    #[serde(default)]
    pub next_debt: u32,
}

impl Heal {
    /// The healing of an incident that was just seen.
    pub fn begin(incident: impl Into<String>, environment: impl Into<String>, mode: Mode, now: DateTime<Utc>) -> Self {
        Self {
            incident: incident.into(),
            environment: environment.into(),
            state: Stage::Open.name().to_owned(),
            stage: Stage::Open,
            mode,
            opened_at: now,
            changed_at: now,
            next_at: Some(now),
            diagnosis: None,
            proposal: None,
            attempts: Vec::new(),
            failed_in_a_row: 0,
            diagnoses: 0,
            plans: 0,
            stumbles: 0,
            reopened: 0,
            after: None,
            taken_back: None,
            flapping: false,
            part_of: None,
            alerts: BTreeSet::new(),
            pages: Vec::new(),
            owed: Vec::new(),
            next_debt: 1,
        }
    }

    /// Id of the plan of this number; the approval that is asked for it and the action that carries it out have the same,
    /// so that whatever is done twice meets the first.
    pub fn plan_id(&self, number: u32) -> String {
        format!("{}.{number}", self.incident)
    }

    /// Id of the present plan.
    pub fn current_plan(&self) -> String {
        self.plan_id(self.plans)
    }

    /// The key under which people are told that it needs them: another one each time that it came back.
    pub fn escalation_key(&self) -> String {
        format!("{}.escalation.{}", self.incident, self.reopened)
    }

    /// Actions on objects that were tried and did not help, or that a person did not want: not to be proposed again.
    pub fn tried(&self) -> impl Iterator<Item = (&str, &ObjectRef)> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.outcome.is_failed() || attempt.outcome == Ending::Rejected)
            .map(|attempt| (attempt.action.as_str(), &attempt.object))
    }

    /// Id of the plan that is under way, where the wish means it.
    fn meant_by(&self, wish: &TakingBack) -> Option<&str> {
        let plan = self.proposal.as_ref().filter(|_| self.stage.has_begun())?.plan.id.as_str();
        wish.plan.as_ref().is_none_or(|named| named == plan).then_some(plan)
    }

    /// Whether nothing more happens to it by itself.
    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }
}
