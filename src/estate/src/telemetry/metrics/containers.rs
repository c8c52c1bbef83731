//! What cAdvisor inside each kubelet tells: memory, CPU time and throttling of containers.

use std::f64::consts::TAU;

use super::collect::{Collector, Life, Target, value_at, within};
use super::traffic::process_start;
use crate::telemetry::noise::{fraction, hash_text, jitter};
use crate::world::timeline::{PodTrack, Timeline};
use chrono::DateTime;

const WORKING_SET: &str = "container_memory_working_set_bytes";
const USAGE: &str = "container_memory_usage_bytes";
const CPU: &str = "container_cpu_usage_seconds_total";
const THROTTLED: &str = "container_cpu_cfs_throttled_periods_total";
const PERIODS: &str = "container_cpu_cfs_periods_total";

/// Scheduler periods in a second.
const PERIODS_PER_SECOND: f64 = 10.0;
/// The slow swing of CPU use, on top of its level.
const SWING_SECONDS: f64 = 600.0;
const SWING_AMPLITUDE: f64 = 0.1;

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    if !collector.wants(&[WORKING_SET, USAGE, CPU, THROTTLED, PERIODS]) {
        return;
    }
    for pod in &timeline.pods {
        if !collector.admits(&[("namespace", &pod.namespace), ("pod", &pod.name), ("container", &pod.container)]) {
            continue;
        }
        let Some(node) = pod.node.last().and_then(|name| timeline.nodes.get(name)) else { continue };
        let target = Target::new("kubelet", &format!("{}:10250", node.name), Life::Node(node))
            .with("metrics_path", "/metrics/cadvisor")
            .with("node", &node.name);
        collect_pod(&target, pod, collector);
    }
}

fn collect_pod(target: &Target<'_>, pod: &PodTrack, collector: &mut Collector<'_>) {
    let labels = [
        ("namespace", pod.namespace.as_str()),
        ("pod", pod.name.as_str()),
        ("container", pod.container.as_str()),
        ("image", pod.image.as_str()),
    ];
    let runs = |at_ms: i64| within(pod, at_ms) && value_at(&pod.running, at_ms).copied().unwrap_or(false);
    for (name, part) in [(WORKING_SET, 1.0), (USAGE, 1.08)] {
        collector.add(target, name, &labels, |at_ms| runs(at_ms).then(|| memory_bytes(pod, at_ms) * part));
    }
    collector
        .add(target, CPU, &labels, |at_ms| runs(at_ms).then(|| cpu_seconds(pod, process_start(pod, at_ms), at_ms)));
    if pod.cpu_limit_cores > 0.0 {
        let periods = |at_ms: i64| {
            let seconds = at_ms.saturating_sub(process_start(pod, at_ms)) as f64 / 1000.0;
            seconds * PERIODS_PER_SECOND
        };
        collector.add(target, PERIODS, &labels, |at_ms| runs(at_ms).then(|| periods(at_ms).floor()));
        collector.add(target, THROTTLED, &labels, |at_ms| runs(at_ms).then(|| throttled(pod, at_ms).floor()));
    }
}

/// The memory of a pod with a little noise, never above its limit.
pub(super) fn memory_bytes(pod: &PodTrack, at_ms: i64) -> f64 {
    let Some(bytes) = DateTime::from_timestamp_millis(at_ms).and_then(|at| pod.memory.bytes_at(at)) else { return 0.0 };
    let noisy = bytes * (1.0 + 0.01 * jitter(hash_text(&pod.uid), at_ms));
    let most = if pod.memory_limit_bytes > 0.0 { pod.memory_limit_bytes } else { f64::INFINITY };
    noisy.min(most).max(0.0).floor()
}

/// CPU seconds used in a window: the level of each piece with a slow swing, integrated.
pub(super) fn cpu_seconds(pod: &PodTrack, from_ms: i64, to_ms: i64) -> f64 {
    levels(pod, from_ms, to_ms).map(|(begin, end, cores)| cores * swing(pod, begin, end)).sum()
}

fn throttled(pod: &PodTrack, at_ms: i64) -> f64 {
    let each = levels(pod, process_start(pod, at_ms), at_ms).map(|(begin, end, cores)| {
        let fullness = cores / pod.cpu_limit_cores;
        let part = if fullness >= 0.9 { 0.4 } else { 0.004 * fullness };
        part * PERIODS_PER_SECOND * end.saturating_sub(begin) as f64 / 1000.0
    });
    each.sum()
}

/// The pieces of a window with the cores used in each.
fn levels(pod: &PodTrack, from_ms: i64, to_ms: i64) -> impl Iterator<Item = (i64, i64, f64)> {
    let window = DateTime::from_timestamp_millis(from_ms).zip(DateTime::from_timestamp_millis(to_ms));
    let pieces = window.map(|(from, to)| pod.cpu_cores.pieces(from, to)).unwrap_or_default();
    pieces.into_iter().map(|(begin, end, cores)| (begin.timestamp_millis(), end.timestamp_millis(), *cores))
}

fn swing(pod: &PodTrack, from_ms: i64, to_ms: i64) -> f64 {
    let phase = fraction(&pod.uid);
    let antiderivative = |at_ms: i64| {
        let angle = TAU * (at_ms as f64 / 1000.0 / SWING_SECONDS + phase);
        -SWING_AMPLITUDE * SWING_SECONDS / TAU * angle.cos()
    };
    to_ms.saturating_sub(from_ms) as f64 / 1000.0 + antiderivative(to_ms) - antiderivative(from_ms)
}
