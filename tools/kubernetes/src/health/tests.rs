//! The checks, case by case: what is trouble, and what only looks like it.

use super::*;
use crate::shape::api::Pod;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

mod cluster;
mod network;
mod running;
mod storage;

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-21T03:00:00Z").unwrap().with_timezone(&Utc)
}

const OLD: &str = "2026-11-20T00:00:00Z";
const RECENT: &str = "2026-11-21T02:58:00Z";
const JUST_NOW: &str = "2026-11-21T02:59:40Z";

fn read<T: DeserializeOwned>(objects: &Value, kind: &str) -> Vec<T> {
    let of_kind = objects.as_array().unwrap().iter().filter(|object| object["kind"] == kind);
    of_kind.map(|object| serde_json::from_value(object.clone()).unwrap()).collect()
}

fn names(objects: &Value, kind: &str) -> snapshot::Names {
    let of_kind = objects.as_array().unwrap().iter().filter(|object| object["kind"] == kind);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(of_kind.map(|object| (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))).collect())
}

fn snapshot(objects: &Value) -> Snapshot {
    Snapshot {
        now: now(),
        namespace: None,
        version: Ok("v1.34.2".to_owned()),
        pods: Ok(read(objects, "Pod")),
        nodes: Ok(read(objects, "Node")),
        namespaces: Ok(read(objects, "Namespace")),
        deployments: Ok(read(objects, "Deployment")),
        stateful_sets: Ok(read(objects, "StatefulSet")),
        daemon_sets: Ok(read(objects, "DaemonSet")),
        services: Ok(read(objects, "Service")),
        slices: Ok(read(objects, "EndpointSlice")),
        claims: Ok(read(objects, "PersistentVolumeClaim")),
        volumes: Ok(read(objects, "PersistentVolume")),
        storage_classes: Ok(read(objects, "StorageClass")),
        jobs: Ok(read(objects, "Job")),
        cron_jobs: Ok(read(objects, "CronJob")),
        autoscalers: Ok(read(objects, "HorizontalPodAutoscaler")),
        budgets: Ok(read(objects, "PodDisruptionBudget")),
        ingresses: Ok(read(objects, "Ingress")),
        ingress_classes: Ok(read(objects, "IngressClass")),
        policies: Ok(read(objects, "NetworkPolicy")),
        quotas: Ok(read(objects, "ResourceQuota")),
        config_maps: names(objects, "ConfigMap"),
        secrets: names(objects, "Secret"),
        service_accounts: names(objects, "ServiceAccount"),
        mutating: Ok(read(objects, "MutatingWebhookConfiguration")),
        validating: Ok(read(objects, "ValidatingWebhookConfiguration")),
        api_services: Ok(read(objects, "APIService")),
        warnings: Ok(read(objects, "Event")),
        scale_ups: Ok(read(objects, "Event")),
        certificates: Ok(read(objects, "Certificate")),
        cut: false,
    }
}

/// `check severity object xN`, one a finding.
fn told(objects: &Value) -> Vec<String> {
    let tell = |f: &Finding| format!("{} {:?} {} x{}", f.check, f.severity, f.object, f.affected);
    judge(&snapshot(objects)).findings.iter().map(tell).collect()
}

fn meta(name: &str, created: &str) -> Value {
    json!({"name": name, "namespace": "shop", "creationTimestamp": created, "labels": {"app": "a"}})
}

fn pod(name: &str, created: &str, phase: &str, status: Value) -> Value {
    let mut pod = json!({"kind": "Pod", "metadata": meta(name, created),
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "a:1", "resources": {"limits": {"memory": "64Mi"}}}]},
        "status": {"phase": phase}});
    pod["metadata"]["ownerReferences"] = json!([{"kind": "StatefulSet", "name": "a", "controller": true}]);
    for (key, value) in status.as_object().unwrap() {
        pod["status"][key] = value.clone();
    }
    pod
}

fn container(state: Value, restarts: u32, last: Value) -> Value {
    json!({"containerStatuses": [{"name": "app", "ready": false, "restartCount": restarts, "state": state, "lastState": last}]})
}

fn ended(reason: &str, at: &str) -> Value {
    json!({"terminated": {"exitCode": 1, "reason": reason, "finishedAt": at}})
}

fn waiting(reason: &str, message: &str) -> Value {
    json!({"waiting": {"reason": reason, "message": message}})
}

