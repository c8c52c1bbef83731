//! The act side over the simulated estate, through the kit's checks as an MCP client meets them.

use axum::Router;
use axum::response::IntoResponse as _;
use chrono::{DateTime, TimeDelta, Utc};
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::acted::{Acted, Undo};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tools_common::act::{AuditFile, Authority};
use tools_common::serve::Adapter;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

fn start() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-21T03:00:00Z").unwrap().with_timezone(&Utc)
}

/// An estate whose clock goes on by a second each time that it is looked at.
fn estate(scenario: &str) -> Arc<Estate> {
    let world = World::new(7, start(), Scenario::named(scenario), start() - TimeDelta::minutes(30));
    let seconds = AtomicI64::new(0);
    Estate::new(world, Arc::new(move || start() + TimeDelta::seconds(seconds.fetch_add(1, Ordering::Relaxed))))
}

struct Cluster {
    acting: Adapter,
    reading: Adapter,
}

/// A file that is gone when the test ends.
fn unnamed_audit_file() -> AuditFile {
    static NUMBER: AtomicI64 = AtomicI64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("auto-devops-acting-{}-{number}", std::process::id()));
    let file = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

fn server(router: Router) -> Server {
    let cluster = ClusterConfig::new("demo", ClusterSource::service(router));
    Server::new(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() })
}

