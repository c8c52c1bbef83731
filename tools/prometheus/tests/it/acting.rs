//! Silences made and ended over the simulated estate, through the kit's checks as an MCP client meets them.

use super::estate_world;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::{Json, Router};
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::acted::Acted;
use domain::observed::prometheus::SilenceRow;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use tools_common::act::{AuditFile, Authority};
use tools_common::http::{HttpSettings, InProcessService};
use tools_common::serve::Adapter;
use tools_prometheus::{Endpoint, Instance, PrometheusConfig, Server};

const NOW: &str = "2026-11-21T02:00:00Z";

/// The changes, and beside them the same world's reads.
fn acting() -> Adapter {
    acting_with(estate_world::server(Some("bad-config")))
}

fn acting_with(server: Server) -> Adapter {
    // Of this process and this call: threads are numbered alike in every process.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("auto-devops-silences-{}-{number}", std::process::id()));
    let audit = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    Adapter::acting(server, Authority::WithoutGrants(audit))
}

async fn try_act(adapter: &Adapter, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    let mut arguments: Map<String, Value> = serde_json::from_value(arguments).unwrap();
    arguments.insert("reason".to_owned(), json!("known, being worked on"));
    adapter.call(tool, arguments, adapter.context().at(NOW.parse().unwrap())).await
}

async fn act(adapter: &Adapter, tool: &str, arguments: Value) -> Acted {
    let mut arguments = arguments;
    arguments["dry_run"] = json!(false);
    let envelope = try_act(adapter, tool, arguments).await.unwrap_or_else(|failure| panic!("{tool}: {failure}"));
    serde_json::from_value(envelope.data).unwrap()
}

#[tokio::test]
async fn a_silence_is_rehearsed_made_once_and_ended() {
    let adapter = acting();
    let asked = json!({"matchers": ["service=checkout", "severity=~\"critical|warning\""], "minutes": 60});
    let rehearsed: Acted =
        serde_json::from_value(try_act(&adapter, "silence_create", asked.clone()).await.unwrap().data).unwrap();
    assert!(rehearsed.dry_run && rehearsed.undo.is_none(), "{rehearsed:?}");
    let made = act(&adapter, "silence_create", asked.clone()).await;
    assert_eq!((made.class, made.diff.len()), (EffectClass::W1, 1));
    let again = act(&adapter, "silence_create", asked).await;
    assert!(again.diff.is_empty() && again.object == made.object, "no second one of the same: {again:?}");
    let undo = made.undo.unwrap();
    let ended = act(&adapter, &undo.tool, Value::Object(undo.arguments.clone())).await;
    assert_eq!(ended.undo.unwrap().tool, "silence_create");
    let twice = try_act(&adapter, &undo.tool, json!({"id": undo.arguments["id"], "dry_run": false})).await;
    assert_eq!(twice.unwrap_err().kind, FailureKind::Conflict);
}

