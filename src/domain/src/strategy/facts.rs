//! The facts that strategies rest on: typed fields of what was seen, and nothing else.
//!
//! Guarantees: no log line, no message of an event, no annotation is in here; lists are bounded; what was not seen is
//! absent, never a default that looks like a fact.
//!
//! [`Facts::of`] reads the case; [`Facts::gather`] also looks at the manifests that only some strategies need, in the manner
//! of the playbooks: what was not seen yet is asked for, and the next run has it.

use super::memory;
use super::rollout::RecentChange;
use crate::diagnosis::Judgement;
use crate::diagnosis::case::{Case, Scene};
use crate::incident::Member;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Object, PodRow};
use crate::playbook::calls;
use crate::playbook::looks::{Look, Looks};
use crate::signal::SourceKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Kinds whose pods can be made anew.
const WORKLOADS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet"];

/// Workloads of which it is known how many pods are ready, pods, and signals, at most.
pub const READINESS: usize = 8;
const PODS: usize = 200;
const RAISED: usize = 5;

/// Share of failed requests, and seconds, that never count as trouble: what the rules have.
const FEW_ERRORS: f64 = 0.02;
const SHORT_SECONDS: f64 = 0.1;

/// The golden signals are read over this; a quarter of an hour of trouble would hide a recovery for as long.
const READ_OVER: &str = "[15m]";
const VERIFIED_OVER: &str = "[2m]";

/// What strategies rest on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The workload that would be changed; `None` where the cause is nothing that this house can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ObjectRef>,
    /// Its pods.
    #[serde(default)]
    pub pods: Vec<PodRow>,
    /// What was rolled out last, where something ran before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<RecentChange>,
    /// The node, where a node is the cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeFacts>,
    /// How many pods are ready: of the target, of who suffers.
    #[serde(default)]
    pub readiness: Vec<Readiness>,
    /// How many findings the health checks have on the target and on who suffers.
    #[serde(default)]
    pub findings: Vec<(ObjectRef, u32)>,
    /// The series by which the trouble was measured.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// The signals that raised the incident and speak of the target or of who suffers.
    #[serde(default)]
    pub raised: Vec<Raised>,
    /// Used share of the CPU limit of the target, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_of_limit: Option<f64>,
    /// The containers of the target, once its manifest was seen.
    #[serde(default)]
    pub containers: Vec<Container>,
    /// The autoscaler of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaler: Option<Autoscaler>,
    /// Allocatable memory of the largest node, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_node_memory_bytes: Option<u64>,
    /// The webhooks that the settings declare.
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
}

/// A node that is the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFacts {
    /// Which.
    pub object: ObjectRef,
    /// Whether new pods are kept from it already.
    pub is_cordoned: bool,
    /// Whether its kubelet still posts its status (`Ready` is `False`, not `Unknown`).
    pub answers: bool,
}

/// How many pods of a workload are ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Which.
    pub object: ObjectRef,
    /// Ready pods.
    pub ready: u32,
    /// Wanted pods.
    pub desired: u32,
}

/// A series by which the trouble was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The expression.
    pub query: String,
    /// What it gave.
    pub now: f64,
    /// What it must not exceed when the trouble is over.
    pub at_most: f64,
}

/// A signal that raised the incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What its signals share. Its source says whether they are over: the expression of a rule covers other objects too, and
    /// is asked at the rule's own server.
    pub fingerprint: String,
    /// Whether it speaks of one pod: it ends with the pod, whatever comes after it.
    #[serde(default)]
    pub is_of_a_pod: bool,
}

/// A container by its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// `512Mi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<String>,
}

/// An autoscaler; its numbers once its manifest was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autoscaler {
    /// Which.
    pub object: ObjectRef,
    /// The least replicas.
    #[serde(default)]
    pub min_replicas: Option<u32>,
    /// The most.
    #[serde(default)]
    pub max_replicas: Option<u32>,
    /// How many there are.
    #[serde(default)]
    pub current_replicas: Option<u32>,
}

/// A webhook that the settings declare.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its name in the settings.
    pub name: String,
    /// The rules of diagnosis whose trouble it is for.
    pub symptoms: BTreeSet<String>,
    /// The only services (names of the cause, or of who suffers) that it is for; none named means all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<String>,
    /// What must hold afterwards, beside what the trouble was seen by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectation: Option<Expectation>,
}

/// What a declared query must give for success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// The PromQL expression.
    pub query: String,
    /// The Prometheus server that is asked, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// At most this; `None` where it is to give no result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

