//! Each tool's answer over the API's own JSON.

use super::mock::{mock, success, value, vector};
use super::{call, call_at};
use domain::envelope::FailureKind;
use domain::observed::Table;
use domain::observed::prometheus::{AlertRow, Instant, MetricRow, Range, RuleRow, TargetRow};
use serde_json::{Value, json};

const NOW: &str = "2026-11-21T02:00:00Z";

#[tokio::test]
async fn a_query_comes_back_typed_and_largest_first() {
    let mock =
        mock(|_, _| vector(&[(json!({"job": "a"}), "1"), (json!({"job": "b"}), "NaN"), (json!({"job": "c"}), "7")]));
    let envelope = call_at(&mock.adapter(), "query", json!({"query": "x"}), NOW).await.unwrap();
    let instant: Instant = serde_json::from_value(envelope.data.clone()).unwrap();
    let values: Vec<Option<f64>> = instant.samples.iter().map(|sample| sample.value).collect();
    assert_eq!(values, [Some(7.0), Some(1.0), None]);
    assert_eq!((envelope.returned, envelope.total, envelope.truncated), (3, Some(3), false));
    assert_eq!(envelope.source.as_deref(), Some("prometheus http://mock:9090"));
    assert_eq!(envelope.window.unwrap().end.to_rfc3339(), "2026-11-21T02:00:00+00:00");
    assert_eq!(value(&mock.asked.lock().unwrap()[0].1, "time"), Some("1795226400.000"));
}

#[tokio::test]
async fn a_syntax_error_is_told_before_anything_is_sent_and_an_unknown_function_is_sent() {
    let mock = mock(|_, _| vector(&[(json!({}), "1")]));
    let failure = call(&mock.adapter(), "query", json!({"query": "sum(rate(up[5m])"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(failure.message.contains('^'), "{}", failure.message);
    assert!(mock.queries().is_empty());
    call(&mock.adapter(), "query", json!({"query": "range_first(up[5m])"})).await.unwrap();
    assert_eq!(mock.queries(), ["range_first(up[5m])"]);
}

#[tokio::test]
async fn many_series_are_cut_and_the_rest_is_told() {
    let samples: Vec<(Value, String)> = (0..400).map(|n| (json!({"pod": format!("pod-{n}")}), n.to_string())).collect();
    let mock = mock(move |_, _| {
        vector(&samples.iter().map(|(metric, value)| (metric.clone(), value.as_str())).collect::<Vec<_>>())
    });
    let envelope = call(&mock.adapter(), "query", json!({"query": "x", "limit": 5})).await.unwrap();
    assert_eq!((envelope.returned, envelope.total, envelope.truncated), (5, Some(400), true));
    assert!(envelope.hint.unwrap().contains("395 more series (values 0 to 394)"));
}

#[tokio::test]
async fn an_empty_result_says_why() {
    let mock = mock(|path, parameters| match path {
        "/api/v1/label/__name__/values" => success(json!(["http_requests_total", "up"])),
        "/api/v1/label/job/values" => success(json!(["cart", "checkout"])),
        _ => {
            assert!(value(parameters, "query").is_some());
            vector(&[])
        }
    });
    let adapter = mock.adapter();
    let cases = [
        ("http_request_total", "there is no metric `http_request_total`; similar: http_requests_total"),
        ("up{job=\"chekout\"}", "`up` has no job=\"chekout\"; its values: checkout, cart"),
        ("up > 5", "no series fulfils it"),
        ("up", "the metrics exist, but nothing matched at 2026-11-21T02:00:00Z"),
    ];
    for (query, wanted) in cases {
        let hint = call_at(&adapter, "query", json!({"query": query}), NOW).await.unwrap().hint.unwrap();
        assert!(hint.contains(wanted), "{query}: {hint}");
    }
}

#[tokio::test]
async fn a_range_is_bounded() {
    let mock = mock(|path, parameters| {
        assert_eq!(path, "/api/v1/query_range");
        assert_eq!(value(parameters, "step"), Some("300"));
        let series: Vec<Value> = (0..30)
            .map(|n| json!({"metric": {"pod": format!("p{n}")}, "values": [[1, n.to_string()], [2, "NaN"], [3, "+Inf"]]}))
            .collect();
        success(json!({"resultType": "matrix", "result": series}))
    });
    let envelope = call_at(&mock.adapter(), "query_range", json!({"query": "x", "since": "6h"}), NOW).await.unwrap();
    let range: Range = serde_json::from_value(envelope.data).unwrap();
    assert_eq!((range.series.len(), range.series[0].last, range.step_seconds), (20, 29.0, 300.0));
    assert_eq!(range.series[0].points, [(1.0, 29.0)]);
    assert_eq!((envelope.returned, envelope.total, envelope.truncated), (20, Some(30), true));
    assert!(envelope.hint.unwrap().contains("10 smaller series are left out (values 0 to 9"));
}

fn prometheus_alerts() -> Value {
    success(json!({"alerts": [
        {"labels": {"alertname": "Watchdog", "severity": "none"}, "annotations": {}, "state": "firing", "activeAt": "2026-11-20T00:00:00Z", "value": "1e+00"},
        {"labels": {"alertname": "HighErrorRate", "severity": "critical", "service": "checkout"},
         "annotations": {"summary": "checkout fails"}, "state": "firing", "activeAt": "2026-11-21T01:50:00Z", "value": "2e-01"}
    ]}))
}

#[tokio::test]
async fn alerts_of_both_are_one_list() {
    let prometheus = mock(|_, _| prometheus_alerts());
    let alertmanager = mock(|path, _| {
        assert_eq!(path, "/api/v2/alerts");
        json!([{"labels": {"alertname": "HighErrorRate", "severity": "critical", "service": "checkout", "cluster": "demo"},
                "annotations": {}, "startsAt": "2026-11-21T01:50:00Z", "endsAt": "2026-11-21T03:00:00Z", "fingerprint": "f",
                "status": {"state": "suppressed", "silencedBy": ["s1"], "inhibitedBy": []}}])
    });
    let adapter = prometheus.adapter_with_alertmanager(Some(&alertmanager));
    let envelope = call(&adapter, "alerts", json!({})).await.unwrap();
    let table: Table = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<AlertRow> = table.typed().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0].name.as_str(), rows[0].state.as_str(), rows[0].silenced_by.len()),
        ("HighErrorRate", "suppressed", 1)
    );
    assert_eq!(rows[1].name, "Watchdog");
    let none = call(&adapter, "alerts", json!({"contains": "nowhere"})).await.unwrap();
    assert!(none.hint.unwrap().contains("none of the 2 active alerts"));
}

