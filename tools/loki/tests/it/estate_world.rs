//! The tools over the simulated estate.

use super::call_at;
use chrono::{DateTime, TimeDelta, Utc};
use domain::observed::loki::{LineRow, Lines, NewErrorRow, NewErrors, Stats};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::json;
use std::sync::Arc;
use tools_common::http::InProcessService;
use tools_common::serve::Adapter;
use tools_loki::{Instance, Limits, LokiConfig, Server};

const NOW: &str = "2026-11-21T02:00:00Z";

fn world(scenario: Option<&str>) -> Adapter {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let scenario = scenario.map(|name| Scenario::named(name).expect("a scenario of the estate"));
    let world = World::new(7, now - TimeDelta::hours(3), scenario, now - TimeDelta::minutes(20));
    let estate = Estate::new(world, Arc::new(move || now));
    let mut instance = Instance::new("estate", "http://estate");
    instance.endpoint.in_process = Some(InProcessService::new(estate::telemetry::loki::router(estate)));
    Adapter::new(Server::new(LokiConfig { instances: vec![instance], limits: Limits::default() }).unwrap())
}

#[tokio::test]
async fn every_tool_reads_the_estate() {
    let adapter = world(None);
    let cases = [
        ("query", json!({"labels": {"namespace": "shop", "app": "cart"}})),
        ("query", json!({"query": "sum by (app) (rate({namespace=\"shop\"}[5m]))"})),
        ("query", json!({"query": "sum by (app) (rate({namespace=\"shop\"}[5m]))", "step": "1m"})),
        ("patterns", json!({"labels": {"app": "cart"}})),
        ("stats", json!({})),
        ("stats", json!({"labels": {"namespace": "shop"}})),
        ("labels", json!({})),
        ("label_values", json!({"label": "app"})),
    ];
    for (tool, arguments) in cases {
        let envelope = call_at(&adapter, tool, arguments.clone(), NOW).await.unwrap();
        assert!(envelope.returned > 0, "{tool} {arguments}: {envelope:?}");
        assert!(envelope.not_looked.is_empty() || tool == "patterns", "{tool} {arguments}: {:?}", envelope.not_looked);
    }
}

#[tokio::test]
async fn volumes_of_the_estate_sum_to_its_size() {
    let envelope =
        call_at(&world(None), "stats", json!({"labels": {"namespace": "shop"}, "by": "app"}), NOW).await.unwrap();
    let stats: Stats = serde_json::from_value(envelope.data).unwrap();
    let volumes: Vec<domain::observed::loki::VolumeRow> = stats.volumes.typed().unwrap();
    assert_eq!(volumes.iter().map(|row| row.bytes).sum::<u64>(), stats.size.unwrap().bytes);
}

#[tokio::test]
async fn a_burst_of_errors_is_new() {
    let arguments = json!({"labels": {"app": "payments"}, "since": "30m", "baseline": "2h"});
    let envelope = call_at(&world(Some("error-burst")), "new_errors", arguments, NOW).await.unwrap();
    let data: NewErrors = serde_json::from_value(envelope.data.clone()).unwrap();
    let rows: Vec<NewErrorRow> = data.errors.typed().unwrap();
    assert!(!rows.is_empty() && rows[0].count > 0, "{envelope:?}");
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("RFC 3339")
}

#[tokio::test]
async fn the_pages_of_the_estate_are_the_whole() {
    let adapter = world(None);
    let query = "{app=\"cart\"}";
    let mut arguments = json!({"query": query, "since": "5m", "limit": 40});
    let mut seen: Vec<(String, String)> = Vec::new();
    for _ in 0..100 {
        let envelope = call_at(&adapter, "query", arguments.clone(), NOW).await.unwrap();
        let lines: Lines = serde_json::from_value(envelope.data).unwrap();
        let rows: Vec<LineRow> = lines.lines.typed().unwrap();
        seen.extend(rows.into_iter().map(|row| (row.at, format!("{:?} {}", row.stream, row.line))));
        let Some(cursor) = envelope.next_cursor else { break };
        arguments["cursor"] = json!(cursor);
    }
    let count =
        call_at(&adapter, "query", json!({"query": "sum(count_over_time({app=\"cart\"}[5m]))"}), NOW).await.unwrap();
    let count = count.data["samples"][0]["value"].as_f64().unwrap();
    assert!(seen.windows(2).all(|pair| time(&pair[0].0) >= time(&pair[1].0)));
    assert!((seen.len() as f64 - count).abs() <= 2.0, "{} lines, counted {count}", seen.len());
}
