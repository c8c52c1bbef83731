//! What a workload's numbers and conditions say about its rollout.
//!
//! The order is that in which a controller works: it sees the change, makes new pods, waits for them, takes old ones
//! away. The first step that is not done is the answer.

use crate::shape::api::{Condition, Workload};
use crate::shape::{lines, workloads};
use domain::observed::kubernetes::HeldUp;

/// The numbers of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Wanted.
    pub desired: u32,
    /// Of the newest template.
    pub updated: u32,
    /// Ready.
    pub ready: u32,
    /// Ready for long enough.
    pub available: u32,
    /// Of older templates.
    pub old: u32,
}

impl Counts {
    /// Of any of the three kinds.
    pub fn of(kind: &str, workload: &Workload) -> Self {
        let (desired, ready, updated) = workloads::counts(kind, workload);
        let status = &workload.status;
        let (total, available) = match kind {
            "DaemonSet" => (status.current_number_scheduled, status.number_available),
            _ => (status.replicas, status.available_replicas),
        };
        Self { desired, updated, ready, available, old: total.saturating_sub(updated) }
    }
}

/// The state, and why in one sentence.
pub fn verdict(kind: &str, workload: &Workload, counts: &Counts, held: &[HeldUp]) -> (&'static str, String) {
    let status = &workload.status;
    let Counts { desired, updated, ready, available, old } = *counts;
    let seen = status.observed_generation.is_none_or(|seen| workload.metadata.generation.is_none_or(|now| seen >= now));
    if !seen {
        return ("waiting", "the controller has not seen the newest change yet".to_owned());
    }
    let condition = |kind: &str| Condition::of(&status.conditions, kind);
    if let Some(failed) = condition("ReplicaFailure").filter(|condition| condition.is_true()) {
        return ("stuck", format!("its pods cannot be made: {}", lines::cut(&failed.message, 240)));
    }
    let partition = workload.spec.update_strategy.rolling_update.partition;
    let wanted = if kind == "StatefulSet" { desired.saturating_sub(partition) } else { desired };
    let rolled = updated >= wanted && (old == 0 || kind == "StatefulSet" && partition > 0);
    if rolled && ready >= desired && available >= ready {
        return (
            "complete",
            match (desired, partition) {
                (0, _) => "it is scaled to 0".to_owned(),
                (1, 0) => "its pod is of the newest revision and ready".to_owned(),
                (_, 0) => format!("all {desired} pods are of the newest revision and ready"),
                _ => format!("the {wanted} pods from ordinal {partition} on are of the newest revision and ready"),
            },
        );
    }
    if workload.spec.paused && !rolled {
        return ("paused", format!("it is paused with {updated} of {desired} pods updated"));
    }
    let blocker = held.iter().find(|held| held.new).or_else(|| held.first());
    let because = blocker.map(|held| format!(": pod {} is {}", held.pod, held.status)).unwrap_or_default();
    if condition("Progressing").is_some_and(|condition| condition.reason == "ProgressDeadlineExceeded") {
        return ("stuck", format!("it passed its deadline with {ready} of {desired} pods ready{because}"));
    }
    if workload.spec.update_strategy.kind == "OnDelete" && updated < wanted {
        return (
            "on_delete",
            format!(
                "{} pods keep the old revision until somebody deletes them (updateStrategy OnDelete)",
                wanted - updated
            ),
        );
    }
    if updated < wanted {
        // A StatefulSet goes on with the next pod when the one before is ready.
        let waits = if ready < desired { because } else { String::new() };
        return ("progressing", format!("{updated} of {wanted} pods are updated{waits}"));
    }
    if old > 0 && kind != "StatefulSet" {
        return ("progressing", format!("{old} old pods are still to go{because}"));
    }
    if ready < desired {
        return ("progressing", format!("{ready} of {desired} pods are ready{because}"));
    }
    ("progressing", format!("{available} of {ready} ready pods are available: the others must stay ready for a while"))
}

/// The conditions that are not as they should be.
pub fn conditions(workload: &Workload) -> Vec<String> {
    let bad = workload.status.conditions.iter().filter(|condition| match condition.kind.as_str() {
        "ReplicaFailure" => condition.is_true(),
        _ => !condition.is_true(),
    });
    bad.map(|condition| {
        let message = lines::cut(&condition.message, 240);
        format!("{}: {} ({}) {message}", condition.kind, condition.status, condition.reason).trim_end().to_owned()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_first_step_that_is_not_done_is_told() {
        let late = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]);
        let refused = json!([{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]);
        let status = |replicas: u32, updated: u32, ready: u32, conditions: Value| {
            json!({"observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready,
                "availableReplicas": ready, "conditions": conditions})
        };
        let none = json!([]);
        let cases = [
            (
                "Deployment",
                json!({"replicas": 3}),
                status(3, 3, 3, none.clone()),
                "complete",
                "all 3 pods are of the newest revision and ready",
            ),
            ("Deployment", json!({"replicas": 0}), status(0, 0, 0, none.clone()), "complete", "it is scaled to 0"),
            (
                "Deployment",
                json!({"replicas": 3}),
                json!({"observedGeneration": 1}),
                "waiting",
                "the controller has not seen the newest change yet",
            ),
            (
                "Deployment",
                json!({"replicas": 3}),
                status(3, 1, 3, none.clone()),
                "progressing",
                "1 of 3 pods are updated",
            ),
            (
                "Deployment",
                json!({"replicas": 3}),
                status(4, 3, 3, none.clone()),
                "progressing",
                "1 old pods are still to go: pod p is CrashLoopBackOff",
            ),
            (
                "Deployment",
                json!({"replicas": 3}),
                status(4, 1, 3, late),
                "stuck",
                "it passed its deadline with 3 of 3 pods ready: pod p is CrashLoopBackOff",
            ),
            (
                "Deployment",
                json!({"replicas": 3}),
                status(2, 2, 2, refused),
                "stuck",
                "its pods cannot be made: exceeded quota",
            ),
            (
                "Deployment",
                json!({"replicas": 3, "paused": true}),
                status(3, 1, 3, none.clone()),
                "paused",
                "it is paused with 1 of 3 pods updated",
            ),
            (
                "StatefulSet",
                json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}}),
                status(3, 1, 3, none.clone()),
                "complete",
                "the 1 pods from ordinal 2 on are of the newest revision and ready",
            ),
            (
                "StatefulSet",
                json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}}),
                status(3, 1, 3, none.clone()),
                "on_delete",
                "2 pods keep the old revision until somebody deletes them (updateStrategy OnDelete)",
            ),
            (
                "DaemonSet",
                json!({}),
                json!({"observedGeneration": 2, "desiredNumberScheduled": 3, "currentNumberScheduled": 3,
                "updatedNumberScheduled": 3, "numberReady": 2, "numberAvailable": 2}),
                "progressing",
                "2 of 3 pods are ready: pod p is CrashLoopBackOff",
            ),
        ];
        let held = [HeldUp { pod: "p".to_owned(), new: true, status: "CrashLoopBackOff".to_owned(), message: None }];
        for (kind, spec, status, state, why) in cases {
            let workload: Workload =
                serde_json::from_value(json!({"metadata": {"generation": 2}, "spec": spec, "status": status})).unwrap();
            let counts = Counts::of(kind, &workload);
            assert_eq!(verdict(kind, &workload, &counts, &held), (state, why.to_owned()), "{kind} {spec}");
        }
    }
}
