//! Checks of nodes, namespaces, quotas and API versions.

use super::*;

#[test]
fn nodes() {
    let node = |version: &str, cordoned: Value| {
        json!({"kind": "Node", "metadata": {"name": "n1"},
        "spec": {"unschedulable": !cordoned.is_null(), "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule", "timeAdded": cordoned}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": version}}})
    };
    judged(vec![
        ("in order", json!([node("v1.34.0", Value::Null)]), vec![]),
        (
            "cordoned for days",
            json!([node("v1.34.0", json!("2026-11-18T00:00:00Z"))]),
            vec!["node-cordoned Info Node n1 x1"],
        ),
        ("cordoned now", json!([node("v1.34.0", json!(RECENT))]), vec![]),
        ("three behind", json!([node("v1.31.4+k3s1", Value::Null)]), vec![]),
        ("four behind", json!([node("v1.30.9", Value::Null)]), vec!["node-version-skew Warning Node n1 x1"]),
        ("ahead", json!([node("v1.35.0-rc.1", Value::Null)]), vec!["node-version-skew Warning Node n1 x1"]),
        ("of no version", json!([node("custom", Value::Null)]), vec![]),
    ]);
}

#[test]
fn quotas_and_namespaces() {
    let quota = |used: &str| {
        json!({"kind": "ResourceQuota", "metadata": meta("q", OLD),
        "status": {"hard": {"requests.memory": "10Gi", "services.loadbalancers": "0"}, "used": {"requests.memory": used, "services.loadbalancers": "0"}}})
    };
    let refused = json!({"kind": "Event", "type": "Warning", "reason": "FailedCreate", "count": 3, "lastTimestamp": RECENT,
        "message": "pods is forbidden: exceeded quota: q, requested: pods=1", "involvedObject": {"kind": "ReplicaSet", "namespace": "shop", "name": "gone-1"}});
    let namespace = |at: &str| {
        json!({"kind": "Namespace", "metadata": {"name": "old", "deletionTimestamp": at}, "status": {"phase": "Terminating",
        "conditions": [{"type": "NamespaceFinalizersRemaining", "status": "True", "reason": "SomeFinalizersRemain", "message": "m"}]}})
    };
    judged(vec![
        ("half used", json!([quota("5Gi")]), vec![]),
        ("nearly used up", json!([quota("9728Mi")]), vec!["quota-reached Info ResourceQuota shop/q x1"]),
        ("used up", json!([quota("10Gi")]), vec!["quota-reached Info ResourceQuota shop/q x1"]),
        ("and refuses", json!([quota("10Gi"), refused]), vec!["quota-reached Warning ResourceQuota shop/q x1"]),
        (
            "never goes",
            json!([namespace("2026-11-21T01:00:00Z")]),
            vec!["namespace-stuck-terminating Warning Namespace old x1"],
        ),
        ("goes now", json!([namespace(RECENT)]), vec![]),
    ]);
}

#[test]
fn old_versions() {
    let budget = |fields: Value| json!({"kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "shop", "managedFields": fields}});
    let field = |manager: &str, version: &str, at: &str| json!({"manager": manager, "apiVersion": version, "time": at});
    let scaler = |version: &str| json!({"kind": "HorizontalPodAutoscaler", "metadata": meta("h", OLD), "spec": {"scaleTargetRef": {"apiVersion": version, "kind": "Deployment", "name": "d"}}});
    judged(vec![
        (
            "written by an old version",
            json!([budget(json!([field("helm", "policy/v1beta1", OLD)]))]),
            vec!["deprecated-api Info PodDisruptionBudget shop/b x1"],
        ),
        (
            "and since then by a new one",
            json!([budget(json!([
                field("helm", "policy/v1beta1", "2026-10-01T00:00:00Z"),
                field("helm", "policy/v1", OLD)
            ]))]),
            vec![],
        ),
        ("years ago", json!([budget(json!([field("helm", "policy/v1beta1", "2023-10-01T00:00:00Z")]))]), vec![]),
        (
            "scales what is gone",
            json!([scaler("extensions/v1beta1")]),
            vec!["deprecated-api Warning HorizontalPodAutoscaler shop/h x1"],
        ),
        ("scales what is there", json!([scaler("apps/v1")]), vec![]),
    ]);
}
