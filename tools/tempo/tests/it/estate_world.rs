//! The tools over the simulated estate.

use super::{NOW, call};
use chrono::{DateTime, TimeDelta, Utc};
use domain::observed::Table;
use domain::observed::tempo::{EdgeRow, ServiceMap, TraceMetrics, TraceRow, TraceSummary};
use domain::sense::traces::requests::Requests;
use domain::sense::traces::{TraceWatch, joined};
use domain::sense::{Looked, Origin, State};
use domain::signal::{Source, SourceKind};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use tools_common::http::InProcessService;
use tools_common::serve::Adapter;
use tools_tempo::Instance;

fn world(scenario: Option<&str>) -> Adapter {
    world_for(scenario, TimeDelta::minutes(40))
}

/// A world that is so old, with its fault in the last twenty minutes.
fn world_for(scenario: Option<&str>, age: TimeDelta) -> Adapter {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let scenario = scenario.map(|name| Scenario::named(name).expect("a scenario of the estate"));
    let world = World::new(7, now - age, scenario, now - TimeDelta::minutes(20));
    let estate = Estate::new(world, Arc::new(move || now));
    let mut instance = Instance::new("estate", "http://estate");
    instance.endpoint.in_process = Some(InProcessService::new(estate::telemetry::tempo::router(estate)));
    super::mock::server(instance)
}

async fn rows(adapter: &Adapter, arguments: Value) -> Vec<TraceRow> {
    let envelope = call(adapter, "search", arguments).await.unwrap();
    serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap()
}

#[tokio::test]
async fn errors_of_a_service_are_found_and_read() {
    let adapter = world(Some("error-burst"));
    let found = rows(&adapter, json!({"service": "payments", "since": "15m"})).await;
    assert_eq!(found[0].failed, Some(true), "{found:?}");
    let envelope = call(&adapter, "trace_summary", json!({"trace_id": found[0].trace_id})).await.unwrap();
    let summary: TraceSummary = serde_json::from_value(envelope.data).unwrap();
    let failures: Vec<Value> = summary.failures.typed().unwrap();
    let began = |row: &&Value| row["role"] == "began" && row["what"].as_str().unwrap().starts_with("payments ");
    assert!(failures.iter().any(|row| began(&row)), "{failures:?}");
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
}

#[tokio::test]
async fn a_slow_database_parts_fast_from_slow_and_shows_on_the_map() {
    let adapter = world(Some("slow-database"));
    let asked = json!({"service": "checkout", "since": "30m"});
    let envelope = call(&adapter, "sample_fast_slow", asked).await.unwrap();
    let first = envelope.data["differences"]["rows"][0].to_string();
    assert!(first.contains("orders-db"), "{}", envelope.data);
    let envelope = call(&adapter, "service_map", json!({"since": "15m"})).await.unwrap();
    let map: ServiceMap = serde_json::from_value(envelope.data).unwrap();
    let edges: Vec<EdgeRow> = map.edges.typed().unwrap();
    let database = edges.iter().find(|edge| edge.callee.contains("orders-db")).expect("an edge to the database");
    assert!(database.no_spans && database.p95_ms > 100.0, "{database:?}");
    assert!(map.services.is_some() && envelope.not_looked.is_empty(), "{:?}", envelope.not_looked);
}

