//! Alerts of Prometheus and Alertmanager put together.

use super::*;
use serde_json::json;

fn prometheus(name: &str, severity: &str, state: &str, at: &str) -> PrometheusAlert {
    serde_json::from_value(json!({
        "labels": {"alertname": name, "severity": severity, "service": "checkout"},
        "annotations": {"description": "d", "summary": "s"}, "state": state, "activeAt": at, "value": "1e+00"
    }))
    .unwrap()
}

#[test]
fn firing_and_severe_first_and_the_watchdog_last() {
    let rows = merge(
        vec![
            prometheus("Watchdog", "none", "firing", "2026-11-21T00:00:00Z"),
            prometheus("Slow", "warning", "firing", "2026-11-21T01:00:00Z"),
            prometheus("Waiting", "critical", "pending", "2026-11-21T01:30:00Z"),
            prometheus("Old", "critical", "firing", "2026-11-20T01:00:00.123456789Z"),
            prometheus("New", "critical", "firing", "2026-11-21T01:00:00Z"),
        ],
        Vec::new(),
    );
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["New", "Old", "Slow", "Waiting", "Watchdog"]);
    assert_eq!(rows[0].summary.as_deref(), Some("s"));
}

#[test]
fn the_same_alert_in_both_is_one_row_with_its_silence() {
    let managed: Vec<ManagedAlert> = serde_json::from_value(json!([
        {"labels": {"alertname": "Slow", "severity": "warning", "service": "checkout", "cluster": "demo"},
         "annotations": {}, "startsAt": "2026-11-21T01:00:00.000Z", "endsAt": "2026-11-21T02:00:00.000Z",
         "fingerprint": "1", "receivers": [{"name": "x"}],
         "status": {"state": "suppressed", "silencedBy": ["abc"], "inhibitedBy": []}},
        {"labels": {"alertname": "Elsewhere"}, "annotations": {"message": "m"}, "startsAt": "2026-11-21T01:00:00Z",
         "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}}
    ]))
    .unwrap();
    let rows = merge(vec![prometheus("Slow", "warning", "firing", "2026-11-21T01:00:00Z")], managed);
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0].name.as_str(), rows[0].state.as_str(), rows[0].seen_in.as_str()),
        ("Elsewhere", "firing", "alertmanager")
    );
    assert_eq!((rows[1].state.as_str(), rows[1].seen_in.as_str()), ("suppressed", "prometheus+alertmanager"));
    assert_eq!(rows[1].silenced_by, ["abc"]);
}

#[test]
fn repeats_are_counted() {
    assert_eq!(counts(["a", "b", "b"].into_iter()), "b x2, a");
}
