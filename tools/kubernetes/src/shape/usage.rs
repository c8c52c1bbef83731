//! Rows of the metrics API (`metrics.k8s.io/v1beta1`).

use super::api::{Meta, Pod, lenient};
use super::{owner, quantity};
use domain::observed::kubernetes::UsageRow;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a pod's containers use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PodMetrics {
    /// Metadata: the pod's name and namespace.
    pub metadata: Meta,
    /// Containers.
    #[serde(deserialize_with = "lenient")]
    pub containers: Vec<ContainerMetrics>,
}

/// What one container uses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ContainerMetrics {
    /// `cpu` and `memory`.
    #[serde(deserialize_with = "lenient")]
    pub usage: BTreeMap<String, String>,
}

/// What a node uses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NodeMetrics {
    /// Metadata: the node's name.
    pub metadata: Meta,
    /// `cpu` and `memory`.
    #[serde(deserialize_with = "lenient")]
    pub usage: BTreeMap<String, String>,
}

/// A pod's row; the limit is told where every container has one.
pub fn pod_row(metrics: &PodMetrics, pod: Option<&Pod>) -> UsageRow {
    let sum = |name: &str, read: fn(&str) -> Option<u64>| {
        metrics.containers.iter().filter_map(|container| read(container.usage.get(name)?)).sum()
    };
    UsageRow {
        namespace: metrics.metadata.namespace.clone(),
        name: metrics.metadata.name.clone(),
        cpu_millicores: sum("cpu", quantity::millis),
        memory_bytes: sum("memory", quantity::whole),
        memory_limit_bytes: pod.and_then(memory_limit),
        memory_of_limit: None,
        owner: pod.and_then(|pod| owner::top_path(&pod.metadata)),
    }
    .with_share()
}

fn memory_limit(pod: &Pod) -> Option<u64> {
    let limit = |limits: &BTreeMap<String, String>| quantity::whole(limits.get("memory")?);
    let limits: Option<Vec<u64>> =
        pod.spec.containers.iter().map(|container| limit(&container.resources.limits)).collect();
    limits.filter(|limits| !limits.is_empty()).map(|limits| limits.iter().sum())
}

/// A node's row beside what pods may use of it.
pub fn node_row(metrics: &NodeMetrics, allocatable: Option<&BTreeMap<String, String>>) -> UsageRow {
    let used = |name: &str| metrics.usage.get(name).map(String::as_str).unwrap_or_default();
    UsageRow {
        namespace: None,
        name: metrics.metadata.name.clone(),
        cpu_millicores: quantity::millis(used("cpu")).unwrap_or(0),
        memory_bytes: quantity::whole(used("memory")).unwrap_or(0),
        memory_limit_bytes: allocatable.and_then(|allocatable| quantity::whole(allocatable.get("memory")?)),
        memory_of_limit: None,
        owner: None,
    }
    .with_share()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn containers_are_added_and_limits_joined() {
        let metrics: PodMetrics = serde_json::from_value(json!({"metadata": {"name": "checkout-1", "namespace": "shop"},
            "containers": [{"usage": {"cpu": "120m", "memory": "200Mi"}}, {"usage": {"cpu": "5000000n", "memory": "56Mi"}}]}))
        .unwrap();
        let pod: Pod = serde_json::from_value(json!({"spec": {"containers": [
            {"resources": {"limits": {"memory": "256Mi"}}}, {"resources": {"limits": {"memory": "64Mi"}}}]}}))
        .unwrap();
        let row = pod_row(&metrics, Some(&pod));
        assert_eq!((row.cpu_millicores, row.memory_bytes >> 20, row.memory_limit_bytes), (125, 256, Some(320 << 20)));
    }
}