impl Facts {
    /// What the case of a judgement tells.
    pub fn of(case: &Case, scene: &Scene, judgement: &Judgement) -> Self {
        let target = target_of(judgement);
        let own = target.as_ref().and_then(|target| case_of(case, target));
        let concerned = concerned(target.as_ref(), judgement);
        let mut pods: Vec<PodRow> = own.and_then(|own| own.pods.seen()).map_or(Vec::new(), |seen| seen.data.clone());
        pods.truncate(PODS);
        for pod in &mut pods {
            pod.message = None;
        }
        Self {
            change: own.and_then(|own| RecentChange::of(own, scene)),
            node: node_of(scene, judgement),
            readiness: readiness(scene, judgement, &concerned),
            findings: findings(scene, &concerned),
            measures: measures(case, judgement),
            raised: Vec::new(),
            cpu_of_limit: own.and_then(|own| own.signal("cpu_of_limit")).and_then(|(_, signal)| signal.now),
            containers: Vec::new(),
            autoscaler: own.and_then(autoscaler_of),
            largest_node_memory_bytes: scene
                .nodes
                .seen()
                .and_then(|seen| seen.data.iter().filter_map(|node| memory::bytes(&node.memory)).max()),
            webhooks: Vec::new(),
            pods,
            target,
        }
    }

    /// The same with the manifests that its strategies need, as far as they were seen.
    pub fn gather(looks: &mut Looks<'_>, case: &Case, scene: &Scene, judgement: &Judgement) -> Self {
        let mut facts = Self::of(case, scene, judgement);
        let cluster = scene.cluster.as_deref();
        let workload = facts.target.clone().filter(|_| judgement.rule == "out-of-memory");
        let is_slow = matches!(judgement.rule, "slow-by-itself" | "slow-dependency");
        let autoscaler = facts.autoscaler.as_ref().filter(|_| is_slow).map(|autoscaler| autoscaler.object.clone());
        for object in workload.into_iter().chain(autoscaler) {
            let look: Look<Object> = looks.at(calls::get(cluster, &object));
            if let Some(seen) = look.seen() {
                facts = facts.with_manifest(&seen.data);
            }
        }
        facts
    }

    /// The same with what a manifest of the target or its autoscaler tells.
    #[must_use]
    pub fn with_manifest(mut self, seen: &Object) -> Self {
        if self.target.as_ref() == Some(&seen.object) {
            self.containers = containers(&seen.manifest);
        }
        if let Some(autoscaler) = self.autoscaler.as_mut().filter(|autoscaler| autoscaler.object == seen.object) {
            let number = |pointer: &str| {
                seen.manifest.pointer(pointer).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
            };
            autoscaler.max_replicas = number("/spec/maxReplicas");
            // What is not said is 1, by the API.
            autoscaler.min_replicas = autoscaler.max_replicas.map(|_| number("/spec/minReplicas").unwrap_or(1));
            autoscaler.current_replicas = number("/status/currentReplicas");
        }
        self
    }

    /// The same with the signals of an incident that speak of the target or of who suffers and are still there.
    #[must_use]
    pub fn with_members(mut self, members: &[Member]) -> Self {
        let names: BTreeSet<&str> = self.readiness.iter().map(|known| known.object.name.as_str()).collect();
        let speaks_of = |member: &Member| {
            let by_object = member.object.as_ref().is_some_and(|object| {
                self.readiness.iter().any(|known| known.object == *object)
                    || self.pods.iter().any(|pod| object.kind == "Pod" && pod.name == object.name)
            });
            by_object || member.service.as_deref().is_some_and(|service| names.contains(service))
        };
        // Traces are held against a longer window: the same golden signal, measured, tells the end earlier.
        let is_measured = |member: &Member| member.source.kind == SourceKind::Traces && !self.measures.is_empty();
        self.raised = members
            .iter()
            .filter(|member| member.is_firing && speaks_of(member) && !is_measured(member))
            .take(RAISED)
            .map(|member| Raised {
                fingerprint: member.fingerprint.clone(),
                is_of_a_pod: member.object.as_ref().is_some_and(|object| object.kind == "Pod"),
            })
            .collect();
        self
    }

    /// The same with the webhooks that the settings declare.
    #[must_use]
    pub fn with_webhooks(mut self, webhooks: Vec<Webhook>) -> Self {
        self.webhooks = webhooks;
        self
    }

    /// How many pods of a workload are ready, where it is known.
    pub fn readiness_of(&self, object: &ObjectRef) -> Option<&Readiness> {
        self.readiness.iter().find(|known| known.object == *object)
    }
}

/// The cause, where it is a workload; the workload that refers to what is missing.
fn target_of(judgement: &Judgement) -> Option<ObjectRef> {
    let is_workload = |object: &&ObjectRef| WORKLOADS.contains(&object.kind.as_str()) && object.namespace.is_some();
    let cause = Some(&judgement.cause).filter(is_workload);
    let affected = Some(&judgement.affected).filter(|_| judgement.rule == "missing-reference").filter(is_workload);
    cause.or(affected).cloned()
}

fn case_of<'a>(case: &'a Case, object: &ObjectRef) -> Option<&'a Case> {
    if case.subject == *object {
        return Some(case);
    }
    case.peers.iter().find_map(|peer| case_of(peer, object))
}

