//! The metric families of the world with their kinds and help texts, as `/api/v1/metadata` tells them.

/// What a family counts or measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Buckets, a sum and a count.
    Histogram,
}

impl Kind {
    /// As Prometheus writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric family.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Its name, of a histogram without suffix.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it means.
    pub help: &'static str,
}

const fn family(name: &'static str, kind: Kind, help: &'static str) -> Family {
    Family { name, kind, help }
}

/// All families.
pub const FAMILIES: [Family; 60] = [
    family("up", Kind::Gauge, "Whether the last scrape of the target got an answer."),
    family("scrape_duration_seconds", Kind::Gauge, "How long the scrape took."),
    family("scrape_samples_scraped", Kind::Gauge, "How many samples the target exposed."),
    family("http_requests_total", Kind::Counter, "HTTP requests served, by route and status code."),
    family("http_request_duration_seconds", Kind::Histogram, "How long HTTP requests took, as the server saw it."),
    family(
        "http_client_request_duration_seconds",
        Kind::Histogram,
        "How long outgoing HTTP requests took, as the client saw it.",
    ),
    family(
        "db_client_operation_duration_seconds",
        Kind::Histogram,
        "How long database operations took, as the client saw it.",
    ),
    family("kube_pod_info", Kind::Gauge, "Information about a pod."),
    family("kube_pod_created", Kind::Gauge, "Unix time at which the pod was created."),
    family("kube_pod_owner", Kind::Gauge, "The owner of a pod."),
    family("kube_pod_status_phase", Kind::Gauge, "The phase of a pod."),
    family("kube_pod_status_ready", Kind::Gauge, "Whether a pod is ready to serve."),
    family("kube_pod_container_info", Kind::Gauge, "Information about a container."),
    family("kube_pod_container_status_restarts_total", Kind::Counter, "How often the container was started again."),
    family("kube_pod_container_status_running", Kind::Gauge, "Whether the container runs."),
    family("kube_pod_container_status_ready", Kind::Gauge, "Whether the container's readiness probe succeeds."),
    family("kube_pod_container_status_waiting", Kind::Gauge, "Whether the container waits."),
    family("kube_pod_container_status_waiting_reason", Kind::Gauge, "Why the container waits."),
    family(
        "kube_pod_container_status_last_terminated_reason",
        Kind::Gauge,
        "Why the last process of the container ended.",
    ),
    family("kube_pod_container_resource_requests", Kind::Gauge, "Resources requested by a container."),
    family("kube_pod_container_resource_limits", Kind::Gauge, "Resource limits of a container."),
    family("kube_deployment_spec_replicas", Kind::Gauge, "Wanted pods of a deployment."),
    family("kube_deployment_status_replicas", Kind::Gauge, "Pods of a deployment."),
    family("kube_deployment_status_replicas_ready", Kind::Gauge, "Ready pods of a deployment."),
    family("kube_deployment_status_replicas_available", Kind::Gauge, "Available pods of a deployment."),
    family("kube_deployment_status_replicas_updated", Kind::Gauge, "Pods of a deployment's newest template."),
    family("kube_deployment_metadata_generation", Kind::Gauge, "The generation of a deployment's wanted state."),
    family("kube_statefulset_replicas", Kind::Gauge, "Wanted pods of a stateful set."),
    family("kube_statefulset_status_replicas", Kind::Gauge, "Pods of a stateful set."),
    family("kube_statefulset_status_replicas_ready", Kind::Gauge, "Ready pods of a stateful set."),
    family("kube_daemonset_status_desired_number_scheduled", Kind::Gauge, "Nodes that should run a daemon set's pod."),
    family("kube_daemonset_status_current_number_scheduled", Kind::Gauge, "Nodes that run a daemon set's pod."),
    family("kube_daemonset_status_number_ready", Kind::Gauge, "Nodes on which a daemon set's pod is ready."),
    family("kube_node_info", Kind::Gauge, "Information about a node."),
    family("kube_node_spec_unschedulable", Kind::Gauge, "Whether a node takes no new pods."),
    family("kube_node_status_condition", Kind::Gauge, "The condition of a node."),
    family("kube_node_status_allocatable", Kind::Gauge, "What of a node pods may use."),
    family("kube_node_status_capacity", Kind::Gauge, "What a node has."),
    family("kube_persistentvolumeclaim_info", Kind::Gauge, "Information about a volume claim."),
    family(
        "kube_persistentvolumeclaim_resource_requests_storage_bytes",
        Kind::Gauge,
        "Storage requested by a volume claim.",
    ),
    family("container_memory_working_set_bytes", Kind::Gauge, "Memory of a container that cannot be reclaimed."),
    family("container_memory_usage_bytes", Kind::Gauge, "Memory of a container with caches."),
    family("container_cpu_usage_seconds_total", Kind::Counter, "CPU time used by a container."),
    family(
        "container_cpu_cfs_throttled_periods_total",
        Kind::Counter,
        "Scheduler periods in which a container was throttled.",
    ),
    family("container_cpu_cfs_periods_total", Kind::Counter, "Scheduler periods of a container."),
    family("kubelet_volume_stats_capacity_bytes", Kind::Gauge, "Size of a volume."),
    family("kubelet_volume_stats_used_bytes", Kind::Gauge, "Bytes in use on a volume."),
    family("kubelet_volume_stats_available_bytes", Kind::Gauge, "Bytes free on a volume."),
    family("node_load1", Kind::Gauge, "Load average over a minute."),
    family("node_cpu_seconds_total", Kind::Counter, "Seconds the CPUs spent in each mode."),
    family("node_memory_MemTotal_bytes", Kind::Gauge, "Memory of the machine."),
    family("node_memory_MemAvailable_bytes", Kind::Gauge, "Memory that programs could still get."),
    family("node_filesystem_size_bytes", Kind::Gauge, "Size of a file system."),
    family("node_filesystem_avail_bytes", Kind::Gauge, "Bytes of a file system that programs could still get."),
    family("node_uname_info", Kind::Gauge, "Information about the machine's system."),
    family(
        "certmanager_certificate_expiration_timestamp_seconds",
        Kind::Gauge,
        "Unix time after which the certificate is invalid.",
    ),
    family("certmanager_certificate_ready_status", Kind::Gauge, "Whether the certificate is ready."),
    family("probe_success", Kind::Gauge, "Whether the probe succeeded."),
    family("probe_duration_seconds", Kind::Gauge, "How long the probe took."),
    family("ALERTS", Kind::Gauge, "Alerts that are pending or firing."),
];

