//! `tempo` over the estate and a named Tempo that holds some traces of the last hour.
//!
//! After Tempo's HTTP API (grafana.com/docs/tempo/latest/api_docs).

use super::place::{Place, in_process, live_estate, named, rows, text};
use domain::envelope::FailureKind;
use domain::tokens;
use serde_json::json;
use tools_common::serve::Adapter;
use tools_tempo::{Instance, Server, TempoConfig};

fn place(name: &str, instance: Instance) -> Place {
    let config = TempoConfig { instances: vec![instance], ..TempoConfig::single("unused") };
    Place::new(name, Adapter::new(Server::new(config).unwrap()), Vec::new())
}

#[tokio::test]
async fn the_estate_keeps_the_contract() {
    let endpoint = in_process("Tempo", estate::telemetry::tempo::router(live_estate()));
    hold(&place("estate", Instance { endpoint, ..Instance::new("estate", "http://estate") })).await;
}

#[tokio::test]
async fn a_named_tempo_keeps_the_contract() {
    if let Some(url) = named("CONTRACT_TEMPO_URL") {
        hold(&place(&url.clone(), Instance::new("named", url))).await;
    }
}

async fn hold(place: &Place) {
    let traces = search(place).await;
    summaries(place, &traces).await;
    attributes(place).await;
    maps(place).await;
    mistakes(place).await;
}

async fn search(place: &Place) -> Vec<String> {
    let found = place.call("search", json!({"since": "1h", "limit": 20})).await;
    let ids: Vec<String> = rows(&found).iter().map(|row| text(row, "trace_id").to_owned()).collect();
    let known = ids.iter().all(|id| id.len() <= 32 && id.chars().all(|letter| letter.is_ascii_hexdigit()));
    place.holds("traces are found by their ids", !ids.is_empty() && known, &found);
    let by_query = place.call("search", json!({"query": "{ duration > 1ms }", "since": "1h", "limit": 3})).await;
    place.holds("TraceQL finds traces", by_query.returned > 0, &by_query);
    let none = place.call("search", json!({"service": "auto-devops-contract-none", "since": "1h"})).await;
    place.holds("a service without spans is told so", none.returned == 0 && none.hint.is_some(), &none);
    ids
}

async fn summaries(place: &Place, traces: &[String]) {
    let Some(first) = traces.first() else { return };
    let summary = place.call("trace_summary", json!({"trace_id": first})).await;
    let size = tokens::estimate(&serde_json::to_string(&summary).unwrap());
    place.holds("a trace is told in 1,000 tokens", size <= 1_000, &size);
    place.holds("a trace has spans", summary.data["spans"].as_u64() > Some(0), &summary.data);
    if let Some(second) = traces.get(1) {
        place.call("trace_diff", json!({"baseline": first, "trace_id": second})).await;
    }
    let missing = place.try_call("trace_summary", json!({"trace_id": "00000000000000000000000000000001"})).await;
    let told = missing.as_ref().is_err_and(|failure| failure.kind == FailureKind::NotFound);
    place.holds("a trace that is not there is not found", told, &missing);
}

async fn attributes(place: &Place) {
    let names = place.call("attribute_names", json!({})).await;
    place.holds("spans have attributes", names.returned > 0, &names);
    let services = place.call("attribute_values", json!({"attribute": "resource.service.name"})).await;
    place.holds("services are named", services.returned > 0, &services);
}

async fn maps(place: &Place) {
    let map = place.call("service_map", json!({"since": "1h", "traces": 5})).await;
    place.holds("the map says how many traces it is of", map.data["sampled_traces"].as_u64() > Some(0), &map);
    let metrics = place.try_call("metrics", json!({"function": "rate", "since": "1h"})).await;
    let told = match &metrics {
        Ok(envelope) => envelope.returned > 0 || envelope.hint.is_some(),
        Err(failure) => failure.hint.is_some(),
    };
    place.holds("metrics of spans are told, or why there are none", told, &metrics);
}

async fn mistakes(place: &Place) {
    let syntax = place.fails("search", json!({"query": "{ duration > ", "since": "1h"})).await;
    place.holds("a syntax error is told", syntax.kind == FailureKind::BadRequest, &syntax);
    let id = place.fails("trace_summary", json!({"trace_id": "not a trace id"})).await;
    place.holds("what is no trace id is told so", id.kind == FailureKind::BadRequest, &id);
}
