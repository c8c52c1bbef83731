//! The last stage: a plan that may be carried out, and by whose word.
//!
//! Guarantees: a [`Granted`] is made here alone: of a reviewed plan with a decision to allow it or with an approval that
//! the executor has taken over, or, to take an action back that a crash interrupted, of the journal's own record of it.
//! It cannot be copied, built from its parts, or read from anywhere:
//!
//! ```compile_fail
//! fn read<T: serde::de::DeserializeOwned>() {}
//! read::<domain::plan::Granted>();
//! ```
//!
//! ```compile_fail
//! fn copy<T: Clone>() {}
//! copy::<domain::plan::Granted>();
//! ```
//!
//! ```compile_fail
//! fn build(plan: domain::plan::Plan) -> domain::plan::Granted {
//!     let digest = plan.digest();
//!     let by = domain::plan::By::Approval("a1".to_owned());
//!     domain::plan::Granted { plan, digest, by, is_forward: true }
//! }
//! ```

use super::{Plan, Reviewed};
use crate::action::ActCall;
use crate::approval::{Approval, State};
use crate::audit::{Kind, OpenAction, Record, Stage};
use crate::effect::EffectClass;
use crate::policy::{Decision, Verdict};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The name of the journal record's detail that holds the digest of the plan.
pub const DIGEST_DETAIL: &str = "plan_digest";

/// By whose word a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The policy's: the name of the row that allowed it.
    Policy(String),
    /// People's: the id of their approval.
    Approval(String),
    /// The journal's: the id of the action that began and has no end.
    Journal(String),
}

/// A plan that may be carried out once.
#[derive(Debug, PartialEq)]
pub struct Granted {
    plan: Plan,
    digest: String,
    by: By,
    /// Whether the action itself may be done, and not only taken back.
    is_forward: bool,
}

/// Why a plan may not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The policy did not allow it.
    #[error("the policy says {0:?}, not Allow")]
    NotAllowed(Verdict),
    /// Free text from outside may have got into it: a person must look at it.
    #[error("text from outside may have got into the plan; a person has to approve it")]
    Tainted,
    /// What is hard to undo takes people.
    #[error("it is hard to undo; two people have to approve it")]
    HardToUndo,
    /// The decision is of another plan.
    #[error("the decision is of another plan")]
    OtherDecision,
    /// The approval is of another plan.
    #[error("the approval {0} is of another plan")]
    OtherPlan(String),
    /// The executor did not take the approval over: it could still be taken back.
    #[error("the approval {id} is {state:?}, not started")]
    NotStarted {
        /// Which.
        id: String,
        /// Where it stands.
        state: State,
    },
    /// Fewer people said yes than it takes.
    #[error("the approval {id} has {given} approvals, and {needed} are needed")]
    TooFewPeople {
        /// Which.
        id: String,
        /// How many said yes.
        given: usize,
        /// How many it takes.
        needed: usize,
    },
    /// The plan, or the approval, has expired.
    #[error("it expired at {0}; it must be planned anew")]
    Expired(DateTime<Utc>),
}

/// A plan that stays reviewed, and why it was not granted.
#[derive(Debug, PartialEq)]
pub struct NotGranted {
    /// The plan as it was.
    pub reviewed: Reviewed,
    /// Why.
    pub why: Refusal,
}

impl Reviewed {
    /// The plan, to be carried out because the policy allowed it.
    ///
    /// # Errors
    /// [`NotGranted`] unless the decision is of exactly this plan, the verdict is [`Verdict::Allow`] and no gate that is told
    /// said more; and, whatever was decided, where a part is tainted (invariant 7) or it is hard to undo.
    pub fn grant_by_decision(self, decision: &Decision) -> Result<Granted, Box<NotGranted>> {
        let strictest = decision.gates.iter().map(|finding| finding.verdict).fold(decision.verdict, Verdict::max);
        let why = match strictest {
            _ if decision.plan != self.digest() => Some(Refusal::OtherDecision),
            Verdict::Allow if !self.plan().tainted.is_empty() => Some(Refusal::Tainted),
            Verdict::Allow if self.plan().class() >= EffectClass::W3 => Some(Refusal::HardToUndo),
            Verdict::Allow => None,
            verdict => Some(Refusal::NotAllowed(verdict)),
        };
        match why {
            Some(why) => Err(Box::new(NotGranted { reviewed: self, why })),
            None => Ok(self.granted(By::Policy(decision.row.clone()))),
        }
    }

    /// The plan, to be carried out because people approved it.
    ///
    /// # Errors
    /// [`NotGranted`] unless the executor took over an approval of exactly this plan ([`crate::approval::start`]), enough
    /// people gave it, two for what is hard to undo, and neither has expired.
    pub fn grant_by_approval(self, approval: &Approval, now: DateTime<Utc>) -> Result<Granted, Box<NotGranted>> {
        match refusal(self.plan(), self.digest(), approval, now) {
            Some(why) => Err(Box::new(NotGranted { reviewed: self, why })),
            None => Ok(self.granted(By::Approval(approval.id.clone()))),
        }
    }

    fn granted(self, by: By) -> Granted {
        let (plan, digest) = self.into_parts();
        Granted { plan, digest, by, is_forward: true }
    }
}

fn refusal(plan: &Plan, digest: &str, approval: &Approval, now: DateTime<Utc>) -> Option<Refusal> {
    let id = || approval.id.clone();
    if approval.shown.plan != digest || approval.plan != approval.shown.digest() {
        return Some(Refusal::OtherPlan(id()));
    }
    if approval.state != State::Started {
        return Some(Refusal::NotStarted { id: id(), state: approval.state });
    }
    let hardest = if plan.class() == EffectClass::W3 { 2 } else { 1 };
    let (given, needed) = (approval.approvers().len(), approval.permitted.needed().max(hardest));
    if given < needed {
        return Some(Refusal::TooFewPeople { id: id(), given, needed });
    }
    let expires_at = plan.expires_at.min(approval.expires_at);
    (now >= expires_at).then_some(Refusal::Expired(expires_at))
}

impl Granted {
    /// What may be done after a crash to an action that the journal tells to have begun and not to have ended: take it
    /// back, and nothing else. `intent` is the record by which it was begun.
    ///
    /// `None` where the record is not of this action and of exactly this plan, or the plan has no way back.
    pub fn to_take_back(plan: Plan, open: &OpenAction, intent: &Record) -> Option<Self> {
        let digest = plan.digest();
        let is_intent = matches!(intent.kind, Kind::ActionIntent | Kind::ActionBegun);
        let is_of_action = intent.action.as_ref() == Some(&open.action) && open.stage == Stage::Begun;
        let is_of_plan = intent.details.get(DIGEST_DETAIL).and_then(Value::as_str) == Some(digest.as_str());
        let may = is_intent && is_of_action && is_of_plan && plan.undo.is_some();
        may.then(|| Self { plan, digest, by: By::Journal(open.action.clone()), is_forward: false })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its digest: what grants of act servers are signed for.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// By whose word.
    pub fn by(&self) -> &By {
        &self.by
    }

    /// Whether no person said yes.
    pub fn is_automatic(&self) -> bool {
        !matches!(self.by, By::Approval(_))
    }

    /// The call that does it; `None` where it may only be taken back.
    pub fn forward(&self) -> Option<&ActCall> {
        self.is_forward.then_some(&self.plan.call)
    }

    /// The call that takes it back, where there is one.
    pub fn backward(&self) -> Option<&ActCall> {
        self.plan.undo.as_ref()
    }

    /// Whether it is too late to begin it.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now >= self.plan.expires_at
    }
}
