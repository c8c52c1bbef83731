//! `kubernetes` over the estate with secrets in Secrets, environments, arguments, configuration, annotations, labels,
//! conditions, events, termination messages and logs.

use super::planted::{self, UNDER_A_NAME, VISIBLE, address, each_object, onto, text};
use super::trial::{Case, authority, case, try_all, try_all_acts, world};
use axum::Router;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use tools_common::serve::Adapter;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

fn push(list: &mut Value, more: &[Value]) {
    if !list.is_array() {
        *list = json!([]);
    }
    if let Value::Array(items) = list {
        items.extend(more.iter().cloned());
    }
}

fn into_container(container: &mut Map<String, Value>) {
    let seed = container.get("image").map(Value::to_string);
    let entry = |name: &str, value: String| json!({"name": name, "value": value});
    let env = [
        entry("DB_PASSWORD", UNDER_A_NAME.to_owned()),
        entry("ORDERS_URL", address("orders.example.com")),
        entry("NOTE", text(&seed)),
        entry("OAUTH_CLIENT_SECRET", UNDER_A_NAME.to_owned()),
    ];
    push(container.entry("env").or_insert(Value::Null), &env);
    let flags =
        [json!(format!("--db-password={UNDER_A_NAME}")), json!("--token"), json!(UNDER_A_NAME), json!(text(&seed))];
    push(container.entry("args").or_insert(Value::Null), &flags);
    let command = format!("curl -H 'Authorization: Bearer {UNDER_A_NAME}' {}", address("probe.example.com"));
    container
        .insert("livenessProbe".to_owned(), json!({"exec": {"command": ["sh", "-c", command]}, "periodSeconds": 10}));
}

fn into_metadata(metadata: &mut Value) {
    let applied = json!({"data": {"password": BASE64_STANDARD.encode(UNDER_A_NAME)}, "stringData": {"token": UNDER_A_NAME},
        "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": UNDER_A_NAME}]}], "note": text(&"applied")}});
    let seed = metadata["name"].to_string();
    let annotations = &mut metadata["annotations"];
    if !annotations.is_object() {
        *annotations = json!({});
    }
    annotations["kubectl.kubernetes.io/last-applied-configuration"] = json!(applied.to_string());
    annotations["example.com/note"] = json!(text(&seed));
    annotations["example.com/db-password"] = json!(UNDER_A_NAME);
    annotations["kubernetes.io/change-cause"] = json!(text(&(seed, 1)));
    if !metadata["labels"].is_object() {
        metadata["labels"] = json!({});
    }
    metadata["labels"]["note"] = json!(planted::label_value());
}

fn into_object(asked: &str, object: &mut Value) {
    if object["metadata"]["name"].is_string() {
        into_metadata(&mut object["metadata"]);
    }
    let is_whole = !object["kind"].as_str().unwrap_or_default().starts_with("Partial");
    if asked.contains("/secrets") && is_whole {
        object["data"]["password"] = json!(BASE64_STANDARD.encode(UNDER_A_NAME));
        object["data"]["harmless"] = json!(BASE64_STANDARD.encode(text(&"secret")));
        object["stringData"] = json!({"token": UNDER_A_NAME, "harmless": text(&"string")});
    }
    if asked.contains("/configmaps") && is_whole {
        object["data"]["DB_PASSWORD"] = json!(UNDER_A_NAME);
        object["data"]["BACKEND"] = json!(address("config.example.com"));
        object["data"]["NOTE"] = json!(text(&"configuration"));
        object["data"]["app.yaml"] = json!(format!(
            "server:\n  note: {VISIBLE}\n  password: {UNDER_A_NAME}\n  url: {}\n",
            address("x.example.com")
        ));
    }
}

fn into_any(object: &mut Map<String, Value>) {
    if object.contains_key("image") && object.contains_key("name") && object.contains_key("resources") {
        into_container(object);
    }
    if let Some(Value::Object(ended)) = object.get_mut("terminated") {
        ended.entry("message").or_insert(json!("ended:"));
    }
    if let Some(message) = object.get_mut("message") {
        onto(message);
    }
}

fn plant(asked: &str, document: &mut Value) {
    each_object(document, &into_any);
    let is_partial = document["kind"].as_str().unwrap_or_default().starts_with("Partial");
    match document.get_mut("items") {
        Some(Value::Array(items)) => items.iter_mut().for_each(|item| {
            if is_partial {
                item["kind"] = json!("PartialObjectMetadata");
            }
            into_object(asked, item);
        }),
        _ => into_object(asked, document),
    }
}

