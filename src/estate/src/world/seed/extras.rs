//! What stands around the applications: ingress, certificate, autoscaler, agent, batch jobs, a policy, a quota.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::DEPLOYER;
use super::cluster::infrastructure;
use crate::world::World;
use crate::world::object::timestamp;

/// How long before its end the certificate is renewed.
pub const RENEW_BEFORE: TimeDelta = TimeDelta::hours(48);

/// Builds it.
pub fn build(world: &mut World) {
    let agent = infrastructure("DaemonSet", "edge", "node-agent", "registry.example.com/edge/node-agent:0.9.4", 0);
    world.plant("daemonsets", agent, DEPLOYER);
    let manager = infrastructure(
        "Deployment",
        "edge",
        "cert-manager",
        "registry.example.com/edge/cert-manager-controller:v1.15.1",
        1,
    );
    world.plant("deployments", manager, DEPLOYER);
    certificate(world);
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop", "namespace": "edge"},
        "spec": {"ingressClassName": "gateway", "tls": [{"hosts": ["shop.example.com"], "secretName": "shop-tls"}],
            "rules": [{"host": "shop.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix",
                "backend": {"service": {"name": "ingress-gateway", "port": {"number": 8080}}}}]}}]},
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.20"}]}},
    });
    world.plant("ingresses", ingress, DEPLOYER);
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "frontend", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend"}, "minReplicas": 3, "maxReplicas": 8,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}]},
    });
    world.plant("horizontalpodautoscalers", scaler, DEPLOYER);
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "orders-db-from-shop", "namespace": "data"},
        "spec": {"podSelector": {"matchLabels": {"app": "orders-db"}}, "policyTypes": ["Ingress"], "ingress": [{"from": [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}, {"podSelector": {}}]}]},
    });
    world.plant("networkpolicies", policy, DEPLOYER);
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"hard": {"pods": "60", "requests.cpu": "24"}}, "status": {"hard": {"pods": "60", "requests.cpu": "24"},
            "used": {"pods": "20", "requests.cpu": "3500m"}}});
    world.plant("resourcequotas", quota, DEPLOYER);
    let cron = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly-report", "namespace": "shop"},
        "spec": {"schedule": "0 2 * * *", "concurrencyPolicy": "Forbid", "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1,
            "jobTemplate": {"spec": batch("nightly-report", "registry.example.com/shop/nightly-report:1.4.0")}},
    });
    world.plant("cronjobs", cron, DEPLOYER);
}

fn batch(name: &str, image: &str) -> Value {
    json!({"completions": 1, "parallelism": 1, "backoffLimit": 3, "template": {"metadata": {"labels": {"app": name}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": name, "image": image,
            "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}}]}}})
}

/// The import of prices that somebody starts by hand now and then.
pub fn price_import(world: &mut World) {
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "price-import", "namespace": "shop",
        "labels": {"app": "price-import"}}, "spec": batch("price-import", "registry.example.com/shop/price-import:1.1.2")});
    world.plant("jobs", job, "kubectl-create");
}

fn certificate(world: &mut World) {
    let issuer = json!({"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "letsencrypt"},
        "spec": {"acme": {"server": "https://acme.example.com/directory", "email": "ops@shop.example.com"}},
        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "ACMEAccountRegistered"}]}});
    world.plant("clusterissuers", issuer, DEPLOYER);
    let not_after = world.start + TimeDelta::days(54);
    let status = json!({"notBefore": timestamp(not_after - TimeDelta::days(90)), "notAfter": timestamp(not_after),
        "renewalTime": timestamp(not_after - RENEW_BEFORE), "revision": 4, "conditions": [{"type": "Ready", "status": "True",
            "reason": "Ready", "message": "Certificate is up to date and has not expired", "lastTransitionTime": timestamp(world.now)}]});
    let certificate = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "shop-tls", "namespace": "edge"},
        "spec": {"secretName": "shop-tls", "dnsNames": ["shop.example.com"], "duration": "2160h", "renewBefore": "48h",
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"}},
        "status": status,
    });
    world.plant("certificates", certificate, DEPLOYER);
    let pair = json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"name": "shop-tls", "namespace": "edge"},
        "stringData": {"tls.crt": "-----BEGIN CERTIFICATE-----\nMIIBcanary\n-----END CERTIFICATE-----\n",
            "tls.key": "-----BEGIN PRIVATE KEY-----\nMIIEcanary-shop-tls\n-----END PRIVATE KEY-----\n"}});
    world.plant("secrets", pair, "cert-manager");
}
