//! The workload at the top of a pod's owners, told from the pod alone.
//!
//! A list of thousands of pods must not fetch a ReplicaSet for each. A Deployment's ReplicaSet is named after it and
//! the pod's template hash; a CronJob's Job after it and the minute it was due. Where that does not hold (another
//! controller's ReplicaSet, a Job named with a date), the owner itself is told.

use super::api::{Meta, OwnerReference};
use chrono::{DateTime, Utc};

/// `Deployment/checkout`, `StatefulSet/orders-db`, `Node/worker-1` for a static pod; `None` for a bare pod.
pub fn top(meta: &Meta) -> Option<(String, String)> {
    let owner = meta.controller()?;
    Some(match owner.kind.as_str() {
        "ReplicaSet" => deployment_of(owner, meta).map_or_else(|| of(owner), |name| ("Deployment".to_owned(), name)),
        "Job" => cron_job_of_name(&owner.name, meta.creation_timestamp)
            .map_or_else(|| of(owner), |name| ("CronJob".to_owned(), name)),
        _ => of(owner),
    })
}

/// The same in one word.
pub fn top_path(meta: &Meta) -> Option<String> {
    top(meta).map(|(kind, name)| format!("{kind}/{name}"))
}

fn of(owner: &OwnerReference) -> (String, String) {
    (owner.kind.clone(), owner.name.clone())
}

fn deployment_of(owner: &OwnerReference, meta: &Meta) -> Option<String> {
    let hash = meta.labels.get("pod-template-hash")?;
    let name = owner.name.strip_suffix(hash.as_str())?.strip_suffix('-')?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The CronJob whose run has this name: the last part is the due minute since the epoch, near the creation.
fn cron_job_of_name(job: &str, created: Option<DateTime<Utc>>) -> Option<String> {
    let (name, minute) = job.rsplit_once('-')?;
    if minute.len() != 8 {
        return None;
    }
    let minute: i64 = minute.parse().ok()?;
    let apart = (created?.timestamp() - minute * 60).abs();
    (apart < 86_400).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn owners_are_told_without_a_request() {
        let cases = [
            (json!({"name": "a"}), None),
            (
                json!({"labels": {"pod-template-hash": "6d4b75cb6d"}, "ownerReferences": [
                    {"kind": "ReplicaSet", "name": "checkout-6d4b75cb6d", "controller": true}]}),
                Some("Deployment/checkout"),
            ),
            (
                json!({"ownerReferences": [{"kind": "ReplicaSet", "name": "canary-77", "controller": true}]}),
                Some("ReplicaSet/canary-77"),
            ),
            (
                json!({"creationTimestamp": "2026-11-21T02:00:03Z",
                    "ownerReferences": [{"kind": "Job", "name": "report-29920440", "controller": true}]}),
                Some("CronJob/report"),
            ),
            (
                json!({"creationTimestamp": "2026-11-21T02:00:03Z",
                    "ownerReferences": [{"kind": "Job", "name": "backup-20261121", "controller": true}]}),
                Some("Job/backup-20261121"),
            ),
            (json!({"ownerReferences": [{"kind": "Node", "name": "worker-1"}]}), Some("Node/worker-1")),
        ];
        for (meta, expected) in cases {
            let meta: Meta = serde_json::from_value(meta).unwrap();
            assert_eq!(top_path(&meta).as_deref(), expected);
        }
    }
}
