//! Changes that only events and conditions tell: scaling, nodes, storage, evictions, deletions.

use crate::shape::api::{Event, Node};
use crate::shape::{lines, nodes};
use chrono::{DateTime, Utc};
use domain::object::ObjectRef;
use domain::observed::kubernetes::Change;
use std::collections::BTreeMap;

/// The changes among events. Scaling a ReplicaSet that a rollout made is part of the rollout and not told again.
pub fn by_events(events: &[Event], made_sets: &[String], start: DateTime<Utc>) -> Vec<Change> {
    let recent = events.iter().filter(|event| event.last_seen() >= start);
    let changes = recent
        .filter_map(|event| {
            let category = category(event, made_sets)?;
            Some(Change {
                at: event.last_seen(),
                category: category.to_owned(),
                object: event.object(),
                summary: lines::cut(&format!("{}: {}", event.reason, event.message), 200),
                by: event.by(),
            })
        })
        .collect();
    fold_evictions(changes)
}

/// A node that is drained or lost evicts its pods at once: one row for all of a minute.
fn fold_evictions(changes: Vec<Change>) -> Vec<Change> {
    let (evicted, mut kept): (Vec<Change>, Vec<Change>) =
        changes.into_iter().partition(|change| change.category == "evicted");
    let mut by_minute: BTreeMap<i64, Vec<Change>> = BTreeMap::new();
    for change in evicted {
        by_minute.entry(change.at.timestamp() / 60).or_default().push(change);
    }
    for (_, mut changes) in by_minute {
        let names: Vec<String> = changes.iter().map(|change| change.object.path()).collect();
        if names.len() <= 2 {
            kept.extend(changes);
        } else if let Some(mut first) = changes.drain(..).next() {
            first.summary = lines::cut(&format!("{} pods evicted: {}", names.len(), names.join(", ")), 240);
            kept.push(first);
        }
    }
    kept
}

fn category(event: &Event, made_sets: &[String]) -> Option<&'static str> {
    let kind = event.involved_object.kind.as_str();
    match event.reason.as_str() {
        "ScalingReplicaSet" => {
            let of_rollout = event.message.split_whitespace().any(|word| made_sets.iter().any(|set| set == word));
            // The old ReplicaSet of a rollout goes down while the new one comes up.
            let rolling = made_sets
                .iter()
                .any(|set| set.rsplit_once('-').is_some_and(|(name, _)| name == event.involved_object.name));
            (!of_rollout && !rolling).then_some("scale")
        }
        "SuccessfulRescale" => Some("scale"),
        "NodeNotReady"
        | "NodeReady"
        | "NodeNotSchedulable"
        | "NodeSchedulable"
        | "Rebooted"
        | "RemovingNode"
        | "RegisteredNode"
        | "SystemOOM"
        | "EvictionThresholdMet"
        | "NodeHasDiskPressure"
        | "NodeHasInsufficientMemory"
        | "NodeHasInsufficientPID" => (kind == "Node").then_some("node"),
        "Evicted" | "Preempted" | "TaintManagerEviction" => Some("evicted"),
        "Resizing" | "ExternalExpanding" | "VolumeResizeSuccessful" | "FileSystemResizeSuccessful" => Some("storage"),
        "DeploymentRollback" => Some("rollout"),
        "Issued" | "Reissued" if kind == "Certificate" => Some("certificate"),
        "Deleted" | "DeletedLoadBalancer" => Some("deleted"),
        _ => None,
    }
}

/// Nodes that came, were cordoned without an event, or whose readiness or pressure turned.
pub fn by_nodes(listed: &[Node], start: DateTime<Utc>) -> Vec<Change> {
    let mut changes = Vec::new();
    for node in listed {
        let object = ObjectRef::cluster("Node", &node.metadata.name);
        let mut tell = |at: DateTime<Utc>, summary: String| {
            changes.push(Change { at, category: "node".to_owned(), object: object.clone(), summary, by: None });
        };
        if let Some(at) = node.metadata.creation_timestamp.filter(|at| *at >= start) {
            tell(at, "joined the cluster".to_owned());
            continue;
        }
        let ready = node.status.conditions.iter().filter(|condition| condition.kind == "Ready");
        for condition in ready.chain(nodes::pressures(node)) {
            if let Some(at) = condition.last_transition_time.filter(|at| *at >= start) {
                let why = lines::cut(&condition.message, 120);
                tell(at, format!("{} turned {} ({}): {why}", condition.kind, condition.status, condition.reason));
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scaling_within_a_rollout_is_not_told_twice() {
        let event = |reason: &str, kind: &str, name: &str, message: &str| -> Event {
            serde_json::from_value(
                json!({"reason": reason, "message": message, "lastTimestamp": "2026-11-21T02:00:00Z",
                "involvedObject": {"kind": kind, "name": name, "namespace": "shop"}}),
            )
            .unwrap()
        };
        let events = [
            event("ScalingReplicaSet", "Deployment", "checkout", "Scaled up replica set checkout-6d4b75cb6d to 1"),
            event("ScalingReplicaSet", "Deployment", "checkout", "Scaled down replica set checkout-55c to 1 from 2"),
            event("ScalingReplicaSet", "Deployment", "cart", "Scaled up replica set cart-77 to 5 from 2"),
            event("NodeNotReady", "Node", "worker-1", "Node worker-1 status is now: NodeNotReady"),
            event("NodeNotReady", "Pod", "checkout-1", "Node is not ready"),
            event("Pulled", "Pod", "checkout-1", "ok"),
        ];
        let start = DateTime::UNIX_EPOCH;
        let told: Vec<(String, String)> = by_events(&events, &["checkout-6d4b75cb6d".to_owned()], start)
            .into_iter()
            .map(|change| (change.category, change.object.name))
            .collect();
        assert_eq!(told, [("scale".to_owned(), "cart".to_owned()), ("node".to_owned(), "worker-1".to_owned())]);
    }
}
