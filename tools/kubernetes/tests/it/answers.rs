//! Each tool once on the shop, and the shapes that the diagnosis relies on.

use crate::api::Api;
use crate::world::{ask, call, server, shop};
use domain::observed::Table;
use domain::observed::kubernetes::{
    Change, Count, EventRow, Health, List, Logs, Object, OwnerTree, PodRow, Revision, Severity, UsageRow, WorkloadRow,
};
use serde_json::{Value, json};

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

#[tokio::test]
async fn health_names_the_workload_the_service_and_the_certificate() {
    let envelope = ask("cluster_health", json!({})).await;
    assert_eq!(envelope.source.as_deref(), Some("kubernetes demo"));
    let health: Health = read(&envelope.data);
    let told: Vec<(String, String, u64)> =
        health.findings.iter().map(|f| (f.check.clone(), f.object.to_string(), f.affected)).collect();
    let expected = [
        ("pod-crash-loop", "Deployment shop/checkout", 2),
        ("service-without-endpoints", "Service shop/checkout", 2),
        ("network-policy-shuts-out", "NetworkPolicy shop/deny-all", 3),
        ("certificate-expiring", "Certificate shop/shop-tls", 1),
    ];
    assert_eq!(told, expected.map(|(check, object, count)| (check.to_owned(), object.to_owned(), count)));
    let crash = &health.findings[0];
    assert_eq!(crash.severity, Severity::Critical);
    assert!(crash.evidence.contains(&"state.waiting.reason: CrashLoopBackOff".to_owned()), "{:?}", crash.evidence);
    // What is missing for the next pods is no finding of its own beside the crash, and is not lost either.
    assert!(crash.evidence.iter().any(|one| one.contains("Secret stripe-keys is missing")), "{:?}", crash.evidence);
    assert_eq!(health.checked.len(), 46);
    assert_eq!(health.checked["pod-crash-loop"], 4);
    assert_eq!(health.not_checked, []);
}

#[tokio::test]
async fn what_may_not_be_read_is_not_passed() {
    let api = Api { forbidden: vec!["pods", "nodes"], ..shop() };
    let envelope = call(&server(api), "cluster_health", json!({})).await.unwrap();
    let health: Health = read(&envelope.data);
    let not: Vec<&str> = health.not_checked.iter().map(|not| not.check.as_str()).collect();
    assert!(not.contains(&"pod-crash-loop") && not.contains(&"node-not-ready"), "{not:?}");
    assert!(health.not_checked[0].reason.contains("verb \"list\" on resource \"pods\""), "{:?}", health.not_checked[0]);
    assert!(!health.checked.contains_key("pod-crash-loop"));
    assert!(envelope.hint.unwrap().contains("could not look"));
    // Two refusals, each told once with all the checks that it takes.
    assert_eq!(envelope.not_looked.len(), 2, "{:?}", envelope.not_looked);
    assert!(
        envelope.not_looked.iter().any(|one| one.starts_with("checks pod-crash-loop, pod-oom-killed, ")),
        "{:?}",
        envelope.not_looked
    );
}

#[tokio::test]
async fn lists_put_trouble_first() {
    let envelope = ask("list", json!({"kind": "po", "namespace": "shop", "limit": 3})).await;
    let list: List = read(&envelope.data);
    let rows: Vec<PodRow> = list.table.typed().unwrap();
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row.name.as_str(), row.status.as_str())).collect();
    assert_eq!(told[0], ("checkout-6d4b75cb6d-aaaaa", "CrashLoopBackOff"));
    assert_eq!(rows[0].owner.as_deref(), Some("Deployment/checkout"));
    assert_eq!((envelope.returned, envelope.total, envelope.truncated), (3, Some(4), true));
    assert_eq!(list.rest.iter().map(|group| group.count).sum::<u64>(), 1);
    let cursor = envelope.next_cursor.unwrap();
    let next = ask("list", json!({"kind": "po", "namespace": "shop", "limit": 3, "cursor": cursor})).await;
    assert_eq!((next.returned, next.next_cursor), (1, None));

    let list: List = read(&ask("list", json!({"kind": "workloads"})).await.data);
    let rows: Vec<WorkloadRow> = list.table.typed().unwrap();
    assert_eq!(rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["0/2 ready", "ok", "ok"]);

    let list: List = read(&ask("list", json!({"kind": "cert", "status": "all"})).await.data);
    assert_eq!(list.kind, "Certificate");
}

