//! Silences made and ended over the simulated estate, through the kit's checks as an MCP client meets them.

use super::estate_world;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::acted::Acted;
use domain::observed::prometheus::SilenceRow;
use serde_json::{Map, Value, json};
use tools_common::act::{AuditFile, Authority};
use tools_common::serve::Adapter;

const NOW: &str = "2026-11-21T02:00:00Z";

/// The changes, and beside them the same world's reads.
fn acting() -> Adapter {
    let path = std::env::temp_dir().join(format!("auto-devops-silences-{:?}", std::thread::current().id()));
    let audit = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    Adapter::acting(estate_world::server(Some("bad-config")), Authority::WithoutGrants(audit))
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