/// The target and who suffers, each once, the target first.
fn concerned(target: Option<&ObjectRef>, judgement: &Judgement) -> Vec<ObjectRef> {
    let mut concerned: Vec<ObjectRef> = Vec::new();
    for object in target.into_iter().chain([&judgement.affected]).chain(&judgement.victims) {
        if !concerned.contains(object) && WORKLOADS.contains(&object.kind.as_str()) {
            concerned.push(object.clone());
        }
    }
    concerned.truncate(READINESS);
    concerned
}

/// Of a node, whatever is short of pods: which pods ran there is known of a few workloads only. DaemonSets stay short for
/// as long as the node is away.
fn readiness(scene: &Scene, judgement: &Judgement, concerned: &[ObjectRef]) -> Vec<Readiness> {
    let Some(seen) = scene.workloads.seen() else { return Vec::new() };
    let of_node = judgement.cause.kind == "Node";
    let rows = seen.data.iter().filter_map(|row| {
        let object = ObjectRef::namespaced(&row.kind, &row.namespace, &row.name);
        let is_short = row.ready < row.desired && matches!(row.kind.as_str(), "Deployment" | "StatefulSet");
        let is_wanted = if of_node { is_short } else { concerned.contains(&object) };
        is_wanted.then_some(Readiness { object, ready: row.ready, desired: row.desired })
    });
    let mut rows: Vec<Readiness> = rows.collect();
    rows.sort_by_key(|row| concerned.iter().position(|object| *object == row.object).unwrap_or(usize::MAX));
    rows.truncate(READINESS);
    rows
}

fn findings(scene: &Scene, concerned: &[ObjectRef]) -> Vec<(ObjectRef, u32)> {
    let of_now = |object: &ObjectRef| scene.findings_on(object).filter(|(_, finding)| finding.is_of_now()).count();
    let counted = concerned.iter().map(|object| (object.clone(), of_now(object)));
    counted
        .filter(|(_, count)| *count > 0)
        .map(|(object, count)| (object, u32::try_from(count).unwrap_or(u32::MAX)))
        .collect()
}

fn node_of(scene: &Scene, judgement: &Judgement) -> Option<NodeFacts> {
    let object = Some(&judgement.cause).filter(|cause| cause.kind == "Node")?;
    let row = scene.nodes.seen()?.data.iter().find(|row| row.name == object.name)?;
    // The check writes the condition out: `Ready: False (KubeletNotReady) …`. A silent kubelet's is `Unknown`.
    let answers = scene
        .findings_on(object)
        .any(|(_, finding)| finding.evidence.iter().any(|condition| condition.starts_with("Ready: False (")));
    let is_cordoned = row.status.split(',').any(|word| word == "SchedulingDisabled");
    Some(NodeFacts { object: object.clone(), is_cordoned, answers })
}

fn autoscaler_of(case: &Case) -> Option<Autoscaler> {
    let tree = case.tree.seen()?;
    let reference =
        tree.data.referred_by.iter().find(|reference| reference.object.kind == "HorizontalPodAutoscaler")?;
    Some(Autoscaler {
        object: reference.object.clone(),
        min_replicas: None,
        max_replicas: None,
        current_replicas: None,
    })
}

/// The golden signal that the rule saw, of the workload that shows it.
fn measures(case: &Case, judgement: &Judgement) -> Vec<Measure> {
    let (name, never_trouble) = match judgement.rule {
        "errors-after-rollout" => ("error_ratio", FEW_ERRORS),
        "slow-dependency" | "slow-by-itself" => ("latency_p99", SHORT_SECONDS),
        _ => return Vec::new(),
    };
    let Some((_, signal)) = case_of(case, &judgement.affected).and_then(|case| case.signal(name)) else {
        return Vec::new();
    };
    let Some(now) = signal.now.filter(|now| now.is_finite()) else { return Vec::new() };
    let before = signal.before.filter(|before| before.is_finite()).unwrap_or(0.0);
    let at_most = never_trouble.max(before * 2.0);
    // A signal that does not show the trouble cannot show its end.
    let shows_it = now > at_most;
    shows_it
        .then(|| Measure { query: signal.query.replace(READ_OVER, VERIFIED_OVER), now, at_most })
        .into_iter()
        .collect()
}

fn containers(manifest: &Value) -> Vec<Container> {
    let Some(containers) = manifest.pointer("/spec/template/spec/containers").and_then(Value::as_array) else {
        return Vec::new();
    };
    let read = |container: &Value| {
        let limit = container.pointer("/resources/limits/memory").and_then(Value::as_str);
        let name = container.get("name").and_then(Value::as_str)?;
        Some(Container { name: name.to_owned(), memory_limit: limit.map(str::to_owned) })
    };
    containers.iter().filter_map(read).collect()
}
