//! The cluster itself: namespaces, nodes, classes, system pods.

use serde_json::{Value, json};

use crate::world::World;
use crate::world::nodes::conditions;
use crate::world::object::{set, timestamp};

const NODES: [(&str, &str); 4] =
    [("worker-1", "data"), ("worker-2", "general"), ("worker-3", "general"), ("worker-4", "data")];

/// Builds it.
pub fn build(world: &mut World) {
    for namespace in ["default", "kube-system", "kube-public", "kube-node-lease", "shop", "data", "edge"] {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace,
            "labels": {"kubernetes.io/metadata.name": namespace}}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
        world.plant("namespaces", object, "kubectl-create");
    }
    for namespace in ["default", "kube-system", "kube-public", "kube-node-lease", "shop", "data", "edge"] {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}});
        world.plant("serviceaccounts", account, "kube-controller-manager");
        let root = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt", "namespace": namespace},
            "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\nMIIBdemo\n-----END CERTIFICATE-----\n"}});
        world.plant("configmaps", root, "kube-controller-manager");
    }
    for (position, (node, pool)) in NODES.iter().enumerate() {
        build_node(world, position, node, pool);
    }
    classes(world);
    system(world);
}

fn build_node(world: &mut World, position: usize, node: &str, pool: &str) {
    let now = timestamp(world.now);
    let address = format!("10.0.12.{}", 11 + position);
    let capacity = json!({"cpu": "4", "memory": "16384Mi", "pods": "110", "ephemeral-storage": "100Gi"});
    let allocatable = json!({"cpu": "3920m", "memory": "15360Mi", "pods": "110", "ephemeral-storage": "92Gi"});
    let object = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node, "labels": {"kubernetes.io/hostname": node, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": "m6.xlarge", "topology.kubernetes.io/zone": "eu-1a", "pool": pool}},
        "spec": {"podCIDR": format!("10.244.{}.0/24", position + 1), "providerID": format!("demo:///eu-1a/i-0{position}c4f1a9")},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": node}],
            "capacity": capacity, "allocatable": allocatable, "conditions": conditions(world.now, true, &now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"kubeletVersion": "v1.32.4", "containerRuntimeVersion": "containerd://1.7.27", "osImage": "Debian GNU/Linux 12 (bookworm)",
                "kernelVersion": "6.1.0-32-amd64", "operatingSystem": "linux", "architecture": "amd64", "kubeProxyVersion": "v1.32.4",
                "machineID": "", "systemUUID": "", "bootID": "", "swap": {"capacity": 0}},
        },
    });
    world.plant("nodes", object, "kubelet");
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": node, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": now}});
    world.plant("leases", lease, "kubelet");
}

fn classes(world: &mut World) {
    let storage = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}, "provisioner": "csi.example.com",
        "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate", "allowVolumeExpansion": true});
    world.plant("storageclasses", storage, "kubectl-client-side-apply");
    let ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "gateway"},
        "spec": {"controller": "example.com/ingress-gateway"}});
    world.plant("ingressclasses", ingress, "kubectl-client-side-apply");
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "certificates.cert-manager.io"},
        "spec": {"group": "cert-manager.io", "scope": "Namespaced",
            "names": {"plural": "certificates", "singular": "certificate", "kind": "Certificate", "listKind": "CertificateList", "shortNames": ["cert", "certs"]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]},
        "status": {"acceptedNames": {"plural": "certificates", "kind": "Certificate"}, "storedVersions": ["v1"],
            "conditions": [{"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"}]},
    });
    world.plant("customresourcedefinitions", definition, "kubectl-client-side-apply");
    for role in ["cluster-admin", "view", "edit"] {
        let object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": role},
            "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": if role == "view" { json!(["get", "list", "watch"]) } else { json!(["*"]) }}]});
        world.plant("clusterroles", object, "kube-apiserver");
    }
}

/// A workload of the infrastructure: `(kind, namespace, name, image, replicas)`.
pub fn infrastructure(kind: &str, namespace: &str, name: &str, image: &str, replicas: i64) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{
                "name": name, "image": image, "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "192Mi"}}}]}},
        },
    });
    if kind == "Deployment" {
        set(&mut object, &["spec", "replicas"], json!(replicas));
    }
    object
}

fn system(world: &mut World) {
    let coredns = infrastructure("Deployment", "kube-system", "coredns", "registry.k8s.io/coredns/coredns:v1.11.3", 2);
    world.plant("deployments", coredns, "kubeadm");
    let metrics = infrastructure(
        "Deployment",
        "kube-system",
        "metrics-server",
        "registry.k8s.io/metrics-server/metrics-server:v0.7.2",
        1,
    );
    world.plant("deployments", metrics, "kubectl-client-side-apply");
    let proxy = infrastructure("DaemonSet", "kube-system", "kube-proxy", "registry.k8s.io/kube-proxy:v1.32.4", 0);
    world.plant("daemonsets", proxy, "kubeadm");
    for (namespace, name, port, selector) in
        [("default", "kubernetes", 443, None), ("kube-system", "kube-dns", 53, Some("coredns"))]
    {
        let mut service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterIP": if port == 443 { "10.96.0.1" } else { "10.96.0.10" }, "ports": [{"name": "main", "port": port, "protocol": "TCP"}]}});
        if let Some(app) = selector {
            set(&mut service, &["spec", "selector"], json!({"app": app}));
        }
        world.plant("services", service, "kube-apiserver");
    }
}
