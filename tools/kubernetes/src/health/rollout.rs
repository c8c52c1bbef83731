//! `rollout-stuck`: Deployments whose rollout passed its deadline or cannot make pods.

use super::{Looked, Snapshot};
use crate::shape::api::{Condition, Workload};
use crate::shape::workloads;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let deployments = snapshot.deployments.as_ref()?;
    let findings = deployments.iter().filter_map(finding).collect();
    Ok(Looked { checked: deployments.len() as u64, findings })
}

fn finding(deployment: &Workload) -> Option<Finding> {
    let conditions = &deployment.status.conditions;
    let late =
        Condition::of(conditions, "Progressing").filter(|condition| condition.reason == "ProgressDeadlineExceeded");
    let failed = Condition::of(conditions, "ReplicaFailure").filter(|condition| condition.is_true());
    let condition = failed.or(late)?;
    let (desired, ready, updated) = workloads::counts("Deployment", deployment);
    let object = ObjectRef::namespaced("Deployment", deployment.metadata.namespace(), &deployment.metadata.name);
    Some(Finding {
        check: "rollout-stuck".to_owned(),
        severity: if ready == 0 && desired > 0 { Severity::Critical } else { Severity::Warning },
        why: match failed.is_some() {
            true => "its pods cannot be made".to_owned(),
            false => "its rollout passed the deadline".to_owned(),
        },
        evidence: vec![
            format!("{}: {} ({})", condition.kind, condition.status, condition.reason),
            condition.message.clone(),
            format!("{ready}/{desired} ready, {updated} updated"),
        ],
        next: format!("rollout_history name={} namespace={}", object.name, deployment.metadata.namespace()),
        since: condition.last_transition_time,
        points_at: None,
        affected: u64::from(desired.saturating_sub(ready)).max(1),
        object,
    })
}
