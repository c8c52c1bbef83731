//! What each kubelet tells about the volumes that its pods mount.

use super::collect::{Collector, Life, Target, value_at};
use crate::telemetry::noise::{hash_text, jitter};
use crate::world::timeline::{Timeline, VolumeTrack};
use chrono::DateTime;

const CAPACITY: &str = "kubelet_volume_stats_capacity_bytes";
const USED: &str = "kubelet_volume_stats_used_bytes";
const AVAILABLE: &str = "kubelet_volume_stats_available_bytes";

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    if !collector.wants(&[CAPACITY, USED, AVAILABLE]) {
        return;
    }
    for volume in timeline.volumes.values() {
        let mounted =
            |pod: &&crate::world::timeline::PodTrack| pod.name == volume.pod && pod.namespace == volume.claim.namespace;
        let Some(pod) = timeline.pods.iter().rev().find(mounted) else { continue };
        let Some(node) = pod.node.last().and_then(|name| timeline.nodes.get(name)) else { continue };
        let target = Target::new("kubelet", &format!("{}:10250", node.name), Life::Node(node))
            .with("metrics_path", "/metrics")
            .with("node", &node.name);
        let labels =
            [("namespace", volume.claim.namespace.as_str()), ("persistentvolumeclaim", volume.claim.name.as_str())];
        let capacity = |at_ms: i64| value_at(&volume.capacity_bytes, at_ms).copied();
        collector.add(&target, CAPACITY, &labels, capacity);
        collector.add(&target, USED, &labels, |at_ms| used(volume, at_ms));
        collector.add(&target, AVAILABLE, &labels, |at_ms| Some((capacity(at_ms)? - used(volume, at_ms)?).max(0.0)));
    }
}

fn used(volume: &VolumeTrack, at_ms: i64) -> Option<f64> {
    let bytes = volume.used.bytes_at(DateTime::from_timestamp_millis(at_ms)?)?;
    let capacity = value_at(&volume.capacity_bytes, at_ms).copied()?;
    let noisy = bytes * (1.0 + 0.0005 * jitter(hash_text(&volume.claim.name), at_ms));
    Some(noisy.min(capacity).floor())
}
