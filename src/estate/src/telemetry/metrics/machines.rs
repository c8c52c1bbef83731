//! What node_exporter tells about the machines: load, CPU time, memory and the root file system.

use super::collect::{Collector, Life, Target, value_at, within};
use super::containers::{cpu_seconds, memory_bytes};
use crate::telemetry::noise::{hash_text, jitter};
use crate::world::timeline::{NodeTrack, PodTrack, Timeline};

const LOAD: &str = "node_load1";
const CPU: &str = "node_cpu_seconds_total";
const MEMORY_TOTAL: &str = "node_memory_MemTotal_bytes";
const MEMORY_AVAILABLE: &str = "node_memory_MemAvailable_bytes";
const DISK_SIZE: &str = "node_filesystem_size_bytes";
const DISK_AVAILABLE: &str = "node_filesystem_avail_bytes";
const UNAME: &str = "node_uname_info";

const DISK_BYTES: f64 = 107_374_182_400.0;
const DISK_USED_PART: f64 = 0.38;
/// What the system itself takes, of the whole machine.
const SYSTEM_PART: f64 = 0.06;
/// Of what is not idle: the modes and their shares.
const BUSY_MODES: [(&str, f64); 3] = [("user", 0.72), ("system", 0.25), ("iowait", 0.03)];

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    if !collector.wants(&[LOAD, CPU, MEMORY_TOTAL, MEMORY_AVAILABLE, DISK_SIZE, DISK_AVAILABLE, UNAME]) {
        return;
    }
    for node in timeline.nodes.values() {
        let target = node_target(node);
        let pods: Vec<&PodTrack> =
            timeline.pods.iter().filter(|pod| pod.node.last().is_some_and(|name| *name == node.name)).collect();
        collect_node(&target, node, &pods, collector);
        collect_cpu(&target, node, &pods, collector);
    }
}

/// The scrape target of a machine's exporter.
pub(super) fn node_target(node: &NodeTrack) -> Target<'_> {
    Target::new("node-exporter", &format!("{}:9100", node.name), Life::Node(node)).with("node", &node.name)
}

fn collect_node(target: &Target<'_>, node: &NodeTrack, pods: &[&PodTrack], collector: &mut Collector<'_>) {
    let seed = hash_text(&node.name);
    let runs =
        |pod: &PodTrack, at_ms: i64| within(pod, at_ms) && value_at(&pod.running, at_ms).copied().unwrap_or(false);
    collector.add(target, UNAME, &[("nodename", &node.name), ("sysname", "Linux")], |_| Some(1.0));
    collector.add(target, LOAD, &[], |at_ms| {
        let running = pods.iter().filter(|pod| runs(pod, at_ms));
        let cores: f64 = running.filter_map(|pod| value_at(&pod.cpu_cores, at_ms)).sum();
        let load = (cores + node.cpu_cores * SYSTEM_PART) * (1.05 + 0.12 * jitter(seed, at_ms));
        Some((load * 100.0).round() / 100.0)
    });
    collector.add(target, MEMORY_TOTAL, &[], |_| Some(node.memory_bytes));
    collector.add(target, MEMORY_AVAILABLE, &[], |at_ms| {
        let used: f64 = pods.iter().filter(|pod| runs(pod, at_ms)).map(|pod| memory_bytes(pod, at_ms)).sum();
        Some((node.memory_bytes * (1.0 - SYSTEM_PART) - used).max(0.0).floor())
    });
    let disk = [("device", "/dev/vda1"), ("fstype", "ext4"), ("mountpoint", "/")];
    collector.add(target, DISK_SIZE, &disk, |_| Some(DISK_BYTES));
    collector.add(target, DISK_AVAILABLE, &disk, |at_ms| {
        Some((DISK_BYTES * (1.0 - DISK_USED_PART - 0.002 * jitter(seed, at_ms))).floor())
    });
}

fn collect_cpu(target: &Target<'_>, node: &NodeTrack, pods: &[&PodTrack], collector: &mut Collector<'_>) {
    if !collector.wants(&[CPU]) {
        return;
    }
    let from_ms = node.created.timestamp_millis();
    let cores = node.cpu_cores.max(1.0);
    let busy = |at_ms: i64| {
        let pods: f64 = pods.iter().map(|pod| cpu_seconds(pod, from_ms, end_of(pod, at_ms))).sum();
        pods / cores + elapsed(from_ms, at_ms) * SYSTEM_PART
    };
    for core in 0..cores as u32 {
        let core = core.to_string();
        for (mode, part) in BUSY_MODES {
            collector.add(target, CPU, &[("cpu", &core), ("mode", mode)], |at_ms| Some(busy(at_ms) * part));
        }
        collector.add(target, CPU, &[("cpu", &core), ("mode", "idle")], |at_ms| {
            Some((elapsed(from_ms, at_ms) - busy(at_ms)).max(0.0))
        });
    }
}

fn end_of(pod: &PodTrack, at_ms: i64) -> i64 {
    pod.ended.map_or(at_ms, |end| end.timestamp_millis().min(at_ms))
}

fn elapsed(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / 1000.0
}
