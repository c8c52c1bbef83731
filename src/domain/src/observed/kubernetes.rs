//! What the `kubernetes` tools return.

mod health;

pub use health::{Finding, Health, NotChecked, Severity, WARNING_EVENTS};

use super::Table;
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `list`: rows in order of trouble, and the healthy rest by count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// The kind that was listed, in the API's spelling; `workloads` for the four workload kinds together.
    pub kind: String,
    /// Typed by kind: [`PodRow`], [`WorkloadRow`], [`NodeRow`], [`ServiceRow`], otherwise [`OtherRow`].
    pub table: Table,
    /// Rows left out, grouped: label (`shop/Deployment/cart Running`) and count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<Group>,
}

/// Rows that were counted instead of listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What they have in common.
    pub label: String,
    /// How many.
    pub count: u64,
}

/// A pod as `kubectl get pods` tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodRow {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The word that kubectl prints: `Running`, `CrashLoopBackOff`, `Pending`, `OOMKilled`, `Completed`, ….
    pub status: String,
    /// Containers that are ready.
    pub ready: u32,
    /// Containers there are.
    pub containers: u32,
    /// Sum over the containers.
    pub restarts: u32,
    /// End of the last terminated run of a container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_restart: Option<DateTime<Utc>>,
    /// Why the last run ended: `OOMKilled`, `Error (exit 1)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_exit: Option<String>,
    /// The API's message on a waiting container or an unschedulable pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Creation.
    pub created: DateTime<Utc>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The workload at the top of its owners: `Deployment/checkout`; absent for a bare pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A Deployment, StatefulSet, DaemonSet, Job or CronJob.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkloadRow {
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// `ok`, or what is wrong in one or two words: `1/3 ready`, `rollout stuck`, `suspended`, `failed`.
    pub status: String,
    /// Replicas wanted (completions for a Job).
    pub desired: u32,
    /// Replicas ready (succeeded for a Job).
    pub ready: u32,
    /// Replicas of the newest template.
    pub updated: u32,
    /// Container images, comma-separated.
    pub images: String,
    /// Creation.
    pub created: DateTime<Utc>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeRow {
    /// Name.
    pub name: String,
    /// `Ready`, `NotReady`, with `,SchedulingDisabled` and pressure conditions appended.
    pub status: String,
    /// Kubelet version.
    pub version: String,
    /// Allocatable CPU as the API writes it.
    pub cpu: String,
    /// Allocatable memory as the API writes it.
    pub memory: String,
    /// Creation.
    pub created: DateTime<Utc>,
}

/// A service with the state of its endpoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// `ClusterIP`, `LoadBalancer`, ….
    #[serde(rename = "type")]
    pub service_type: String,
    /// `80/TCP→8080`, comma-separated.
    pub ports: String,
    /// Label selector, `app=checkout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// Ready endpoints; absent where endpoints were not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_endpoints: Option<u32>,
    /// Creation.
    pub created: DateTime<Utc>,
}

/// An object of a kind without a row type of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherRow {
    /// Namespace, absent for cluster-scoped kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// A word on its state, from its conditions or phase where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The kind's own columns (server-side table columns or known fields), as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<DateTime<Utc>>,
}

/// `get`: one object without its noise (managedFields, last-applied), Secret values replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Which one.
    pub object: ObjectRef,
    /// The trimmed manifest.
    pub manifest: Value,
}

/// `count`: how many, by group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// The kind that was counted.
    pub kind: String,
    /// Group (status, namespace, node or owner) and count, largest first.
    pub groups: Vec<Group>,
}

/// One row of `events`: repeats of the same reason and message on the same object are one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventRow {
    /// When it was last seen.
    pub last_seen: DateTime<Utc>,
    /// When it was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<DateTime<Utc>>,
    /// `Warning` or `Normal`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// `BackOff`, `FailedScheduling`, ….
    pub reason: String,
    /// What it is about.
    pub object: ObjectRef,
    /// Free text (tainted).
    pub message: String,
    /// How often.
    pub count: u64,
}

