//! The looks that come after the first: how far a rollout is, who reaches a service, what we may do, how full storage is.

use crate::api::Api;
use crate::world::{CANARY, ask, call, call_at, now, server, shop};
use axum::Router;
use chrono::TimeDelta;
use domain::envelope::FailureKind;
use domain::observed::Table;
use domain::observed::kubernetes::{
    Access, AccessRule, ClaimRow, Health, Hop, Reach, RolloutStatus, Storage, VolumeRow,
};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use expect_test::expect;
use serde_json::{Value, json};
use std::sync::Arc;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn estate(scenario: Option<&str>) -> Server {
    let scenario = scenario.and_then(Scenario::named);
    let world = World::new(7, now(), scenario, now() - TimeDelta::minutes(30));
    let router: Router = estate::kubernetes::router(Estate::new(world, Arc::new(now)));
    let cluster = ClusterConfig::new("demo", ClusterSource::service(router));
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

fn hop<'a>(reach: &'a Reach, name: &str) -> &'a Hop {
    reach.hops.iter().find(|hop| hop.hop == name).unwrap_or_else(|| panic!("no hop {name}: {reach:?}"))
}

#[tokio::test]
async fn a_rollout_tells_how_far_it_is_and_who_holds_it_up() {
    let envelope = ask("rollout_status", json!({"name": "checkout", "namespace": "shop"})).await;
    let status: RolloutStatus = read(&envelope.data);
    assert_eq!(
        (status.state.as_str(), status.why.as_str()),
        ("progressing", "0 of 2 pods are ready: pod checkout-6d4b75cb6d-aaaaa is CrashLoopBackOff")
    );
    assert_eq!((status.desired, status.updated, status.ready, status.old), (2, 2, 0, 0));
    assert_eq!((status.revision, status.from_revision), (Some(2), Some(1)));
    assert_eq!(status.diff, ["containers[app].image: checkout:1.4.2 -> checkout:1.5.0"]);
    let held: Vec<(&str, bool)> = status.held_up_by.iter().map(|held| (held.pod.as_str(), held.new)).collect();
    assert_eq!(held, [("checkout-6d4b75cb6d-aaaaa", true), ("checkout-6d4b75cb6d-bbbbb", true)]);
    let status: RolloutStatus =
        read(&ask("rollout_status", json!({"kind": "sts", "name": "orders-db", "namespace": "shop"})).await.data);
    assert_eq!(
        (status.state.as_str(), status.why.as_str()),
        ("complete", "its pod is of the newest revision and ready")
    );
    let failure = call(&server(shop()), "rollout_status", json!({"kind": "pod", "name": "x"})).await.unwrap_err();
    assert!(failure.to_string().contains("a Pod has no rollout"), "{failure}");
}

#[tokio::test]
async fn rollouts_of_the_estate() {
    let status = async |scenario: Option<&str>, kind: &str, name: &str, namespace: &str| -> RolloutStatus {
        let arguments = json!({"kind": kind, "name": name, "namespace": namespace});
        read(&call_at(&estate(scenario), "rollout_status", arguments, now()).await.unwrap().data)
    };
    for (kind, name, namespace) in
        [("Deployment", "checkout", "shop"), ("StatefulSet", "orders-db", "data"), ("DaemonSet", "node-agent", "edge")]
    {
        let told = status(None, kind, name, namespace).await;
        assert_eq!((told.state.as_str(), told.held_up_by.len()), ("complete", 0), "{told:?}");
    }
    let told = status(Some("image-pull"), "Deployment", "search", "shop").await;
    assert!(matches!(told.state.as_str(), "progressing" | "stuck"), "{told:?}");
    assert!(told.why.contains("ImagePullBackOff") || told.why.contains("ErrImagePull"), "{told:?}");
    assert!(told.held_up_by[0].new && told.diff[0].contains(".image: "), "{told:?}");
}