#[tokio::test]
async fn an_alertmanager_that_is_away_is_told_and_the_rest_is_shown() {
    let prometheus = mock(|_, _| prometheus_alerts());
    let broken = mock(|_, _| json!({"status": "error", "error": "no"}));
    let envelope = call(&prometheus.adapter_with_alertmanager(Some(&broken)), "alerts", json!({})).await.unwrap();
    assert_eq!(envelope.returned, 2);
    assert!(envelope.not_looked[0].contains("Alertmanager could not be looked at"), "{:?}", envelope.not_looked);
    let other = mock(|_, _| json!([]));
    let envelope = call(&broken.adapter_with_alertmanager(Some(&other)), "alerts", json!({})).await.unwrap();
    assert!(envelope.not_looked[0].contains("Prometheus could not be looked at"), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn targets_come_down_first_with_a_count_for_each_job() {
    let mock = mock(|_, _| {
        let mut targets: Vec<Value> = (0..40)
            .map(|n| json!({"labels": {"job": "node", "instance": format!("n{n:02}:9100")}, "scrapePool": "node",
                "scrapeUrl": format!("http://user:hunter2@n{n}:9100/metrics"), "lastError": "", "lastScrape": NOW, "health": "up"}))
            .collect();
        targets.push(json!({"labels": {"job": "db", "instance": "db:9187"}, "scrapePool": "db", "scrapeUrl": "http://db:9187/metrics",
            "lastError": "dial tcp: connection refused", "lastScrape": NOW, "health": "down"}));
        success(json!({"activeTargets": targets, "droppedTargets": []}))
    });
    let adapter = mock.adapter();
    let envelope = call(&adapter, "targets", json!({})).await.unwrap();
    assert!(!envelope.data.to_string().contains("hunter2"), "userinfo must not leave the tool");
    let rows: Vec<TargetRow> = serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap();
    assert_eq!((rows[0].job.as_str(), rows[0].health.as_str()), ("db", "down"));
    assert_eq!((envelope.returned, envelope.total, envelope.truncated), (11, Some(41), true));
    let hint = envelope.hint.unwrap();
    assert!(hint.contains("40 of 41 targets are up (db: 0 of 1 up, node: 40 of 40 up)"), "{hint}");
    let next = call(&adapter, "targets", json!({"cursor": envelope.next_cursor.unwrap()})).await.unwrap();
    assert!(next.data.to_string().contains("n10:9100") && !next.data.to_string().contains("db:9187"));
    let down = call(&adapter, "targets", json!({"state": "down"})).await.unwrap();
    assert_eq!(down.returned, 1);
    let foreign = call(&adapter, "targets", json!({"state": "down", "cursor": "12345678aa"})).await.unwrap_err();
    assert!(foreign.message.contains("cursor"));
}

#[tokio::test]
async fn rules_and_metrics_travel_as_tables() {
    let mock = mock(|path, _| match path {
        "/api/v1/rules" => success(json!({"groups": [{"name": "g", "rules": [
            {"name": "A", "query": "up == 0", "health": "ok", "state": "firing", "type": "alerting", "alerts": []}]}]})),
        "/api/v1/label/__name__/values" => success(json!(["http_requests_total", "up"])),
        "/api/v1/metadata" => {
            success(json!({"http_requests_total": [{"type": "counter", "help": "Requests.", "unit": ""}]}))
        }
        other => panic!("{other} was not expected"),
    });
    let rules = call(&mock.adapter(), "rules", json!({"state": "firing"})).await.unwrap();
    let rows: Vec<RuleRow> = serde_json::from_value::<Table>(rules.data).unwrap().typed().unwrap();
    assert_eq!(rows[0].name, "A");
    let metrics = call(&mock.adapter(), "find_metrics", json!({"words": "requests"})).await.unwrap();
    let rows: Vec<MetricRow> = serde_json::from_value::<Table>(metrics.data).unwrap().typed().unwrap();
    assert_eq!((rows[0].name.as_str(), rows[0].kind.as_str()), ("http_requests_total", "counter"));
    let none = call(&mock.adapter(), "find_metrics", json!({"words": "http_request_total"})).await.unwrap();
    assert!(none.hint.unwrap().contains("similar names: http_requests_total"));
}

#[tokio::test]
async fn label_values_are_listed_and_a_wrong_label_has_neighbours() {
    let mock = mock(|path, _| match path {
        "/api/v1/label/job/values" => success(json!(["a", "b"])),
        "/api/v1/labels" => success(json!(["__name__", "job", "namespace"])),
        _ => success(json!([])),
    });
    let adapter = mock.adapter();
    let envelope = call(&adapter, "label_values", json!({"label": "job"})).await.unwrap();
    assert_eq!(envelope.data, json!({"label": "job", "values": ["a", "b"]}));
    let hint = call(&adapter, "label_values", json!({"label": "namespce"})).await.unwrap().hint.unwrap();
    assert!(hint.contains("similar: namespace"), "{hint}");
    let failure = call(&adapter, "label_values", json!({"label": "a/../../x"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn a_range_may_be_given_by_its_ends() {
    let mock = mock(|_, _| success(json!({"resultType": "matrix", "result": []})));
    let asked = json!({"query": "x", "start": "2026-11-21T01:00:00Z", "end": "2026-11-21T01:30:00Z"});
    let envelope = call_at(&mock.adapter(), "query_range", asked, NOW).await.unwrap();
    assert_eq!(value(&mock.asked.lock().unwrap()[0].1, "start"), Some("1795222800.000"));
    assert_eq!(envelope.window.unwrap().end.to_rfc3339(), "2026-11-21T01:30:00+00:00");
    let turned = json!({"query": "x", "start": "now", "end": "1h"});
    let failure = call_at(&mock.adapter(), "query_range", turned, NOW).await.unwrap_err();
    assert!(failure.message.contains("a start before the end"), "{}", failure.message);
}

#[test]
fn the_catalogue_fits_its_budget() {
    let adapter = super::server_at("http://127.0.0.1:9");
    let names: Vec<&str> = adapter.specs().map(|spec| spec.name).collect();
    assert_eq!(names.len(), 14, "{names:?}");
    assert!(adapter.catalogue_bytes() <= 8_000, "{} bytes", adapter.catalogue_bytes());
}

#[tokio::test(start_paused = true)]
async fn a_metric_that_came_since_the_names_were_remembered_is_not_told_as_missing() {
    let names = std::sync::atomic::AtomicUsize::new(0);
    let mock = mock(move |path, _| match path {
        "/api/v1/label/__name__/values" => {
            let first = names.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            json!({"status": "success", "data": if first { vec!["process_open_fds"] } else { vec!["process_open_fds", "up"] }})
        }
        "/api/v1/label/job/values" => json!({"status": "success", "data": ["node"]}),
        _ => json!({"status": "success", "data": {"resultType": "vector", "result": []}}),
    });
    let adapter = mock.adapter();
    let before = call(&adapter, "query", json!({"query": "up{job=\"x\"}"})).await.unwrap();
    assert!(before.hint.unwrap().contains("no metric `up`"));
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    let after = call(&adapter, "query", json!({"query": "up{job=\"x\"}"})).await.unwrap();
    let hint = after.hint.unwrap();
    assert!(hint.contains("no job=\"x\"") && hint.contains("node"), "{hint}");
}
