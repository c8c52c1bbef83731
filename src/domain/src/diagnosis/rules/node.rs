//! A node that is not ready, and the pods that it takes along.

use super::finding_statement;
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence};
use crate::object::ObjectRef;
use crate::observed::kubernetes::NodeRow;

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let (Some(nodes), Some(pods)) = (scene.nodes.seen(), case.pods.seen()) else { return Vec::new() };
    nodes
        .data
        .iter()
        .filter(|node| is_not_ready(node))
        .filter_map(|node| {
            let hit: Vec<_> = pods.data.iter().filter(|pod| pod.node.as_deref() == Some(node.name.as_str())).collect();
            let first = hit.first()?;
            let mut judgement = node_judgement(scene, node, nodes.id);
            judgement.affected = case.subject.clone();
            judgement.support.push(Statement::new(
                format!("Pod {} of {} runs there and is {}", first.name, case.subject, first.status),
                [pods.id],
            ));
            judgement.per_mille = confidence(4);
            judgement.typed_per_mille = confidence(4);
            Some(judgement)
        })
        .collect()
}

/// Nodes in trouble, whatever runs there.
pub(super) fn judge_scene(scene: &Scene) -> Vec<Judgement> {
    let Some(nodes) = scene.nodes.seen() else { return Vec::new() };
    nodes.data.iter().filter(|node| is_not_ready(node)).map(|node| node_judgement(scene, node, nodes.id)).collect()
}

pub(super) fn is_not_ready(node: &NodeRow) -> bool {
    node.status.starts_with("NotReady") || node.status.starts_with("Unknown")
}

fn node_judgement(scene: &Scene, node: &NodeRow, id: crate::evidence::EvidenceId) -> Judgement {
    let cause = ObjectRef::cluster("Node", &node.name);
    let mut support = vec![Statement::new(format!("{cause} is {}", node.status), [id])];
    support.extend(scene.findings_on(&cause).map(|(id, finding)| finding_statement(id, finding)).take(1));
    Judgement {
        rule: "node-not-ready",
        affected: cause.clone(),
        summary: Statement::new(format!("{cause} is {}, and what ran there is gone or cut off", node.status), [id]),
        advice: vec![
            format!("Look at the machine behind {} (kubelet, network, disk)", node.name),
            format!("Keep new pods away meanwhile: `kubectl cordon {}`", node.name),
        ],
        per_mille: confidence(1 + support.len()),
        typed_per_mille: confidence(1 + support.len()),
        victims: Vec::new(),
        cause,
        support,
    }
}
