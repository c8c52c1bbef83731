//! Pods as far as status, health and logs need them.

use super::{Condition, Meta, lenient};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: PodSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: PodStatus,
}

/// `spec` of a pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Where it runs.
    pub node_name: Option<String>,
    /// Containers.
    #[serde(deserialize_with = "lenient")]
    pub containers: Vec<Container>,
    /// Init containers; those with `restartPolicy: Always` are sidecars.
    #[serde(deserialize_with = "lenient")]
    pub init_containers: Vec<Container>,
    /// Volumes, as far as they are claims.
    #[serde(deserialize_with = "lenient")]
    pub volumes: Vec<Volume>,
}

/// A volume that may be a claim.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Volume {
    /// The claim.
    pub persistent_volume_claim: Option<ClaimName>,
}

/// The name of a claim.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimName {
    /// Name.
    pub claim_name: String,
}

/// One container of a spec.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Name.
    pub name: String,
    /// Image.
    #[serde(deserialize_with = "lenient")]
    pub image: String,
    /// `Always` makes an init container a sidecar.
    pub restart_policy: Option<String>,
    /// Limits and requests.
    #[serde(deserialize_with = "lenient")]
    pub resources: Resources,
}

impl Container {
    /// An init container that goes on running.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy.as_deref() == Some("Always")
    }
}

/// `resources`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// Upper bounds.
    #[serde(deserialize_with = "lenient")]
    pub limits: BTreeMap<String, String>,
}

/// `status` of a pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    #[serde(deserialize_with = "lenient")]
    pub phase: String,
    /// `Evicted`, `NodeLost`, ….
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// Free text.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// Conditions.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
    /// Containers.
    #[serde(deserialize_with = "lenient")]
    pub container_statuses: Vec<ContainerStatus>,
    /// Init containers.
    #[serde(deserialize_with = "lenient")]
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// One container's state.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Name.
    pub name: String,
    /// Whether it is ready.
    #[serde(deserialize_with = "lenient")]
    pub ready: bool,
    /// Whether its start-up probe has passed.
    pub started: Option<bool>,
    /// How often it was restarted.
    #[serde(deserialize_with = "lenient")]
    pub restart_count: u32,
    /// Now.
    #[serde(deserialize_with = "lenient")]
    pub state: ContainerState,
    /// The run before.
    #[serde(deserialize_with = "lenient")]
    pub last_state: ContainerState,
}

/// At most one of the three is set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// Not started.
    pub waiting: Option<Waiting>,
    /// Runs.
    pub running: Option<Running>,
    /// Ended.
    pub terminated: Option<Terminated>,
}

/// Why a container waits.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// `CrashLoopBackOff`, `ImagePullBackOff`, ….
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// Free text.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
}

/// Since when a container runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    /// Start.
    pub started_at: Option<DateTime<Utc>>,
}

/// How a run ended.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// `OOMKilled`, `Error`, `Completed`, ….
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// What the container left in its termination log (tainted).
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// Exit code.
    #[serde(deserialize_with = "lenient")]
    pub exit_code: i32,
    /// Signal, where one ended it.
    #[serde(deserialize_with = "lenient")]
    pub signal: i32,
    /// End.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Pod {
    /// Whether the `Ready` condition is `True`.
    pub fn is_ready(&self) -> bool {
        Condition::of(&self.status.conditions, "Ready").is_some_and(Condition::is_true)
    }

    /// Whether it has ended for good.
    pub fn is_finished(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// Init containers first, as they run first.
    pub fn all_statuses(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.status.init_container_statuses.iter().chain(&self.status.container_statuses)
    }
}
