//! The health checks: deterministic judgements of what a snapshot of the cluster holds, one file each.
//!
//! Guarantees: a check that could not look says so and is never counted as passed; the same trouble of several pods
//! of a workload is one finding; a restart long ago, a finished job and a workload that somebody scaled to zero are
//! no findings. "Now" is an argument.
//!
//! Deliberately absent: history and thresholds that learn. A check is a sentence about the API's fields as they are.

mod api_service;
mod burst;
mod cannot_start;
mod certificates;
mod config_map_missing;
mod config_missing;
mod cordoned;
mod crash_loop;
mod cron_jobs;
mod daemon_sets;
mod deprecated;
mod disruption;
mod endpoints;
mod evicted;
mod fold;
mod ignore;
mod image_pull;
mod ingress_backend;
mod ingress_class;
mod ingress_tls;
mod init_stuck;
mod jobs;
mod liveness;
mod load_balancer;
mod missing;
mod namespace_stuck;
mod nodes;
mod not_ready;
mod oom;
mod placement;
mod pod_stuck;
mod probe_port;
mod pull_secret_missing;
mod quota;
mod rejected;
mod replicas;
mod rollout;
mod scaling;
mod secret_missing;
mod service_account_missing;
mod service_port;
mod shut_out;
mod snapshot;
mod storage;
mod storage_class;
mod unschedulable;
mod version_skew;
mod volume_mount;
mod volumes;
mod webhook;

pub use ignore::ignored;
pub use snapshot::Snapshot;

use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Health, NotChecked, Severity, WARNING_EVENTS};

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
    Check { name: "pod-cannot-start", run: cannot_start::check },
    Check { name: "pod-volume-mount", run: volume_mount::check },
    Check { name: "pod-init-stuck", run: init_stuck::check },
    Check { name: "pod-unschedulable", run: unschedulable::check },
    Check { name: "pod-liveness-failing", run: liveness::check },
    Check { name: "pod-not-ready", run: not_ready::check },
    Check { name: "pods-rejected", run: rejected::check },
    Check { name: "pods-evicted", run: evicted::check },
    Check { name: "pod-stuck-terminating", run: pod_stuck::check },
    Check { name: "rollout-stuck", run: rollout::check },
    Check { name: "workload-under-replicated", run: replicas::check },
    Check { name: "daemonset-scheduling", run: daemon_sets::check },
    Check { name: "placement-impossible", run: placement::check },
    Check { name: "probe-port", run: probe_port::check },
    Check { name: "config-map-missing", run: config_map_missing::check },
    Check { name: "secret-missing", run: secret_missing::check },
    Check { name: "pull-secret-missing", run: pull_secret_missing::check },
    Check { name: "service-account-missing", run: service_account_missing::check },
    Check { name: "node-not-ready", run: nodes::check },
    Check { name: "node-cordoned", run: cordoned::check },
    Check { name: "node-version-skew", run: version_skew::check },
    Check { name: "service-without-endpoints", run: endpoints::check },
    Check { name: "service-port", run: service_port::check },
    Check { name: "load-balancer-pending", run: load_balancer::check },
    Check { name: "ingress-backend", run: ingress_backend::check },
    Check { name: "ingress-tls", run: ingress_tls::check },
    Check { name: "ingress-class", run: ingress_class::check },
    Check { name: "network-policy-shuts-out", run: shut_out::check },
    Check { name: "pvc-problem", run: storage::check },
    Check { name: "storage-class-missing", run: storage_class::check },
    Check { name: "pv-problem", run: volumes::check },
    Check { name: "job-failed", run: jobs::check },
    Check { name: "cronjob-problem", run: cron_jobs::check },
    Check { name: "certificate-expiring", run: certificates::check },
    Check { name: "hpa-cannot-scale", run: scaling::check },
    Check { name: "pdb-blocking", run: disruption::check },
    Check { name: "quota-reached", run: quota::check },
    Check { name: "namespace-stuck-terminating", run: namespace_stuck::check },
    Check { name: "webhook-unreachable", run: webhook::check },
    Check { name: "api-service-unavailable", run: api_service::check },
    Check { name: "deprecated-api", run: deprecated::check },
    Check { name: WARNING_EVENTS, run: burst::check },
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
        FailureKind::Forbidden | FailureKind::Timeout | FailureKind::Unreachable | FailureKind::RateLimited => {
            failure.to_string()
        }
        _ => failure.message.clone(),
    }
}

/// A finding of one object, to which the rest may be added.
fn finding(check: &str, severity: Severity, object: ObjectRef, why: impl Into<String>) -> Finding {
    Finding {
        check: check.to_owned(),
        severity,
        object,
        why: why.into(),
        evidence: Vec::new(),
        next: String::new(),
        since: None,
        points_at: None,
        affected: 1,
    }
}

/// How far a check stands from the cause: one with a higher number yields to one with a lower on the same object.
fn distance(check: &str) -> u8 {
    match check {
        WARNING_EVENTS => 4,
        "workload-under-replicated" => 3,
        "pod-not-ready" => 2,
        // What will hurt later, and what a more exact check tells as well.
        "pod-liveness-failing"
        | "service-without-endpoints"
        | "pvc-problem"
        | "cronjob-problem"
        | "daemonset-scheduling"
        | "placement-impossible"
        | "probe-port"
        | "config-map-missing"
        | "secret-missing"
        | "pull-secret-missing"
        | "service-account-missing"
        | "node-cordoned" => 1,
        _ => 0,
    }
}

/// Whether a check says why something is as it is. A stuck rollout only tells that something is late; a reference to
/// what is missing hurts nobody who runs already.
fn explains(check: &str) -> bool {
    !matches!(
        check,
        "rollout-stuck"
            | "placement-impossible"
            | "probe-port"
            | "config-map-missing"
            | "secret-missing"
            | "pull-secret-missing"
            | "service-account-missing"
            | "pods-evicted"
            | "node-version-skew"
    )
}

/// What follows from another finding on the same object is not told again: first the causes, then a failing probe,
/// then the numbers. What is only worth knowing explains nothing but a burst of events.
fn drop_consequences(findings: &mut Vec<Finding>) {
    let told: Vec<(u8, Severity, ObjectRef)> = findings
        .iter()
        .filter(|finding| explains(&finding.check))
        .map(|finding| (distance(&finding.check), finding.severity, finding.object.clone()))
        .collect();
    let mut beside: Vec<(ObjectRef, String)> = Vec::new();
    findings.retain(|finding| {
        let own = distance(&finding.check);
        let explained = |(other, severity, object): &(u8, Severity, ObjectRef)| {
            *other < own && *object == finding.object && (*severity > Severity::Info || !finding.is_of_now())
        };
        let dropped = told.iter().any(explained);
        if dropped && finding.points_at.is_some() && !explains(&finding.check) {
            beside.push((finding.object.clone(), format!("beside that: {}", finding.why)));
        }
        !dropped
    });
    // What is missing may be another trouble than the one that is told first.
    for (object, why) in beside {
        let of_object = findings.iter_mut().filter(|finding| finding.object == object);
        if let Some(first) = of_object.min_by_key(|finding| distance(&finding.check)) {
            let known =
                first.points_at.as_ref().is_some_and(|other| why.contains(&format!("{} {}", other.kind, other.name)));
            if !known {
                first.evidence.push(why);
            }
        }
    }
}

#[cfg(test)]
mod tests;
