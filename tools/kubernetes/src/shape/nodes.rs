//! Rows of nodes.

use super::api::{Condition, Node};
use domain::observed::kubernetes::NodeRow;

const PRESSURES: &[&str] = &["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

/// The row of one node.
pub fn row(node: &Node) -> NodeRow {
    let allocatable = |name: &str| node.status.allocatable.get(name).cloned().unwrap_or_default();
    NodeRow {
        name: node.metadata.name.clone(),
        status: state(node),
        version: node.status.node_info.kubelet_version.clone(),
        cpu: allocatable("cpu"),
        memory: allocatable("memory"),
        created: node.metadata.created(),
    }
}

fn state(node: &Node) -> String {
    let ready = Condition::of(&node.status.conditions, "Ready").is_some_and(Condition::is_true);
    let mut words = vec![if ready { "Ready" } else { "NotReady" }];
    words.extend(pressures(node).map(|condition| condition.kind.as_str()));
    if node.spec.unschedulable {
        words.push("SchedulingDisabled");
    }
    words.join(",")
}

/// The conditions that should be `False` and are `True`.
pub fn pressures(node: &Node) -> impl Iterator<Item = &Condition> {
    node.status
        .conditions
        .iter()
        .filter(|condition| PRESSURES.contains(&condition.kind.as_str()) && condition.is_true())
}

/// Whether somebody should look at it; a cordoned node that is ready was cordoned by somebody.
pub fn is_unhealthy(row: &NodeRow) -> bool {
    !matches!(row.status.as_str(), "Ready" | "Ready,SchedulingDisabled")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_of_nodes() {
        let cases = [
            (json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}]), false, "Ready"),
            (json!([{"type": "Ready", "status": "True"}]), true, "Ready,SchedulingDisabled"),
            (json!([{"type": "Ready", "status": "Unknown"}]), false, "NotReady"),
            (
                json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}]),
                false,
                "Ready,DiskPressure",
            ),
        ];
        for (conditions, unschedulable, expected) in cases {
            let value = json!({"spec": {"unschedulable": unschedulable}, "status": {"conditions": conditions}});
            let node: Node = serde_json::from_value(value).unwrap();
            assert_eq!(row(&node).status, expected);
        }
    }
}
