//! Silences over the estate, Debian's Alertmanager, and a named one.
//!
//! After Alertmanager's API v2 (its OpenAPI document).

use super::place::{Place, Started, authority, free_port, in_process, live_estate, named, rows, scratch, text};
use domain::envelope::FailureKind;
use domain::observed::acted::Acted;
use serde_json::{Value, json};
use std::time::Duration;
use tools_common::http::Endpoint;
use tools_common::serve::Adapter;
use tools_prometheus::{Instance, PrometheusConfig, Server};

fn server(alertmanager: Endpoint) -> Server {
    let instance = Instance { alertmanager: Some(alertmanager), ..Instance::new("place", "http://127.0.0.1:9") };
    Server::new(PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") }).unwrap()
}

/// The reads and the changes of one Alertmanager.
struct Both {
    reading: Place,
    acting: Place,
}

fn both(name: &str, alertmanager: &Endpoint, servers: Vec<Started>) -> Both {
    let reading = Place::new(name, Adapter::new(server(alertmanager.clone())), servers);
    let acting = Place::new(name, Adapter::acting(server(alertmanager.clone()), authority()), Vec::new());
    Both { reading, acting }
}

fn debians() -> Both {
    let (folder, port) = (scratch("alertmanager"), free_port());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("alertmanager.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
    let arguments = [
        format!("--config.file={}", folder.join("alertmanager.yml").display()),
        format!("--storage.path={}", folder.join("data").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
        "--cluster.listen-address=".to_owned(),
    ];
    let started = Started::new("prometheus-alertmanager", folder, &arguments);
    let endpoint = Endpoint::new("Alertmanager", format!("http://127.0.0.1:{port}"));
    both("Debian's Alertmanager", &endpoint, vec![started])
}

#[tokio::test]
async fn the_estate_keeps_the_contract() {
    let router = estate::telemetry::alertmanager::router(live_estate());
    hold(&both("estate", &in_process("Alertmanager", router), Vec::new())).await;
}

#[tokio::test]
async fn debians_alertmanager_keeps_the_contract() {
    let both = debians();
    for _ in 0..300 {
        if both.reading.try_call("silences", json!({})).await.is_ok() {
            return hold(&both).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Debian's Alertmanager did not answer within half a minute");
}

#[tokio::test]
async fn a_named_alertmanager_keeps_the_contract() {
    if let Some(url) = named("CONTRACT_ALERTMANAGER_URL") {
        hold(&both(&url, &Endpoint::new("Alertmanager", url.clone()), Vec::new())).await;
    }
}

async fn acted(both: &Both, tool: &str, mut arguments: Value) -> Acted {
    arguments["reason"] = json!("the contract of the tool servers");
    let envelope = both.acting.call(tool, arguments).await;
    serde_json::from_value(envelope.data).unwrap()
}

async fn listed(both: &Both, state: &str) -> Vec<String> {
    let asked = json!({"state": state, "contains": "auto_devops_contract", "limit": 200});
    rows(&both.reading.call("silences", asked).await).iter().map(|row| text(row, "id").to_owned()).collect()
}

async fn hold(both: &Both) {
    // A label that no alert has, a new value each time: a run does not find what another one made.
    let value = format!("run-{}-{}", std::process::id(), chrono::Utc::now().timestamp_millis());
    let asked = |dry_run: bool| json!({"matchers": [format!("auto_devops_contract={value}")], "minutes": 5, "dry_run": dry_run});
    let before = listed(both, "active").await;
    let rehearsed = acted(both, "silence_create", asked(true)).await;
    both.acting.holds(
        "a rehearsal makes nothing",
        rehearsed.dry_run && listed(both, "active").await == before,
        &rehearsed,
    );
    let made = acted(both, "silence_create", asked(false)).await;
    let id = made.object.name.clone();
    both.acting.holds("a silence is made and listed", listed(both, "active").await.contains(&id), &made);
    let again = acted(both, "silence_create", asked(false)).await;
    both.acting.holds("the same is not made twice", again.object == made.object && again.diff.is_empty(), &again);
    let ended = acted(both, "silence_expire", json!({"id": id, "dry_run": false})).await;
    both.acting.holds("its end can be taken back", ended.undo.is_some(), &ended);
    both.acting.holds("it is over", !listed(both, "active").await.contains(&id), &id);
    let twice = json!({"id": id, "dry_run": false, "reason": "once more"});
    let failure = both.acting.fails("silence_expire", twice).await;
    both.acting.holds("what has ended is not ended again", failure.kind == FailureKind::Conflict, &failure);
    let unknown = json!({"id": "00000000-0000-4000-8000-000000000000", "reason": "nothing there"});
    let failure = both.acting.fails("silence_expire", unknown).await;
    both.acting.holds("an unknown id is told so", failure.kind == FailureKind::NotFound, &failure);
}