/// Everything that is told of each fault of the estate: a check that fires beside the cause must be right, and come
/// after it.
#[tokio::test]
async fn what_is_told_of_each_fault_of_the_estate() {
    let mut told = Vec::new();
    for scenario in Scenario::all() {
        let envelope = call_at(&estate(Some(scenario.name)), "cluster_health", json!({}), now()).await.unwrap();
        let health: Health = read(&envelope.data);
        assert_eq!((health.not_checked.len(), health.checked.len()), (0, 46));
        told.push(format!("{}:", scenario.name));
        told.extend(
            health
                .findings
                .iter()
                .map(|f| format!("  {:?} {} {} x{}: {}", f.severity, f.check, f.object, f.affected, f.why)),
        );
    }
    expect![[r#"
        bad-config:
          Warning pod-crash-loop Deployment shop/checkout x3: 3 pods crash again and again
          Warning rollout-stuck Deployment shop/checkout x2: its rollout passed the deadline
        oom-after-rollout:
          Critical pod-oom-killed Deployment shop/recommendation x2: 2 pods ran out of memory and were killed
          Critical service-without-endpoints Service shop/recommendation x2: none of its pods is ready
          Info warning-events Deployment shop/frontend x3: 165 warnings Unhealthy, still coming
        missing-secret:
          Warning pod-config-missing Deployment shop/payments x1: 1 pod cannot start: configuration that it needs is missing
          Warning rollout-stuck Deployment shop/payments x1: its rollout passed the deadline
        image-pull:
          Warning pod-image-pull Deployment shop/search x1: 1 pod cannot get its image
          Warning rollout-stuck Deployment shop/search x1: its rollout passed the deadline
        pending-resources:
          Warning pod-unschedulable Deployment shop/catalog x1: 1 pod finds no node to run on
          Warning rollout-stuck Deployment shop/catalog x1: its rollout passed the deadline
        failing-readiness:
          Critical pod-not-ready Deployment shop/frontend x3: 3 pods run and are not ready
          Critical rollout-stuck Deployment shop/frontend x3: its rollout passed the deadline
          Critical service-without-endpoints Service shop/frontend x3: none of its pods is ready
          Info warning-events Deployment edge/ingress-gateway x2: 120 warnings Unhealthy, still coming
        slow-database:
          Info warning-events StatefulSet data/orders-db x1: 60 warnings Unhealthy, still coming
        certificate-expiring:
          Critical certificate-expiring Certificate edge/shop-tls x1: it runs out in 1d23h and is not renewed
        disk-filling:
          Warning pvc-problem PersistentVolumeClaim data/data-search-index-0 x1: its volume is in trouble
        error-burst:
        node-not-ready:
          Critical node-not-ready Node worker-3 x10: the node is not ready
        network-policy:
          Info warning-events Deployment shop/cart x2: 120 warnings Unhealthy, still coming"#]].assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn the_first_hop_in_the_way_is_the_verdict() {
    let reach: Reach = read(&ask("who_can_reach", json!({"service": "checkout", "namespace": "shop"})).await.data);
    assert_eq!(reach.open, Some(false));
    assert_eq!(reach.verdict, "It cannot be reached: none of its 2 pods is ready (endpoints).");
    assert!(hop(&reach, "endpoints").evidence[1].contains("CrashLoopBackOff"), "{reach:?}");
    assert_eq!(reach.routes[0].object.to_string(), "Ingress shop/shop");
    let envelope = ask("who_can_reach", json!({"service": "shop/orders-db"})).await;
    let reach: Reach = read(&envelope.data);
    assert_eq!(reach.verdict, "It cannot be reached: network policies let nobody in (policies).");
    assert!(envelope.hint.unwrap().contains("depends on the cluster's network"));
    let reach: Reach = read(&ask("who_can_reach", json!({"service": "shop/orders-db", "port": 80})).await.data);
    assert_eq!(reach.verdict, "It cannot be reached: the service has no port 80, only 5432 (ports).");
    let failure = call(&server(shop()), "who_can_reach", json!({"service": "orders"})).await.unwrap_err();
    assert!(failure.to_string().contains("orders-db"), "{failure}");
}

#[tokio::test]
async fn policies_are_judged_for_the_one_who_asks() {
    let reach = async |scenario: Option<&str>, arguments: Value| -> Reach {
        read(&call_at(&estate(scenario), "who_can_reach", arguments, now()).await.unwrap().data)
    };
    let from_cart = json!({"service": "cart-redis", "namespace": "data", "from": "shop/deployment/cart"});
    let well = reach(None, from_cart.clone()).await;
    assert_eq!(
        (well.open, well.verdict.as_str()),
        (Some(true), "From Deployment shop/cart it can be reached, as far as the API tells.")
    );
    let shut = reach(Some("network-policy"), from_cart).await;
    assert_eq!(
        shut.verdict,
        "From Deployment shop/cart it cannot be reached: not let in from Deployment shop/cart: shut by restrict-ingress (policies)."
    );
    assert_eq!(
        hop(&shut, "policies").evidence,
        ["NetworkPolicy restrict-ingress lets in pods app=cart-redis of its namespace on port 6379"]
    );
    let own = json!({"service": "cart-redis", "namespace": "data", "from": "data/statefulset/cart-redis"});
    assert_eq!(reach(Some("network-policy"), own).await.open, Some(true));
    // A policy by namespace: all of the shop's pods, and none of the edge's.
    let by = |from: &str| json!({"service": "orders-db", "namespace": "data", "from": from});
    assert_eq!(reach(None, by("namespace/shop")).await.open, Some(true));
    assert_eq!(reach(None, by("namespace/edge")).await.open, Some(false));
    let nobody_named = reach(None, json!({"service": "orders-db", "namespace": "data"})).await;
    assert_eq!(nobody_named.open, None);
    assert!(nobody_named.verdict.contains("pass `from`"), "{}", nobody_named.verdict);
    let outside = reach(None, json!({"service": "ingress-gateway", "namespace": "edge"})).await;
    assert_eq!(outside.routes[0].how, "shop.example.com/ to port 8080");
}

#[tokio::test]
async fn what_cannot_be_looked_at_leaves_the_verdict_open() {
    let api = Api { forbidden: vec!["networkpolicies"], ..shop() };
    let envelope = call(&server(api), "who_can_reach", json!({"service": "shop/orders-db"})).await.unwrap();
    let reach: Reach = read(&envelope.data);
    assert_eq!(reach.open, None);
    assert!(
        envelope.not_looked.iter().any(|one| one.contains("verb \"list\" on resource \"networkpolicies")),
        "{envelope:?}"
    );
}

#[tokio::test]
async fn permissions_are_the_servers_own_words() {
    let api = Api { forbidden: vec!["pods/log"], ..shop() };
    let asked = async |arguments: Value| -> Access {
        read(&call(&server(api.clone()), "can_i", arguments).await.unwrap().data)
    };
    let list = asked(json!({"verb": "list", "kind": "deploy", "namespace": "shop"})).await;
    assert_eq!((list.allowed, list.asked.as_str()), (Some(true), "list deployments.apps in namespace shop"));
    assert_eq!(list.reason.as_deref(), Some("RBAC: by ClusterRole \"reader\""));
    let delete = asked(json!({"verb": "delete", "kind": "nodes", "namespace": "shop"})).await;
    assert_eq!((delete.allowed, delete.asked.as_str()), (Some(false), "delete nodes"));
    assert_eq!(asked(json!({"verb": "get", "kind": "pods/log"})).await.allowed, Some(false));
    let envelope = ask("can_i", json!({"namespace": "shop"})).await;
    let all: Access = read(&envelope.data);
    let rules: Vec<AccessRule> = all.rules.unwrap().typed().unwrap();
    assert_eq!(rules[0].resources, "pods,deployments,pods.apps,deployments.apps");
    assert_eq!((rules[1].names.as_deref(), rules[2].resources.as_str()), (Some("checkout-tls"), "/healthz"));
    assert!(envelope.not_looked[0].contains("not complete"), "{:?}", envelope.not_looked);
    for arguments in [json!({"verb": "get"}), json!({"kind": "pods"})] {
        let failure = call(&server(shop()), "can_i", arguments).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest, "{failure}");
    }
    let everything: Access = read(&call_at(&estate(None), "can_i", json!({}), now()).await.unwrap().data);
    let rules: Vec<AccessRule> = everything.rules.unwrap().typed().unwrap();
    assert_eq!((rules[0].verbs.as_str(), rules[0].resources.as_str()), ("*", "*"));
}

fn storage() -> Api {
    let mut api = shop();
    let claim = |name: &str, phase: &str, class: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "shop", "creationTimestamp": "2026-11-10T00:00:00Z"},
            "spec": {"storageClassName": class, "volumeName": if phase == "Bound" { "pv-1" } else { "" }, "resources": {"requests": {"storage": "10Gi"}}},
            "status": {"phase": phase, "capacity": {"storage": "10Gi"}}})
    };
    api.objects.extend([
        claim("data-orders-db-0", "Bound", "standard"),
        claim("export", "Pending", "fast"),
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e9", "namespace": "shop", "creationTimestamp": "2026-11-21T02:00:00Z"},
            "involvedObject": {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "export"}, "type": "Warning",
            "reason": "ProvisioningFailed", "message": "storageclass.storage.k8s.io \"fast\" not found", "count": 3, "lastTimestamp": "2026-11-21T02:59:00Z"}),
        json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-0"}, "spec": {"capacity": {"storage": "5Gi"},
            "persistentVolumeReclaimPolicy": "Retain", "claimRef": {"namespace": "shop", "name": "old"}}, "status": {"phase": "Released"}}),
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "standard"}, "provisioner": "csi.example.com"}),
    ]);
    let pod = api
        .objects
        .iter_mut()
        .find(|object| object["kind"] == "Pod" && object["metadata"]["name"] == "orders-db-0")
        .unwrap();
    pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data-orders-db-0"}}]);
    let summary = json!({"node": {"nodeName": "worker-1"}, "pods": [{"podRef": {"name": "orders-db-0", "namespace": "shop"}, "volume": [
        {"name": "data", "usedBytes": 9_663_676_416_u64, "capacityBytes": 10_737_418_240_u64, "pvcRef": {"name": "data-orders-db-0", "namespace": "shop"}},
        {"name": "tmp", "usedBytes": 1}]}]});
    api.summaries.insert("worker-1".to_owned(), summary);
    api
}

