//! The state of a pod's container on its node, and the pod status that follows from it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::object::{array, condition, set, text, timestamp};

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Exit code.
    pub code: i64,
    /// `Error`, `OOMKilled` or `Completed`.
    pub reason: &'static str,
    /// When it was started.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: DateTime<Utc>,
}

/// What a container does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// It waits, for a reason.
    Waiting { reason: &'static str, message: String },
    /// It runs.
    Running { since: DateTime<Utc> },
    /// It ended and is not started again (yet).
    Terminated(Ended),
}

/// One run of a container, kept after the pod is gone since logs are asked for later.
#[derive(Debug, Clone)]
pub struct Run {
    /// When it started.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub ended: Option<DateTime<Utc>>,
    /// What the program wrote as it ended.
    pub farewell: Vec<String>,
}

/// What the node knows of a pod.
#[derive(Debug, Clone)]
pub struct PodRuntime {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Node.
    pub node: String,
    /// Address.
    pub ip: Option<String>,
    /// When the kubelet took it on.
    pub admitted: DateTime<Utc>,
    /// Starts so far.
    pub run: u32,
    /// Restarts that the status tells.
    pub restarts: u32,
    /// Failures in a row, for the backoff.
    pub failures: u32,
    /// Failed pulls in a row.
    pub pulls: u32,
    /// The container.
    pub state: ContainerState,
    /// How the process before ended.
    pub last: Option<Ended>,
    /// Whether the readiness probe answers.
    pub ready: bool,
    /// Whether it is being stopped.
    pub stopping: bool,
    /// Whether its probe is known to fail now and then.
    pub flapping: bool,
    /// The environment of the running process.
    pub environment: BTreeMap<String, String>,
}

impl ContainerState {
    fn render(&self, container_id: &str) -> Value {
        match self {
            Self::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
            Self::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
            Self::Running { since } => json!({"running": {"startedAt": timestamp(*since)}}),
            Self::Terminated(ended) => json!({"terminated": ended.render(container_id)}),
        }
    }
}

impl Ended {
    fn render(&self, container_id: &str) -> Value {
        json!({"exitCode": self.code, "reason": self.reason, "startedAt": timestamp(self.started),
            "finishedAt": timestamp(self.finished), "containerID": container_id})
    }
}

impl PodRuntime {
    /// Whether the process runs.
    pub fn is_running(&self) -> bool {
        matches!(self.state, ContainerState::Running { .. })
    }

    /// The phase of the pod.
    pub fn phase(&self, restarts: bool) -> &'static str {
        match &self.state {
            ContainerState::Terminated(ended) if !restarts && ended.code == 0 => "Succeeded",
            ContainerState::Terminated(_) if !restarts => "Failed",
            ContainerState::Waiting { .. } if self.run == 0 => "Pending",
            _ => "Running",
        }
    }

    /// The status of the pod.
    pub fn status(&self, pod: &Value, host_ip: &str, now: DateTime<Utc>) -> Value {
        let restarts = text(pod, "/spec/restartPolicy") == "Always";
        let phase = self.phase(restarts);
        let finished = phase == "Succeeded";
        let container = pod.pointer("/spec/containers/0").cloned().unwrap_or_default();
        let id = |run: u32| {
            let part = |salt: u64| super::random::hash(salt + u64::from(run), &[text(pod, "/metadata/uid")]);
            format!("containerd://{:016x}{:016x}{:016x}{:016x}", part(3), part(1003), part(2003), part(3003))
        };
        let image = text(&container, "/image");
        let mut status = json!({
            "name": text(&container, "/name"), "image": image, "ready": self.ready, "started": self.is_running(),
            "restartCount": self.restarts, "state": self.state.render(&id(self.run)), "lastState": {},
            "imageID": if self.run == 0 { String::new() } else { image_id(image) },
            "containerID": if self.run == 0 { String::new() } else { id(self.run) },
        });
        if let Some(last) = &self.last
            && !matches!(self.state, ContainerState::Terminated(_))
        {
            let earlier = if self.is_running() { self.run.saturating_sub(1) } else { self.run };
            set(&mut status, &["lastState"], json!({"terminated": last.render(&id(earlier))}));
        }
        let mut whole = json!({
            "phase": phase, "qosClass": text(pod, "/status/qosClass"), "hostIP": host_ip, "hostIPs": [{"ip": host_ip}],
            "startTime": timestamp(self.admitted), "containerStatuses": [status],
            "conditions": self.conditions(pod, finished, text(&container, "/name"), now),
        });
        if let Some(ip) = &self.ip {
            set(&mut whole, &["podIP"], json!(ip));
            set(&mut whole, &["podIPs"], json!([{"ip": ip}]));
        }
        whole
    }

    fn conditions(&self, pod: &Value, finished: bool, container: &str, now: DateTime<Utc>) -> Value {
        let unready = if finished {
            ("PodCompleted", String::new())
        } else {
            ("ContainersNotReady", format!("containers with unready status: [{container}]"))
        };
        let wanted = [
            ("PodReadyToStartContainers", self.ip.is_some() && !finished, None),
            ("Initialized", true, None),
            ("Ready", self.ready, Some(unready.clone())),
            ("ContainersReady", self.ready, Some(unready)),
            ("PodScheduled", true, None),
        ];
        let render = |(kind, holds, why): (&str, bool, Option<(&str, String)>)| {
            let status = if holds { "True" } else { "False" };
            let since = condition(pod, kind)
                .filter(|old| text(old, "/status") == status)
                .map(|old| text(old, "/lastTransitionTime"));
            let since = since.map_or_else(|| timestamp(now), str::to_owned);
            let mut entry = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": since});
            if let (false, Some((reason, message))) = (holds, why) {
                set(&mut entry, &["reason"], json!(reason));
                if !message.is_empty() {
                    set(&mut entry, &["message"], json!(message));
                }
            }
            entry
        };
        let mut conditions: Vec<Value> = wanted.into_iter().map(render).collect();
        let known = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
        let foreign =
            array(pod, "/status/conditions").iter().filter(|condition| !known.contains(&text(condition, "/type")));
        conditions.extend(foreign.cloned());
        Value::Array(conditions)
    }
}

fn image_id(image: &str) -> String {
    let repository = image.rsplit_once(':').map_or(image, |(repository, _)| repository);
    let half = super::random::hash(5, &[image]);
    format!(
        "{repository}@sha256:{half:016x}{:016x}{:016x}{:016x}",
        half ^ 0x5555,
        half.rotate_left(17),
        half.rotate_left(31)
    )
}