#[tokio::test]
async fn what_would_mute_everything_or_is_no_matcher_is_refused() {
    let adapter = acting();
    let cases = [
        ("silence_create", json!({"matchers": ["alertname=~\".*\""], "minutes": 5}), FailureKind::BadRequest),
        (
            "silence_create",
            json!({"matchers": ["alertname=~\".+\"", "namespace!=\"\""], "minutes": 5}),
            FailureKind::BadRequest,
        ),
        ("silence_create", json!({"matchers": ["nothing!=x"], "minutes": 5}), FailureKind::BadRequest),
        ("silence_create", json!({"matchers": ["checkout"], "minutes": 5}), FailureKind::BadRequest),
        ("silence_create", json!({"matchers": [], "minutes": 5}), FailureKind::BadRequest),
        ("silence_create", json!({"matchers": ["a=b"], "minutes": 20000}), FailureKind::BadRequest),
        ("silence_expire", json!({"id": "../status"}), FailureKind::BadRequest),
        ("silence_expire", json!({"id": "51e4ce00-0000-4000-8000-00000000ffff"}), FailureKind::NotFound),
    ];
    for (tool, arguments, kind) in cases {
        let failure = try_act(&adapter, tool, arguments.clone()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{tool} {arguments}: {failure}");
    }
}

#[tokio::test]
async fn a_longer_silence_is_graded_w2() {
    let made = act(&acting(), "silence_create", json!({"matchers": ["service=checkout"], "minutes": 121})).await;
    assert_eq!(made.class, EffectClass::W2);
}

#[tokio::test]
async fn silences_are_listed_and_an_empty_list_is_explained() {
    let reading = Adapter::new(estate_world::server(None));
    let arguments: Map<String, Value> = Map::new();
    let listed = reading.call("silences", arguments, reading.context().at(NOW.parse().unwrap())).await.unwrap();
    let rows: Vec<SilenceRow> = serde_json::from_value::<Table>(listed.data).unwrap().typed().unwrap();
    assert!(rows.is_empty());
    assert_eq!(listed.hint.as_deref(), Some("There are no silences."));
}

const ID: &str = "51e4ce00-0000-4000-8000-000000000001";

type Answer = (u16, Value);

/// A server whose instances all have an Alertmanager that answers by method and path.
fn over(names: &[&str], answer: impl Fn(&str, &str) -> Option<Answer> + Clone + Send + Sync + 'static) -> Adapter {
    let router = Router::new().fallback(move |request: Request| {
        let (method, path) = (request.method().as_str(), request.uri().path());
        let (status, body) = answer(method, path).unwrap_or_else(|| well(method, path));
        async move { (StatusCode::from_u16(status).unwrap(), Json(body)) }
    });
    let service = InProcessService::new(router);
    let instance = |name: &&str| Instance {
        alertmanager: Some(Endpoint {
            settings: HttpSettings::new("Alertmanager", "http://mock:9093"),
            in_process: Some(service.clone()),
        }),
        ..Instance::new(*name, "http://mock:9090")
    };
    let instances = names.iter().map(instance).collect();
    acting_with(Server::new(PrometheusConfig { instances, ..PrometheusConfig::single("unused") }).unwrap())
}

/// What an Alertmanager with one silence and no alert answers.
fn well(method: &str, path: &str) -> Answer {
    match (method, path) {
        ("POST", "/api/v2/silences") => (200, json!({"silenceID": ID})),
        ("GET", "/api/v2/silences" | "/api/v2/alerts") => (200, json!([])),
        ("GET", _) => (200, silence("active", "2026-11-21T04:00:00Z")),
        ("DELETE", _) => (200, json!("")),
        other => panic!("{other:?} is not in the API"),
    }
}

fn silence(state: &str, ends: &str) -> Value {
    json!({"id": ID, "matchers": [{"name": "service", "value": "a", "isRegex": false, "isEqual": true}],
        "startsAt": "2026-11-21T01:00:00Z", "endsAt": ends, "updatedAt": "2026-11-21T01:00:00Z",
        "createdBy": "auto-devops", "comment": "c", "status": {"state": state}})
}

#[tokio::test]
async fn a_change_and_its_undo_name_the_instance_where_there_are_several() {
    let adapter = over(&["prod", "staging"], |_, _| None);
    let asked = json!({"matchers": ["service=a"], "minutes": 5});
    let failure = try_act(&adapter, "silence_create", asked).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(failure.message.contains("`instance`") && failure.message.contains("prod, staging"), "{failure}");
    let asked = json!({"matchers": ["service=a"], "minutes": 5, "instance": "staging"});
    let made = act(&adapter, "silence_create", asked).await;
    let undo = made.undo.unwrap();
    assert_eq!(Value::Object(undo.arguments.clone()), json!({"id": ID, "instance": "staging"}));
    let ended = act(&adapter, &undo.tool, Value::Object(undo.arguments)).await;
    let again = json!({"matchers": ["service=\"a\""], "minutes": 120, "instance": "staging"});
    assert_eq!(Value::Object(ended.undo.unwrap().arguments), again);
    let alone = act(&over(&["only"], |_, _| None), "silence_expire", json!({"id": ID})).await;
    assert_eq!(alone.undo.unwrap().arguments.get("instance"), None);
}

#[tokio::test]
async fn a_silence_that_no_call_makes_again_is_ended_without_undo_and_says_so() {
    for (state, ends, words) in [
        ("active", "2026-11-29T02:00:00Z", "more than 7 days left"),
        ("pending", "2026-11-21T03:00:00Z", "would begin"),
    ] {
        let adapter = over(&["only"], move |method, path| {
            (method == "GET" && path.ends_with(ID)).then(|| (200, silence(state, ends)))
        });
        let ended = act(&adapter, "silence_expire", json!({"id": ID})).await;
        assert_eq!(ended.undo, None);
        assert!(ended.warnings.iter().any(|warning| warning.contains(words)), "{:?}", ended.warnings);
    }
}

#[tokio::test]
async fn all_of_many_alerts_are_not_muted_at_once() {
    for (count, refused) in [(6, true), (5, false)] {
        let adapter = over(&["only"], move |_, path| {
            let alert = |number| json!({"labels": {"alertname": format!("A{number}"), "cluster": "a"}, "status": {"state": "active"}});
            (path == "/api/v2/alerts").then(|| (200, (0..count).map(alert).collect()))
        });
        let asked = json!({"matchers": ["cluster=a"], "minutes": 5});
        let result = try_act(&adapter, "silence_create", asked).await;
        assert_eq!(result.err().map(|failure| failure.kind), refused.then_some(FailureKind::Refused));
    }
}

#[tokio::test]
async fn that_a_silence_is_missing_is_told_by_the_status_and_not_by_words() {
    for (status, body, kind) in [
        (404, json!(null), FailureKind::NotFound),
        (404, json!("404 page not found"), FailureKind::BadAnswer),
        (500, json!("upstream said 404"), FailureKind::BadAnswer),
    ] {
        let adapter = over(&["only"], move |_, _| Some((status, body.clone())));
        let failure = try_act(&adapter, "silence_expire", json!({"id": ID})).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
    }
}

#[tokio::test]
async fn a_change_that_was_sent_and_badly_answered_may_have_been_made() {
    for (status, body, in_doubt) in [
        (500, json!("boom"), true),
        (503, json!("away"), true),
        (200, json!({"hello": "world"}), true),
        (200, json!("x".repeat(20 << 20)), true),
        (400, json!("silence invalid"), false),
        (404, json!("404 page not found"), false),
    ] {
        let adapter = over(&["only"], move |method, _| (method == "POST").then(|| (status, body.clone())));
        let asked = json!({"matchers": ["service=a"], "minutes": 5, "dry_run": false});
        let failure = try_act(&adapter, "silence_create", asked).await.unwrap_err();
        assert_eq!(failure.message.contains("may have been made"), in_doubt, "{status}: {failure}");
    }
}
