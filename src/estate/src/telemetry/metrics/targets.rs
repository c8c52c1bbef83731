//! The scrape targets: what service discovery knows, and what each scrape says about itself (`up` and its duration).

use super::application::{pod_target, serves_http};
use super::collect::{Collector, Life, Target};
use super::machines::node_target;
use super::probes::{CERT_MANAGER, probe_target};
use super::traffic::pods_of;
use super::{SCRAPE_INTERVAL_MS, kube_state};
use crate::telemetry::noise::{hash_text, jitter};
use crate::telemetry::series::Labels;
use crate::world::timeline::Timeline;

const UP: &str = "up";
const DURATION: &str = "scrape_duration_seconds";
const SAMPLES: &str = "scrape_samples_scraped";

/// A target as `/api/v1/targets` shows it.
#[derive(Debug, Clone)]
pub struct ScrapeTarget {
    /// The labels that its series carry.
    pub labels: Labels,
    /// Whether the last scrape got an answer.
    pub up: bool,
    /// When that was, in Unix milliseconds.
    pub last_scrape_ms: i64,
    /// How long it took.
    pub duration_seconds: f64,
}

/// All targets that exist at a moment.
pub fn scrape_targets(timeline: &Timeline, now_ms: i64) -> Vec<ScrapeTarget> {
    let existing = all(timeline).into_iter().filter(|target| target.exists(now_ms));
    existing
        .map(|target| {
            let last_scrape_ms = target.last_scrape(now_ms);
            let up = target.answers(last_scrape_ms);
            ScrapeTarget {
                duration_seconds: duration(&target, last_scrape_ms, up),
                labels: target.labels,
                up,
                last_scrape_ms,
            }
        })
        .collect()
}

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    if !collector.wants(&[UP, DURATION, SAMPLES]) {
        return;
    }
    let window = (collector.start_ms().saturating_sub(SCRAPE_INTERVAL_MS), collector.end_ms());
    for target in all(timeline).iter().filter(|target| target.overlaps(window)) {
        let seen = |at_ms: i64, value: f64| target.exists(at_ms).then_some(value);
        let up = |at_ms: i64| target.answers(at_ms);
        collector.add_scraped(target, UP, &[], |at_ms| seen(at_ms, f64::from(u8::from(up(at_ms)))));
        collector.add_scraped(target, DURATION, &[], |at_ms| seen(at_ms, duration(target, at_ms, up(at_ms))));
        collector.add_scraped(target, SAMPLES, &[], |at_ms| seen(at_ms, if up(at_ms) { 240.0 } else { 0.0 }));
    }
}

fn duration(target: &Target<'_>, at_ms: i64, up: bool) -> f64 {
    // A machine that does not answer costs the whole scrape timeout; a closed port is told at once.
    if !up && matches!(target.life, Life::Node(_)) {
        return 10.0;
    }
    0.012 + 0.004 * jitter(hash_text(target.labels.get("instance")), at_ms)
}

fn all(timeline: &Timeline) -> Vec<Target<'_>> {
    let mut targets = vec![
        Target::new("prometheus", "10.244.0.10:9090", Life::Steady),
        Target::new("alertmanager", "10.244.0.11:9093", Life::Steady),
        Target::new(kube_state::JOB, kube_state::INSTANCE, Life::Steady),
        Target::new("apiserver", "10.0.0.2:6443", Life::Steady),
    ];
    if !timeline.certificates.is_empty() {
        targets.push(Target::new("cert-manager", CERT_MANAGER, Life::Steady));
    }
    for node in timeline.nodes.values() {
        targets.push(node_target(node));
        for path in ["/metrics", "/metrics/cadvisor"] {
            let target = Target::new("kubelet", &format!("{}:10250", node.name), Life::Node(node));
            targets.push(target.with("metrics_path", path).with("node", &node.name));
        }
    }
    for service in timeline.services.values() {
        targets.extend(pods_of(timeline, service).into_iter().map(|pod| pod_target(timeline, service, pod)));
        if serves_http(service) {
            targets.push(probe_target(service));
        }
    }
    targets
}
