//! What kube-state-metrics tells: the state of pods, containers, workloads, nodes and claims.

use super::collect::{Collector, Life, Target, value_at, within};
use crate::world::timeline::{PodTrack, Replicas, Timeline, WorkloadTrack};

/// The job that the monitoring stack gives it.
pub(super) const JOB: &str = "kube-state-metrics";
/// Its one instance.
pub(super) const INSTANCE: &str = "10.244.0.12:8080";

const PHASES: [&str; 5] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
const WAITING_REASONS: [&str; 6] = [
    "CrashLoopBackOff",
    "ContainerCreating",
    "CreateContainerConfigError",
    "ErrImagePull",
    "ImagePullBackOff",
    "CreateContainerError",
];
const TERMINATED_REASONS: [&str; 3] = ["OOMKilled", "Error", "Completed"];

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    let target = Target::new(JOB, INSTANCE, Life::Steady);
    if !collector.admits(&[("job", JOB), ("instance", INSTANCE)]) {
        return;
    }
    if collector.wants(&super::catalog::KUBE_POD_NAMES) {
        for pod in &timeline.pods {
            if collector.admits(&[("namespace", &pod.namespace), ("pod", &pod.name)]) {
                collect_pod(&target, pod, collector);
                collect_container(&target, pod, collector);
            }
        }
    }
    if collector.wants(&super::catalog::KUBE_WORKLOAD_NAMES) {
        for workload in timeline.workloads.values() {
            collect_workload(&target, workload, collector);
        }
    }
    collect_nodes(&target, timeline, collector);
    for volume in timeline.volumes.values() {
        let labels = [
            ("namespace", volume.claim.namespace.as_str()),
            ("persistentvolumeclaim", volume.claim.name.as_str()),
            ("storageclass", "standard"),
        ];
        let exists = |at_ms: i64| value_at(&volume.capacity_bytes, at_ms).copied();
        collector.add(&target, "kube_persistentvolumeclaim_info", &labels, |at_ms| exists(at_ms).map(|_| 1.0));
        let requested = [labels[0], labels[1]];
        collector.add(&target, "kube_persistentvolumeclaim_resource_requests_storage_bytes", &requested, exists);
    }
}

fn collect_pod(target: &Target<'_>, pod: &PodTrack, collector: &mut Collector<'_>) {
    let named = [("namespace", pod.namespace.as_str()), ("pod", pod.name.as_str()), ("uid", pod.uid.as_str())];
    let there = |at_ms: i64, value: f64| within(pod, at_ms).then_some(value);
    let info = [
        &named[..],
        &[
            ("node", pod.node.last().map_or("", String::as_str)),
            ("pod_ip", pod.ip.last().map_or("", String::as_str)),
            ("created_by_kind", pod.controller.0.as_str()),
            ("created_by_name", pod.controller.1.as_str()),
        ],
    ];
    collector.add(target, "kube_pod_info", &info.concat(), |at_ms| there(at_ms, 1.0));
    let created = pod.created.timestamp_millis() as f64 / 1000.0;
    collector.add(target, "kube_pod_created", &named, |at_ms| there(at_ms, created));
    let owner = [&named[..], &[("owner_kind", pod.controller.0.as_str()), ("owner_name", pod.controller.1.as_str())]];
    collector.add(target, "kube_pod_owner", &owner.concat(), |at_ms| there(at_ms, 1.0));
    for phase in PHASES {
        let labels = [&named[..], &[("phase", phase)]].concat();
        collector.add(target, "kube_pod_status_phase", &labels, |at_ms| {
            there(at_ms, flag(value_at(&pod.phase, at_ms).is_some_and(|current| current == phase)))
        });
    }
    for (condition, wanted) in [("true", Some(true)), ("false", Some(false)), ("unknown", None)] {
        let labels = [&named[..], &[("condition", condition)]].concat();
        collector.add(target, "kube_pod_status_ready", &labels, |at_ms| {
            let ready = value_at(&pod.ready, at_ms).copied().unwrap_or(false);
            there(at_ms, flag(Some(ready) == wanted))
        });
    }
}

fn collect_container(target: &Target<'_>, pod: &PodTrack, collector: &mut Collector<'_>) {
    let named = [
        ("namespace", pod.namespace.as_str()),
        ("pod", pod.name.as_str()),
        ("uid", pod.uid.as_str()),
        ("container", pod.container.as_str()),
    ];
    let there = |at_ms: i64, value: f64| within(pod, at_ms).then_some(value);
    let info = [&named[..], &[("image", pod.image.as_str())]].concat();
    collector.add(target, "kube_pod_container_info", &info, |at_ms| there(at_ms, 1.0));
    collector.add(target, "kube_pod_container_status_restarts_total", &named, |at_ms| {
        there(at_ms, pod.restarts.iter().filter(|restart| restart.timestamp_millis() <= at_ms).count() as f64)
    });
    let running = |at_ms: i64| value_at(&pod.running, at_ms).copied().unwrap_or(false);
    collector.add(target, "kube_pod_container_status_running", &named, |at_ms| there(at_ms, flag(running(at_ms))));
    collector.add(target, "kube_pod_container_status_ready", &named, |at_ms| {
        there(at_ms, flag(value_at(&pod.ready, at_ms).copied().unwrap_or(false)))
    });
    let waiting = |at_ms: i64| value_at(&pod.waiting_reason, at_ms).and_then(Option::as_deref);
    collector
        .add(target, "kube_pod_container_status_waiting", &named, |at_ms| there(at_ms, flag(waiting(at_ms).is_some())));
    for reason in WAITING_REASONS {
        let labels = [&named[..], &[("reason", reason)]].concat();
        collector.add(target, "kube_pod_container_status_waiting_reason", &labels, |at_ms| {
            if waiting(at_ms) == Some(reason) { there(at_ms, 1.0) } else { None }
        });
    }
    for reason in TERMINATED_REASONS {
        let labels = [&named[..], &[("reason", reason)]].concat();
        collector.add(target, "kube_pod_container_status_last_terminated_reason", &labels, |at_ms| {
            let last = value_at(&pod.last_terminated_reason, at_ms).and_then(Option::as_deref);
            if last == Some(reason) { there(at_ms, 1.0) } else { None }
        });
    }
    let resources = [
        ("kube_pod_container_resource_requests", "cpu", "core", pod.cpu_request_cores),
        ("kube_pod_container_resource_requests", "memory", "byte", pod.memory_request_bytes),
        ("kube_pod_container_resource_limits", "cpu", "core", pod.cpu_limit_cores),
        ("kube_pod_container_resource_limits", "memory", "byte", pod.memory_limit_bytes),
    ];
    for (name, resource, unit, amount) in resources.into_iter().filter(|(.., amount)| *amount > 0.0) {
        let node = pod.node.last().map_or("", String::as_str);
        let labels = [&named[..], &[("resource", resource), ("unit", unit), ("node", node)]].concat();
        collector.add(target, name, &labels, |at_ms| there(at_ms, amount));
    }
}

