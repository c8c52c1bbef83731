//! What the reconciler asks of the others: looking, planning, doing, measuring, telling. Each behind a trait, so that whole
//! lives run in tests on a paused clock.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::conversation::kept::KeptEvidence;
use domain::diagnosis::Judgement;
use domain::heal::{Diagnosis, End, Heal, Mode, Page, Proposal, UndoEnd};
use domain::incident::Incident;
use domain::plan::{Granted, Plan};
use domain::policy::Decision;
use domain::safety::Reviewed;
use domain::signal::Signal;
use domain::strategy::Facts;
use domain::topology::Topology;
use domain::verification::Outcome;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a plan is made of: the judgement to act upon, and the facts beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// The judgement.
    pub judgement: Judgement,
    /// Typed facts.
    pub facts: Facts,
    /// How sure, without free text and after all that lowers it, per mille.
    pub per_mille: u16,
    /// Looks that failed, were cut or refused.
    pub missing: u32,
    /// Services in trouble by it, at least one.
    pub services: u32,
    /// What stands on what, as far as it was seen.
    pub topology: Topology,
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// To be kept.
    pub diagnosis: Diagnosis,
    /// To plan with; `None` where there is nothing to act upon.
    pub basis: Option<Basis>,
    /// What was looked at, to be kept beside the incident.
    pub evidence: Vec<KeptEvidence>,
}

/// Looks for causes.
#[async_trait]
pub trait Diagnoses: Send + Sync {
    /// Looks into an incident, for the so-manieth time. Ends by its own deadline.
    ///
    /// # Errors
    /// Why it could not be looked into at all.
    async fn diagnose(&self, incident: &Incident, round: u32) -> Result<Found, String>;
}

/// What came of planning.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// A plan with its verdict.
    Proposed(Box<Proposal>),
    /// Nothing suits, or nothing that was not tried.
    NothingToDo(String),
    /// Something is away; trying again may help.
    NotNow(String),
}

/// A plan that was looked at anew, right before it is granted.
#[derive(Debug)]
pub struct SeenAgain {
    /// The plan, reviewed beside what stands now.
    pub reviewed: Reviewed,
    /// What the policy says now.
    pub decision: Decision,
    /// Keys of everything on its object's dependency chain.
    pub chain: BTreeSet<String>,
}

/// Why a plan that was decided on is not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAgain {
    /// The world, or the guards, are not as they were: plan anew.
    Changed(String),
    /// It could not be looked at.
    Away(String),
}

/// Makes plans and decides on them.
#[async_trait]
pub trait Plans: Send + Sync {
    /// Makes the plan of this number. Changes nothing: calls are rehearsed.
    async fn plan(&self, incident: &Incident, heal: &Heal, basis: &Basis) -> Planned;

    /// Looks at a plan anew. `known` is what it was made of, where this process still has it.
    ///
    /// # Errors
    /// [`NotAgain`]: it must not be granted.
    async fn see_again(
        &self,
        incident: &Incident,
        heal: &Heal,
        proposal: &Proposal,
        known: Option<&Basis>,
    ) -> Result<SeenAgain, NotAgain>;
}

/// Carries plans out.
#[async_trait]
pub trait Executes: Send + Sync {
    /// Settles what other processes left open. To be called when this one begins to lead.
    ///
    /// # Errors
    /// Something is not settled: nothing may be begun, and it is to be called again.
    async fn recover(&self) -> Result<(), String>;

    /// Journals the ends of actions of this process that could not be journaled before. To be called again and again.
    ///
    /// # Errors
    /// Some could not be written yet.
    async fn write_what_is_owed(&self) -> Result<(), String>;

    /// Carries a granted plan out, once.
    async fn carry_out(&self, granted: Arc<Granted>, chain: BTreeSet<String>) -> End;

    /// What became of a plan that was handed over. Begins nothing.
    async fn ask_after(&self, plan: &Plan) -> End;

    /// Takes a plan back that was carried out and not concluded.
    async fn undo(&self, plan: &Plan) -> UndoEnd;

    /// What became of an undo; `None` while it is under way. Begins nothing.
    async fn ask_after_undo(&self, plan: &Plan) -> Option<UndoEnd>;

    /// Frees the guards of an action that was verified.
    ///
    /// # Errors
    /// To be concluded again.
    async fn conclude(&self, digest: &str, outcome: Outcome) -> Result<(), String>;
}

/// Sees whether something helped.
#[async_trait]
pub trait Measures: Send + Sync {
    /// Looks by the plan's success check. `since` is when the effect took place. The second part says it in words.
    async fn measure(&self, incident: &Incident, plan: &Plan, since: DateTime<Utc>) -> (Outcome, String);
}

/// Tells people.
#[async_trait]
pub trait Tells: Send + Sync {
    /// Tells the declared places in turn until one took it, once under this key. Answers with the place.
    ///
    /// # Errors
    /// What came back from each.
    async fn escalate(&self, environment: &str, key: &str, markdown: &str) -> Result<String, String>;

    /// Reminds people of an approval, once, while it waits. Kept, and tried again while it does.
    ///
    /// # Errors
    /// It was not kept.
    async fn remind(&self, incident: &Incident, approval: &str) -> Result<(), String>;

    /// Tells that the incident is over, once at each place at which people were told of it; what they were to be told and were
    /// not, they are not told any more.
    ///
    /// # Errors
    /// They were not all told yet, or the incident is not over.
    async fn over(&self, incident: &Incident, pages: &[Page], markdown: &str) -> Result<(), String>;
}

/// Takes in what Scarlet observes of herself.
#[async_trait]
pub trait Hears: Send + Sync {
    /// Takes a signal in; the same id again changes nothing.
    ///
    /// # Errors
    /// It was not kept.
    async fn hear(&self, signal: Signal) -> Result<(), String>;
}

/// Remembers what is over.
#[async_trait]
pub trait Remembers: Send + Sync {
    /// Keeps what an incident was and what helped, once for each incident.
    ///
    /// # Errors
    /// It was not kept.
    async fn write_up(&self, incident: &Incident, heal: &Heal) -> Result<(), String>;
}

/// What Scarlet may do in an environment now.
pub type Modes = Arc<dyn Fn(&str) -> Mode + Send + Sync>;

/// Who may approve in an environment, by its name; the number of people comes from the decision.
pub type PermittedIn = Arc<dyn Fn(&str) -> domain::approval::Permitted + Send + Sync>;
