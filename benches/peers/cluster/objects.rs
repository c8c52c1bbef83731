//! What stands around the pods: namespaces, nodes, deployments, replica sets, services and their endpoints.

use super::layout::{self, Layout};
use super::pods::{age_told, replica_set, stamp};
use super::{Objects, Stored};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// Adds all of them.
pub fn fill(objects: &mut Objects, layout: Layout, now: DateTime<Utc>) {
    let created = now - TimeDelta::days(40);
    let stored = |object: Value| {
        let name = object.pointer("/metadata/name").cloned().unwrap_or_default();
        Stored { object, cells: vec![name, json!(age_told(now - created))] }
    };
    let metadata = |name: &str, namespace: Option<&str>, number: usize| {
        let mut metadata = json!({"name": name, "uid": layout::uid(number), "resourceVersion": (10_000 + number).to_string(),
            "creationTimestamp": stamp(created), "generation": 3, "labels": {"app.kubernetes.io/name": name}});
        if let (Some(namespace), Some(metadata)) = (namespace, metadata.as_object_mut()) {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
        metadata
    };
    let namespaces = (0..layout.namespaces).map(|place| {
        let name = layout::namespace(place);
        stored(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata(&name, None, place + 4_000_000),
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}))
    });
    let nodes = (0..layout.nodes()).map(|number| {
        let name = layout::node(number);
        stored(node(metadata(&name, None, number + 5_000_000), now))
    });
    objects.insert("namespaces", sorted(namespaces.collect()));
    objects.insert("nodes", sorted(nodes.collect()));
    let (mut deployments, mut replica_sets, mut services, mut slices) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, namespace, workload) in layout.workloads() {
        let labels = json!({"app.kubernetes.io/name": workload});
        let place = Some(namespace.as_str());
        let spec = json!({"replicas": layout.replicas, "selector": {"matchLabels": labels}, "template": template(&workload, &labels)});
        let counts = json!({"observedGeneration": 3, "replicas": layout.replicas, "updatedReplicas": layout.replicas,
            "readyReplicas": layout.replicas, "availableReplicas": layout.replicas});
        deployments.push(stored(json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec, "status": counts,
            "metadata": metadata(&workload, place, number + 6_000_000)})));
        let mut owned = metadata(&replica_set(number, &workload), place, number + 2_000_000);
        if let Some(owned) = owned.as_object_mut() {
            owned.insert(
                "ownerReferences".to_owned(),
                json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": workload,
                "uid": layout::uid(number + 6_000_000), "controller": true, "blockOwnerDeletion": true}]),
            );
        }
        replica_sets.push(stored(
            json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": owned, "spec": spec, "status": counts}),
        ));
        services.push(stored(json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata(&workload, place, number + 7_000_000),
            "spec": {"type": "ClusterIP", "clusterIP": format!("10.96.{}.{}", number / 250, number % 250 + 2), "selector": labels,
                "ports": [{"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"}]}, "status": {"loadBalancer": {}}})));
        let mut slice =
            metadata(&format!("{workload}-{}", layout::suffix(number + 8_000_000, 5)), place, number + 8_000_000);
        if let Some(labels) = slice.get_mut("labels") {
            *labels = json!({"kubernetes.io/service-name": workload});
        }
        let ready: Vec<Value> = (0..layout.replicas)
            .map(|_| json!({"addresses": ["10.244.0.9"], "conditions": {"ready": true, "serving": true, "terminating": false}}))
            .collect();
        slices.push(stored(json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice,
            "addressType": "IPv4", "endpoints": ready, "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}]})));
    }
    objects.insert("deployments", sorted(deployments));
    objects.insert("replicasets", sorted(replica_sets));
    objects.insert("services", sorted(services));
    objects.insert("endpointslices", sorted(slices));
}

fn template(workload: &str, labels: &Value) -> Value {
    json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app",
        "image": format!("registry.example.com/{workload}:2.1.0"), "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}}}]}})
}

fn node(metadata: Value, now: DateTime<Utc>) -> Value {
    let condition = |kind: &str, status: &str| {
        json!({"type": kind, "status": status, "reason": "Kubelet", "message": "", "lastHeartbeatTime": stamp(now),
            "lastTransitionTime": stamp(now - TimeDelta::days(20))})
    };
    json!({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"podCIDR": "10.244.0.0/24"},
        "status": {"capacity": {"cpu": "16", "memory": "64Gi", "pods": "110"},
            "allocatable": {"cpu": "15800m", "memory": "62Gi", "pods": "110"},
            "conditions": [condition("MemoryPressure", "False"), condition("DiskPressure", "False"), condition("PIDPressure", "False"),
                condition("Ready", "True")],
            "nodeInfo": {"kubeletVersion": "v1.32.4", "osImage": "Debian GNU/Linux 12", "kernelVersion": "6.1.0", "architecture": "amd64",
                "containerRuntimeVersion": "containerd://2.0.5", "operatingSystem": "linux"}}})
}

fn sorted(mut objects: Vec<Stored>) -> Vec<Stored> {
    let key = |stored: &Stored, field: &str| {
        stored.object.pointer(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    objects.sort_by_key(|stored| (key(stored, "/metadata/namespace"), key(stored, "/metadata/name")));
    objects
}