/// `logs` of one or several pods.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Logs {
    /// Whether these are of the run before the last restart.
    pub previous: bool,
    /// `pod/container` that were read, with the lines taken from each.
    pub streams: Vec<LogStream>,
    /// Lines alike folded into one, errors first.
    pub patterns: Vec<LogPattern>,
    /// The last lines as they are, oldest first (tainted).
    pub lines: Vec<String>,
}

/// One container's log as far as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogStream {
    /// Pod name.
    pub pod: String,
    /// Container name.
    pub container: String,
    /// Lines read.
    pub lines: u64,
    /// Why it could not be read, where it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Log lines that differ only in numbers, ids and times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogPattern {
    /// The line with its changing parts as `<*>`.
    pub template: String,
    /// `error`, `warn`, `info`, as far as it can be told from the line.
    pub level: String,
    /// How often.
    pub count: u64,
    /// One line as it was (tainted).
    pub example: String,
}

/// One revision of `rollout_history`, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Revision number.
    pub revision: u64,
    /// When its ReplicaSet or ControllerRevision was made.
    pub created: DateTime<Utc>,
    /// Whether it is the one wanted now.
    pub current: bool,
    /// Container images, comma-separated.
    pub images: String,
    /// Ready replicas of this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready: Option<u32>,
    /// The `kubernetes.io/change-cause` annotation (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_cause: Option<String>,
    /// What changed against the revision before: `containers[app].image: v1 -> v2`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<String>,
}

/// `owner_tree`: what an object belongs to, owns, and refers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnerTree {
    /// The object asked for.
    pub object: ObjectRef,
    /// The workload at the top of its owners (itself, where it has none).
    pub root: ObjectRef,
    /// Everything below the root, parents before children.
    pub members: Vec<Member>,
    /// What the pods need: ConfigMaps, Secrets, volumes, service accounts, and services named in their environment.
    pub refers_to: Vec<Reference>,
    /// What points at the pods: services, autoscalers, disruption budgets, ingresses, network policies.
    pub referred_by: Vec<Reference>,
}

/// One object below the root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Which.
    pub object: ObjectRef,
    /// Its owner's `kind/name`.
    pub owner: String,
    /// A word on its state.
    pub status: String,
}

/// An edge to another object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The other object.
    pub object: ObjectRef,
    /// How: `envFrom`, `env STRIPE_KEY`, `volume config`, `imagePullSecret`, `env ORDERS_DB_URL names it`, `selects its pods`.
    pub how: String,
    /// Whether it exists; `None` where it could not be looked at (for Secrets, only existence is read).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    /// When its content last changed, where the API tells (managedFields), without the content itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<DateTime<Utc>>,
}

/// One row of `recent_changes`, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// `rollout`, `config`, `scale`, `node`, `policy`, `created`, `deleted`, ….
    pub category: String,
    /// What changed.
    pub object: ObjectRef,
    /// In a few words, with the difference where it is known.
    pub summary: String,
    /// Field manager or user agent, where the API tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// One row of `top`: what a pod or node uses now (metrics API).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageRow {
    /// Absent for nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Pod or node name.
    pub name: String,
    /// CPU in thousandths of a core.
    pub cpu_millicores: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Memory limit (pods) or allocatable memory (nodes) in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit_bytes: Option<u64>,
    /// Memory as a share of that, 0 to 1, to three places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_of_limit: Option<f64>,
    /// The workload at the top of its owners, `Deployment/checkout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

impl UsageRow {
    /// The row with its share of the limit.
    #[must_use]
    pub fn with_share(mut self) -> Self {
        let limit = self.memory_limit_bytes.filter(|limit| *limit > 0);
        self.memory_of_limit = limit.map(|limit| (self.memory_bytes as f64 / limit as f64 * 1000.0).round() / 1000.0);
        self
    }
}

