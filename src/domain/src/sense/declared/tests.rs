//! Declarations with every sort of mistake.

use super::*;
use serde_json::json;

fn mistakes(declared: serde_json::Value) -> Vec<String> {
    let declared: Declared = serde_json::from_value(declared).unwrap();
    declared.check().into_iter().map(|mistake| mistake.place).collect()
}

#[test]
fn what_can_be_meant_has_no_mistakes() {
    let declared = json!({
        "clusters": [{"name": "demo", "namespace": "shop"}],
        "alerts": [{"name": "main"}],
        "rules": [{"name": "CartErrors", "query": "errors > 0.05", "severity": "high", "for_seconds": 60}],
        "series": [
            {"name": "latency", "query": "p99", "severity": "medium", "detector": {"kind": "anomaly"}},
            {"name": "disk", "query": "used", "severity": "high", "detector": {"kind": "threshold", "side": "above", "bound": 0.9, "good_again": 0.8, "bad_for_seconds": 300, "missing_after_seconds": 600}}
        ],
        "logs": [{"name": "cart", "labels": {"app": "cart"}}],
        "traces": [{"name": "shop"}, {"name": "learning", "services": ["cart"], "learns": true}],
        "endpoints": [{"name": "shop", "url": "https://shop.example/healthz"}]
    });
    assert_eq!(mistakes(declared), Vec::<String>::new());
}

#[test]
fn every_mistake_is_told_at_once() {
    let declared = json!({
        "clusters": [{"name": "demo", "namespace": "Shop!"}, {"name": "demo", "every_seconds": 1}],
        "rules": [{"name": "a", "query": " ", "severity": "high", "about": {"kind": "Pod"}}],
        "series": [{"name": "b", "query": "x", "severity": "low", "detector": {"kind": "anomaly", "surprise": 70.0}}],
        "forecasts": [{"name": "f", "query": "x", "bound": 1.0, "within_hours": 0, "severity": "low"}],
        "logs": [{"name": "c", "labels": {}, "baseline_minutes": 1}],
        "traces": [{"name": "../d", "shift": {"latency_factor": 0.1}, "learns": true}],
        "endpoints": [{
            "name": "e", "url": "file:///etc/passwd", "timeout_seconds": 60, "expect": [7], "least_uptime": 2000,
            "contains": ""
        }]
    });
    assert_eq!(
        mistakes(declared),
        [
            "clusters.demo.name",
            "clusters.demo.every_seconds",
            "traces.../d.name",
            "clusters.demo.namespace",
            "rules.a.query",
            "rules.a.about",
            "series.b.detector",
            "forecasts.f.within_hours",
            "logs.c.labels",
            "logs.c.baseline_minutes",
            "traces.../d.shift",
            "traces.../d.learns",
            "endpoints.e.url",
            "endpoints.e.timeout_seconds",
            "endpoints.e.expect",
            "endpoints.e.least_uptime",
            "endpoints.e.contains",
        ]
    );
}

#[test]
fn unknown_keys_are_refused() {
    let unknown = json!({"rules": [{"name": "a", "query": "x", "severity": "high", "querry": "y"}]});
    assert!(serde_json::from_value::<Declared>(unknown).unwrap_err().to_string().contains("querry"));
}
