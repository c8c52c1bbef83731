//! Pods as far as status, health and logs need them.

use super::{Condition, Meta, lenient};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
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
    /// Whether it uses the node's own network, which no network policy governs.
    #[serde(deserialize_with = "lenient")]
    pub host_network: bool,
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
    /// Ports that it declares; others may be open all the same.
    #[serde(deserialize_with = "lenient")]
    pub ports: Vec<ContainerPort>,
    /// Restarts the container when it fails.
    pub liveness_probe: Option<Box<Probe>>,
    /// Takes the pod out of its services when it fails.
    pub readiness_probe: Option<Box<Probe>>,
    /// Must pass before the others begin.
    pub startup_probe: Option<Box<Probe>>,
}

/// One declared port.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    /// Name, by which services and probes may call it.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Number.
    #[serde(deserialize_with = "lenient")]
    pub container_port: u32,
}

/// A probe, as far as it names a port.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Probe {
    /// Over HTTP.
    pub http_get: Option<ProbePort>,
    /// Over TCP.
    pub tcp_socket: Option<ProbePort>,
    /// Over gRPC.
    pub grpc: Option<ProbePort>,
}

/// Where a probe goes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProbePort {
    /// A number or the name of a container port.
    pub port: Value,
    /// Path over HTTP.
    #[serde(deserialize_with = "lenient")]
    pub path: String,
}

impl Probe {
    /// Where it goes; `None` for a command.
    pub fn target(&self) -> Option<&ProbePort> {
        self.http_get.as_ref().or(self.tcp_socket.as_ref()).or(self.grpc.as_ref())
    }
}

impl Container {
    /// The probes that there are, each with its name.
    pub fn probes(&self) -> impl Iterator<Item = (&'static str, &Probe)> {
        [("liveness", &self.liveness_probe), ("readiness", &self.readiness_probe), ("startup", &self.startup_probe)]
            .into_iter()
            .filter_map(|(name, probe)| Some((name, probe.as_deref()?)))
    }

    /// The number of the port that a service or a probe means; `None` for a name that is not declared.
    pub fn port(&self, wanted: &Value) -> Option<u32> {
        match wanted {
            Value::String(name) => match self.ports.iter().find(|port| port.name == *name) {
                Some(port) => Some(port.container_port),
                // Some writers put numbers into quotes.
                None => name.parse().ok(),
            },
            other => other.as_u64().and_then(|number| u32::try_from(number).ok()),
        }
    }

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
    /// Its address.
    #[serde(rename = "podIP", deserialize_with = "lenient")]
    pub address: String,
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
