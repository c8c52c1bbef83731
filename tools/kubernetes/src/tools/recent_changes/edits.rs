//! Objects that were made or edited, told by their managed fields: when, and by whom. Contents are not read.

use crate::backend::Cluster;
use crate::parallel;
use crate::query::kinds::Kind;
use crate::query::request::{Form, Selection};
use crate::shape::api::{ManagedField, Meta, Named, PersistentVolumeClaim};
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::Change;
use futures::FutureExt as _;

/// Kind, category of an edit, and whether edits are told beside creations (a workload's edit shows as its rollout).
const WATCHED: &[(&str, &str, bool)] = &[
    ("ConfigMap", "config", true),
    ("Secret", "config", true),
    ("NetworkPolicy", "policy", true),
    ("Service", "service", true),
    ("Ingress", "ingress", true),
    ("HorizontalPodAutoscaler", "autoscaler", true),
    ("PodDisruptionBudget", "policy", true),
    ("ResourceQuota", "policy", true),
    ("Deployment", "workload", false),
    ("StatefulSet", "workload", false),
    ("DaemonSet", "workload", false),
    ("CronJob", "workload", true),
];

/// Written by the cluster itself, or rewritten all the time.
const NOISE: &[&str] = &["kube-root-ca.crt", "openshift-service-ca.crt", "extension-apiserver-authentication"];
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";

/// The edits of each kind, or why it could not be looked at.
pub async fn of_all(
    cluster: &Cluster,
    namespace: Option<&str>,
    start: DateTime<Utc>,
) -> Vec<Result<Vec<Change>, Failure>> {
    let looks = WATCHED.iter().map(|watched| of_kind(cluster, watched, namespace, start).boxed()).collect();
    let mut results = parallel::in_order(looks, 8).await;
    results.push(claims(cluster, namespace, start).await);
    results
}

async fn of_kind(
    cluster: &Cluster,
    (kind, category, edits): &(&str, &str, bool),
    namespace: Option<&str>,
    start: DateTime<Utc>,
) -> Result<Vec<Change>, Failure> {
    let keep = |named: Named| change(kind, category, *edits, &named.metadata, start);
    let listed = cluster.list_as(&Kind::built_in(kind), namespace, &Selection::default(), Form::Metadata, keep).await?;
    Ok(listed.items.into_iter().flatten().collect())
}

async fn claims(cluster: &Cluster, namespace: Option<&str>, start: DateTime<Utc>) -> Result<Vec<Change>, Failure> {
    let kind = Kind::built_in("PersistentVolumeClaim");
    let listed = cluster.list::<PersistentVolumeClaim>(&kind, namespace, &Selection::default()).await?;
    let told = listed.items.into_iter().filter_map(|claim| {
        let wanted = claim.spec.resources.requests.get("storage")?;
        let has = claim.status.capacity.get("storage");
        let mut change = change("PersistentVolumeClaim", "storage", true, &claim.metadata, start)?;
        if change.category == "storage" {
            // Binding a claim edits it too; only its size is a change that somebody made.
            let has = has.filter(|has| *has != wanted)?;
            change.summary = format!("resize to {wanted} asked for, has {has}");
        }
        Some(change)
    });
    Ok(told.collect())
}

fn change(kind: &str, category: &str, edits: bool, meta: &Meta, start: DateTime<Utc>) -> Option<Change> {
    if NOISE.contains(&meta.name.as_str()) || meta.annotations.contains_key(LEADER) {
        return None;
    }
    let object = ObjectRef { kind: kind.to_owned(), namespace: meta.namespace.clone(), name: meta.name.clone() };
    let created = meta.creation_timestamp;
    if let Some(at) = created.filter(|at| *at >= start) {
        let first =
            meta.managed_fields.iter().filter(|field| field.subresource.is_empty()).min_by_key(|field| field.time);
        let by = first.map(|field| field.manager.clone()).filter(|manager| !manager.is_empty());
        return Some(Change { at, category: "created".to_owned(), object, summary: "created".to_owned(), by });
    }
    let field = newest(meta).filter(|_| edits)?;
    let at = field.time.filter(|at| *at >= start)?;
    // Secrets of service accounts and the like are renewed by controllers; a person's or a tool's edit matters.
    if field.manager == "kube-controller-manager" {
        return None;
    }
    Some(Change {
        at,
        category: category.to_owned(),
        object,
        summary: "edited".to_owned(),
        by: Some(field.manager.clone()).filter(|manager| !manager.is_empty()),
    })
}

/// The newest edit of the object itself, not of its status.
pub fn newest(meta: &Meta) -> Option<&ManagedField> {
    let own = meta.managed_fields.iter().filter(|field| field.subresource != "status" && field.time.is_some());
    own.max_by_key(|field| field.time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn edits_are_told_with_their_author_and_noise_is_not() {
        let start = DateTime::parse_from_rfc3339("2026-11-21T01:00:00Z").unwrap().with_timezone(&Utc);
        let (old, new) = ("2026-11-20T00:00:00Z", "2026-11-21T02:00:00Z");
        let edited = json!([{"manager": "helm", "time": old}, {"manager": "kubectl-edit", "time": new}]);
        let status = json!([{"manager": "helm", "time": old}, {"manager": "lb", "time": new, "subresource": "status"}]);
        let cases = [
            (
                json!({"name": "a", "creationTimestamp": old, "managedFields": edited}),
                Some(("config", Some("kubectl-edit"))),
            ),
            (json!({"name": "a", "creationTimestamp": old, "managedFields": status}), None),
            (
                json!({"name": "a", "creationTimestamp": new, "managedFields": [{"manager": "argocd", "time": new}]}),
                Some(("created", Some("argocd"))),
            ),
            (json!({"name": "kube-root-ca.crt", "creationTimestamp": new}), None),
            (
                json!({"name": "lock", "creationTimestamp": old, "managedFields": edited, "annotations": {LEADER: "{}"}}),
                None,
            ),
        ];
        for (meta, expected) in cases {
            let meta: Meta = serde_json::from_value(meta).unwrap();
            let found = change("ConfigMap", "config", true, &meta, start);
            let told = found.as_ref().map(|change| (change.category.as_str(), change.by.as_deref()));
            assert_eq!(told, expected, "{}", meta.name);
        }
    }
}
