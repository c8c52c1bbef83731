//! `placement-impossible`: workloads whose node selector, required affinity or missing tolerations leave no node.
//!
//! Pods that wait for it already are told by the scheduler (`pod-unschedulable`), and this yields to that.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{Node, Taint, Workload};
use crate::shape::{services, workloads};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let nodes = snapshot.nodes.as_ref()?;
    let all = snapshot.workloads()?;
    let judged = all.iter().filter(|(kind, workload)| {
        // A DaemonSet takes the nodes that there are, and a cluster may have none of its sort on purpose.
        *kind != "DaemonSet" && workloads::counts(kind, workload).0 > 0
    });
    let findings =
        judged.filter(|_| !nodes.is_empty()).filter_map(|(kind, workload)| told(nodes, kind, workload)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(nodes: &[Node], kind: &str, workload: &Workload) -> Option<Finding> {
    let spec = &workload.spec.template.spec;
    let fits = |node: &&Node| {
        spec.node_selector.iter().all(|(key, value)| node.metadata.labels.get(key) == Some(value))
            && (spec.node_terms.is_empty() || spec.node_terms.iter().any(|term| term.fits(&node.metadata)))
    };
    let fitting: Vec<&Node> = nodes.iter().filter(fits).collect();
    let keeps_off = |taint: &&Taint| {
        let lasting = !taint.key.starts_with("node.kubernetes.io/") && !taint.key.starts_with("node.cloudprovider.");
        lasting
            && matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
            && !spec.tolerations.iter().any(|toleration| toleration.covers(taint))
    };
    let open = fitting.iter().any(|node| !node.spec.taints.iter().any(|taint| keeps_off(&taint)));
    if open {
        return None;
    }
    let mut evidence = Vec::new();
    evidence.extend(services::selector(&spec.node_selector).map(|selector| format!("nodeSelector: {selector}")));
    if !spec.node_terms.is_empty() {
        evidence.push(format!("required node affinity with {} terms", spec.node_terms.len()));
    }
    evidence.push(format!("{} of {} nodes fit", fitting.len(), nodes.len()));
    let taint = fitting.iter().find_map(|node| node.spec.taints.iter().find(keeps_off));
    evidence.extend(taint.map(|taint| format!("not tolerated: taint {}={}:{}", taint.key, taint.value, taint.effect)));
    let namespace = workload.metadata.namespace();
    Some(Finding {
        evidence,
        next: format!(
            "list kind=nodes; rollout_history kind={kind} name={} namespace={namespace}",
            workload.metadata.name
        ),
        ..finding(
            "placement-impossible",
            Severity::Warning,
            ObjectRef::namespaced(kind, namespace, &workload.metadata.name),
            match fitting.is_empty() {
                true => "no node has what its next pod asks for",
                false => "each node that fits has a taint that it does not tolerate",
            },
        )
    })
}
