//! What a rollout takes away at once, as the controllers reckon it.

use super::*;
use serde_json::json;

/// How many pods a rollout of so many takes away, by what its strategy says.
fn away(kind: &str, wanted: u32, rolling_update: Value) -> Option<u32> {
    let place = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
    let manifest = json!({
        "spec": {"replicas": wanted, place: {"type": "RollingUpdate", "rollingUpdate": rolling_update}},
        "status": {"desiredNumberScheduled": wanted},
    });
    unavailable(&ObjectRef::namespaced(kind, "shop", "checkout"), &manifest)
}

#[test]
fn the_pods_that_a_rollout_takes_away_were_rounded_down_where_kubernetes_rounds_up_or_takes_one() {
    let cases = [
        ("DaemonSet", 10, json!({"maxUnavailable": "25%"}), Some(3)),
        ("DaemonSet", 3, json!({"maxUnavailable": "10%", "maxSurge": 0}), Some(1)),
        ("DaemonSet", 3, json!({"maxUnavailable": 0, "maxSurge": 0}), Some(1)),
        ("DaemonSet", 3, json!({"maxUnavailable": 0, "maxSurge": "10%"}), Some(0)),
        ("DaemonSet", 3, Value::Null, Some(1)),
        ("Deployment", 10, json!({"maxUnavailable": "25%", "maxSurge": "25%"}), Some(2)),
        ("Deployment", 3, json!({"maxUnavailable": "25%", "maxSurge": "25%"}), Some(0)),
        ("Deployment", 3, json!({"maxUnavailable": "25%", "maxSurge": 0}), Some(1)),
        ("Deployment", 3, json!({"maxUnavailable": 0, "maxSurge": "0%"}), Some(1)),
        ("Deployment", 3, json!({"maxUnavailable": 2}), Some(2)),
        ("Deployment", 3, json!({"maxUnavailable": "many"}), None),
        ("Deployment", 3, json!({"maxUnavailable": 0, "maxSurge": true}), None),
        ("Deployment", 9, Value::Null, Some(2)),
        ("StatefulSet", 9, Value::Null, Some(1)),
        ("StatefulSet", 9, json!({"maxUnavailable": "25%"}), Some(3)),
        ("StatefulSet", 9, json!({"maxUnavailable": 0}), Some(1)),
        ("Job", 9, Value::Null, None),
    ];
    for (kind, wanted, told, expected) in cases {
        assert_eq!(away(kind, wanted, told.clone()), expected, "{kind} {wanted} {told}");
    }
}

/// Pods that crash and pods that wait counted as ready replicas that are left.
#[test]
fn of_a_pod_only_those_that_are_ready_are_left() {
    let object = ObjectRef::namespaced("Pod", "shop", "checkout-7d4b9c6f5d-x2x4q");
    let radius = |own: &str, others_ready: Option<u32>| {
        let manifest = json!({"status": {"conditions": [{"type": "Ready", "status": own}]}});
        let seen = Observed {
            at: chrono::DateTime::UNIX_EPOCH,
            cluster: None,
            object: object.clone(),
            manifest,
            siblings: Some(3),
            others_ready,
            revision: None,
            other_nodes: None,
            silence: None,
        };
        let radius = of(&Action::DeletePod, &object, &seen, &Topology::default(), None);
        (radius.ready_replicas, radius.replicas_left)
    };
    assert_eq!(radius("False", Some(1)), (Some(1), Some(1)));
    assert_eq!(radius("True", Some(1)), (Some(2), Some(1)));
    assert_eq!(radius("False", Some(0)), (Some(0), Some(0)));
    assert_eq!(radius("True", None), (None, None));
}
