//! Rollouts: new ReplicaSets and ControllerRevisions, with what changed against the one before.
//!
//! ReplicaSets are looked over by metadata alone; only those that a rollout made, and the ones before them, are read
//! whole for the difference.

use crate::backend::Cluster;
use crate::parallel;
use crate::query::kinds::Kind;
use crate::query::request::{self, Form, Selection};
use crate::shape::api::{Meta, Named};
use crate::shape::revisions::{self, ControllerRevision, EARLIER_REVISIONS, ReplicaSet, Source};
use crate::shape::{diff, lines};
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::Change;
use futures::FutureExt as _;
use std::collections::BTreeMap;

/// Rollouts of which the difference is read.
const AT_MOST: usize = 25;

/// Difference lines in a summary.
const LINES: usize = 4;

/// Rollouts of Deployments.
pub struct Rolled {
    /// The changes.
    pub changes: Vec<Change>,
    /// ReplicaSets that they made: scaling them was part of the rollout.
    pub made_sets: Vec<String>,
}

/// A ReplicaSet that became the wanted one, and the one before it.
struct Turn {
    deployment: ObjectRef,
    set: Meta,
    before: Option<Meta>,
    at: DateTime<Utc>,
    back: bool,
}

/// Rollouts of Deployments since the start.
pub async fn of_deployments(
    cluster: &Cluster,
    namespace: Option<&str>,
    start: DateTime<Utc>,
) -> Result<Rolled, Failure> {
    let keep = |named: Named| named.metadata;
    let (set_kind, deployment_kind) = (Kind::built_in("ReplicaSet"), Kind::built_in("Deployment"));
    let all = Selection::default();
    let (sets, deployments) = futures::join!(
        cluster.list_as(&set_kind, namespace, &all, Form::Metadata, keep),
        cluster.list_as(&deployment_kind, namespace, &all, Form::Metadata, keep),
    );
    let deployments: BTreeMap<(String, String), Meta> = deployments
        .map(|listed| listed.items)
        .unwrap_or_default()
        .into_iter()
        .map(|meta| ((meta.namespace().to_owned(), meta.name.clone()), meta))
        .collect();
    let turns = turns(sets?.items, start);
    let made_sets = turns.iter().map(|turn| turn.set.name.clone()).collect();
    let looks = turns.iter().take(AT_MOST).map(|turn| {
        let by = deployments
            .get(&(turn.deployment.namespace.clone().unwrap_or_default(), turn.deployment.name.clone()))
            .and_then(|meta| manager_near(meta, turn.at));
        change(cluster, turn, by).boxed()
    });
    Ok(Rolled { changes: parallel::in_order(looks.collect(), 6).await, made_sets })
}

async fn change(cluster: &Cluster, turn: &Turn, by: Option<String>) -> Change {
    Change {
        at: turn.at,
        category: "rollout".to_owned(),
        object: turn.deployment.clone(),
        summary: summary(cluster, turn).await,
        by,
    }
}

/// The turns of each Deployment since the start: a ReplicaSet that is new, or an old one that is wanted again.
fn turns(sets: Vec<Meta>, start: DateTime<Utc>) -> Vec<Turn> {
    let mut by_deployment: BTreeMap<ObjectRef, Vec<(u64, Meta)>> = BTreeMap::new();
    for set in sets {
        let Some(owner) = set.controller().filter(|owner| owner.kind == "Deployment") else { continue };
        let Some(number) = revisions::number(&set) else { continue };
        let deployment = ObjectRef::namespaced("Deployment", set.namespace(), &owner.name);
        by_deployment.entry(deployment).or_default().push((number, set));
    }
    let mut turns = Vec::new();
    for (deployment, mut sets) in by_deployment {
        sets.sort_by_key(|(number, _)| *number);
        for (index, (_, set)) in sets.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| sets.get(index)).map(|(_, meta)| meta.clone());
            let is_last = index + 1 == sets.len();
            let back = set.annotations.contains_key(EARLIER_REVISIONS);
            let touched = super::edits::newest(set).map(|field| field.time.unwrap_or(set.created()));
            // A first revision is the creation of the Deployment, which is told as such.
            let at = match (before.is_some(), back, touched) {
                (true, false, _) if set.created() >= start => set.created(),
                (true, true, Some(at)) if is_last && at >= start => at,
                _ => continue,
            };
            turns.push(Turn { deployment: deployment.clone(), set: set.clone(), before, at, back });
        }
    }
    turns.sort_by_key(|turn| std::cmp::Reverse(turn.at));
    turns
}