/// Every eighth line of a log goes on with secrets; a key stands in several lines, as programs print it.
fn plant_text(asked: &str, log: String) -> String {
    if !asked.contains("/log?") && !asked.ends_with("/log") {
        return log;
    }
    let stamped = |line: &str, more: &str| match line.split_once(' ') {
        Some((at, rest)) if at.starts_with("20") => format!("{at} {rest} {more}\n"),
        _ => format!("{line} {more}\n"),
    };
    let lines = log.lines().enumerate().flat_map(|(at, line)| {
        if at % 8 != 0 {
            return [format!("{line}\n"), String::new()];
        }
        let one = text(&(line, at)).replace('\n', "\\n");
        [stamped(line, &one), stamped(line, &format!("DB_PASSWORD={UNDER_A_NAME}"))]
    });
    let last = log.lines().last().unwrap_or_default();
    let at = last.split(' ').next().unwrap_or_default();
    let key = [
        "-----BEGIN RSA PRIVATE KEY-----",
        UNDER_A_NAME,
        "MIIEowIBAAKCAQEAz7Xv4Qm9Lp2Rt6Wk1Yd8",
        "-----END RSA PRIVATE KEY-----",
    ];
    lines.chain(key.iter().map(|line| format!("{at} {line}\n"))).collect()
}