#[tokio::test]
async fn five_thousand_pods_fit_the_budget() {
    let mut api = shop();
    let one = api
        .objects
        .iter()
        .find(|object| object["kind"] == "Pod" && object["metadata"]["name"] == "orders-db-0")
        .unwrap()
        .clone();
    for number in 0..5_000 {
        let mut pod = one.clone();
        pod["metadata"]["name"] = json!(format!("web-{number}"));
        pod["metadata"]["namespace"] = json!(format!("ns-{}", number % 40));
        pod["metadata"]["ownerReferences"][0]["name"] = json!(format!("web-{}", number % 900));
        api.objects.push(pod);
    }
    let envelope = call(&server(api), "list", json!({"kind": "pods"})).await.unwrap();
    assert_eq!(envelope.total, Some(5_004));
    let tokens = domain::tokens::estimate(&serde_json::to_string(&envelope).unwrap());
    assert!(tokens <= 2_000, "{tokens} tokens");
    let list: List = read(&envelope.data);
    let rest: u64 = list.rest.iter().map(|group| group.count).sum();
    assert_eq!(rest + envelope.returned, 5_004);
}

#[tokio::test]
async fn empty_results_say_why() {
    let hint = ask("list", json!({"kind": "pods", "namespace": "shpo"})).await.hint.unwrap();
    assert!(hint.contains("did you mean shop?"), "{hint}");
    let hint = ask("list", json!({"kind": "nodes", "status": "unhealthy"})).await.hint.unwrap();
    assert_eq!(hint, "All 1 are healthy.");
    let hint = ask("events", json!({"namespace": "shop", "since": "30s"})).await.hint.unwrap();
    assert!(hint.contains("No warning events in the last 30s"), "{hint}");
}

#[tokio::test]
async fn counts_and_events() {
    let count: Count = read(&ask("count", json!({"kind": "pods"})).await.data);
    let told: Vec<(&str, u64)> = count.groups.iter().map(|group| (group.label.as_str(), group.count)).collect();
    assert_eq!(told, [("CrashLoopBackOff", 2), ("Running", 2)]);
    let table: Table = read(&ask("events", json!({"object": "deployment/checkout", "namespace": "shop"})).await.data);
    let rows: Vec<EventRow> = table.typed().unwrap();
    assert_eq!((rows[0].reason.as_str(), rows[0].count), ("BackOff", 12));
}

#[tokio::test]
async fn objects_come_trimmed_and_typos_are_answered() {
    let object: Object = read(&ask("get", json!({"kind": "deploy", "name": "checkout"})).await.data);
    assert_eq!(object.object.to_string(), "Deployment shop/checkout");
    assert!(object.manifest["metadata"].get("managedFields").is_none());
    let failure = call(&server(shop()), "get", json!({"kind": "deploy", "name": "chekout", "namespace": "shop"}))
        .await
        .unwrap_err();
    assert_eq!(
        failure.to_string(),
        "cluster demo has no Deployment chekout in namespace shop (did you mean checkout?)"
    );
    let failure = call(&server(shop()), "get", json!({"kind": "sts", "name": "orders-db", "namespace": "kube-system"}))
        .await
        .unwrap_err();
    assert!(failure.to_string().contains("it is in namespace shop"), "{failure}");
    let failure = call(&server(shop()), "list", json!({"kind": "deplyoments"})).await.unwrap_err();
    assert!(failure.to_string().contains("did you mean deployments?"), "{failure}");
}

