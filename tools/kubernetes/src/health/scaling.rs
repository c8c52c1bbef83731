//! `hpa-cannot-scale`: autoscalers that cannot see their metric, cannot scale, or are at their bound.

use super::{Looked, Snapshot};
use crate::shape::api::{Autoscaler, Condition};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};

/// A new pod has no metrics for a while, and the autoscaler says so.
const GRACE: TimeDelta = TimeDelta::minutes(3);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let all = snapshot.autoscalers.as_ref()?;
    let findings = all.iter().filter_map(|scaler| finding(snapshot, scaler)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

fn finding(snapshot: &Snapshot, scaler: &Autoscaler) -> Option<Finding> {
    let condition = |kind: &str| Condition::of(&scaler.status.conditions, kind);
    let lasts = |condition: &&Condition| condition.last_transition_time.is_none_or(|at| snapshot.now - at > GRACE);
    let broken = ["AbleToScale", "ScalingActive"]
        .into_iter()
        .filter_map(condition)
        .filter(|condition| condition.status == "False" && condition.reason != "ScalingDisabled")
        .find(lasts);
    let at_bound = condition("ScalingLimited")
        .filter(|limited| limited.is_true() && limited.reason == "TooManyReplicas")
        .filter(|_| scaler.status.current_replicas >= scaler.spec.max_replicas)
        .filter(lasts);
    let (told, severity, why) = match (broken, at_bound) {
        (Some(condition), _) => (condition, Severity::Warning, "it cannot scale".to_owned()),
        (None, Some(condition)) => (
            condition,
            Severity::Info,
            format!("it wants more than its maximum of {} replicas", scaler.spec.max_replicas),
        ),
        (None, None) => return None,
    };
    let namespace = scaler.metadata.namespace();
    let target = &scaler.spec.scale_target_ref;
    Some(Finding {
        check: "hpa-cannot-scale".to_owned(),
        severity,
        object: ObjectRef::namespaced("HorizontalPodAutoscaler", namespace, &scaler.metadata.name),
        why,
        evidence: vec![
            format!("{}: {} ({})", told.kind, told.status, told.reason),
            told.message.clone(),
            format!("currentReplicas: {}, maxReplicas: {}", scaler.status.current_replicas, scaler.spec.max_replicas),
        ],
        next: format!("get kind=hpa name={} namespace={namespace}; top namespace={namespace}", scaler.metadata.name),
        since: told.last_transition_time,
        points_at: Some(ObjectRef::namespaced(&target.kind, namespace, &target.name)),
        affected: 1,
    })
}