#[tokio::test]
async fn storage_tells_what_waits_what_is_full_and_who_uses_it() {
    let envelope = call(&server(storage()), "storage", json!({"namespace": "shop"})).await.unwrap();
    let found: Storage = read(&envelope.data);
    let claims: Vec<ClaimRow> = found.claims.typed().unwrap();
    assert_eq!((claims[0].name.as_str(), claims[0].status.as_str()), ("export", "Pending"));
    assert_eq!(
        claims[0].message.as_deref(),
        Some("ProvisioningFailed: storageclass.storage.k8s.io \"fast\" not found")
    );
    assert_eq!((claims[1].used_share, claims[1].mounted_by.as_deref()), (Some(0.9), Some("orders-db-0 on worker-1")));
    let loose: Vec<VolumeRow> = found.loose_volumes.typed().unwrap();
    assert_eq!((loose[0].status.as_str(), loose[0].claim.as_deref()), ("Released", Some("shop/old")));
    assert_eq!(found.classes.rows.len(), 1);
    assert!(envelope.not_looked.is_empty(), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn a_kubelet_that_may_not_be_asked_is_told_and_no_wider_right_is_advised() {
    let api = Api { forbidden: vec!["nodes/proxy"], ..storage() };
    let envelope = call(&server(api), "storage", json!({})).await.unwrap();
    assert_eq!(envelope.not_looked.len(), 1, "{:?}", envelope.not_looked);
    assert!(envelope.not_looked[0].contains("nodes/proxy") && !envelope.not_looked[0].contains("grant"));
    let claims: Vec<ClaimRow> = read::<Storage>(&envelope.data).claims.typed().unwrap();
    assert_eq!((claims.len(), claims[1].used_share), (2, None));
    let mut api = storage();
    api.summaries.clear();
    let envelope = call(&server(api), "storage", json!({})).await.unwrap();
    assert!(envelope.not_looked[0].contains("by the kubelets of worker-1"), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn health_reads_secrets_by_name_alone_and_a_refusal_of_them_harms_little() {
    let api = shop();
    let asked = Arc::clone(&api.asked);
    call(&server(api), "cluster_health", json!({})).await.unwrap();
    let asked: Vec<String> = asked.lock().unwrap().clone();
    let of_secrets: Vec<&String> =
        asked.iter().filter(|one| one.contains("/secrets") || one.contains("/configmaps")).collect();
    assert_eq!(of_secrets.len(), 2, "{of_secrets:?}");
    assert!(of_secrets.iter().all(|one| one.contains("as=PartialObjectMetadataList")), "{of_secrets:?}");
    assert!(asked.len() <= 34, "{} requests: {asked:#?}", asked.len());
    let api = Api { forbidden: vec!["secrets"], ..shop() };
    let envelope = call(&server(api), "cluster_health", json!({})).await.unwrap();
    let health: Health = read(&envelope.data);
    let not: Vec<&str> = health.not_checked.iter().map(|not| not.check.as_str()).collect();
    assert_eq!(not, ["secret-missing", "pull-secret-missing", "ingress-tls"]);
    assert_eq!(envelope.not_looked.len(), 1, "{:?}", envelope.not_looked);
    assert!(envelope.not_looked[0].contains("verb \"list\" on resource \"secrets\""), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn a_cluster_whose_clock_is_ahead_hides_nothing_and_has_no_negative_age() {
    let before = now() - TimeDelta::hours(2);
    let envelope = call_at(&server(shop()), "cluster_health", json!({}), before).await.unwrap();
    assert!(envelope.hint.as_deref().unwrap_or_default().contains("clock is 1h59m ahead"), "{:?}", envelope.hint);
    let health: Health = read(&envelope.data);
    assert!(
        health.findings.iter().any(|finding| finding.check == "service-without-endpoints"),
        "{:?}",
        health.findings
    );
    for (tool, arguments) in [
        ("events", json!({})),
        ("logs", json!({"target": "checkout"})),
        ("list", json!({"kind": "pods"})),
        ("recent_changes", json!({})),
        ("rollout_status", json!({"name": "checkout"})),
        ("who_can_reach", json!({"service": "checkout"})),
    ] {
        let text = serde_json::to_string(&call_at(&server(shop()), tool, arguments, before).await.unwrap()).unwrap();
        assert!(!text.contains(" -1") && !text.contains("\"-"), "{tool}: {text}");
    }
}

#[tokio::test]
async fn a_log_line_of_ten_megabytes_is_cut_and_told() {
    let mut api = shop();
    let line = format!("2026-11-21T02:57:59Z dump {}\n2026-11-21T02:58:00Z the end\n", "x".repeat(10 << 20));
    api.logs.insert("shop/orders-db-0/app".to_owned(), line);
    let envelope = call(&server(api), "logs", json!({"target": "pod/orders-db-0"})).await.unwrap();
    let text = serde_json::to_string(&envelope).unwrap();
    assert!(text.len() < 8_000 && text.contains("the end"), "{} bytes", text.len());
    assert!(envelope.hint.unwrap().contains("very long lines were cut") && envelope.truncated);
}

#[tokio::test]
async fn no_canary_comes_out_of_the_later_looks() {
    for (tool, arguments) in [
        ("rollout_status", json!({"name": "checkout"})),
        ("who_can_reach", json!({"service": "checkout"})),
        ("who_can_reach", json!({"service": "orders-db", "from": "deployment/checkout"})),
        ("storage", json!({})),
        ("can_i", json!({})),
        ("can_i", json!({"verb": "get", "kind": "secrets", "name": "checkout-tls"})),
    ] {
        let text = serde_json::to_string(&ask(tool, arguments.clone()).await).unwrap();
        assert!(!text.contains(CANARY) && !text.contains("Y2FuYXJ5"), "{tool} {arguments}: {text}");
    }
    let table: Table = read(&read::<Value>(&ask("storage", json!({})).await.data)["classes"]);
    assert!(table.rows.is_empty());
}

#[tokio::test]
async fn closed_namespaces_stay_closed_to_the_later_looks() {
    let mut cluster = ClusterConfig::new("demo", ClusterSource::service(shop().router()));
    cluster.namespaces = Some(vec!["kube-system".to_owned()]);
    let server = Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() });
    for (tool, arguments) in [
        ("rollout_status", json!({"name": "checkout", "namespace": "shop"})),
        ("who_can_reach", json!({"service": "checkout", "namespace": "shop"})),
        ("storage", json!({"namespace": "shop"})),
        ("can_i", json!({"namespace": "shop"})),
    ] {
        let failure = call(&server, tool, arguments).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{tool}: {failure}");
    }
}
