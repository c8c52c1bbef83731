//! Rows of Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and CronJobs.

use super::api::{Condition, CronJob, Job, Workload};
use domain::observed::kubernetes::WorkloadRow;

/// A Deployment, StatefulSet, DaemonSet or ReplicaSet.
pub fn row(kind: &str, workload: &Workload) -> WorkloadRow {
    let (desired, ready, updated) = counts(kind, workload);
    WorkloadRow {
        kind: kind.to_owned(),
        namespace: workload.metadata.namespace().to_owned(),
        name: workload.metadata.name.clone(),
        status: state(kind, workload),
        desired,
        ready,
        updated,
        images: workload.spec.template.spec.images(),
        created: workload.metadata.created(),
    }
}

/// Wanted, ready, of the newest template.
pub fn counts(kind: &str, workload: &Workload) -> (u32, u32, u32) {
    let status = &workload.status;
    if kind == "DaemonSet" {
        return (status.desired_number_scheduled, status.number_ready, status.updated_number_scheduled);
    }
    let updated = if kind == "ReplicaSet" { status.replicas } else { status.updated_replicas };
    (workload.spec.replicas.unwrap_or(1), status.ready_replicas, updated)
}

fn state(kind: &str, workload: &Workload) -> String {
    let (desired, ready, updated) = counts(kind, workload);
    let progressing = Condition::of(&workload.status.conditions, "Progressing");
    if progressing.is_some_and(|condition| condition.reason == "ProgressDeadlineExceeded") {
        return "rollout stuck".to_owned();
    }
    if ready < desired {
        return format!("{ready}/{desired} ready");
    }
    let unseen = workload.status.observed_generation.is_some_and(|seen| Some(seen) < workload.metadata.generation);
    if unseen || updated < desired && kind != "ReplicaSet" {
        return if workload.spec.paused { "rollout paused".to_owned() } else { "rolling out".to_owned() };
    }
    if desired == 0 { "scaled to 0".to_owned() } else { "ok".to_owned() }
}

/// A Job.
pub fn job_row(job: &Job) -> WorkloadRow {
    let desired = job.spec.completions.unwrap_or(1);
    let is = |kind: &str| Condition::of(&job.status.conditions, kind).is_some_and(Condition::is_true);
    let state = if is("Complete") || is("SuccessCriteriaMet") {
        "ok".to_owned()
    } else if is("Failed") || is("FailureTarget") {
        "failed".to_owned()
    } else if job.spec.suspend {
        "suspended".to_owned()
    } else if job.status.failed > 0 {
        format!("{} failed", job.status.failed)
    } else {
        format!("{}/{desired} done", job.status.succeeded)
    };
    WorkloadRow {
        kind: "Job".to_owned(),
        namespace: job.metadata.namespace().to_owned(),
        name: job.metadata.name.clone(),
        status: state,
        desired,
        ready: job.status.succeeded,
        updated: job.status.active,
        images: job.spec.template.spec.images(),
        created: job.metadata.created(),
    }
}

/// A CronJob; `desired` counts the jobs that run now.
pub fn cron_job_row(cron: &CronJob) -> WorkloadRow {
    let active = cron.status.active.len() as u32;
    WorkloadRow {
        kind: "CronJob".to_owned(),
        namespace: cron.metadata.namespace().to_owned(),
        name: cron.metadata.name.clone(),
        status: if cron.spec.suspend { "suspended".to_owned() } else { "ok".to_owned() },
        desired: active,
        ready: active,
        updated: active,
        images: cron.spec.job_template.spec.template.spec.images(),
        created: cron.metadata.created(),
    }
}

/// Whether somebody should look at it.
pub fn is_unhealthy(row: &WorkloadRow) -> bool {
    let calm = matches!(row.status.as_str(), "ok" | "suspended" | "scaled to 0" | "rolling out" | "rollout paused");
    let goes_on = row.kind == "Job" && row.status.ends_with("done");
    !calm && !goes_on
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_of_workloads() {
        let cases = [
            (
                "Deployment",
                json!({"spec": {"replicas": 3}, "status": {"readyReplicas": 1, "updatedReplicas": 3}}),
                "1/3 ready",
            ),
            ("Deployment", json!({"status": {"readyReplicas": 1, "updatedReplicas": 1}}), "ok"),
            ("Deployment", json!({"spec": {"replicas": 0}, "status": {}}), "scaled to 0"),
            (
                "Deployment",
                json!({"spec": {"replicas": 2}, "status": {"readyReplicas": 2, "updatedReplicas": 1, "conditions": [
                    {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}}),
                "rollout stuck",
            ),
            (
                "StatefulSet",
                json!({"spec": {"replicas": 2}, "status": {"readyReplicas": 2, "updatedReplicas": 1}}),
                "rolling out",
            ),
            (
                "DaemonSet",
                json!({"status": {"desiredNumberScheduled": 3, "numberReady": 2, "updatedNumberScheduled": 3}}),
                "2/3 ready",
            ),
        ];
        for (kind, value, expected) in cases {
            let workload: Workload = serde_json::from_value(value).unwrap();
            assert_eq!(row(kind, &workload).status, expected, "{kind}");
        }
    }

    #[test]
    fn states_of_jobs() {
        let cases = [
            (json!({"status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}}), "ok", false),
            (json!({"status": {"failed": 2, "conditions": [{"type": "Failed", "status": "True"}]}}), "failed", true),
            (json!({"spec": {"completions": 3}, "status": {"succeeded": 1, "active": 1}}), "1/3 done", false),
            (json!({"status": {"failed": 2, "active": 1}}), "2 failed", true),
            (json!({"spec": {"suspend": true}}), "suspended", false),
        ];
        for (value, expected, unhealthy) in cases {
            let job: Job = serde_json::from_value(value).unwrap();
            let row = job_row(&job);
            assert_eq!((row.status.as_str(), is_unhealthy(&row)), (expected, unhealthy));
        }
    }
}
