//! The health checks: deterministic judgements of what a snapshot of the cluster holds, one file each.
//!
//! Guarantees: a check that could not look says so and is never counted as passed; the same trouble of several pods
//! of a workload is one finding; a restart long ago, a finished job and a workload that somebody scaled to zero are
//! no findings. "Now" is an argument.
//!
//! Deliberately absent: history and thresholds that learn. A check is a sentence about the API's fields as they are.

mod burst;
mod certificates;
mod config_missing;
mod crash_loop;
mod disruption;
mod endpoints;
mod fold;
mod ignore;
mod image_pull;
mod jobs;
mod nodes;
mod not_ready;
mod oom;
mod replicas;
mod rollout;
mod scaling;
mod snapshot;
mod storage;
mod unschedulable;

pub use ignore::ignored;
pub use snapshot::Snapshot;

use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Health, NotChecked};

/// What one check saw.
pub struct Looked {
    /// Objects looked at.
    pub checked: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// One check: its stable name, and what it does. An error is the failure of the look that it needs.
pub struct Check {
    /// Stable name.
    pub name: &'static str,
    /// The judgement.
    pub run: fn(&Snapshot) -> Result<Looked, &Failure>,
}

/// All checks.
pub const CHECKS: &[Check] = &[
    Check { name: "pod-crash-loop", run: crash_loop::check },
    Check { name: "pod-oom-killed", run: oom::check },
    Check { name: "pod-image-pull", run: image_pull::check },
    Check { name: "pod-config-missing", run: config_missing::check },
    Check { name: "pod-unschedulable", run: unschedulable::check },
    Check { name: "pod-not-ready", run: not_ready::check },
    Check { name: "rollout-stuck", run: rollout::check },
    Check { name: "workload-under-replicated", run: replicas::check },
    Check { name: "node-not-ready", run: nodes::check },
    Check { name: "service-without-endpoints", run: endpoints::check },
    Check { name: "pvc-problem", run: storage::check },
    Check { name: "job-failed", run: jobs::check },
    Check { name: "certificate-expiring", run: certificates::check },
    Check { name: "hpa-cannot-scale", run: scaling::check },
    Check { name: "pdb-blocking", run: disruption::check },
    Check { name: "warning-events", run: burst::check },
];

/// Runs all checks over a snapshot; the worst findings come first.
pub fn judge(snapshot: &Snapshot) -> Health {
    let mut health = Health::default();
    for check in CHECKS {
        match (check.run)(snapshot) {
            Ok(looked) => {
                health.checked.insert(check.name.to_owned(), looked.checked);
                health.findings.extend(looked.findings);
            }
            Err(failure) => {
                health.not_checked.push(NotChecked { check: check.name.to_owned(), reason: reason(failure) });
            }
        }
    }
    drop_consequences(&mut health.findings);
    health.findings.sort_by(|left, right| {
        let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.affected));
        key(left).cmp(&key(right)).then_with(|| (&left.object, &left.check).cmp(&(&right.object, &right.check)))
    });
    health
}

fn reason(failure: &Failure) -> String {
    match failure.kind {
        FailureKind::Forbidden | FailureKind::Timeout | FailureKind::Unreachable => failure.to_string(),
        _ => failure.message.clone(),
    }
}

/// What follows from another finding on the same object is not told again: first the causes, then a failing probe,
/// then the numbers.
fn drop_consequences(findings: &mut Vec<Finding>) {
    let rank = |finding: &Finding| match finding.check.as_str() {
        "warning-events" => 3,
        "workload-under-replicated" => 2,
        "pod-not-ready" => 1,
        _ => 0,
    };
    // A stuck rollout tells that something is late, and not why.
    let told: Vec<(u8, ObjectRef)> = findings
        .iter()
        .filter(|finding| finding.check != "rollout-stuck")
        .map(|finding| (rank(finding), finding.object.clone()))
        .collect();
    findings.retain(|finding| {
        let rank = rank(finding);
        rank == 0 || !told.iter().any(|(other, object)| *other < rank && *object == finding.object)
    });
}

#[cfg(test)]
mod tests;
