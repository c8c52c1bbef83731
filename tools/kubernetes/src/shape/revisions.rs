//! Revisions of a workload, from its ReplicaSets or ControllerRevisions, with what changed between them.

use super::api::{Meta, lenient};
use super::{diff, lines};
use chrono::{DateTime, Utc};
use domain::observed::kubernetes::Revision;
use serde::Deserialize;
use serde_json::Value;

/// Where a Deployment keeps its revision number.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// The numbers that a template had before it was rolled back to.
pub const EARLIER_REVISIONS: &str = "deployment.kubernetes.io/revision-history";
/// Why a revision was rolled out, as whoever did it wrote.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// A ReplicaSet with its template as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ReplicaSet {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: ReplicaSetSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: ReplicaSetStatus,
}

/// `spec` of a ReplicaSet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ReplicaSetSpec {
    /// The pods' template.
    pub template: Value,
}

/// `status` of a ReplicaSet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetStatus {
    /// Ready pods.
    #[serde(deserialize_with = "lenient")]
    pub ready_replicas: u32,
}

/// A ControllerRevision.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ControllerRevision {
    /// Metadata.
    pub metadata: Meta,
    /// Number.
    #[serde(deserialize_with = "lenient")]
    pub revision: u64,
    /// The patch that makes the template.
    pub data: Value,
}

/// One revision before it is compared.
#[derive(Debug, Clone)]
pub struct Source {
    /// Number.
    pub revision: u64,
    /// When its object was made.
    pub created: DateTime<Utc>,
    /// The pods' template.
    pub template: Value,
    /// Ready pods, where known.
    pub ready: Option<u32>,
    /// Why, as the person who rolled out wrote.
    pub change_cause: Option<String>,
    /// Name of the object that keeps it.
    pub name: String,
}

impl Source {
    /// Of a ReplicaSet of a Deployment; `None` for one without a number.
    pub fn of_replica_set(set: ReplicaSet) -> Option<Self> {
        Some(Self {
            revision: number(&set.metadata)?,
            created: set.metadata.created(),
            ready: Some(set.status.ready_replicas),
            change_cause: change_cause(&set.metadata),
            template: set.spec.template,
            name: set.metadata.name,
        })
    }

    /// Of a ControllerRevision.
    pub fn of_controller_revision(revision: ControllerRevision) -> Self {
        Self {
            revision: revision.revision,
            created: revision.metadata.created(),
            ready: None,
            change_cause: change_cause(&revision.metadata),
            template: revision.data.pointer("/spec/template").cloned().unwrap_or(Value::Null),
            name: revision.metadata.name,
        }
    }
}

/// The revision number of a ReplicaSet.
pub fn number(meta: &Meta) -> Option<u64> {
    meta.annotations.get(REVISION)?.parse().ok()
}

fn change_cause(meta: &Meta) -> Option<String> {
    let text = meta.annotations.get(CHANGE_CAUSE).filter(|text| !text.is_empty())?;
    Some(lines::cut(&super::manifest::clean_text(text).unwrap_or_else(|| text.clone()), 200))
}

/// The rows, newest first, each compared with the one before it.
pub fn rows(mut sources: Vec<Source>, is_current: impl Fn(&Source) -> bool) -> Vec<Revision> {
    sources.sort_by_key(|source| std::cmp::Reverse(source.revision));
    let older = sources.iter().skip(1).map(Some).chain([None]);
    let pairs = sources.iter().zip(older);
    pairs
        .map(|(source, before)| Revision {
            revision: source.revision,
            created: source.created,
            current: is_current(source),
            images: images(&source.template),
            ready: source.ready,
            change_cause: source.change_cause.clone(),
            diff: before.map(|before| diff::templates(&before.template, &source.template)).unwrap_or_default(),
        })
        .collect()
}

/// The images of a template, comma-separated.
pub fn images(template: &Value) -> String {
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    let images = containers.into_iter().flatten().filter_map(|container| container.get("image")?.as_str());
    images.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revisions_are_compared_with_the_one_before() {
        let set = |revision: &str, image: &str, ready: u32| -> Source {
            let set: ReplicaSet = serde_json::from_value(json!({
                "metadata": {"name": format!("checkout-{revision}"), "creationTimestamp": "2026-11-21T00:00:00Z",
                    "annotations": {REVISION: revision, CHANGE_CAUSE: "ship it"}},
                "spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}},
                "status": {"readyReplicas": ready}}))
            .unwrap();
            Source::of_replica_set(set).unwrap()
        };
        let rows = rows(vec![set("2", "c:1", 0), set("10", "c:2", 3)], |source| source.revision == 10);
        let told: Vec<(u64, bool, &str, Vec<String>)> =
            rows.iter().map(|row| (row.revision, row.current, row.images.as_str(), row.diff.clone())).collect();
        let diff = vec!["containers[app].image: c:1 -> c:2".to_owned()];
        assert_eq!(told, [(10, true, "c:2", diff), (2, false, "c:1", vec![])]);
    }
}
