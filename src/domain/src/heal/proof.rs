//! What would confirm a cause, what would refute it, and the look that tells.
//!
//! The rules judge what was gathered; a proof is a second, fresh look at the one thing that must be so where the cause is
//! right and cannot be where it is not. It reads typed fields and metrics only.
//!
//! Guarantees: a look that failed or was cut proves nothing; what is no longer wrong refutes.

use super::Standing;
use crate::diagnosis::case::{VOLUME_FILLING, VOLUME_QUERY};
use crate::evidence::{Evidence, ToolCall};
use crate::object::ObjectRef;
use crate::observed::Table;
use crate::observed::kubernetes::{Health, List, NodeRow, PodRow};
use crate::observed::prometheus::{GoldenSignals, Instant};
use crate::playbook::calls;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;

/// A restart within this time is part of the trouble.
const RECENT: TimeDelta = TimeDelta::minutes(15);

/// A proof of one cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// What would confirm it, in words.
    pub confirmed_by: String,
    /// What would refute it, in words.
    pub refuted_by: String,
    /// The look.
    pub call: ToolCall,
    reads: Reads,
}

#[derive(Debug, Clone, PartialEq)]
enum Reads {
    Pods(ObjectRef),
    Node(ObjectRef),
    Volume(ObjectRef),
    Signals,
    Findings(Vec<ObjectRef>),
}

/// The proof of a cause that a rule names. Rules without one of their own are proved by the health checks.
pub fn proof_of(rule: &str, cause: &ObjectRef, affected: &ObjectRef, cluster: Option<&str>) -> Proof {
    match (rule, cause.kind.as_str()) {
        ("node-not-ready", "Node") => Proof {
            confirmed_by: format!("{cause} is still not ready"),
            refuted_by: format!("{cause} is ready"),
            call: calls::list(cluster, "Node", None),
            reads: Reads::Node(cause.clone()),
        },
        ("volume-filling", _) => Proof {
            confirmed_by: format!("{cause} is still nearly full"),
            refuted_by: format!("{cause} has room"),
            call: calls::query(VOLUME_QUERY),
            reads: Reads::Volume(cause.clone()),
        },
        ("slow-dependency" | "slow-by-itself" | "errors-after-rollout", _) => Proof {
            confirmed_by: format!("the golden signals of {affected} are still worse than before"),
            refuted_by: format!("the golden signals of {affected} are as before"),
            call: calls::golden_signals(affected, "5m", None, None),
            reads: Reads::Signals,
        },
        (
            "out-of-memory"
            | "crash-on-configuration"
            | "image-pull"
            | "readiness"
            | "crash"
            | "missing-reference"
            | "unschedulable",
            _,
        ) => Proof {
            confirmed_by: format!("pods of {affected} are not ready, or restarted a short while ago"),
            refuted_by: format!("all pods of {affected} are ready and none restarted lately"),
            call: calls::pods_of(cluster, affected),
            reads: Reads::Pods(affected.clone()),
        },
        _ => Proof {
            confirmed_by: format!("the health checks find something on {cause} or {affected}"),
            refuted_by: format!("the health checks find nothing on {cause} and {affected}"),
            call: calls::cluster_health(cluster, None),
            reads: Reads::Findings(vec![cause.clone(), affected.clone()]),
        },
    }
}

impl Proof {
    /// What the look tells.
    pub fn reads(&self, look: &Evidence, now: DateTime<Utc>) -> Standing {
        let Ok(envelope) = &look.result else { return Standing::Open };
        // What was left out could say the opposite: only what was seen counts.
        let is_whole = !envelope.truncated && envelope.not_looked.is_empty();
        let holds = match &self.reads {
            Reads::Pods(workload) => pods_in_trouble(&envelope.data, workload, now),
            Reads::Node(node) => node_in_trouble(&envelope.data, node),
            Reads::Volume(claim) => volume_in_trouble(&envelope.data, claim),
            Reads::Signals => signals_in_trouble(&envelope.data),
            Reads::Findings(objects) => findings(&envelope.data, objects),
        };
        match holds {
            Some(true) => Standing::Confirmed,
            Some(false) if is_whole => Standing::Refuted,
            _ => Standing::Open,
        }
    }
}

fn typed<T: DeserializeOwned>(data: &serde_json::Value) -> Option<T> {
    serde_json::from_value(data.clone()).ok()
}

fn rows<T: DeserializeOwned>(table: &Table) -> Option<Vec<T>> {
    table.typed().ok()
}

/// No pods at all proves nothing: they may be elsewhere, or not made yet.
fn pods_in_trouble(data: &serde_json::Value, workload: &ObjectRef, now: DateTime<Utc>) -> Option<bool> {
    let pods: Vec<PodRow> = rows(&typed::<List>(data)?.table)?;
    let owner = format!("{}/{}", workload.kind, workload.name);
    let own: Vec<&PodRow> = pods.iter().filter(|pod| pod.owner.as_deref() == Some(owner.as_str())).collect();
    let in_trouble = |pod: &&PodRow| {
        let restarted = pod.restarts > 0 && pod.last_restart.is_none_or(|at| now - at < RECENT);
        pod.ready < pod.containers || restarted
    };
    (!own.is_empty()).then(|| own.iter().any(in_trouble))
}

fn node_in_trouble(data: &serde_json::Value, node: &ObjectRef) -> Option<bool> {
    let nodes: Vec<NodeRow> = rows(&typed::<List>(data)?.table)?;
    let row = nodes.iter().find(|row| row.name == node.name)?;
    Some(row.status.starts_with("NotReady") || row.status.starts_with("Unknown"))
}

fn volume_in_trouble(data: &serde_json::Value, claim: &ObjectRef) -> Option<bool> {
    let volumes: Instant = typed(data)?;
    let own = volumes.samples.iter().find(|sample| {
        sample.labels.get("persistentvolumeclaim") == Some(&claim.name)
            && sample.labels.get("namespace") == claim.namespace.as_ref()
    })?;
    Some(own.value? >= VOLUME_FILLING)
}

/// Errors or latency at least half as high again as before, as far as both are known.
fn signals_in_trouble(data: &serde_json::Value) -> Option<bool> {
    let signals: GoldenSignals = typed(data)?;
    let told = signals.signals.iter().filter(|signal| signal.name.contains("error") || signal.name.contains("latency"));
    let pairs: Vec<(f64, f64)> = told.filter_map(|signal| Some((signal.now?, signal.before?))).collect();
    let of_calls = signals.dependencies.iter().any(crate::diagnosis::case::is_degraded);
    let worse = pairs.iter().any(|(now, before)| *now > before * 1.5 && now - before > 0.01);
    (of_calls || !pairs.is_empty()).then_some(of_calls || worse)
}

fn findings(data: &serde_json::Value, objects: &[ObjectRef]) -> Option<bool> {
    let health: Health = typed(data)?;
    let is_found = health.findings.iter().any(|finding| objects.contains(&finding.object));
    // A check that could not look may be the one that would have found it.
    (is_found || health.not_checked.is_empty()).then_some(is_found)
}
