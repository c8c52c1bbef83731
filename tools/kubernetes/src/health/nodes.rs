//! `node-not-ready`: nodes that are not ready or under pressure.

use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Node};
use crate::shape::nodes;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.nodes.as_ref()?;
    let findings = all.iter().filter_map(|node| finding(snapshot, node)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn finding(snapshot: &Snapshot, node: &Node) -> Option<Finding> {
    let ready = Condition::of(&node.status.conditions, "Ready");
    let lost = ready.is_none_or(|ready| !ready.is_true());
    let pressures: Vec<&Condition> = nodes::pressures(node).collect();
    if !lost && pressures.is_empty() {
        return None;
    }
    let told = |condition: &Condition| {
        format!("{}: {} ({}) {}", condition.kind, condition.status, condition.reason, condition.message)
    };
    let mut evidence: Vec<String> = ready.filter(|_| lost).map(told).into_iter().collect();
    evidence.extend(pressures.iter().map(|condition| told(condition)));
    let name = &node.metadata.name;
    let pods = snapshot.pods.as_deref().unwrap_or_default();
    let on_it = pods.iter().filter(|pod| pod.spec.node_name.as_deref() == Some(name) && !pod.is_finished()).count();
    evidence.push(format!("{on_it} pods are assigned to it"));
    let since = if lost { ready } else { pressures.first().copied() };
    Some(Finding {
        check: "node-not-ready".to_owned(),
        severity: if lost { Severity::Critical } else { Severity::Warning },
        object: ObjectRef::cluster("Node", name),
        why: if lost { "the node is not ready".to_owned() } else { "the node is under pressure".to_owned() },
        evidence,
        next: format!("events object=node/{name}; list kind=pods status=unhealthy"),
        since: since.and_then(|condition| condition.last_transition_time),
        points_at: None,
        affected: on_it.max(1) as u64,
    })
}