/// `rollout_status`: how far a rollout is, and what holds it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RolloutStatus {
    /// The workload.
    pub object: ObjectRef,
    /// `complete`, `progressing`, `stuck`, `paused`, `waiting` (the controller has not seen the change yet), `on_delete`.
    pub state: String,
    /// In one sentence.
    pub why: String,
    /// Pods wanted.
    pub desired: u32,
    /// Pods of the newest template.
    pub updated: u32,
    /// Pods that are ready.
    pub ready: u32,
    /// Pods that were ready for long enough.
    pub available: u32,
    /// Pods of older templates that are still there.
    pub old: u32,
    /// The revision that is rolled out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The revision before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_revision: Option<u64>,
    /// What the revision changed against the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<String>,
    /// Counts changes of the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// The last of them that the controller has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Conditions of the workload that say something: `Progressing: False (ProgressDeadlineExceeded) …`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Pods that are not ready, those of the new revision first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_up_by: Vec<HeldUp>,
}

/// A pod that holds up a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldUp {
    /// Pod name.
    pub pod: String,
    /// Whether it is of the new revision.
    pub new: bool,
    /// The word that kubectl prints.
    pub status: String,
    /// The API's message, or its newest warning (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `who_can_reach`: the way to a service's pods, hop by hop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// The service.
    pub service: ObjectRef,
    /// The name by which pods call it.
    pub dns: String,
    /// The source that was asked about, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ObjectRef>,
    /// Whether the way is open as far as the API tells; absent where it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// The same in one sentence, with the first hop that is in the way.
    pub verdict: String,
    /// The hops in order.
    pub hops: Vec<Hop>,
    /// What leads to it from outside: ingresses and routes, with host and path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Reference>,
}

/// One hop on the way to a service's pods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hop {
    /// `dns`, `endpoints`, `ports`, `probes`, `policies`, `egress`.
    pub hop: String,
    /// Whether it is in order; absent where it cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// Why, in one sentence.
    pub why: String,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// `can_i`: what the credentials in use may do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// Whether the one thing asked for is permitted; absent where the rules were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// What was asked: `delete pods in namespace shop`.
    pub asked: String,
    /// Why, in the server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The rules of the namespace: [`AccessRule`] rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Table>,
}

/// Verbs on resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccessRule {
    /// `get,list,watch`, `*`.
    pub verbs: String,
    /// `pods,deployments.apps`, `*`.
    pub resources: String,
    /// The only objects, where the rule names some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<String>,
}

/// `storage`: claims, what they use, and what they hang on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// [`ClaimRow`] rows, those in trouble first, then the fullest.
    pub claims: Table,
    /// Volumes that no claim holds (released, failed, available): [`VolumeRow`] rows.
    #[serde(default)]
    pub loose_volumes: Table,
    /// Storage classes: [`ClassRow`] rows.
    #[serde(default)]
    pub classes: Table,
}

/// A claim on storage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// `Bound`, `Pending`, `Lost`.
    pub status: String,
    /// Storage class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Size as the API writes it: got, or asked for where nothing was got.
    pub size: String,
    /// Volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// Pods that mount it, comma-separated, with their nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mounted_by: Option<String>,
    /// Bytes in use, where a kubelet could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_bytes: Option<u64>,
    /// The same as a share of the file system, 0 to 1, to three places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_share: Option<f64>,
    /// Why it waits or what ails it: the newest event (tainted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A volume that no claim holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeRow {
    /// Name.
    pub name: String,
    /// `Available`, `Released`, `Failed`, `Pending`.
    pub status: String,
    /// Size as the API writes it.
    pub size: String,
    /// Storage class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// `Retain`, `Delete`.
    pub reclaim: String,
    /// The claim that had it, `shop/data-0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
}

/// A storage class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// Name.
    pub name: String,
    /// Whether claims without a class get it.
    pub default: bool,
    /// Who makes the volumes.
    pub provisioner: String,
    /// `Immediate`, `WaitForFirstConsumer`.
    pub binding: String,
    /// `Retain`, `Delete`.
    pub reclaim: String,
    /// Whether claims may grow.
    pub expandable: bool,
}