fn server() -> Server {
    let router: Router = planted::planting(estate::kubernetes::router(world()), plant, plant_text);
    let cluster = ClusterConfig::new("demo", ClusterSource::service(router));
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

fn on(tool: &'static str, kind: &str, namespace: &str, name: &str) -> Case {
    case(tool, json!({"kind": kind, "namespace": namespace, "name": name}))
}

/// The first object of a kind, in its namespace.
async fn first(adapter: &Adapter, kind: &str) -> (String, String) {
    let arguments = json!({"kind": kind, "limit": 50}).as_object().unwrap().clone();
    let listed = adapter.call("list", arguments, adapter.context()).await.unwrap();
    let table: domain::observed::Table = serde_json::from_value(listed.data["table"].clone()).unwrap();
    let rows: Vec<Map<String, Value>> = table.typed().unwrap();
    let row = rows.first().unwrap_or_else(|| panic!("the estate has no {kind}"));
    let text = |column: &str| row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

async fn reads(adapter: &Adapter) -> Vec<Case> {
    let (namespace, pod) = first(adapter, "pods").await;
    let (of_secret, secret) = first(adapter, "secrets").await;
    let (of_map, map) = first(adapter, "configmaps").await;
    let large = |case: Case| case.with("budget_tokens", json!(8000));
    let mut cases = vec![
        case("cluster_health", json!({})),
        large(case("cluster_health", json!({}))),
        case("events", json!({})),
        case("events", json!({"warnings_only": false, "since": "24h", "limit": 200})),
        large(on("get", "pod", &namespace, &pod)),
        on("get", "pod", &namespace, &pod).shows(&pod),
        large(on("get", "deployment", "shop", "checkout")),
        on("get", "configmap", &of_map, &map),
        on("get", "secret", &of_secret, &secret).shows(&secret),
        large(on("get", "secret", &of_secret, &secret)).shows(&secret),
        case("get", json!({"kind": "node", "name": "worker-3"})).shows("worker-3"),
        case("rollout_history", json!({"name": "checkout", "namespace": "shop"})).shows("checkout"),
        case("rollout_history", json!({"name": "recommendation", "namespace": "shop"})).shows("recommendation"),
        case("rollout_history", json!({"kind": "sts", "name": "orders-db", "namespace": "data"})).shows("orders-db"),
        case("rollout_status", json!({"name": "checkout", "namespace": "shop"})),
        on("owner_tree", "Deployment", "shop", "checkout").shows("checkout"),
        on("owner_tree", "StatefulSet", "data", "orders-db").shows("orders-db"),
        case("who_can_reach", json!({"service": "checkout", "namespace": "shop"})).shows("checkout"),
        case("recent_changes", json!({"since": "7d"})).shows("checkout"),
        case("top", json!({"kind": "pods"})).shows("checkout"),
        case("top", json!({"kind": "nodes"})).shows("worker-3"),
        case("storage", json!({})).shows("data-orders-db-0"),
        case("count", json!({"kind": "pods", "group_by": "owner"})).shows("checkout"),
        case("count", json!({"kind": "pods", "group_by": "namespace"})).shows("shop"),
        case("can_i", json!({"verb": "get", "kind": "secrets", "namespace": "shop"})).shows("secrets"),
        case("can_i", json!({"namespace": "shop"})).shows("resources"),
    ];
    for kind in [
        "pods",
        "workloads",
        "secrets",
        "configmaps",
        "services",
        "nodes",
        "events",
        "jobs",
        "certificates",
        "replicasets",
    ] {
        cases.push(case("list", json!({"kind": kind, "limit": 200})).shows("name"));
    }
    for previous in [false, true] {
        for patterns in [
            json!({}),
            json!({"include": "DB_PASSWORD"}),
            json!({"tail": 5000, "budget_tokens": 8000}),
            json!({"exclude": "BEGIN"}),
        ] {
            let mut arguments = json!({"target": "deployment/checkout", "namespace": "shop", "previous": previous});
            arguments.as_object_mut().unwrap().extend(patterns.as_object().unwrap().clone());
            cases.push(case("logs", arguments).shows("redacted"));
        }
    }
    cases
}

#[tokio::test]
async fn nothing_secret_comes_out_of_a_read_of_kubernetes() {
    let adapter = Adapter::new(server());
    let cases = reads(&adapter).await;
    try_all(&adapter, &cases).await;
}

async fn acts(adapter: &Adapter) -> Vec<Case> {
    let (of_scaler, scaler) = first(adapter, "hpa").await;
    let (of_cron_job, cron_job) = first(adapter, "cronjobs").await;
    let (of_job, job) = first(adapter, "jobs").await;
    let named = |tool: &'static str, namespace: &str, name: &str, more: Value| {
        let mut arguments = json!({"name": name, "namespace": namespace});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        case(tool, arguments).shows(name)
    };
    let image = format!("registry.example.com/shop/search:ghp_{}", "A1qZ8wX3sC5eD7rF2vT9gB4yH6nU0jM8kL1p");
    let pod = first_of(adapter, "catalog").await;
    vec![
        named("scale", "shop", "search", json!({"replicas": 4})),
        named("rollout_restart", "shop", "search", json!({})),
        named("rollout_undo", "shop", "recommendation", json!({})),
        named("rollout_undo", "shop", "checkout", json!({})),
        named("set_image", "shop", "search", json!({"container": "search", "image": image})),
        named("set_resources", "shop", "search", json!({"container": "search", "memory_limit": "640Mi"})),
        named("set_hpa_bounds", &of_scaler, &scaler, json!({"max_replicas": 50})),
        named("suspend_job", &of_cron_job, &cron_job, json!({})),
        named("resume_job", &of_cron_job, &cron_job, json!({})),
        named("delete_job", &of_job, &job, json!({})),
        named("delete_pod", "shop", &pod, json!({})),
        case("cordon", json!({"name": "worker-3"})).shows("worker-3"),
        case("drain", json!({"name": "worker-3", "timeout_seconds": 10, "delete_emptydir_data": true}))
            .shows("worker-3"),
        case("uncordon", json!({"name": "worker-3"})).shows("worker-3"),
    ]
}

/// A pod of a workload.
async fn first_of(adapter: &Adapter, workload: &str) -> String {
    let arguments = json!({"kind": "pods", "name_contains": workload, "limit": 1}).as_object().unwrap().clone();
    let listed = adapter.call("list", arguments, adapter.context()).await.unwrap();
    let table: domain::observed::Table = serde_json::from_value(listed.data["table"].clone()).unwrap();
    let rows: Vec<Map<String, Value>> = table.typed().unwrap();
    rows[0]["name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nothing_secret_comes_out_of_a_change_of_kubernetes() {
    let (authority, audit) = authority("kubernetes");
    let router: Router = planted::planting(estate::kubernetes::router(world()), plant, plant_text);
    let of = |router: Router| {
        let cluster = ClusterConfig::new("demo", ClusterSource::service(router));
        Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
    };
    let cases = acts(&Adapter::new(of(router.clone()))).await;
    try_all_acts(&Adapter::acting(of(router), authority), &audit, cases).await;
}