#[test]
fn pods_in_trouble() {
    let running = json!({"running": {"startedAt": OLD}});
    let ready_since = |at: &str| json!([{"type": "Ready", "status": "False", "lastTransitionTime": at}]);
    let unready = |at: &str| {
        let mut status = container(running.clone(), 0, json!({}));
        status["conditions"] = ready_since(at);
        status
    };
    let unscheduled = |at: &str| {
        json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient memory.", "lastTransitionTime": at}]})
    };
    let cases: Vec<(&str, Value, Option<&str>)> = vec![
        (
            "crash loop",
            pod("a-0", OLD, "Running", container(waiting("CrashLoopBackOff", "x"), 5, ended("Error", RECENT))),
            Some("pod-crash-loop"),
        ),
        (
            "between two crashes",
            pod("a-0", OLD, "Running", container(ended("Error", RECENT), 2, ended("Error", RECENT))),
            Some("pod-crash-loop"),
        ),
        ("one restart long ago", pod("a-0", OLD, "Running", container(running.clone(), 1, ended("Error", OLD))), None),
        (
            "many restarts long ago",
            pod("a-0", OLD, "Running", container(running.clone(), 40, ended("Error", OLD))),
            None,
        ),
        (
            "killed for memory",
            pod("a-0", OLD, "Running", container(waiting("CrashLoopBackOff", "x"), 5, ended("OOMKilled", RECENT))),
            Some("pod-oom-killed"),
        ),
        (
            "killed for memory yesterday",
            pod("a-0", OLD, "Running", container(running.clone(), 1, ended("OOMKilled", OLD))),
            None,
        ),
        (
            "no image",
            pod("a-0", OLD, "Pending", container(waiting("ImagePullBackOff", "Back-off pulling image"), 0, json!({}))),
            Some("pod-image-pull"),
        ),
        (
            "no secret",
            pod(
                "a-0",
                OLD,
                "Pending",
                container(waiting("CreateContainerConfigError", r#"secret "s" not found"#), 0, json!({})),
            ),
            Some("pod-config-missing"),
        ),
        ("starting", pod("a-0", JUST_NOW, "Pending", container(waiting("ContainerCreating", ""), 0, json!({}))), None),
        ("no node", pod("a-0", OLD, "Pending", unscheduled(OLD)), Some("pod-unschedulable")),
        ("no node yet", pod("a-0", JUST_NOW, "Pending", unscheduled(JUST_NOW)), None),
        ("no node while an autoscaler may make one", pod("a-0", RECENT, "Pending", unscheduled(RECENT)), None),
        ("probe fails", pod("a-0", OLD, "Running", unready(OLD)), Some("pod-not-ready")),
        ("probe not yet passed", pod("a-0", JUST_NOW, "Running", unready(JUST_NOW)), None),
        ("finished", pod("a-0", OLD, "Succeeded", container(ended("Completed", OLD), 0, json!({}))), None),
    ];
    for (name, pod, check) in cases {
        let expected: Vec<String> =
            check.map(|check| format!("{check} Critical StatefulSet shop/a x1")).into_iter().collect();
        assert_eq!(told(&json!([pod])), expected, "{name}");
    }
}

#[test]
fn pods_of_a_workload_are_one_finding_and_a_ready_one_softens_it() {
    let crash =
        |name: &str| pod(name, OLD, "Running", container(waiting("CrashLoopBackOff", "x"), 5, ended("Error", RECENT)));
    let ready = pod("a-2", OLD, "Running", json!({"conditions": [{"type": "Ready", "status": "True"}]}));
    let set = json!({"kind": "StatefulSet", "metadata": meta("a", OLD), "spec": {"replicas": 3}, "status": {"readyReplicas": 1}});
    assert_eq!(
        told(&json!([crash("a-0"), crash("a-1"), ready, set])),
        ["pod-crash-loop Warning StatefulSet shop/a x2"]
    );
}

#[test]
fn the_missing_object_is_pointed_at() {
    let volume = pod("a-0", OLD, "Pending", container(waiting("ContainerCreating", ""), 0, json!({})));
    let event = json!({"kind": "Event", "type": "Warning", "reason": "FailedMount", "lastTimestamp": RECENT,
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "a-0"},
        "message": r#"MountVolume.SetUp failed for volume "config" : configmap "a-config" not found"#});
    let health = judge(&snapshot(&json!([volume, event])));
    let finding = health.findings.first().unwrap();
    assert_eq!(finding.check, "pod-config-missing");
    assert_eq!(finding.points_at.as_ref().unwrap().to_string(), "ConfigMap shop/a-config");
}

#[test]
fn workloads_nodes_and_services() {
    let deployment = |replicas: u32, ready: u32, conditions: Value| {
        json!({"kind": "Deployment", "metadata": meta("d", OLD),
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "a", "release": "r"}},
                "template": {"metadata": {"labels": {"app": "a", "release": "r"}}}},
            "status": {"readyReplicas": ready, "updatedReplicas": ready, "conditions": conditions}})
    };
    let quota =
        json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}]);
    let late = json!([{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]);
    let node = |ready: &str, other: &str| {
        json!({"kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions": [
            {"type": "Ready", "status": ready, "reason": "r", "lastTransitionTime": RECENT},
            {"type": "DiskPressure", "status": other, "reason": "r", "lastTransitionTime": RECENT}]}})
    };
    let service = json!({"kind": "Service", "metadata": meta("s", OLD), "spec": {"selector": {"app": "a"}}});
    let slice = json!({"kind": "EndpointSlice", "metadata": {"name": "s-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "s"}},
        "endpoints": [{"addresses": ["10.0.0.1"]}]});
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        ("all well", json!([deployment(2, 2, json!([])), node("True", "False"), service, slice]), vec![]),
        (
            "too few",
            json!([deployment(3, 1, json!([]))]),
            vec!["workload-under-replicated Warning Deployment shop/d x2"],
        ),
        ("scaled to zero", json!([deployment(0, 0, json!([])), service]), vec![]),
        (
            "quota",
            json!([deployment(3, 1, quota)]),
            vec![
                "rollout-stuck Warning Deployment shop/d x2",
                "workload-under-replicated Warning Deployment shop/d x2",
            ],
        ),
        ("late", json!([deployment(2, 2, late)]), vec!["rollout-stuck Warning Deployment shop/d x1"]),
        ("node lost", json!([node("Unknown", "False")]), vec!["node-not-ready Critical Node n1 x1"]),
        ("disk pressure", json!([node("True", "True")]), vec!["node-not-ready Warning Node n1 x1"]),
        ("nobody behind", json!([service]), vec!["service-without-endpoints Warning Service shop/s x1"]),
    ];
    for (name, objects, expected) in cases {
        assert_eq!(told(&objects), expected, "{name}");
    }
}

