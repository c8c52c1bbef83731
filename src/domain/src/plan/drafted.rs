//! The first stage: a plan that is whole and says the same everywhere.

use super::{Condition, Plan, SuccessCheck};
use crate::action::TakenBack;
use crate::effect::EffectClass;

/// The most conditions of a success check.
const MOST_CONDITIONS: usize = 16;

/// Nobody waits longer for an action to help, in seconds.
const LONGEST_WINDOW_SECONDS: u32 = 3_600;

/// Bytes of a reason: the act tools take 3 to 500.
const REASON_BYTES: std::ops::RangeInclusive<usize> = 3..=500;

/// A plan that is whole. Nobody has reviewed it.
///
/// It is made of a [`Plan`] alone, never read from anywhere:
///
/// ```compile_fail
/// fn read<T: serde::de::DeserializeOwned>() {}
/// read::<domain::plan::Drafted>();
/// ```
#[derive(Debug, PartialEq)]
pub struct Drafted {
    plan: Plan,
    digest: String,
}

/// Why a plan is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Something that every plan names is empty.
    #[error("the plan does not say its {0}")]
    Missing(&'static str),
    /// The action cannot be done to this object.
    #[error("the plan's action cannot be done: {0}")]
    Action(String),
    /// The call is not the one that the action becomes.
    #[error("the plan's call is not the call of its action")]
    OtherCall,
    /// The reason is too short or too long for a journal.
    #[error("the plan's reason has {bytes} bytes, and 3 to 500 are taken")]
    Reason {
        /// Its length.
        bytes: usize,
    },
    /// The rehearsal says that nothing is changed.
    #[error("the rehearsal says that the call only reads")]
    ReadsOnly,
    /// It expires before it is made.
    #[error("the plan expires before it is made")]
    ExpiresBefore,
    /// It could not be seen whether it helped.
    #[error("the success check cannot be evaluated: {0}")]
    SuccessCheck(String),
    /// It could not be taken back.
    #[error("a {class:?} {action} needs the call that takes it back, and the plan has none")]
    NoUndo {
        /// The class.
        class: EffectClass,
        /// The action.
        action: &'static str,
    },
    /// What takes it back is a call of another server.
    #[error("the call that takes it back is of the server {0:?}, not of the action's")]
    OtherServer(String),
}

impl Drafted {
    /// A plan that is whole.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn new(plan: Plan) -> Result<Self, PlanError> {
        check_texts(&plan)?;
        let problems = plan.action.problems(&plan.object);
        if !problems.is_empty() {
            return Err(PlanError::Action(problems.join("; ")));
        }
        if plan.call != plan.action.call(&plan.object, plan.cluster.as_deref()) {
            return Err(PlanError::OtherCall);
        }
        if plan.rehearsal.class.is_read() {
            return Err(PlanError::ReadsOnly);
        }
        if plan.expires_at <= plan.made_at {
            return Err(PlanError::ExpiresBefore);
        }
        plan.success_check.check().map_err(PlanError::SuccessCheck)?;
        check_undo(&plan)?;
        let digest = plan.digest();
        Ok(Self { plan, digest })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The plan, which is no longer drafted.
    pub fn into_plan(self) -> Plan {
        self.plan
    }

    /// Plan and digest, for the next stage.
    pub(crate) fn into_parts(self) -> (Plan, String) {
        (self.plan, self.digest)
    }
}

impl Plan {
    /// The class of its call: what the rehearsal told, and never milder than the action can be.
    pub fn class(&self) -> EffectClass {
        self.action.strictest_of(self.rehearsal.class)
    }
}

fn check_texts(plan: &Plan) -> Result<(), PlanError> {
    let texts = [
        ("id", &plan.id),
        ("incident", &plan.incident),
        ("environment", &plan.environment),
        ("symptom", &plan.symptom),
        ("reason", &plan.reason),
    ];
    if let Some((name, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
        return Err(PlanError::Missing(name));
    }
    if plan.cluster.as_ref().is_some_and(|cluster| cluster.trim().is_empty()) {
        return Err(PlanError::Missing("cluster"));
    }
    if plan.resource_version.is_empty() && plan.action.server() == "kubernetes" {
        return Err(PlanError::Missing("resource_version"));
    }
    if plan.pinned.as_ref().is_some_and(|pinned| pinned.uid.is_empty() || plan.action.server() != "kubernetes") {
        return Err(PlanError::Missing("uid"));
    }
    let bytes = plan.reason.len();
    if !REASON_BYTES.contains(&bytes) {
        return Err(PlanError::Reason { bytes });
    }
    Ok(())
}

fn check_undo(plan: &Plan) -> Result<(), PlanError> {
    let class = plan.class();
    match &plan.undo {
        None if plan.action.taken_back(&plan.object, class) == TakenBack::ByCall => {
            Err(PlanError::NoUndo { class, action: plan.action.name() })
        }
        Some(undo) if undo.server != plan.call.server => Err(PlanError::OtherServer(undo.server.clone())),
        _ => Ok(()),
    }
}

impl SuccessCheck {
    /// Whether it can be evaluated.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.conditions.is_empty() || self.conditions.len() > MOST_CONDITIONS {
            return Err(format!("it takes 1 to {MOST_CONDITIONS} conditions, and has {}", self.conditions.len()));
        }
        if self.window_seconds <= self.settle_seconds {
            let (window, settle) = (self.window_seconds, self.settle_seconds);
            return Err(format!("its window of {window} s is over before anybody looks, after {settle} s"));
        }
        if self.window_seconds > LONGEST_WINDOW_SECONDS {
            return Err(format!("its window of {} s is longer than {LONGEST_WINDOW_SECONDS} s", self.window_seconds));
        }
        self.conditions.iter().try_for_each(Condition::check)
    }
}

impl Condition {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::SignalOver { fingerprint } if fingerprint.trim().is_empty() => {
                Err("it waits for a signal without a fingerprint".to_owned())
            }
            Self::QueryWithin { query, .. } if query.trim().is_empty() => Err("it asks an empty query".to_owned()),
            Self::QueryWithin { instance: Some(instance), .. } if instance.trim().is_empty() => {
                Err("it asks a Prometheus server without a name".to_owned())
            }
            Self::QueryWithin { query, at_most, baseline, .. } => {
                let is_finite = [at_most, baseline].into_iter().flatten().all(|value| value.is_finite());
                is_finite.then_some(()).ok_or_else(|| format!("a bound of {query:?} is not a number"))
            }
            Self::WorkloadReady { object, .. } => {
                let is_workload = matches!(object.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet");
                let is_named = is_workload && !object.name.is_empty() && object.namespace.is_some();
                is_named.then_some(()).ok_or_else(|| format!("{object} is no workload that can be ready"))
            }
            Self::NoFinding { object, .. } => {
                let is_named = !object.kind.is_empty() && !object.name.is_empty();
                is_named.then_some(()).ok_or_else(|| "it asks for findings of an object without a name".to_owned())
            }
            Self::SignalOver { .. } => Ok(()),
        }
    }
}
