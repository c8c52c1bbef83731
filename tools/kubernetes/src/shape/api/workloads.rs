//! Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and CronJobs.

use super::placement::{NodeSelectorTerm, Toleration};
use super::{Condition, Container, LabelSelector, Meta, lenient};
use crate::shape::references::{self, Referred};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// A Deployment, StatefulSet, DaemonSet or ReplicaSet: the fields of all of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Workload {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: WorkloadSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: WorkloadStatus,
}

/// `spec` of a workload.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WorkloadSpec {
    /// Wanted; absent means 1 (a DaemonSet has none).
    pub replicas: Option<u32>,
    /// Whether the rollout is paused.
    #[serde(deserialize_with = "lenient")]
    pub paused: bool,
    /// Its pods.
    #[serde(deserialize_with = "lenient")]
    pub selector: LabelSelector,
    /// What its pods look like.
    #[serde(deserialize_with = "lenient")]
    pub template: Template,
    /// How a StatefulSet or a DaemonSet replaces its pods.
    #[serde(rename = "updateStrategy", deserialize_with = "lenient")]
    pub update_strategy: UpdateStrategy,
}

/// `spec.updateStrategy`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateStrategy {
    /// `RollingUpdate`, `OnDelete`; empty for a Deployment.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// Its bounds.
    #[serde(deserialize_with = "lenient")]
    pub rolling_update: RollingUpdate,
}

/// `spec.updateStrategy.rollingUpdate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RollingUpdate {
    /// StatefulSet: pods with a lower ordinal are not replaced.
    #[serde(deserialize_with = "lenient")]
    pub partition: u32,
}

/// `spec.template`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Labels of the pods.
    #[serde(deserialize_with = "lenient")]
    pub metadata: TemplateMeta,
    /// The pods' spec.
    #[serde(deserialize_with = "lenient")]
    pub spec: TemplateSpec,
}

/// `spec.template.metadata`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TemplateMeta {
    /// Labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
}

/// `spec.template.spec`: what is read of it, the rest let go at once.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Value")]
pub struct TemplateSpec {
    /// Containers.
    pub containers: Vec<Container>,
    /// Init containers.
    pub init_containers: Vec<Container>,
    /// The objects that the pods need; their namespace is empty, for it is the workload's.
    pub references: Vec<Referred>,
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// What a node must fulfil; one of the terms suffices.
    pub node_terms: Vec<NodeSelectorTerm>,
    /// Taints that do not keep the pods away.
    pub tolerations: Vec<Toleration>,
}

/// A part that does not fit counts as absent: one odd field must not hide a workload.
fn part<T: DeserializeOwned + Default>(value: &Value, pointer: &str) -> T {
    value.pointer(pointer).and_then(|part| T::deserialize(part).ok()).unwrap_or_default()
}

impl From<Value> for TemplateSpec {
    fn from(spec: Value) -> Self {
        const TERMS: &str = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";
        Self {
            containers: part(&spec, "/containers"),
            init_containers: part(&spec, "/initContainers"),
            references: references::of_spec(&spec, ""),
            node_selector: part(&spec, "/nodeSelector"),
            node_terms: part(&spec, TERMS),
            tolerations: part(&spec, "/tolerations"),
        }
    }
}

impl TemplateSpec {
    /// The images, comma-separated.
    pub fn images(&self) -> String {
        let images: Vec<&str> = self.containers.iter().map(|container| container.image.as_str()).collect();
        images.join(",")
    }
}

/// `status` of a workload.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadStatus {
    /// Generation that the controller has seen.
    pub observed_generation: Option<i64>,
    /// Pods there are.
    #[serde(deserialize_with = "lenient")]
    pub replicas: u32,
    /// Pods that are ready.
    #[serde(deserialize_with = "lenient")]
    pub ready_replicas: u32,
    /// Pods of the newest template.
    #[serde(deserialize_with = "lenient")]
    pub updated_replicas: u32,
    /// DaemonSet: wanted.
    #[serde(deserialize_with = "lenient")]
    pub desired_number_scheduled: u32,
    /// DaemonSet: ready.
    #[serde(deserialize_with = "lenient")]
    pub number_ready: u32,
    /// DaemonSet: of the newest template.
    #[serde(deserialize_with = "lenient")]
    pub updated_number_scheduled: u32,
    /// DaemonSet: nodes that run it and should.
    #[serde(deserialize_with = "lenient")]
    pub current_number_scheduled: u32,
    /// DaemonSet: nodes that run it and should not.
    #[serde(deserialize_with = "lenient")]
    pub number_misscheduled: u32,
    /// DaemonSet: available.
    #[serde(deserialize_with = "lenient")]
    pub number_available: u32,
    /// Pods that were ready for long enough.
    #[serde(deserialize_with = "lenient")]
    pub available_replicas: u32,
    /// StatefulSet: the revision that the pods run.
    pub current_revision: Option<String>,
    /// StatefulSet: the revision that is wanted.
    pub update_revision: Option<String>,
    /// Conditions.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
}

/// A Job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: JobSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: JobStatus,
}

/// `spec` of a Job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    /// Successes wanted; absent means 1.
    pub completions: Option<u32>,
    /// Whether it is held.
    #[serde(deserialize_with = "lenient")]
    pub suspend: bool,
    /// What its pods look like.
    #[serde(deserialize_with = "lenient")]
    pub template: Template,
}

/// `status` of a Job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// Pods that run.
    #[serde(deserialize_with = "lenient")]
    pub active: u32,
    /// Pods that succeeded.
    #[serde(deserialize_with = "lenient")]
    pub succeeded: u32,
    /// Pods that failed.
    #[serde(deserialize_with = "lenient")]
    pub failed: u32,
    /// End of a successful job.
    pub completion_time: Option<DateTime<Utc>>,
    /// Conditions.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
}

/// A CronJob.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CronJob {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: CronJobSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: CronJobStatus,
}

/// `spec` of a CronJob.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJobSpec {
    /// When it runs.
    #[serde(deserialize_with = "lenient")]
    pub schedule: String,
    /// In which zone; absent means that of the controller.
    #[serde(deserialize_with = "lenient")]
    pub time_zone: String,
    /// `Allow`, `Forbid`, `Replace`.
    #[serde(deserialize_with = "lenient")]
    pub concurrency_policy: String,
    /// Whether it is held.
    #[serde(deserialize_with = "lenient")]
    pub suspend: bool,
    /// The jobs it makes.
    #[serde(deserialize_with = "lenient")]
    pub job_template: JobTemplate,
}

/// `spec.jobTemplate`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct JobTemplate {
    /// The jobs' spec.
    #[serde(deserialize_with = "lenient")]
    pub spec: JobSpec,
}

/// `status` of a CronJob.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJobStatus {
    /// Jobs that run now.
    #[serde(deserialize_with = "lenient")]
    pub active: Vec<serde::de::IgnoredAny>,
    /// When it last started a job.
    pub last_schedule_time: Option<DateTime<Utc>>,
    /// When a job of it last succeeded.
    pub last_successful_time: Option<DateTime<Utc>>,
}
