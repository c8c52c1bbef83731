//! The pages that ship with the program, embedded when it is built.

use super::ingest::{Page, RunbookSet};

/// What their sources begin with: no folder's path does.
const NAME: &str = "builtin:runbooks";

/// When they were written, as they are cited.
const WRITTEN_AT: &str = "2026-11-21T00:00:00Z";

macro_rules! pages {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../config/runbooks/", $path)))),*]
    };
}

const PAGES: &[(&str, &str)] = pages![
    "alertmanager-notifications-failing.md",
    "api-server-errors.md",
    "api-server-latency.md",
    "config-change-broke-service.md",
    "cpu-throttling.md",
    "cronjob-missed.md",
    "daemonset-rollout-stuck.md",
    "database-connections-exhausted.md",
    "database-replication-lag.md",
    "deployment-rollout-stuck.md",
    "dns-failing.md",
    "etcd-no-leader.md",
    "etcd-slow-disk.md",
    "hpa-at-maximum.md",
    "image-pull-failing.md",
    "ingress-5xx.md",
    "ingress-certificate-expiring.md",
    "job-failed.md",
    "kafka-consumer-lag.md",
    "log-pipeline-dropping.md",
    "message-queue-growing.md",
    "namespace-quota-reached.md",
    "node-clock-skew.md",
    "node-cpu-saturated.md",
    "node-disk-filling.md",
    "node-inodes-filling.md",
    "node-memory-pressure.md",
    "node-network-errors.md",
    "node-not-ready.md",
    "persistent-volume-filling.md",
    "pod-crash-looping.md",
    "pod-disruption-budget-at-limit.md",
    "pod-not-ready.md",
    "pod-out-of-memory.md",
    "pod-pending-unschedulable.md",
    "prometheus-rule-failing.md",
    "prometheus-storage-trouble.md",
    "prometheus-target-down.md",
    "redis-memory-full.md",
    "secret-or-configmap-missing.md",
    "service-error-rate.md",
    "service-latency.md",
    "service-without-endpoints.md",
    "slo-burn-rate.md",
    "statefulset-rollout-stuck.md",
    "third-party-dependency-down.md",
    "tracing-pipeline-dropping.md",
    "volume-mount-failing.md",
    "webhook-admission-failing.md",
];

/// The built-in pages.
pub fn builtin_runbooks() -> RunbookSet {
    let written_at = WRITTEN_AT.parse().ok();
    let page = |(path, text): &(&str, &str)| Page { path: (*path).to_owned(), text: (*text).to_owned(), written_at };
    RunbookSet { name: NAME.to_owned(), pages: PAGES.iter().map(page).collect(), problems: Vec::new() }
}
