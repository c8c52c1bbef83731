//! A shop with a crashing checkout, a missing secret and a database, and the calls on it.

use crate::api::Api;
use chrono::{DateTime, Utc};
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tools_common::{CallContext, ToolServer as _};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

/// What must come out of no tool.
pub const CANARY: &str = "canary-0f7c";

/// The time of the calls.
pub fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-21T03:00:00Z").unwrap().with_timezone(&Utc)
}

/// A server over the API.
pub fn server(api: Api) -> Server {
    let cluster = ClusterConfig::new("demo", ClusterSource::service(api.router()));
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

/// One call.
pub async fn call(server: &Server, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    call_at(server, tool, arguments, now()).await
}

/// One call at a time of one's own.
pub async fn call_at(server: &Server, tool: &str, arguments: Value, now: DateTime<Utc>) -> Result<Envelope, Failure> {
    let arguments: Map<String, Value> = arguments.as_object().unwrap().clone();
    server.call(tool, arguments, CallContext::direct(now, Duration::from_secs(10))).await
}

/// A call on the shop.
pub async fn ask(tool: &str, arguments: Value) -> Envelope {
    call(&server(shop()), tool, arguments).await.unwrap_or_else(|failure| panic!("{tool}: {failure}"))
}

fn meta(name: &str, labels: Value, created: &str) -> Value {
    json!({"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "labels": labels, "creationTimestamp": created,
        "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update", "time": created, "fieldsV1": {}}]})
}

fn owned(mut meta: Value, kind: &str, owner: &str) -> Value {
    let version = if kind == "Deployment" || kind == "ReplicaSet" { "apps/v1" } else { "v1" };
    meta["ownerReferences"] = json!([{"apiVersion": version, "kind": kind, "name": owner, "uid": format!("uid-{owner}"), "controller": true}]);
    meta
}

fn template(image: &str, url: &str) -> Value {
    json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {
        "serviceAccountName": "checkout",
        "containers": [{"name": "app", "image": image,
            "env": [
                {"name": "ORDERS_DB_URL", "value": url},
                {"name": "DB_PASSWORD", "value": CANARY},
                {"name": "STRIPE_KEY", "valueFrom": {"secretKeyRef": {"name": "stripe-keys", "key": "api-key"}}}],
            "envFrom": [{"configMapRef": {"name": "checkout-config"}}],
            "resources": {"limits": {"memory": "256Mi"}}}]}})
}

fn replica_set(revision: u32, hash: &str, image: &str, created: &str, replicas: u32) -> Value {
    let url = format!("postgres://shop:{CANARY}@orders-db.shop:5432/orders");
    let mut metadata = owned(
        meta(&format!("checkout-{hash}"), json!({"app": "checkout", "pod-template-hash": hash}), created),
        "Deployment",
        "checkout",
    );
    metadata["annotations"] = json!({"deployment.kubernetes.io/revision": revision.to_string()});
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata,
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "checkout"}}, "template": template(image, &url)},
        "status": {"replicas": replicas, "readyReplicas": 0}})
}

fn crashing_pod(name: &str) -> Value {
    let labels = json!({"app": "checkout", "pod-template-hash": "6d4b75cb6d"});
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": owned(meta(name, labels, "2026-11-21T02:40:00Z"), "ReplicaSet", "checkout-6d4b75cb6d"),
        "spec": {"nodeName": "worker-1", "containers": template("checkout:1.5.0", "x")["spec"]["containers"]},
        "status": {"phase": "Running",
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-21T02:40:10Z"}],
            "containerStatuses": [{"name": "app", "ready": false, "restartCount": 7,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=app"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-21T02:58:00Z"}}}]}})
}

fn healthy(name: &str, namespace: &str) -> Vec<Value> {
    let labels = json!({"app": name});
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta(&format!("{name}-0"), labels.clone(), "2026-11-20T00:00:00Z"),
        "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "x:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 1, "state": {"running": {"startedAt": "2026-11-20T00:00:01Z"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-20T00:00:00Z"}}}]}});
    pod["metadata"]["ownerReferences"] = json!([{"kind": "StatefulSet", "apiVersion": "apps/v1", "name": name, "uid": format!("uid-{name}"), "controller": true}]);
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta(name, labels.clone(), "2026-11-20T00:00:00Z"),
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "x:1"}]}}},
        "status": {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "availableReplicas": 1}});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(name, json!({}), "2026-11-20T00:00:00Z"),
        "spec": {"type": "ClusterIP", "selector": labels, "ports": [{"port": 5432, "targetPort": 5432}]}});
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": meta(&format!("{name}-x"), json!({"kubernetes.io/service-name": name}), "2026-11-20T00:00:00Z"),
        "endpoints": [{"addresses": ["10.0.0.9"], "conditions": {"ready": true}}]});
    let mut all = vec![pod, set, service, slice];
    for object in &mut all {
        object["metadata"]["namespace"] = json!(namespace);
    }
    all
}

