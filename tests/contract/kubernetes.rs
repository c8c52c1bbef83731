//! `kubernetes` over the estate and a named cluster.
//!
//! After the Kubernetes API reference (kubernetes.io/docs/reference); assertions that any cluster fulfils which runs
//! something. Changes are only rehearsed: whoever names a cluster may name one that is in use.

use super::place::{Place, authority, live_estate, named, rows, text};
use domain::envelope::FailureKind;
use domain::observed::acted::Acted;
use domain::observed::kubernetes::Health;
use serde_json::{Value, json};
use tools_common::serve::Adapter;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

fn server(source: &ClusterSource) -> Server {
    let cluster = ClusterConfig::new("contract", source.clone());
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

fn place(name: &str, source: &ClusterSource) -> Place {
    Place::new(name, Adapter::new(server(source)), Vec::new())
}

async fn hold_at(name: &str, source: &ClusterSource) {
    let reading = place(name, source);
    hold(&reading).await;
    rehearsals(&reading, &Place::new(name, Adapter::acting(server(source), authority()), Vec::new())).await;
}

#[tokio::test]
async fn the_estate_keeps_the_contract() {
    hold_at("estate", &ClusterSource::service(estate::kubernetes::router(live_estate()))).await;
}

#[tokio::test]
async fn a_named_cluster_keeps_the_contract() {
    if let Some(path) = named("CONTRACT_KUBECONFIG") {
        let source = ClusterSource::Kubeconfig { paths: vec![path.clone().into()], context: None };
        hold_at(&path, &source).await;
    }
}

async fn hold(place: &Place) {
    lists(place).await;
    objects(place).await;
    mistakes(place).await;
    health(place).await;
    workloads(place).await;
    reach(place).await;
    secrets(place).await;
}

/// The first object of a kind that has a name.
async fn first(place: &Place, kind: &str) -> Option<(String, String)> {
    let listed = place.call("list", json!({"kind": kind, "limit": 1})).await;
    let row = rows(&listed).into_iter().next()?;
    Some((text(&row, "namespace").to_owned(), text(&row, "name").to_owned()))
}

async fn lists(place: &Place) {
    let namespaces = rows(&place.call("list", json!({"kind": "ns", "limit": 200})).await);
    place.holds("there is kube-system", namespaces.iter().any(|row| text(row, "name") == "kube-system"), &namespaces);
    let (pods, _) = place.all_pages("list", json!({"kind": "pods"}), 7).await;
    let mut names: Vec<String> =
        pods.iter().map(|row| format!("{}/{}", text(row, "namespace"), text(row, "name"))).collect();
    let total = names.len();
    names.sort_unstable();
    names.dedup();
    place.holds("pages give every pod once", total > 0 && names.len() == total, &(total, names.len()));
    let counted = place.call("count", json!({"kind": "pods"})).await;
    let groups = counted.data.pointer("/groups").and_then(Value::as_array).cloned().unwrap_or_default();
    let sum: u64 = groups.iter().filter_map(|group| group["count"].as_u64()).sum();
    place.holds("as many are counted", sum == total as u64, &counted.data);
    let none = place.call("list", json!({"kind": "pods", "selector": "auto-devops-contract=none"})).await;
    place.holds("a selector that fits nothing is told so", none.returned == 0 && none.hint.is_some(), &none);
    let kinds = place.call("list", json!({"kind": "customresourcedefinitions"})).await;
    place.holds("custom kinds are listed or their absence told", kinds.returned > 0 || kinds.hint.is_some(), &kinds);
    let nodes = place.call("list", json!({"kind": "nodes"})).await;
    place.holds("nodes are listed", nodes.returned > 0, &nodes);
    place.call("events", json!({})).await;
}

async fn objects(place: &Place) {
    let Some((namespace, name)) = first(place, "pods").await else { panic!("{} runs no pod", place.name) };
    let pod = place.call("get", json!({"kind": "pod", "namespace": namespace, "name": name})).await;
    let shown = pod.data.to_string();
    place.holds("an object comes without its noise", !shown.contains("managedFields") && shown.contains(&name), &shown);
    place.call("owner_tree", json!({"kind": "pod", "namespace": namespace, "name": name})).await;
    let logs = place.try_call("logs", json!({"target": format!("pod/{name}"), "namespace": namespace})).await;
    let told = match &logs {
        Ok(envelope) => envelope.returned > 0 || envelope.hint.is_some(),
        Err(failure) => {
            matches!(failure.kind, FailureKind::BadRequest | FailureKind::NotFound | FailureKind::Forbidden)
        }
    };
    place.holds("a log is told, or why there is none", told, &logs);
}

async fn mistakes(place: &Place) {
    let kind = place.fails("list", json!({"kind": "deplyoments"})).await;
    place.holds(
        "an unknown kind is told the nearest",
        kind.kind == FailureKind::BadRequest && kind.to_string().contains("deployments"),
        &kind,
    );
    let missing = place
        .fails("get", json!({"kind": "pod", "namespace": "kube-system", "name": "auto-devops-contract-none"}))
        .await;
    place.holds("what is not there is not found", missing.kind == FailureKind::NotFound, &missing);
    let empty = place.call("list", json!({"kind": "pods", "namespace": "auto-devops-contract-none"})).await;
    place.holds("a namespace that is none is told so", empty.returned == 0 && empty.hint.is_some(), &empty);
    let wrong = place.fails("list", json!({"kind": 7})).await;
    place.holds("a wrong type is told", wrong.kind == FailureKind::BadRequest, &wrong);
}

async fn health(place: &Place) {
    let envelope = place.call("cluster_health", json!({})).await;
    let health: Health = serde_json::from_value(envelope.data).unwrap();
    let checks = health.checked.len() + health.not_checked.len();
    place.holds("at least 25 checks were made or told", checks >= 25, &(checks, &health.not_checked));
    let complete = health
        .findings
        .iter()
        .all(|finding| !finding.why.is_empty() && !finding.evidence.is_empty() && !finding.next.is_empty());
    place.holds("each finding has why, evidence and a next look", complete, &health.findings);
}

async fn workloads(place: &Place) {
    let Some((namespace, name)) = first(place, "deployments").await else { return };
    let asked = json!({"namespace": namespace, "name": name});
    let history = place.call("rollout_history", asked.clone()).await;
    place.holds("a Deployment has a revision", history.returned > 0, &history);
    let status = place.call("rollout_status", asked).await;
    place.holds("a rollout has a state", status.returned > 0, &status);
    place.call("recent_changes", json!({"since": "24h"})).await;
    let top = place.try_call("top", json!({})).await;
    let told = top
        .as_ref()
        .map_or_else(|failure| failure.hint.is_some(), |envelope| envelope.returned > 0 || envelope.hint.is_some());
    place.holds("usage is told, or why it is not known", told, &top);
}

async fn reach(place: &Place) {
    let Some((namespace, name)) = first(place, "services").await else { panic!("{} has no service", place.name) };
    let reach = place.call("who_can_reach", json!({"service": name, "namespace": namespace})).await;
    place.holds("the way to a service is told", reach.returned > 0 || reach.hint.is_some(), &reach);
    let may = place.call("can_i", json!({"verb": "list", "kind": "pods"})).await;
    place.holds("a permission is told", may.data.to_string().contains("allowed"), &may);
    let storage = place.call("storage", json!({})).await;
    place.holds("storage is told, or its absence", storage.returned > 0 || storage.hint.is_some(), &storage);
}

/// Names at most; never a value.
async fn secrets(place: &Place) {
    let Ok(listed) = place.try_call("list", json!({"kind": "secrets", "limit": 3})).await else { return };
    for row in rows(&listed) {
        let asked = json!({"kind": "secret", "namespace": text(&row, "namespace"), "name": text(&row, "name")});
        let Ok(secret) = place.try_call("get", asked).await else { continue };
        let values = secret.data.pointer("/data").or_else(|| secret.data.pointer("/manifest/data"));
        let texts: Vec<&str> =
            values.and_then(Value::as_object).into_iter().flatten().filter_map(|(_, value)| value.as_str()).collect();
        place.holds("no value of a Secret comes out", texts.iter().all(|text| text.contains("redacted")), &texts);
    }
}

/// The part of an object by which one notices that it was changed or made anew.
async fn identity(place: &Place, kind: &str, namespace: &str, name: &str) -> Value {
    let data = place.call("get", json!({"kind": kind, "namespace": namespace, "name": name})).await.data;
    let manifest = data.get("manifest").cloned().unwrap_or(data);
    let part = |pointer: &str| manifest.pointer(pointer).cloned().unwrap_or_default();
    json!([part("/metadata/creationTimestamp"), part("/metadata/deletionTimestamp"), part("/spec")])
}

/// What is not said to be real changes nothing, and tells what it would change.
async fn rehearsals(reading: &Place, acting: &Place) {
    let rehearse = |tool: &'static str, mut arguments: Value| async move {
        arguments["reason"] = json!("the contract of the tool servers");
        let envelope = acting.call(tool, arguments).await;
        let acted: Acted = serde_json::from_value(envelope.data).unwrap();
        acting.holds("it is a rehearsal", acted.dry_run, &acted);
        acted
    };
    let Some((namespace, name)) = first(reading, "deployments").await else { return };
    let before = identity(reading, "deployment", &namespace, &name).await;
    let asked = json!({"namespace": namespace, "name": name});
    let restarted = rehearse("rollout_restart", asked.clone()).await;
    acting.holds("a restart tells its difference", !restarted.diff.is_empty(), &restarted);
    let scaled = json!({"namespace": namespace, "name": name, "replicas": 0, "reason": "the contract"});
    if let Ok(envelope) = acting.try_call("scale", scaled).await {
        let diff = envelope.data["diff"].to_string();
        acting.holds("scaling to zero tells its difference", diff.contains(" -> 0"), &envelope);
    }
    acting.holds(
        "the Deployment is as it was",
        identity(reading, "deployment", &namespace, &name).await == before,
        &asked,
    );

    let Some((namespace, name)) = first(reading, "pods").await else { return };
    let before = identity(reading, "pod", &namespace, &name).await;
    let asked = json!({"namespace": namespace, "name": name, "reason": "the contract"});
    let deleted = acting.try_call("delete_pod", asked.clone()).await;
    let told = deleted
        .as_ref()
        .map_or_else(|failure| failure.kind == FailureKind::Conflict, |envelope| envelope.data["dry_run"] == true);
    acting.holds("a deletion is rehearsed, or its budget told", told, &deleted);
    acting.holds("the pod is as it was", identity(reading, "pod", &namespace, &name).await == before, &asked);

    let nodes = rows(&reading.call("list", json!({"kind": "nodes", "limit": 1})).await);
    let node = nodes.first().map(|row| text(row, "name").to_owned()).unwrap_or_default();
    rehearse("cordon", json!({"name": node})).await;
    let shown = reading.call("get", json!({"kind": "node", "name": node})).await.data.to_string();
    acting.holds("the node is not cordoned", !shown.contains("\"unschedulable\":true"), &node);
}
