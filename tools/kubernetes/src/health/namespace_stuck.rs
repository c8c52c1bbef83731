//! `namespace-stuck-terminating`: namespaces whose deletion does not end.

use super::{Looked, Snapshot, finding};
use crate::shape::api::Namespace;
use crate::shape::{age, lines};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// Large namespaces take minutes.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.namespaces.as_ref()?;
    let findings = all.iter().filter_map(|namespace| told(snapshot, namespace)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn told(snapshot: &Snapshot, namespace: &Namespace) -> Option<Finding> {
    let since = namespace.metadata.deletion_timestamp.filter(|at| snapshot.now - *at > PATIENCE)?;
    let told = namespace.status.conditions.iter().filter(|condition| condition.is_true());
    let mut evidence = vec![format!("deletionTimestamp: {} ago", age::spoken(snapshot.now - since))];
    evidence.extend(told.map(|condition| {
        format!(
            "{}: {} ({}) {}",
            condition.kind,
            condition.status,
            condition.reason,
            lines::cut(&condition.message, 240)
        )
    }));
    let name = &namespace.metadata.name;
    Some(Finding {
        evidence,
        next: format!("get kind=Namespace name={name}; list kind=apiservices"),
        since: Some(since),
        ..finding(
            "namespace-stuck-terminating",
            Severity::Warning,
            ObjectRef::cluster("Namespace", name),
            "its deletion does not end",
        )
    })
}