/// The shop.
pub fn shop() -> Api {
    let url = format!("postgres://shop:{CANARY}@orders-db.shop:5432/orders");
    let mut objects = vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}, "status": {"phase": "Active"}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}, "status": {"phase": "Active"}}),
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-1", "creationTimestamp": "2026-11-01T00:00:00Z"},
            "status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-01T00:00:00Z"}],
                "allocatable": {"cpu": "4", "memory": "8Gi"}, "nodeInfo": {"kubeletVersion": "v1.34.0"}}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
            "name": "checkout", "namespace": "shop", "uid": "uid-checkout", "generation": 8, "creationTimestamp": "2026-11-10T00:00:00Z",
            "labels": {"app": "checkout"},
            "annotations": {"deployment.kubernetes.io/revision": "2", "kubectl.kubernetes.io/last-applied-configuration": CANARY},
            "managedFields": [{"manager": "argocd", "time": "2026-11-21T02:40:00Z"}, {"manager": "kube-controller-manager", "time": "2026-11-21T02:58:00Z", "subresource": "status"}]},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "checkout"}}, "template": template("checkout:1.5.0", &url)},
            "status": {"observedGeneration": 8, "replicas": 2, "updatedReplicas": 2, "conditions": [
                {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "lastTransitionTime": "2026-11-21T02:40:10Z"}]}}),
        replica_set(1, "55c9", "checkout:1.4.2", "2026-11-10T00:00:00Z", 0),
        replica_set(2, "6d4b75cb6d", "checkout:1.5.0", "2026-11-21T02:40:00Z", 2),
        crashing_pod("checkout-6d4b75cb6d-aaaaa"),
        crashing_pod("checkout-6d4b75cb6d-bbbbb"),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta("checkout", json!({}), "2026-11-10T00:00:00Z"),
            "spec": {"type": "ClusterIP", "selector": {"app": "checkout"}, "ports": [{"port": 80, "targetPort": 8080}]}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "checkout-config", "namespace": "shop", "creationTimestamp": "2026-11-10T00:00:00Z",
            "managedFields": [{"manager": "kubectl-edit", "time": "2026-11-21T02:39:00Z"}]},
            "data": {"app.yaml": format!("redis: cart-redis.shop.svc.cluster.local:6379\npassword: {CANARY}\n"), "API_TOKEN": CANARY}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": meta("checkout-tls", json!({}), "2026-11-10T00:00:00Z"), "type": "Opaque",
            "data": {"tls.key": "Y2FuYXJ5LTBmN2M="}, "stringData": {"x": CANARY}}),
        json!({"apiVersion": "v1", "kind": "Event", "metadata": meta("e1", json!({}), "2026-11-21T02:41:00Z"),
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "checkout-6d4b75cb6d-aaaaa"}, "type": "Warning", "reason": "BackOff",
            "message": "Back-off restarting failed container app", "count": 12,
            "firstTimestamp": "2026-11-21T02:41:00Z", "lastTimestamp": "2026-11-21T02:59:00Z"}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta("deny-all", json!({}), "2026-11-21T02:30:00Z"),
            "spec": {"podSelector": {}}}),
        json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta("checkout", json!({}), "2026-11-10T00:00:00Z"),
            "spec": {"selector": {"matchLabels": {"app": "checkout"}}}, "status": {"expectedPods": 2}}),
        json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": meta("checkout", json!({}), "2026-11-10T00:00:00Z"),
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "checkout"}, "maxReplicas": 5}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta("shop", json!({}), "2026-11-10T00:00:00Z"),
            "spec": {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "checkout", "port": {"number": 80}}}}]}}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.9"}]}}}),
        json!({"apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics", "metadata": {"name": "orders-db-0", "namespace": "shop"},
            "containers": [{"name": "app", "usage": {"cpu": "120m", "memory": "200Mi"}}]}),
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta("shop-tls", json!({}), "2026-09-01T00:00:00Z"),
            "spec": {"secretName": "shop-tls", "dnsNames": ["shop.example"]},
            "status": {"notAfter": "2026-11-24T00:00:00Z", "renewalTime": "2026-11-01T00:00:00Z", "conditions": [
                {"type": "Ready", "status": "True"}, {"type": "Issuing", "status": "False", "reason": "Failed", "message": "order is invalid"}]}}),
    ];
    objects.extend(healthy("orders-db", "shop"));
    objects.extend(healthy("cart-redis", "shop"));
    let line = |at: &str, text: &str| format!("2026-11-21T{at}Z {text}\n");
    let mut api = Api { objects, ..Api::default() };
    let lost = "error: missing key payment.timeout in /etc/app.yaml";
    for pod in ["checkout-6d4b75cb6d-aaaaa", "checkout-6d4b75cb6d-bbbbb"] {
        let text = [line("02:57:58", "starting 1.5.0"), line("02:57:59", lost)].concat();
        api.logs.insert(format!("shop/{pod}/app"), text.clone());
        api.logs.insert(format!("shop/{pod}/app?previous"), text);
    }
    api
}