fn cluster(scenario: &str) -> Cluster {
    let router = estate::kubernetes::router(estate(scenario));
    let audit = unnamed_audit_file();
    Cluster {
        acting: Adapter::acting(server(router.clone()), Authority::WithoutGrants(audit)),
        reading: Adapter::new(server(router)),
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Cluster {
    async fn try_act(&self, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
        let mut arguments = object(arguments);
        arguments.insert("reason".to_owned(), json!("a test"));
        self.acting.call(tool, arguments, self.acting.context()).await
    }

    async fn rehearse(&self, tool: &str, arguments: Value) -> Acted {
        let envelope = self.try_act(tool, arguments).await.unwrap_or_else(|failure| panic!("{tool}: {failure}"));
        let acted: Acted = serde_json::from_value(envelope.data).unwrap();
        assert!(acted.dry_run, "what is not said to be real is rehearsed");
        assert!(envelope.hint.unwrap().contains("dry_run=false"));
        acted
    }

    async fn act(&self, tool: &str, arguments: Value) -> Acted {
        let mut arguments = object(arguments);
        arguments.insert("dry_run".to_owned(), json!(false));
        let envelope =
            self.try_act(tool, Value::Object(arguments)).await.unwrap_or_else(|failure| panic!("{tool}: {failure}"));
        serde_json::from_value(envelope.data).unwrap()
    }

    async fn undo(&self, undo: &Undo) -> Acted {
        self.act(&undo.tool, Value::Object(undo.arguments.clone())).await
    }

    async fn get(&self, kind: &str, name: &str, namespace: Option<&str>) -> Value {
        let mut arguments = object(json!({"kind": kind, "name": name}));
        arguments.extend(namespace.map(|namespace| ("namespace".to_owned(), json!(namespace))));
        let found = self.reading.call("get", arguments, self.reading.context()).await.unwrap();
        found.data
    }

    /// A part of an object as it is now.
    async fn look(&self, kind: &str, name: &str, namespace: Option<&str>, pointer: &str) -> Value {
        let data = self.get(kind, name, namespace).await;
        let manifest = data.get("manifest").unwrap_or(&data);
        manifest.pointer(pointer).cloned().unwrap_or(Value::Null)
    }
}

const SHOP: Option<&str> = Some("shop");

#[tokio::test]
async fn scaling_is_rehearsed_then_done_then_taken_back() {
    let cluster = cluster("bad-config");
    let asked = json!({"name": "search", "namespace": "shop", "replicas": 5});
    let rehearsed = cluster.rehearse("scale", asked.clone()).await;
    let before = cluster.look("Deployment", "search", SHOP, "/spec/replicas").await;
    assert_eq!(rehearsed.diff, [format!("replicas: {before} -> 5")]);
    assert_eq!(rehearsed.class, EffectClass::W1);
    let done = cluster.act("scale", asked).await;
    assert_eq!(done.diff, rehearsed.diff);
    assert_eq!(cluster.look("Deployment", "search", SHOP, "/spec/replicas").await, json!(5));
    let back = cluster.undo(&done.undo.unwrap()).await;
    assert_eq!((back.diff, back.class), (vec![format!("replicas: 5 -> {before}")], EffectClass::W2));
}

#[tokio::test]
async fn an_object_that_has_changed_since_is_not_touched() {
    let cluster = cluster("bad-config");
    let first = cluster.rehearse("scale", json!({"name": "search", "namespace": "shop", "replicas": 4})).await;
    let seen = first.seen_resource_version.unwrap();
    cluster.act("rollout_restart", json!({"name": "search", "namespace": "shop"})).await;
    let late = json!({"name": "search", "namespace": "shop", "replicas": 4, "expected_resource_version": seen, "dry_run": false});
    let failure = cluster.try_act("scale", late).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
    assert_ne!(cluster.look("Deployment", "search", SHOP, "/spec/replicas").await, json!(4));
}

#[tokio::test]
async fn a_rollback_restores_the_template_and_is_taken_back_by_revision() {
    let cluster = cluster("oom-after-rollout");
    let image = "/spec/template/spec/containers/0/image";
    let bad = cluster.look("Deployment", "recommendation", SHOP, image).await;
    let done = cluster.act("rollout_undo", json!({"name": "recommendation", "namespace": "shop"})).await;
    assert!(!done.diff.is_empty(), "{done:?}");
    let good = cluster.look("Deployment", "recommendation", SHOP, image).await;
    assert_ne!(good, bad);
    let undo = done.undo.unwrap();
    assert_eq!(undo.tool, "rollout_undo");
    cluster.undo(&undo).await;
    assert_eq!(cluster.look("Deployment", "recommendation", SHOP, image).await, bad);
}

#[tokio::test]
async fn each_change_of_a_template_tells_its_difference_and_its_undo() {
    let cluster = cluster("bad-config");
    let container = cluster.look("Deployment", "search", SHOP, "/spec/template/spec/containers/0/name").await;
    let name = json!({"name": "search", "namespace": "shop", "container": container});
    let with = |more: Value| {
        let mut arguments = object(name.clone());
        arguments.extend(object(more));
        Value::Object(arguments)
    };
    let changes = [
        ("set_image", with(json!({"image": "registry.example/search:9.9.9"})), "image"),
        ("set_resources", with(json!({"memory_limit": "768Mi", "memory_request": "256Mi"})), "memory"),
    ];
    for (tool, arguments, part) in changes {
        let before = cluster.look("Deployment", "search", SHOP, "/spec/template/spec/containers").await;
        let done = cluster.act(tool, arguments).await;
        assert!(done.diff.iter().any(|line| line.contains(part)), "{tool}: {:?}", done.diff);
        assert_eq!(done.class, EffectClass::W2);
        cluster.undo(&done.undo.unwrap()).await;
        let after = cluster.look("Deployment", "search", SHOP, "/spec/template/spec/containers").await;
        assert_eq!(after, before, "{tool}");
    }
}

#[tokio::test]
async fn a_deleted_pod_is_made_anew_and_an_unowned_one_is_graded_w3() {
    let cluster = cluster("bad-config");
    let listed = cluster
        .reading
        .call(
            "list",
            object(json!({"kind": "pods", "namespace": "shop", "name_contains": "search"})),
            cluster.reading.context(),
        )
        .await
        .unwrap();
    let table: domain::observed::kubernetes::List = serde_json::from_value(listed.data).unwrap();
    let rows: Vec<Map<String, Value>> = table.table.typed().unwrap();
    let pod = rows[0]["name"].as_str().unwrap().to_owned();
    let asked = json!({"name": pod, "namespace": "shop"});
    let rehearsed = cluster.rehearse("delete_pod", asked.clone()).await;
    assert!(rehearsed.class <= EffectClass::W2, "{rehearsed:?}");
    cluster.act("delete_pod", asked.clone()).await;
    let gone = cluster.try_act("delete_pod", asked).await.unwrap_err();
    assert!(matches!(gone.kind, FailureKind::NotFound | FailureKind::Conflict), "{gone}");
}

/// The pods of the shop: name, and whether it is ready.
async fn pods(cluster: &Cluster) -> Vec<(String, bool)> {
    let asked = object(json!({"kind": "pods", "namespace": "shop", "limit": 100, "budget_tokens": 8000}));
    let listed = cluster.reading.call("list", asked, cluster.reading.context()).await.unwrap();
    let table: domain::observed::kubernetes::List = serde_json::from_value(listed.data).unwrap();
    let rows: Vec<Map<String, Value>> = table.table.typed().unwrap();
    rows.iter().map(|row| (row["name"].as_str().unwrap().to_owned(), row["status"] == "Running")).collect()
}

#[tokio::test]
async fn a_rehearsed_deletion_deletes_nothing_whether_the_pod_is_ready_or_not() {
    let cluster = cluster("bad-config");
    let all = pods(&cluster).await;
    for ready in [true, false] {
        let (name, _) = all.iter().find(|(_, is_ready)| *is_ready == ready).unwrap();
        let uid = cluster.look("Pod", name, SHOP, "/metadata/creationTimestamp").await;
        cluster.rehearse("delete_pod", json!({"name": name, "namespace": "shop"})).await;
        assert!(pods(&cluster).await.iter().any(|(other, _)| other == name), "{name} is gone after a rehearsal");
        assert_eq!(cluster.look("Pod", name, SHOP, "/metadata/creationTimestamp").await, uid);
        assert_eq!(
            cluster.look("Pod", name, SHOP, "/metadata/deletionTimestamp").await,
            Value::Null,
            "{name} is ending"
        );
    }
}

#[tokio::test]
async fn a_rehearsed_deletion_of_a_job_deletes_nothing() {
    let cluster = cluster("bad-config");
    let listed =
        cluster.reading.call("list", object(json!({"kind": "jobs"})), cluster.reading.context()).await.unwrap();
    let table: domain::observed::kubernetes::List = serde_json::from_value(listed.data).unwrap();
    let rows: Vec<Map<String, Value>> = table.table.typed().unwrap();
    let (name, namespace) = (rows[0]["name"].clone(), rows[0]["namespace"].clone());
    let asked = json!({"name": name, "namespace": namespace});
    let rehearsed = cluster.rehearse("delete_job", asked.clone()).await;
    assert_eq!((rehearsed.class, rehearsed.undo), (EffectClass::W3, None));
    let still = cluster.look("Job", name.as_str().unwrap(), namespace.as_str(), "/metadata/deletionTimestamp").await;
    assert_eq!(still, Value::Null);
    cluster.act("delete_job", asked.clone()).await;
    assert_eq!(cluster.try_act("delete_job", asked).await.unwrap_err().kind, FailureKind::NotFound);
}

#[tokio::test]
async fn scaling_to_zero_tells_its_difference_although_the_server_leaves_the_zero_out() {
    let cluster = cluster("bad-config");
    let asked = json!({"name": "search", "namespace": "shop", "replicas": 0});
    let rehearsed = cluster.rehearse("scale", asked.clone()).await;
    assert!(rehearsed.diff[0].ends_with(" -> 0"), "{rehearsed:?}");
    assert_eq!(rehearsed.class, EffectClass::W2);
    let done = cluster.act("scale", asked).await;
    assert_eq!(done.diff, rehearsed.diff);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_is_stopped_tells_what_it_did() {
    let cluster = cluster("bad-config");
    let mut asked = object(json!({"name": "worker-2", "delete_emptydir_data": true, "dry_run": false}));
    asked.insert("reason".to_owned(), json!("a test"));
    let context = cluster.acting.context();
    let stop = context.cancel.clone();
    let drain = cluster.acting.call("drain", asked, context);
    tokio::pin!(drain);
    tokio::select! {
        _ = &mut drain => panic!("a drain takes longer"),
        () = tokio::time::sleep(std::time::Duration::from_millis(800)) => stop.cancel(),
    }
    let acted: Acted = serde_json::from_value(drain.await.unwrap().data).unwrap();
    assert!(!acted.complete && acted.undo.is_some(), "{acted:?}");
    assert!(acted.warnings.iter().any(|warning| warning.contains("stopped on request")), "{acted:?}");
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_waits_for_a_budget_pressed_the_server_at_its_end() {
    let asked_of_the_server = Arc::new(AtomicI64::new(0));
    let counter = Arc::clone(&asked_of_the_server);
    let router = estate::kubernetes::router(estate("bad-config")).layer(axum::middleware::from_fn(
        move |request: axum::extract::Request, next: axum::middleware::Next| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move {
                if request.uri().path().ends_with("/eviction") {
                    return axum::http::StatusCode::TOO_MANY_REQUESTS.into_response();
                }
                next.run(request).await
            }
        },
    ));
    let audit = unnamed_audit_file();
    let acting = Adapter::acting(server(router), Authority::WithoutGrants(audit));
    let asked = object(
        json!({"name": "worker-2", "timeout_seconds": 10, "delete_emptydir_data": true, "dry_run": false, "reason": "a test"}),
    );
    let drained = acting.call("drain", asked, acting.context()).await.unwrap();
    let acted: Acted = serde_json::from_value(drained.data).unwrap();
    assert!(
        !acted.complete && acted.warnings.iter().any(|warning| warning.contains("not evicted in time")),
        "{acted:?}"
    );
    // A round every two seconds over the dozen pods of the node.
    let requests = asked_of_the_server.load(Ordering::Relaxed);
    assert!(requests < 200, "{requests} requests in ten seconds");
}

#[tokio::test(start_paused = true)]
async fn a_drain_respects_budgets_tells_its_steps_and_is_taken_back() {
    let cluster = cluster("bad-config");
    let asked = json!({"name": "worker-2", "timeout_seconds": 10, "delete_emptydir_data": true});
    let rehearsed = cluster.rehearse("drain", asked.clone()).await;
    assert_eq!(rehearsed.diff, ["unschedulable: false -> true"]);
    assert_eq!(cluster.look("Node", "worker-2", None, "/spec/unschedulable").await, Value::Null, "it was a rehearsal");
    let done = cluster.act("drain", asked).await;
    assert_eq!(cluster.look("Node", "worker-2", None, "/spec/unschedulable").await, json!(true));
    assert!(done.steps.iter().any(|step| step.starts_with("evicted ")), "{done:?}");
    assert!(done.complete || done.warnings.iter().any(|warning| warning.contains("not evicted in time")), "{done:?}");
    cluster.undo(&done.undo.unwrap()).await;
    assert_ne!(cluster.look("Node", "worker-2", None, "/spec/unschedulable").await, json!(true));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_is_sent() {
    let cluster = cluster("bad-config");
    let cases = [
        (
            "scale",
            json!({"kind": "DaemonSet", "name": "x", "namespace": "shop", "replicas": 1}),
            FailureKind::BadRequest,
        ),
        ("scale", json!({"name": "nothing", "namespace": "shop", "replicas": 1}), FailureKind::NotFound),
        ("scale", json!({"name": "search", "namespace": "shop", "replicas": 100000}), FailureKind::BadRequest),
        (
            "set_image",
            json!({"name": "search", "namespace": "shop", "container": "nope", "image": "x:1"}),
            FailureKind::BadRequest,
        ),
        (
            "set_image",
            json!({"name": "search", "namespace": "shop", "container": "app", "image": "x 1"}),
            FailureKind::BadRequest,
        ),
        ("set_resources", json!({"name": "search", "namespace": "shop", "container": "app"}), FailureKind::BadRequest),
        ("rollout_undo", json!({"name": "search", "namespace": "shop", "to_revision": 999}), FailureKind::NotFound),
        ("set_hpa_bounds", json!({"name": "nothing", "namespace": "shop", "max_replicas": 3}), FailureKind::NotFound),
        ("cordon", json!({"name": "worker-99"}), FailureKind::NotFound),
    ];
    for (tool, arguments, kind) in cases {
        let failure = cluster.try_act(tool, arguments.clone()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{tool} {arguments}: {failure}");
    }
}

#[tokio::test]
async fn a_node_was_cordoned_for_somebody_to_whom_only_some_namespaces_are_open() {
    let mut config =
        ClusterConfig::new("demo", ClusterSource::service(estate::kubernetes::router(estate("bad-config"))));
    config.namespaces = Some(vec!["shop".to_owned()]);
    let server = Server::new(KubernetesConfig { clusters: vec![config], ..KubernetesConfig::default() });
    let acting = Adapter::acting(server, Authority::WithoutGrants(unnamed_audit_file()));
    let call = |tool: &'static str, arguments: Value| acting.call(tool, object(arguments), acting.context());
    for tool in ["cordon", "uncordon", "drain"] {
        let failure = call(tool, json!({"name": "worker-1", "reason": "a test"})).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{tool}: {failure}");
        assert!(failure.message.contains("belongs to all namespaces"), "{failure}");
    }
    let own = json!({"name": "search", "namespace": "shop", "replicas": 3, "reason": "a test"});
    call("scale", own).await.unwrap();
    let foreign = json!({"name": "search", "namespace": "data", "replicas": 3, "reason": "a test"});
    assert_eq!(call("scale", foreign).await.unwrap_err().kind, FailureKind::Refused);
}

#[tokio::test]
async fn a_workload_of_an_autoscaler_is_scaled_by_its_bounds() {
    let cluster = cluster("bad-config");
    let listed = cluster.reading.call("list", object(json!({"kind": "hpa"})), cluster.reading.context()).await.unwrap();
    let table: domain::observed::kubernetes::List = serde_json::from_value(listed.data).unwrap();
    let rows: Vec<Map<String, Value>> = table.table.typed().unwrap();
    let (name, namespace) = (rows[0]["name"].clone(), rows[0]["namespace"].clone());
    let target = cluster.look("hpa", name.as_str().unwrap(), namespace.as_str(), "/spec/scaleTargetRef/name").await;
    let refused = cluster.try_act("scale", json!({"name": target, "namespace": namespace, "replicas": 9})).await;
    assert_eq!(refused.unwrap_err().kind, FailureKind::Conflict);
    let done = cluster.act("set_hpa_bounds", json!({"name": name, "namespace": namespace, "max_replicas": 50})).await;
    assert!(done.diff.iter().any(|line| line.starts_with("maxReplicas: ")), "{done:?}");
    cluster.undo(&done.undo.unwrap()).await;
}

#[tokio::test]
async fn jobs_are_suspended_resumed_and_deleted() {
    let cluster = cluster("bad-config");
    let listed =
        cluster.reading.call("list", object(json!({"kind": "cronjobs"})), cluster.reading.context()).await.unwrap();
    let table: domain::observed::kubernetes::List = serde_json::from_value(listed.data).unwrap();
    let rows: Vec<Map<String, Value>> = table.table.typed().unwrap();
    let (name, namespace) = (rows[0]["name"].clone(), rows[0]["namespace"].clone());
    let done = cluster.act("suspend_job", json!({"name": name, "namespace": namespace})).await;
    assert_eq!(done.class, EffectClass::W1);
    let suspended = cluster.look("CronJob", name.as_str().unwrap(), namespace.as_str(), "/spec/suspend").await;
    assert_eq!(suspended, json!(true));
    let back = cluster.undo(&done.undo.unwrap()).await;
    assert_eq!(back.action, "resume_job");
}

#[tokio::test]
async fn a_server_that_reads_has_no_way_to_write() {
    let cluster = cluster("bad-config");
    let arguments = object(json!({"name": "search", "namespace": "shop", "replicas": 1, "reason": "a test"}));
    let failure = cluster.reading.call("scale", arguments, cluster.reading.context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest, "{failure}");
}
