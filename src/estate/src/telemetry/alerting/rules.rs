//! The alerting rules, as data.

use super::super::series::{Labels, METRIC_NAME};

/// An alerting rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The group that it is in.
    pub group: &'static str,
    /// The name of its alerts.
    pub name: &'static str,
    /// What must hold.
    pub expression: &'static str,
    /// For how long before it fires.
    pub hold_seconds: i64,
    /// `critical`, `warning` or `none`.
    pub severity: &'static str,
    /// One line; `{{ $labels.X }}` and `{{ $value }}` are filled.
    pub summary: &'static str,
    /// A sentence more.
    pub description: &'static str,
}

impl Rule {
    /// The labels of an alert for one result of the expression.
    pub(super) fn alert_labels(&self, result: &Labels) -> Labels {
        let mut labels = result.clone();
        labels.remove(METRIC_NAME);
        labels.set("alertname", self.name);
        labels.set("severity", self.severity);
        labels
    }
}

/// All rules, by group.
pub const RULES: [Rule; 13] = [
    Rule {
        group: "general",
        name: "Watchdog",
        expression: "vector(1)",
        hold_seconds: 0,
        severity: "none",
        summary: "An alert that always fires, to show that alerting works.",
        description: "If this alert is missing, alerts no longer arrive.",
    },
    Rule {
        group: "general",
        name: "TargetDown",
        expression: "100 * (count by (job, namespace, service) (up == 0) / count by (job, namespace, service) (up)) > 10",
        hold_seconds: 120,
        severity: "warning",
        summary: "{{ $value }}% of the {{ $labels.job }} targets are down.",
        description: "Scrapes of {{ $labels.job }} targets in namespace {{ $labels.namespace }} get no answer.",
    },
    Rule {
        group: "kubernetes-apps",
        name: "KubePodCrashLooping",
        expression: "max by (namespace, pod, container, reason) \
            (max_over_time(kube_pod_container_status_waiting_reason{reason=\"CrashLoopBackOff\"}[5m])) >= 1",
        hold_seconds: 60,
        severity: "warning",
        summary: "Pod {{ $labels.namespace }}/{{ $labels.pod }} is crash looping.",
        description: "Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} is waiting in \
            CrashLoopBackOff.",
    },
    Rule {
        group: "kubernetes-apps",
        name: "KubePodNotReady",
        expression: "max by (namespace, pod) (kube_pod_status_ready{condition=\"false\"}) == 1 unless on (namespace, pod) \
            kube_pod_status_phase{phase=\"Succeeded\"} == 1",
        hold_seconds: 120,
        severity: "warning",
        summary: "Pod {{ $labels.namespace }}/{{ $labels.pod }} is not ready.",
        description: "Pod {{ $labels.namespace }}/{{ $labels.pod }} has not been ready for more than two minutes.",
    },
    Rule {
        group: "kubernetes-apps",
        name: "KubeDeploymentReplicasMismatch",
        expression: "max by (namespace, deployment) (kube_deployment_spec_replicas) > max by (namespace, deployment) \
            (kube_deployment_status_replicas_available)",
        hold_seconds: 120,
        severity: "warning",
        summary: "Deployment {{ $labels.namespace }}/{{ $labels.deployment }} has fewer available pods than wanted.",
        description: "Deployment {{ $labels.namespace }}/{{ $labels.deployment }} wants {{ $value }} pods and has not had as \
            many for two minutes.",
    },
    Rule {
        group: "kubernetes-apps",
        name: "KubeContainerWaiting",
        expression: "sum by (namespace, pod, container, reason) \
            (kube_pod_container_status_waiting_reason{reason!=\"CrashLoopBackOff\"}) > 0",
        hold_seconds: 60,
        severity: "warning",
        summary: "Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} is waiting.",
        description: "The container has been waiting for more than a minute: {{ $labels.reason }}.",
    },
    Rule {
        group: "kubernetes-apps",
        name: "ContainerOOMKilled",
        expression: "max by (namespace, pod, container) (increase(kube_pod_container_status_restarts_total[10m])) > 0 and on \
            (namespace, pod, container) kube_pod_container_status_last_terminated_reason{reason=\"OOMKilled\"} == 1",
        hold_seconds: 0,
        severity: "warning",
        summary: "Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} was killed for \
            memory.",
        description: "The container reached its memory limit and was started again within the last ten minutes.",
    },
    Rule {
        group: "kubernetes-system",
        name: "KubeNodeNotReady",
        expression: "max by (node) (kube_node_status_condition{condition=\"Ready\",status=\"true\"}) == 0",
        hold_seconds: 60,
        severity: "critical",
        summary: "Node {{ $labels.node }} is not ready.",
        description: "Node {{ $labels.node }} has not been ready for more than a minute.",
    },
    Rule {
        group: "kubernetes-storage",
        name: "KubePersistentVolumeFillingUp",
        expression: "max by (namespace, persistentvolumeclaim) ((kubelet_volume_stats_available_bytes / \
            kubelet_volume_stats_capacity_bytes < 0.15 and \
            predict_linear(kubelet_volume_stats_available_bytes[10m], 14400) < 0) or \
            kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.05)",
        hold_seconds: 60,
        severity: "critical",
        summary: "Volume {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is filling up.",
        description: "Only a part of {{ $value }} of the volume is free, and at this pace none within four hours.",
    },
    Rule {
        group: "certificates",
        name: "CertificateExpiringSoon",
        expression: "min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time() < 2 * 86400",
        hold_seconds: 60,
        severity: "warning",
        summary: "Certificate {{ $labels.namespace }}/{{ $labels.name }} expires soon.",
        description: "The certificate expires in {{ $value }} seconds and has not been renewed.",
    },
    Rule {
        group: "services",
        name: "HighErrorRate",
        expression: "sum by (namespace, service) (rate(http_requests_total{code=~\"5..\"}[2m])) / sum by (namespace, \
            service) (rate(http_requests_total[2m])) > 0.05",
        hold_seconds: 60,
        severity: "critical",
        summary: "Service {{ $labels.namespace }}/{{ $labels.service }} answers with errors.",
        description: "A part of {{ $value }} of the requests to {{ $labels.service }} end with a 5xx status.",
    },
    Rule {
        group: "services",
        name: "HighLatency",
        expression: "histogram_quantile(0.99, sum by (namespace, service, le) \
            (rate(http_request_duration_seconds_bucket[2m]))) > 1",
        hold_seconds: 60,
        severity: "warning",
        summary: "Service {{ $labels.namespace }}/{{ $labels.service }} is slow.",
        description: "The 99th percentile of the latency of {{ $labels.service }} is {{ $value }} seconds.",
    },
    Rule {
        group: "services",
        name: "ProbeFailed",
        expression: "probe_success == 0",
        hold_seconds: 60,
        severity: "critical",
        summary: "Probe of {{ $labels.namespace }}/{{ $labels.service }} fails.",
        description: "The probe of {{ $labels.instance }} has failed for more than a minute.",
    },
];