/// The families that kube-state-metrics tells of pods and containers.
pub(super) const KUBE_POD_NAMES: [&str; 14] = [
    "kube_pod_info",
    "kube_pod_created",
    "kube_pod_owner",
    "kube_pod_status_phase",
    "kube_pod_status_ready",
    "kube_pod_container_info",
    "kube_pod_container_status_restarts_total",
    "kube_pod_container_status_running",
    "kube_pod_container_status_ready",
    "kube_pod_container_status_waiting",
    "kube_pod_container_status_waiting_reason",
    "kube_pod_container_status_last_terminated_reason",
    "kube_pod_container_resource_requests",
    "kube_pod_container_resource_limits",
];

/// The families that kube-state-metrics tells of workloads.
pub(super) const KUBE_WORKLOAD_NAMES: [&str; 12] = [
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas",
    "kube_deployment_status_replicas_ready",
    "kube_deployment_status_replicas_available",
    "kube_deployment_status_replicas_updated",
    "kube_deployment_metadata_generation",
    "kube_statefulset_replicas",
    "kube_statefulset_status_replicas",
    "kube_statefulset_status_replicas_ready",
    "kube_daemonset_status_desired_number_scheduled",
    "kube_daemonset_status_current_number_scheduled",
    "kube_daemonset_status_number_ready",
];
