//! `golden_signals` over a small world of metrics.

use super::call_at;
use super::mock::{Mock, mock, success, value, vector};
use domain::observed::prometheus::GoldenSignals;
use serde_json::json;

const NOW: &str = "2026-11-21T02:00:00Z";
const BEFORE: &str = "1795222800.000";

/// checkout in namespace shop: requests by `service`, a database client by `job`, cAdvisor by `pod`.
fn world() -> Mock {
    mock(|path, parameters| match path {
        "/api/v1/label/__name__/values" => success(json!([
            "container_memory_working_set_bytes",
            "db_client_operation_duration_seconds_bucket",
            "db_client_operation_duration_seconds_count",
            "http_request_duration_seconds_bucket",
            "http_request_duration_seconds_count",
            "kube_pod_container_resource_limits",
            "kube_pod_container_status_restarts_total",
            "up"
        ])),
        "/api/v1/query" => {
            let query = value(parameters, "query").unwrap();
            let before = value(parameters, "time") == Some(BEFORE);
            if query.starts_with("count by (__name__, namespace)") {
                return identity(query);
            }
            let number =
                |now: &'static str, then: &'static str| vector(&[(json!({}), if before { then } else { now })]);
            match query {
                query if query.contains("db_client") && query.contains("histogram_quantile") => vector(&[
                    (json!({"server_address": "orders-db.data"}), if before { "0.02" } else { "2.1" }),
                    (json!({"server_address": "cache.data"}), "0.001"),
                ]),
                query if query.contains("db_client") => vector(&[(json!({"server_address": "orders-db.data"}), "0.0")]),
                query if query.contains("histogram_quantile(0.99") => number("2.5", "0.2"),
                query if query.contains("histogram_quantile(0.5") => number("1.5", "0.1"),
                query if query.contains("working_set") => number("0.97", "NaN"),
                query if query.contains("restarts") => number("3", "0"),
                query if query.contains("code=~") => number("0.25", "0"),
                _ => number("12.5", "13"),
            }
        }
        "/api/v1/labels" => success(json!(["__name__", "code", "error_type", "namespace", "service"])),
        "/api/v1/label/service/values" => success(json!(["cart", "checkout"])),
        _ => success(json!([])),
    })
}

fn identity(query: &str) -> serde_json::Value {
    let named = |names: &[&str]| {
        let samples: Vec<_> = names.iter().map(|name| (json!({"__name__": name, "namespace": "shop"}), "1")).collect();
        vector(&samples)
    };
    if query.contains("service=\"checkout\"") {
        named(&["http_request_duration_seconds_bucket", "http_request_duration_seconds_count"])
    } else if query.contains("job=~\"(.+/)?checkout\"") {
        named(&[
            "db_client_operation_duration_seconds_bucket",
            "db_client_operation_duration_seconds_count",
            "http_request_duration_seconds_count",
        ])
    } else if query.contains("pod=~\"checkout") {
        named(&[
            "container_memory_working_set_bytes",
            "kube_pod_container_resource_limits",
            "kube_pod_container_status_restarts_total",
        ])
    } else {
        vector(&[])
    }
}

#[tokio::test]
async fn signals_stand_beside_what_they_were_before() {
    let world = world();
    let envelope = call_at(&world.adapter(), "golden_signals", json!({"service": "shop/checkout"}), NOW).await.unwrap();
    let golden: GoldenSignals = serde_json::from_value(envelope.data).unwrap();
    let told: Vec<String> = golden
        .signals
        .iter()
        .map(|signal| format!("{} {:?} {:?} {}", signal.name, signal.now, signal.before, signal.unit))
        .collect();
    assert_eq!(
        told,
        [
            "traffic Some(12.5) Some(13.0) req/s",
            "error_ratio Some(0.25) Some(0.0) ratio",
            "latency_p50 Some(1.5) Some(0.1) s",
            "latency_p99 Some(2.5) Some(0.2) s",
            "memory_of_limit Some(0.97) None ratio",
            "restarts Some(3.0) Some(0.0) count",
        ]
    );
    assert_eq!(golden.recipes, ["http-histogram", "cadvisor", "kube-state-metrics", "otel-db-client"]);
    assert_eq!(golden.missing, ["cpu_of_limit", "throttled"]);
    assert_eq!(golden.dependencies[0].peer, "orders-db.data");
    assert_eq!(golden.dependencies[0].latency_p99_before, Some(0.02));
    assert!(
        golden.signals[0].query.contains("{service=\"checkout\",namespace=\"shop\"}[15m]"),
        "{}",
        golden.signals[0].query
    );
    let hint = envelope.hint.unwrap();
    assert!(hint.contains("before = 2026-11-21T00:45:00Z to 2026-11-21T01:00:00Z"), "{hint}");
    assert!(world.asked.lock().unwrap().len() <= 1 + 12 + 2 + 16, "{} requests", world.asked.lock().unwrap().len());
}

#[tokio::test]
async fn an_unknown_service_is_answered_with_the_nearest() {
    let envelope = call_at(&world().adapter(), "golden_signals", json!({"service": "chekout"}), NOW).await.unwrap();
    assert_eq!(envelope.returned, 0);
    assert!(envelope.hint.unwrap().contains("Did you mean `checkout`?"));
}

#[tokio::test]
async fn a_service_of_another_namespace_is_not_taken() {
    let arguments = json!({"service": "checkout", "namespace": "payments"});
    let envelope = call_at(&world().adapter(), "golden_signals", arguments, NOW).await.unwrap();
    assert_eq!(envelope.returned, 0);
}