/// Who wrote the Deployment's spec at about that time; controllers only follow.
fn manager_near(meta: &Meta, at: DateTime<Utc>) -> Option<String> {
    let people = meta.managed_fields.iter().filter(|field| {
        field.subresource.is_empty()
            && field.manager != "kube-controller-manager"
            && field.time.is_some_and(|time| (time - at).num_seconds().abs() < 120)
    });
    people.max_by_key(|field| field.time).map(|field| field.manager.clone())
}

async fn summary(cluster: &Cluster, turn: &Turn) -> String {
    let number = revisions::number(&turn.set).unwrap_or(0);
    let what = if turn.back { "rolled back, now revision" } else { "revision" };
    let Some(before) = &turn.before else { return format!("{what} {number}") };
    let (new, old) = futures::join!(template(cluster, &turn.set), template(cluster, before));
    match (new, old) {
        (Ok(new), Ok(old)) => format!("{what} {number}: {}", some_lines(diff::templates(&old, &new))),
        _ => format!("{what} {number} (the difference could not be read)"),
    }
}

async fn template(cluster: &Cluster, meta: &Meta) -> Result<serde_json::Value, Failure> {
    let request = request::get(&Kind::built_in("ReplicaSet"), meta.namespace.as_deref(), &meta.name);
    cluster.fetch_json::<ReplicaSet>(&request).await.map(|set| set.spec.template)
}

fn some_lines(lines: Vec<String>) -> String {
    if lines.is_empty() {
        return "no difference in the pods".to_owned();
    }
    let more = lines.len().saturating_sub(LINES);
    let mut text = lines.into_iter().take(LINES).map(|line| lines::cut(&line, 160)).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Rollouts of StatefulSets and DaemonSets since the start.
pub async fn of_controllers(
    cluster: &Cluster,
    namespace: Option<&str>,
    start: DateTime<Utc>,
) -> Result<Vec<Change>, Failure> {
    let kind = Kind::built_in("ControllerRevision");
    let listed = cluster.list::<ControllerRevision>(&kind, namespace, &Selection::default()).await?;
    let mut by_owner: BTreeMap<ObjectRef, Vec<Source>> = BTreeMap::new();
    for revision in listed.items {
        let Some(owner) = revision.metadata.controller() else { continue };
        let object = ObjectRef::namespaced(&owner.kind, revision.metadata.namespace(), &owner.name);
        by_owner.entry(object).or_default().push(Source::of_controller_revision(revision));
    }
    let mut changes = Vec::new();
    for (object, sources) in by_owner {
        // A first revision is the creation, which is told as such.
        let first = sources.iter().map(|source| source.revision).min().unwrap_or(0);
        for revision in revisions::rows(sources, |_| false) {
            if revision.created >= start && revision.revision > first {
                changes.push(Change {
                    at: revision.created,
                    category: "rollout".to_owned(),
                    object: object.clone(),
                    summary: format!("revision {}: {}", revision.revision, some_lines(revision.diff)),
                    by: None,
                });
            }
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(name: &str, revision: &str, created: &str, earlier: Option<&str>, touched: &str) -> Meta {
        let mut annotations = json!({"deployment.kubernetes.io/revision": revision});
        if let Some(earlier) = earlier {
            annotations[EARLIER_REVISIONS] = json!(earlier);
        }
        serde_json::from_value(
            json!({"name": name, "namespace": "shop", "creationTimestamp": created, "annotations": annotations,
            "ownerReferences": [{"kind": "Deployment", "name": "checkout", "controller": true}],
            "managedFields": [{"manager": "kube-controller-manager", "time": touched}]}),
        )
        .unwrap()
    }

    #[test]
    fn new_sets_and_sets_wanted_again_are_turns() {
        let start = DateTime::parse_from_rfc3339("2026-11-21T01:00:00Z").unwrap().with_timezone(&Utc);
        let (old, new) = ("2026-11-20T00:00:00Z", "2026-11-21T02:00:00Z");
        let told = |sets: Vec<Meta>| -> Vec<(String, bool)> {
            turns(sets, start).into_iter().map(|turn| (turn.set.name, turn.back)).collect()
        };
        assert_eq!(told(vec![set("a", "1", old, None, old), set("b", "2", new, None, new)]), [("b".to_owned(), false)]);
        assert_eq!(told(vec![set("a", "1", new, None, new)]), [], "a creation is no rollout");
        assert_eq!(
            told(vec![set("a", "3", old, Some("1"), new), set("b", "2", old, None, new)]),
            [("a".to_owned(), true)]
        );
    }
}
