//! The action library: everything that Scarlet can do, one typed value each.
//!
//! Guarantees: what is not in this library cannot be done (no shell, no generic apply); the call that an action becomes
//! is a function of the typed value and its object alone; its class is never milder than `effect` says.
//!
//! Deliberately absent: whether something should be done (`policy`), what suits which trouble (`strategy`), the call itself.

mod call;
mod check;
mod class;
mod quantity;
mod told;

#[cfg(test)]
mod tests;

pub use check::{MOST_MATCHERS, MOST_REPLICAS, MOST_SILENCE_MINUTES};
pub use class::TakenBack;
pub use quantity::Quantity;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A matcher of a silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// What it must be, exactly.
    pub value: String,
}

/// What can be done to an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Makes all pods of a workload anew, a few at a time.
    RolloutRestart,
    /// Deletes one pod, which its owner makes anew.
    DeletePod,
    /// Sets the replicas of a workload.
    Scale {
        /// How many.
        replicas: u32,
    },
    /// Goes back to an earlier revision.
    RolloutUndo {
        /// Which; the one before where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_revision: Option<u64>,
    },
    /// Sets requests and limits of a container.
    SetResources {
        /// Its name.
        container: String,
        /// `500m`; `None` leaves it as it is, as with the others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cpu_request: Option<String>,
        /// `1`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cpu_limit: Option<String>,
        /// `512Mi`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory_request: Option<String>,
        /// `1Gi`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory_limit: Option<String>,
    },
    /// Sets the image of a container.
    SetImage {
        /// Its name.
        container: String,
        /// The image with its tag or digest.
        image: String,
    },
    /// Sets the bounds of an autoscaler.
    SetHpaBounds {
        /// The least replicas.
        min_replicas: u32,
        /// The most.
        max_replicas: u32,
    },
    /// Suspends a Job or CronJob.
    SuspendJob,
    /// Lets it go on.
    ResumeJob,
    /// Deletes a failed Job with its pods.
    DeleteJob,
    /// Keeps new pods from a node.
    Cordon,
    /// Lets them come again.
    Uncordon,
    /// Moves the pods of a node elsewhere.
    Drain,
    /// Silences alerts. Its object is `Silence new`, as the tool tells it: it has no name yet.
    SilenceCreate {
        /// Which alerts: all of these match.
        matchers: Vec<Matcher>,
        /// For how long.
        minutes: u64,
    },
    /// Ends a silence. Its object is `Silence ID`.
    SilenceExpire {
        /// Its id at the Alertmanager.
        silence: String,
    },
    /// Calls a webhook that the settings declare, for an object, which it is told.
    CallWebhook {
        /// Its name in the settings.
        webhook: String,
    },
}

/// A call of an act tool, without what every change takes (dry run, expected version, reason).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActCall {
    /// The server by its name in the effect table.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
}

impl Action {
    /// The name in the library, which is the tool's as well: `rollout_undo`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RolloutRestart => "rollout_restart",
            Self::DeletePod => "delete_pod",
            Self::Scale { .. } => "scale",
            Self::RolloutUndo { .. } => "rollout_undo",
            Self::SetResources { .. } => "set_resources",
            Self::SetImage { .. } => "set_image",
            Self::SetHpaBounds { .. } => "set_hpa_bounds",
            Self::SuspendJob => "suspend_job",
            Self::ResumeJob => "resume_job",
            Self::DeleteJob => "delete_job",
            Self::Cordon => "cordon",
            Self::Uncordon => "uncordon",
            Self::Drain => "drain",
            Self::SilenceCreate { .. } => "silence_create",
            Self::SilenceExpire { .. } => "silence_expire",
            Self::CallWebhook { .. } => "call_webhook",
        }
    }
}
