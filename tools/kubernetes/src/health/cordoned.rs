//! `node-cordoned`: nodes that somebody closed for pods a day ago and did not open again.

use super::{Looked, Snapshot, finding};
use crate::shape::age;
use crate::shape::api::Node;
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// A maintenance takes hours.
const LONG: TimeDelta = TimeDelta::hours(24);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.nodes.as_ref()?;
    let findings = all.iter().filter_map(|node| told(snapshot, node)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, node: &Node) -> Option<Finding> {
    let taint = node.spec.taints.iter().find(|taint| taint.key == "node.kubernetes.io/unschedulable");
    // Without the taint's time nobody can tell since when.
    let since = taint.filter(|_| node.spec.unschedulable)?.time_added?;
    if snapshot.now - since < LONG {
        return None;
    }
    Some(Finding {
        evidence: vec![
            "spec.unschedulable: true".to_owned(),
            format!("taint node.kubernetes.io/unschedulable, added {} ago", age::spoken(snapshot.now - since)),
        ],
        next: format!("get kind=node name={}; list kind=pods", node.metadata.name),
        since: Some(since),
        ..finding(
            "node-cordoned",
            Severity::Info,
            ObjectRef::cluster("Node", &node.metadata.name),
            format!("the node takes no pods for {}", age::spoken(snapshot.now - since)),
        )
    })
}