#[tokio::test]
async fn logs_fold_and_point_at_the_run_before() {
    let envelope = ask("logs", json!({"target": "deployment/checkout", "namespace": "shop"})).await;
    let logs: Logs = read(&envelope.data);
    assert_eq!((logs.streams.len(), logs.lines.len()), (2, 4));
    assert_eq!((logs.patterns[0].level.as_str(), logs.patterns[0].count), ("error", 2));
    assert!(envelope.hint.unwrap().contains("previous=true"));
    let envelope = ask("logs", json!({"target": "checkout", "previous": true, "include": "missing key"})).await;
    let logs: Logs = read(&envelope.data);
    assert!(logs.previous && logs.lines.len() == 2);
    let failure = call(&server(shop()), "logs", json!({"target": "chekout", "namespace": "shop"})).await.unwrap_err();
    assert!(failure.to_string().contains("Deployment/checkout"), "{failure}");
    let failure = call(&server(shop()), "logs", json!({"target": "checkout", "include": "("})).await.unwrap_err();
    assert!(failure.to_string().contains("regular expression"), "{failure}");
    // Its containers were never restarted: it is an empty log and no failed look.
    let envelope = ask("logs", json!({"target": "pod/orders-db-0", "previous": true})).await;
    let logs: Logs = read(&envelope.data);
    assert_eq!(logs.streams[0].lines, 0, "{logs:?}");
    assert!(envelope.not_looked.is_empty(), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn rollouts_tell_what_changed() {
    let table: Table = read(
        &ask("rollout_history", json!({"kind": "Deployment", "name": "checkout", "namespace": "shop"})).await.data,
    );
    let rows: Vec<Revision> = table.typed().unwrap();
    assert_eq!((rows[0].revision, rows[0].current, rows[1].current), (2, true, false));
    assert_eq!(rows[0].diff, ["containers[app].image: checkout:1.4.2 -> checkout:1.5.0"]);
}

#[tokio::test]
async fn the_tree_tells_what_is_needed_and_what_is_missing() {
    let envelope =
        ask("owner_tree", json!({"kind": "Pod", "name": "checkout-6d4b75cb6d-aaaaa", "namespace": "shop"})).await;
    let tree: OwnerTree = read(&envelope.data);
    assert_eq!(tree.root.to_string(), "Deployment shop/checkout");
    assert_eq!(
        tree.members.iter().map(|member| member.object.kind.as_str()).collect::<Vec<_>>(),
        ["ReplicaSet", "Pod", "Pod"]
    );
    let told: Vec<(String, Option<bool>)> = tree.refers_to.iter().map(|r| (r.object.to_string(), r.exists)).collect();
    assert_eq!(
        told,
        [
            ("ConfigMap shop/checkout-config", Some(true)),
            ("Secret shop/stripe-keys", Some(false)),
            ("ServiceAccount shop/checkout", Some(false)),
            ("Service shop/orders-db", Some(true)),
            ("Service shop/cart-redis", Some(true)),
        ]
        .map(|(object, exists)| (object.to_owned(), exists))
    );
    assert_eq!(tree.refers_to[3].how, "env ORDERS_DB_URL names it");
    assert_eq!(tree.refers_to[0].changed.unwrap().to_rfc3339(), "2026-11-21T02:39:00+00:00");
    let told: Vec<String> = tree.referred_by.iter().map(|r| format!("{}: {}", r.object, r.how)).collect();
    assert_eq!(
        told,
        [
            "Service shop/checkout: selects its pods",
            "HorizontalPodAutoscaler shop/checkout: scales it",
            "PodDisruptionBudget shop/checkout: limits disruption of its pods",
            "NetworkPolicy shop/deny-all: restricts its pods",
            "Ingress shop/shop: routes to Service checkout",
        ]
    );
    let api = Api { forbidden: vec!["secrets"], ..shop() };
    let tree: OwnerTree =
        read(&call(&server(api), "owner_tree", json!({"kind": "deploy", "name": "checkout"})).await.unwrap().data);
    assert_eq!(tree.refers_to.iter().find(|r| r.object.kind == "Secret").unwrap().exists, None);
}

#[tokio::test]
async fn changes_come_newest_first_with_their_author() {
    let envelope = ask("recent_changes", json!({})).await;
    let rows: Vec<Change> = read::<Table>(&envelope.data).typed().unwrap();
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {}: {} by {}",
                row.at.format("%H:%M"),
                row.category,
                row.object,
                row.summary,
                row.by.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "02:40 rollout Deployment shop/checkout: revision 2: containers[app].image: checkout:1.4.2 -> checkout:1.5.0 by argocd",
            "02:39 config ConfigMap shop/checkout-config: edited by kubectl-edit",
            "02:30 created NetworkPolicy shop/deny-all: created by kubectl-client-side-apply",
        ]
    );
    assert!(envelope.window.is_some());
}

#[tokio::test]
async fn usage_needs_a_metrics_api() {
    let rows: Vec<UsageRow> =
        read::<Table>(&ask("top", json!({"kind": "pods", "sort_by": "memory"})).await.data).typed().unwrap();
    assert_eq!(
        (rows[0].name.as_str(), rows[0].cpu_millicores, rows[0].owner.as_deref()),
        ("orders-db-0", 120, Some("StatefulSet/orders-db"))
    );
    let mut api = shop();
    api.objects.retain(|object| object["apiVersion"] != "metrics.k8s.io/v1beta1");
    let failure = call(&server(api), "top", json!({})).await.unwrap_err();
    assert!(failure.to_string().contains("install metrics-server"), "{failure}");
}

#[tokio::test]
async fn the_tree_of_a_service_and_of_a_config_map() {
    let tree: OwnerTree =
        read(&ask("owner_tree", json!({"kind": "svc", "name": "checkout", "namespace": "shop"})).await.data);
    assert_eq!(
        (tree.object.to_string().as_str(), tree.root.to_string().as_str()),
        ("Service shop/checkout", "Deployment shop/checkout")
    );
    let tree: OwnerTree =
        read(&ask("owner_tree", json!({"kind": "cm", "name": "checkout-config", "namespace": "shop"})).await.data);
    let told: Vec<String> = tree.referred_by.iter().map(|r| format!("{}: {}", r.object, r.how)).collect();
    assert_eq!(told, ["Deployment shop/checkout: uses it: envFrom"]);
}