/// A series of a workload kind: its name and the number it tells.
type ReplicaSeries = (&'static str, fn(&Replicas) -> i64);

const DEPLOYMENT: [ReplicaSeries; 5] = [
    ("kube_deployment_spec_replicas", |replicas| replicas.desired),
    ("kube_deployment_status_replicas", |replicas| replicas.current),
    ("kube_deployment_status_replicas_ready", |replicas| replicas.ready),
    ("kube_deployment_status_replicas_available", |replicas| replicas.available),
    ("kube_deployment_status_replicas_updated", |replicas| replicas.updated),
];
const STATEFUL_SET: [ReplicaSeries; 3] = [
    ("kube_statefulset_replicas", |replicas| replicas.desired),
    ("kube_statefulset_status_replicas", |replicas| replicas.current),
    ("kube_statefulset_status_replicas_ready", |replicas| replicas.ready),
];
const DAEMON_SET: [ReplicaSeries; 3] = [
    ("kube_daemonset_status_desired_number_scheduled", |replicas| replicas.desired),
    ("kube_daemonset_status_current_number_scheduled", |replicas| replicas.current),
    ("kube_daemonset_status_number_ready", |replicas| replicas.ready),
];

fn collect_workload(target: &Target<'_>, workload: &WorkloadTrack, collector: &mut Collector<'_>) {
    let (label, series): (&'static str, &[ReplicaSeries]) = match workload.workload.kind.as_str() {
        "Deployment" => ("deployment", &DEPLOYMENT),
        "StatefulSet" => ("statefulset", &STATEFUL_SET),
        "DaemonSet" => ("daemonset", &DAEMON_SET),
        _ => return,
    };
    let labels = [("namespace", workload.workload.namespace.as_str()), (label, workload.workload.name.as_str())];
    let ended = |at_ms: i64| workload.ended.is_some_and(|end| end.timestamp_millis() <= at_ms);
    for (name, number) in series {
        collector.add(target, name, &labels, |at_ms| {
            let replicas = value_at(&workload.replicas, at_ms).filter(|_| !ended(at_ms))?;
            Some(number(replicas) as f64)
        });
    }
    if label == "deployment" {
        collector.add(target, "kube_deployment_metadata_generation", &labels, |at_ms| {
            value_at(&workload.generation, at_ms).filter(|_| !ended(at_ms)).map(|generation| *generation as f64)
        });
    }
}

fn collect_nodes(target: &Target<'_>, timeline: &Timeline, collector: &mut Collector<'_>) {
    for node in timeline.nodes.values() {
        let there = |at_ms: i64| {
            node.created.timestamp_millis() <= at_ms && node.ended.is_none_or(|end| at_ms < end.timestamp_millis())
        };
        let named = [("node", node.name.as_str())];
        collector.add(target, "kube_node_info", &named, |at_ms| there(at_ms).then_some(1.0));
        collector.add(target, "kube_node_spec_unschedulable", &named, |at_ms| {
            there(at_ms).then(|| flag(value_at(&node.unschedulable, at_ms).copied().unwrap_or(false)))
        });
        // A machine that has gone silent is Unknown, not False: its kubelet cannot tell.
        let ready = |at_ms: i64| value_at(&node.ready, at_ms).copied().unwrap_or(false);
        for (status, holds) in [("true", true), ("false", false), ("unknown", false)] {
            let labels = [named[0], ("condition", "Ready"), ("status", status)];
            collector.add(target, "kube_node_status_condition", &labels, |at_ms| {
                let current = if status == "unknown" { !ready(at_ms) } else { holds && ready(at_ms) };
                there(at_ms).then(|| flag(current))
            });
        }
        for condition in ["MemoryPressure", "DiskPressure", "PIDPressure"] {
            for status in ["true", "false", "unknown"] {
                let labels = [named[0], ("condition", condition), ("status", status)];
                collector.add(target, "kube_node_status_condition", &labels, |at_ms| {
                    there(at_ms).then(|| flag(status == if ready(at_ms) { "false" } else { "unknown" }))
                });
            }
        }
        for (resource, unit, amount) in [("cpu", "core", node.cpu_cores), ("memory", "byte", node.memory_bytes)] {
            let labels = [named[0], ("resource", resource), ("unit", unit)];
            collector.add(target, "kube_node_status_allocatable", &labels, |at_ms| there(at_ms).then_some(amount));
            collector.add(target, "kube_node_status_capacity", &labels, |at_ms| there(at_ms).then_some(amount));
        }
    }
}
