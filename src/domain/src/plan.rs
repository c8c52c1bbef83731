//! Plans: what would be done to one object, why, how it will be seen whether it helped, how it is taken back.
//!
//! Guarantees (invariants 2, 3, 5): a plan is made whole before anybody is asked or anything is done, its digest is over
//! all of it, and it is never edited, only replaced; there is a type per stage ([`Drafted`], [`Reviewed`], [`Granted`]), each made only
//! of the one before: the executor takes only a [`Granted`], which only the policy's verdict or people's approval makes.
//!
//! A plan may be kept and read again; a stage may not:
//!
//! ```
//! fn read<T: serde::de::DeserializeOwned + Clone>() {}
//! read::<domain::plan::Plan>();
//! ```
//!
//! Deliberately absent: choosing an action (`strategy`), the second reader (`safety`), the verdict (`policy`), the call.

mod digest;
mod drafted;
mod granted;
mod pinned;
mod radius;
mod shown;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

pub use crate::safety::Reviewed;
pub use drafted::{Drafted, PlanError};
pub use granted::{By, DIGEST_DETAIL, Granted, NotGranted, Refusal};
pub use pinned::Pinned;

use crate::action::{ActCall, Action};
use crate::approval::Proposer;
use crate::effect::EffectClass;
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A part of a plan that free text from outside may have got into (invariant 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What is changed.
    Object,
    /// Which action.
    Action,
    /// Its arguments.
    Arguments,
    /// Why.
    Reason,
}

/// What the rehearsal of the call told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The class of this very call, by the act server.
    pub class: EffectClass,
    /// What would differ, one line each. Empty where the object already is as wanted.
    pub diff: Vec<String>,
    /// What whoever decides should know.
    pub warnings: Vec<String>,
}

/// What else the action may touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Ready replicas before; `None` where it is not known or does not apply.
    pub ready_replicas: Option<u32>,
    /// Ready replicas that are left at the worst moment.
    pub replicas_left: Option<u32>,
    /// How many more pods the disruption budget allows to be away; `None` where there is no budget.
    pub disruptions_allowed: Option<u32>,
    /// Services that call the object, by traces or by its services.
    pub dependants: Vec<String>,
    /// Its share of the environment's traffic, per mille; `None` where it is not known.
    pub traffic_share: Option<u16>,
}

/// One condition of a success check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "check", rename_all = "snake_case")]
pub enum Condition {
    /// The signal that raised the incident is over at its source.
    SignalOver {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// A PromQL expression gives no value beyond the bound.
    QueryWithin {
        /// The expression.
        query: String,
        /// The Prometheus server that is asked, where there are several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<String>,
        /// At most this; `None` where the query is a condition of its own that is to give no result.
        at_most: Option<f64>,
        /// What it gave when the plan was made.
        baseline: Option<f64>,
    },
    /// A workload is rolled out and has as many ready pods as it wants.
    WorkloadReady {
        /// The workload.
        object: ObjectRef,
        /// How many were ready when the plan was made.
        baseline_ready: u32,
    },
    /// The health checks of the cluster tell nothing of the object any more.
    NoFinding {
        /// The object.
        object: ObjectRef,
        /// How many findings there were.
        baseline_findings: u32,
    },
}

/// How it will be seen whether it helped. Fixed before anything is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuccessCheck {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// How long to wait before looking, in seconds: a rollout takes its time.
    pub settle_seconds: u32,
    /// After so many seconds from the effect it has not helped.
    pub window_seconds: u32,
}

/// A plan, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Unique.
    pub id: String,
    /// The incident that it is for.
    pub incident: String,
    /// Name of the environment.
    pub environment: String,
    /// Name of the cluster, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The class of trouble that it is meant for, as `learning` knows it: the name of the diagnosis rule.
    pub symptom: String,
    /// What is changed.
    pub object: ObjectRef,
    /// Its resource version when the plan was made. Empty for what has no versions.
    pub resource_version: String,
    /// The version of it that the plan is bound to; `None` where that is exactly the resource version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Pinned>,
    /// What is done to it.
    pub action: Action,
    /// The call that it becomes.
    pub call: ActCall,
    /// Why, in a sentence of ours.
    pub reason: String,
    /// The parts that free text may have got into.
    #[serde(default)]
    pub tainted: BTreeSet<Field>,
    /// What the rehearsal told.
    pub rehearsal: Rehearsal,
    /// What else it may touch.
    pub blast_radius: BlastRadius,
    /// How it will be seen whether it helped.
    pub success_check: SuccessCheck,
    /// The call that takes it back; `None` where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<ActCall>,
    /// Who wants it.
    pub proposer: Proposer,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// After this it is not begun any more.
    pub expires_at: DateTime<Utc>,
}
