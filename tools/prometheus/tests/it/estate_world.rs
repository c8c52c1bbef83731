//! The tools over the simulated estate: a world with all sources of metrics at once.

use super::call_at;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Envelope;
use domain::observed::prometheus::{ComparedSeries, Comparison, GoldenSignals, MetricDetail};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::json;
use std::sync::Arc;
use tools_common::http::{HttpSettings, InProcessService};
use tools_common::serve::Adapter;
use tools_prometheus::{Endpoint, Instance, PrometheusConfig, Server};

const NOW: &str = "2026-11-21T02:00:00Z";

fn world(scenario: Option<&str>) -> Adapter {
    Adapter::new(server(scenario))
}

/// The server over a world of its own.
pub fn server(scenario: Option<&str>) -> Server {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let scenario = scenario.map(|name| Scenario::named(name).expect("a scenario of the estate"));
    let world = World::new(7, now - TimeDelta::hours(3), scenario, now - TimeDelta::minutes(20));
    let estate = Estate::new(world, Arc::new(move || now));
    let endpoint = |backend, router| Endpoint {
        settings: HttpSettings::new(backend, "http://estate"),
        in_process: Some(InProcessService::new(router)),
    };
    let instance = Instance {
        name: "estate".into(),
        prometheus: endpoint("Prometheus", estate::telemetry::prometheus::router(Arc::clone(&estate))),
        alertmanager: Some(endpoint("Alertmanager", estate::telemetry::alertmanager::router(estate))),
    };
    let config = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") };
    Server::new(config).unwrap()
}

async fn golden(adapter: &Adapter, service: &str) -> (GoldenSignals, Envelope) {
    let envelope = call_at(adapter, "golden_signals", json!({"service": service}), NOW).await.unwrap();
    (serde_json::from_value(envelope.data.clone()).unwrap(), envelope)
}

#[tokio::test]
async fn a_healthy_service_has_all_its_signals() {
    let (golden, envelope) = golden(&world(None), "shop/checkout").await;
    // Whether a limit on CPU is set is the estate's own matter.
    let missing: Vec<&String> =
        golden.missing.iter().filter(|name| !matches!(name.as_str(), "cpu_of_limit" | "throttled")).collect();
    assert!(missing.is_empty(), "{golden:#?} {:?}", envelope.hint);
    let value =
        |name: &str| golden.signals.iter().find(|signal| signal.name == name).and_then(|signal| signal.now).unwrap();
    assert!(value("traffic") > 0.0 && value("error_ratio") < 0.05 && value("latency_p99") < 2.0);
    assert!(value("memory_of_limit") > 0.05 && value("memory_of_limit") < 1.0 && value("restarts") == 0.0);
    assert!(!golden.dependencies.is_empty());
}

#[tokio::test]
async fn every_tool_reads_the_estate() {
    let adapter = world(None);
    for (tool, arguments) in [
        ("alerts", json!({})),
        ("targets", json!({})),
        ("rules", json!({})),
        ("query", json!({"query": "sum by (service) (rate(http_requests_total[5m]))"})),
        ("query_range", json!({"query": "sum(rate(http_requests_total[5m]))", "since": "1h"})),
        ("find_metrics", json!({"words": "http"})),
        ("label_values", json!({"label": "service"})),
        ("metric_metadata", json!({"metric": "http_requests_total"})),
        ("compare_windows", json!({"query": "sum by (service) (rate(http_requests_total[5m]))", "baseline": "1h"})),
    ] {
        let envelope = call_at(&adapter, tool, arguments, NOW).await.unwrap();
        assert!(envelope.returned > 0, "{tool}: {envelope:?}");
    }
}

#[tokio::test]
async fn a_comparison_shows_what_changed_most_first() {
    let adapter = world(Some("slow-database"));
    let query = "sum by (service) (rate(http_request_duration_seconds_sum[5m]))";
    let arguments = json!({"query": query, "since": "10m", "baseline": "1h"});
    let envelope = call_at(&adapter, "compare_windows", arguments, NOW).await.unwrap();
    let comparison: Comparison = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<ComparedSeries> = comparison.series.typed().unwrap();
    // The slow database's callers, and theirs.
    let checkout = rows.iter().position(|row| row.series.contains("checkout")).unwrap();
    assert!(checkout < 3 && rows[checkout].ratio.unwrap() > 2.0, "{rows:?}");
    let ratios: Vec<f64> = rows.iter().filter_map(|row| row.ratio).map(|ratio| ratio.ln().abs()).collect();
    assert!(ratios.windows(2).all(|pair| pair[0] >= pair[1]), "{ratios:?}");
}

#[tokio::test]
async fn a_metric_is_told_with_its_labels_and_a_wrong_name_with_its_neighbours() {
    let adapter = world(None);
    let envelope = call_at(&adapter, "metric_metadata", json!({"metric": "http_requests_total"}), NOW).await.unwrap();
    let detail: MetricDetail = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(detail.kind, "counter");
    assert!(detail.series.unwrap() > 5 && detail.labels.iter().any(|label| label.values > 1), "{detail:?}");
    let wrong = call_at(&adapter, "metric_metadata", json!({"metric": "http_request_total"}), NOW).await.unwrap();
    assert!(wrong.hint.unwrap().contains("http_requests_total"));
}

#[tokio::test]
async fn a_slow_database_shows_in_the_signals_of_its_caller() {
    let (golden, _) = golden(&world(Some("slow-database")), "shop/checkout").await;
    let latency = golden.signals.iter().find(|signal| signal.name == "latency_p99").unwrap();
    assert!(latency.now > latency.before, "{latency:?}");
    assert_eq!(golden.dependencies[0].peer, "orders-db.data", "{:?}", golden.dependencies);
}