/// What the sense that learns requests is told of one service, look by look, in the hour before the fault and after it.
async fn shifts(adapter: &Adapter, service: &str) -> Vec<(i64, String)> {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let watch: TraceWatch =
        serde_json::from_value(json!({"name": "w", "services": [service], "learns": true})).unwrap();
    let source = Source { kind: SourceKind::Traces, name: "w".to_owned() };
    let origin = Origin { environment: "demo".to_owned(), source };
    let (mut requests, mut found) = (Requests::default(), Vec::new());
    for minute in -88..=0 {
        let at = now + TimeDelta::minutes(minute);
        let Some(stretch) = requests.due(service, at) else { continue };
        let arguments = |function: &str, status: Option<&str>| {
            let mut arguments = json!({
                "function": function, "service": service, "attributes": ["kind=server"], "step": "30s", "limit": 20,
                "start": stretch.start.to_rfc3339(), "end": stretch.end.to_rfc3339()
            });
            status.iter().for_each(|status| arguments["status"] = json!(status));
            arguments
        };
        let mut metrics = Vec::new();
        for arguments in [arguments("histogram", None), arguments("count", Some("error"))] {
            let envelope = call(adapter, "metrics", arguments).await.unwrap();
            assert!(!envelope.truncated && envelope.not_looked.is_empty(), "{envelope:?}");
            metrics.push(serde_json::from_value::<TraceMetrics>(envelope.data).unwrap());
        }
        requests.learn(service, stretch, &metrics[0], &metrics[1]);
        let looked = joined(&origin, &watch, Looked::whole(vec![]), &requests, &State::default(), at);
        found.extend(looked.troubles.into_iter().map(|trouble| (minute + 20, trouble.name)));
    }
    found
}

#[tokio::test]
async fn what_a_service_is_asked_each_half_minute_shows_its_shifts() {
    assert_eq!(shifts(&world_for(None, TimeDelta::minutes(90)), "checkout").await, []);
    for (scenario, service, name) in
        [("slow-database", "checkout", "trace-latency-shift"), ("error-burst", "payments", "trace-error-shift")]
    {
        let found = shifts(&world_for(Some(scenario), TimeDelta::minutes(90)), service).await;
        let (minutes, first) = found.first().unwrap_or_else(|| panic!("{scenario}: nothing was found"));
        assert!((1..=6).contains(minutes), "{scenario}: {found:?}");
        assert_eq!(first, name, "{scenario}");
    }
}

#[tokio::test]
async fn every_tool_reads_the_estate() {
    let adapter = world(None);
    let found = rows(&adapter, json!({"service": "checkout"})).await;
    let (first, second) = (&found[0].trace_id, &found[1].trace_id);
    for (tool, arguments) in [
        ("search", json!({"query": "{ resource.service.name = \"checkout\" } >> { kind = client } | select(name)"})),
        ("search", json!({"attributes": ["http.response.status_code=200", "kind=server"], "max_duration": "1m"})),
        ("trace_summary", json!({"trace_id": first})),
        ("trace_diff", json!({"baseline": first, "trace_id": second})),
        ("sample_fast_slow", json!({"service": "checkout"})),
        ("service_map", json!({"service": "checkout", "traces": 5})),
        ("metrics", json!({"by": ["resource.service.name"]})),
        ("metrics", json!({"function": "quantile", "service": "checkout", "attributes": ["kind=server"]})),
        ("metrics", json!({"function": "histogram", "service": "checkout"})),
        ("attribute_names", json!({"scope": "span", "service": "checkout"})),
        ("attribute_values", json!({"attribute": "resource.service.name"})),
        ("attribute_values", json!({"attribute": "name", "service": "checkout"})),
    ] {
        let envelope = call(&adapter, tool, arguments.clone()).await;
        let envelope = envelope.unwrap_or_else(|failure| panic!("{tool} {arguments}: {failure}"));
        let may_be_empty = tool == "trace_diff";
        assert!(envelope.returned > 0 || may_be_empty, "{tool}: {envelope:?}");
        assert!(envelope.not_looked.is_empty(), "{tool}: {:?}", envelope.not_looked);
    }
}

#[tokio::test]
async fn the_estates_refusals_are_explained() {
    let adapter = world(None);
    let failure = call(&adapter, "search", json!({"query": "{ stauts = error }"})).await.unwrap_err();
    assert!(failure.message.contains("  { stauts = error }\n    ^"), "{}", failure.message);
    let long = json!({"query": "{} | rate()", "since": "6h"});
    let failure = call(&adapter, "metrics", long).await.unwrap_err();
    assert!(failure.hint.unwrap().contains("shorter"));
    let unknown = json!({"trace_id": "0123456789abcdef0123456789abcdef"});
    let failure = call(&adapter, "trace_summary", unknown).await.unwrap_err();
    assert_eq!(failure.kind, domain::envelope::FailureKind::NotFound);
}
