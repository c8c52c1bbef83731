//! `pdb-blocking`: disruption budgets that keep a node from being drained.
//!
//! A budget that permits no disruption is only trouble where somebody waits for one: a cordoned node that still has
//! its pods.

use super::{Looked, Snapshot};
use crate::shape::api::{DisruptionBudget, Pod};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let budgets = snapshot.budgets.as_ref()?;
    let nodes = snapshot.nodes.as_ref()?;
    let pods = snapshot.pods.as_ref()?;
    let cordoned: Vec<&str> =
        nodes.iter().filter(|node| node.spec.unschedulable).map(|node| node.metadata.name.as_str()).collect();
    let held: Vec<&Pod> = pods
        .iter()
        .filter(|pod| !pod.is_finished() && pod.spec.node_name.as_deref().is_some_and(|node| cordoned.contains(&node)))
        .collect();
    let findings = budgets.iter().filter_map(|budget| finding(budget, &held)).collect();
    Ok(Looked { checked: budgets.len() as u64, findings })
}

fn finding(budget: &DisruptionBudget, held: &[&Pod]) -> Option<Finding> {
    if budget.status.disruptions_allowed > 0 || budget.status.expected_pods == 0 {
        return None;
    }
    let namespace = budget.metadata.namespace();
    let selector = budget.spec.selector.as_ref()?;
    let kept: Vec<&&Pod> = held
        .iter()
        .filter(|pod| pod.metadata.namespace() == namespace && selector.matches(&pod.metadata.labels))
        .collect();
    let first = kept.first()?;
    let node = first.spec.node_name.clone().unwrap_or_default();
    Some(Finding {
        check: "pdb-blocking".to_owned(),
        severity: Severity::Warning,
        object: ObjectRef::namespaced("PodDisruptionBudget", namespace, &budget.metadata.name),
        why: format!("it keeps pods on the cordoned node {node}"),
        evidence: vec![
            format!("disruptionsAllowed: {}", budget.status.disruptions_allowed),
            format!(
                "currentHealthy: {}, desiredHealthy: {}",
                budget.status.current_healthy, budget.status.desired_healthy
            ),
            format!("pod {} on node {node}", first.metadata.name),
        ],
        next: format!("list kind=pods namespace={namespace} status=unhealthy"),
        since: None,
        points_at: Some(ObjectRef::cluster("Node", node)),
        affected: kept.len() as u64,
    })
}
