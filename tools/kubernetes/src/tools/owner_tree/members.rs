//! What hangs below a workload: its ReplicaSets or Jobs, and the pods.

use super::super::common::Hints;
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::shape::api::{Job, LabelSelector, Meta, Pod, Workload};
use crate::shape::{pods, workloads};
use domain::object::ObjectRef;
use domain::observed::kubernetes::Member;
use serde_json::Value;

/// Members that are told.
const AT_MOST: usize = 60;

/// What was found below a root.
#[derive(Default)]
pub struct Found {
    /// Parents before children.
    pub members: Vec<Member>,
    /// Manifests of pods, for roots without a template.
    pub templates: Vec<Value>,
    /// Members over the bound.
    pub left_out: u64,
}

struct Owner {
    uid: String,
    path: String,
}

/// Everything below the root.
pub async fn below(cluster: &Cluster, root: &ObjectRef, manifest: &Value, hints: &mut Hints) -> Found {
    let meta: Meta =
        manifest.get("metadata").cloned().and_then(|meta| serde_json::from_value(meta).ok()).unwrap_or_default();
    let namespace = root.namespace.as_deref();
    let mut owners = vec![Owner { uid: meta.uid, path: format!("{}/{}", root.kind, root.name) }];
    let mut found = Found::default();
    if root.kind == "Pod" || namespace.is_none() {
        return found;
    }
    let selection = selection_of(manifest);
    match root.kind.as_str() {
        "Deployment" => {
            let sets = cluster.list::<Workload>(&Kind::built_in("ReplicaSet"), namespace, &selection).await;
            for set in told(sets.map(|sets| sets.items), hints) {
                let row = workloads::row("ReplicaSet", &set);
                // Old ReplicaSets are history, which rollout_history tells.
                let state = if row.desired == 0 && row.updated == 0 { None } else { Some(row.status) };
                adopt(&mut found, &mut owners, "ReplicaSet", &set.metadata, state);
            }
        }
        "CronJob" => {
            let jobs = cluster.list::<Job>(&Kind::built_in("Job"), namespace, &Selection::default()).await;
            for job in told(jobs.map(|jobs| jobs.items), hints) {
                adopt(&mut found, &mut owners, "Job", &job.metadata, Some(workloads::job_row(&job).status));
            }
        }
        _ => {}
    }
    let listed = cluster.list::<Value>(&Kind::built_in("Pod"), namespace, &selection).await;
    for manifest in told(listed.map(|pods| pods.items), hints) {
        let Ok(pod) = serde_json::from_value::<Pod>(manifest.clone()) else { continue };
        let word = pods::status_word(&pod);
        let row = pods::row(&pod);
        let state = format!("{word} {}/{}{}", row.ready, row.containers, restarts(row.restarts));
        if adopt(&mut found, &mut owners, "Pod", &pod.metadata, Some(state)) && found.templates.is_empty() {
            found.templates.push(manifest);
        }
    }
    found.left_out = found.members.len().saturating_sub(AT_MOST) as u64;
    found.members.truncate(AT_MOST);
    found
}

fn restarts(count: u32) -> String {
    if count == 0 { String::new() } else { format!(", {count} restarts") }
}

fn told<T>(result: Result<Vec<T>, domain::envelope::Failure>, hints: &mut Hints) -> Vec<T> {
    result.unwrap_or_else(|failure| {
        hints.miss(format!("Not looked at: {failure}."));
        Vec::new()
    })
}

/// Takes the object in, where one of the owners owns it. Without a state it is an owner of others and not told.
fn adopt(found: &mut Found, owners: &mut Vec<Owner>, kind: &str, meta: &Meta, state: Option<String>) -> bool {
    let owner = meta.owner_references.iter().find_map(|reference| {
        let path = format!("{}/{}", reference.kind, reference.name);
        owners.iter().find(|owner| if owner.uid.is_empty() { owner.path == path } else { owner.uid == reference.uid })
    });
    let Some(owner_path) = owner.map(|owner| owner.path.clone()) else { return false };
    if let Some(status) = state {
        let object = ObjectRef { kind: kind.to_owned(), namespace: meta.namespace.clone(), name: meta.name.clone() };
        found.members.push(Member { object, owner: owner_path, status });
    }
    owners.push(Owner { uid: meta.uid.clone(), path: format!("{kind}/{}", meta.name) });
    true
}

fn selection_of(manifest: &Value) -> Selection {
    let selector = manifest.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    let selector: LabelSelector = serde_json::from_value(selector).unwrap_or_default();
    let labels: Vec<String> = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    Selection { labels: Some(labels.join(",")).filter(|labels| !labels.is_empty()), fields: None }
}