#[test]
fn storage_jobs_certificates_and_scaling() {
    let claim =
        |phase: &str| json!({"kind": "PersistentVolumeClaim", "metadata": meta("c", OLD), "status": {"phase": phase}});
    let class = json!({"kind": "StorageClass", "metadata": {"name": "standard",
        "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    let mut user = pod("a-0", OLD, "Pending", json!({}));
    user["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "c"}}]);
    let job = |name: &str, conditions: Value, done: Value| {
        json!({"kind": "Job", "metadata": {"name": name, "namespace": "shop", "creationTimestamp": OLD,
            "ownerReferences": [{"kind": "CronJob", "name": "report", "controller": true}]},
            "status": {"conditions": conditions, "completionTime": done, "failed": 4}})
    };
    let failed = |at: &str| json!([{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": at}]);
    let certificate = |end: &str, renewal: &str| {
        json!({"kind": "Certificate", "metadata": meta("tls", OLD), "spec": {"secretName": "tls"},
            "status": {"notAfter": end, "renewalTime": renewal, "conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let scaler = |conditions: Value| {
        json!({"kind": "HorizontalPodAutoscaler", "metadata": meta("h", OLD), "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"},
            "maxReplicas": 5}, "status": {"currentReplicas": 5, "conditions": conditions}})
    };
    let blind = json!([{"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "lastTransitionTime": OLD}]);
    let full =
        json!([{"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "lastTransitionTime": OLD}]);
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        ("lost volume", json!([claim("Lost")]), vec!["pvc-problem Critical PersistentVolumeClaim shop/c x1"]),
        ("claim that waits for its first pod", json!([claim("Pending"), class]), vec![]),
        (
            "claim that a pod waits for",
            json!([claim("Pending"), user, class]),
            vec!["pvc-problem Critical PersistentVolumeClaim shop/c x1"],
        ),
        (
            "failed job",
            json!([job("r-1", failed(RECENT), Value::Null)]),
            vec!["job-failed Warning CronJob shop/report x1"],
        ),
        (
            "failed and made good",
            json!([job("r-1", failed(OLD), Value::Null), job("r-2", json!([]), json!(RECENT))]),
            vec![],
        ),
        (
            "certificate runs out",
            json!([certificate("2026-11-24T00:00:00Z", "2026-11-01T00:00:00Z")]),
            vec!["certificate-expiring Warning Certificate shop/tls x1"],
        ),
        ("certificate of an hour", json!([certificate("2026-11-21T03:30:00Z", "2026-11-21T03:10:00Z")]), vec![]),
        ("certificate in order", json!([certificate("2027-02-01T00:00:00Z", "2027-01-01T00:00:00Z")]), vec![]),
        (
            "blind autoscaler",
            json!([scaler(blind)]),
            vec!["hpa-cannot-scale Warning HorizontalPodAutoscaler shop/h x1"],
        ),
        (
            "autoscaler at its bound",
            json!([scaler(full)]),
            vec!["hpa-cannot-scale Info HorizontalPodAutoscaler shop/h x1"],
        ),
    ];
    for (name, objects, expected) in cases {
        assert_eq!(told(&objects), expected, "{name}");
    }
}

#[test]
fn a_budget_only_matters_to_a_cordoned_node() {
    let budget = json!({"kind": "PodDisruptionBudget", "metadata": meta("b", OLD), "spec": {"selector": {"matchLabels": {"app": "a"}}},
        "status": {"expectedPods": 1, "currentHealthy": 1, "desiredHealthy": 1}});
    let ready = pod("a-0", OLD, "Running", json!({"conditions": [{"type": "Ready", "status": "True"}]}));
    let node = |cordoned: bool| {
        json!({"kind": "Node", "metadata": {"name": "n1"}, "spec": {"unschedulable": cordoned},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    };
    assert_eq!(told(&json!([budget, ready, node(false)])), Vec::<String>::new());
    assert_eq!(told(&json!([budget, ready, node(true)])), ["pdb-blocking Warning PodDisruptionBudget shop/b x1"]);
}

#[test]
fn bursts_are_told_where_nothing_else_explains_them() {
    let event = |count: u64, at: &str| {
        json!({"kind": "Event", "type": "Warning", "reason": "FailedToUpdateEndpoint", "count": count, "lastTimestamp": at, "message": "m",
            "involvedObject": {"kind": "Endpoints", "namespace": "shop", "name": "x"}})
    };
    assert_eq!(told(&json!([event(40, RECENT)])), ["warning-events Info Endpoints shop/x x1"]);
    assert_eq!(told(&json!([event(3, RECENT), event(40, OLD)])), Vec::<String>::new());
}

#[test]
fn every_check_counts_or_says_why_not() {
    let mut snapshot = snapshot(&json!([]));
    let refused =
        Failure::new(FailureKind::Forbidden, "not permitted on cluster demo: verb \"list\" on resource \"pods\"");
    snapshot.pods = Err::<Vec<Pod>, Failure>(refused);
    let health = judge(&snapshot);
    assert_eq!(health.checked.len() + health.not_checked.len(), CHECKS.len());
    assert!(health.not_checked.iter().all(|not| not.reason.contains("verb \"list\"")), "{:?}", health.not_checked);
}

/// Each case is a world and what is told of it.
fn judged(cases: Vec<(&str, Value, Vec<&str>)>) {
    for (name, objects, expected) in cases {
        assert_eq!(told(&objects), expected, "{name}");
    }
}

#[test]
fn each_check_has_a_case_that_fires() {
    let sources = [
        include_str!("tests.rs"),
        include_str!("tests/cluster.rs"),
        include_str!("tests/network.rs"),
        include_str!("tests/running.rs"),
        include_str!("tests/storage.rs"),
    ];
    for check in CHECKS {
        let fires = sources.iter().any(|source| {
            source.contains(&format!("\"{} ", check.name)) || source.contains(&format!("\"{}\"", check.name))
        });
        assert!(fires, "no case for {}", check.name);
    }
}

#[test]
fn a_refusal_harms_only_the_checks_that_need_it() {
    let mut snapshot = snapshot(&json!([]));
    snapshot.secrets = Err(Failure::new(FailureKind::Forbidden, "verb \"list\" on resource \"secrets\""));
    let health = judge(&snapshot);
    let not: Vec<&str> = health.not_checked.iter().map(|not| not.check.as_str()).collect();
    assert_eq!(not, ["secret-missing", "pull-secret-missing", "ingress-tls"]);
    assert!(health.not_checked.iter().all(|not| not.reason.contains("\"secrets\"")));
}
