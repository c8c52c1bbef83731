//! What the server tells about itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::json;

use super::reply::{Reply, success};
use crate::Estate;
use crate::telemetry::http::time_text;
use crate::telemetry::metrics::{FAMILIES, SCRAPE_INTERVAL_MS};
use crate::telemetry::observe;

pub(super) async fn build_info() -> Reply {
    success(json!({
        "version": "2.42.0",
        "revision": "estate",
        "branch": "estate",
        "buildUser": "estate",
        "buildDate": "20230131-00:00:00",
        "goVersion": "go1.19.5",
    }))
}

pub(super) async fn runtime_info(State(estate): State<Arc<Estate>>) -> Reply {
    let (origin, now) = observe(&estate, |timeline, now| (timeline.origin, now));
    success(json!({
        "startTime": time_text(origin),
        "CWD": "/prometheus",
        "reloadConfigSuccess": true,
        "lastConfigTime": time_text(origin),
        "corruptionCount": 0,
        "goroutineCount": 1,
        "GOMAXPROCS": 1,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": format!("{}d", (now - origin).num_days().max(1)),
    }))
}

pub(super) async fn config() -> Reply {
    let seconds = SCRAPE_INTERVAL_MS / 1000;
    success(json!({"yaml": format!("global:\n  scrape_interval: {seconds}s\n  evaluation_interval: {seconds}s\n")}))
}

pub(super) async fn flags() -> Reply {
    success(json!({
        "config.file": "/etc/prometheus/prometheus.yml",
        "query.lookback-delta": "5m",
        "query.max-samples": "50000000",
        "query.timeout": "2m",
        "storage.tsdb.retention.time": "30d",
        "web.listen-address": "0.0.0.0:9090",
    }))
}

pub(super) async fn tsdb(State(estate): State<Arc<Estate>>) -> Reply {
    let (origin, now) = observe(&estate, |timeline, now| (timeline.origin, now));
    success(json!({
        "headStats": {
            "numSeries": 0,
            "numLabelPairs": 0,
            "chunkCount": 0,
            "minTime": origin.timestamp_millis(),
            "maxTime": now.timestamp_millis(),
        },
        "seriesCountByMetricName": [],
        "labelValueCountByLabelName": [{"name": "__name__", "value": FAMILIES.len()}],
        "memoryInBytesByLabelName": [],
        "seriesCountByLabelValuePair": [],
    }))
}

pub(super) async fn alertmanagers() -> Reply {
    success(json!({
        "activeAlertmanagers": [{"url": "http://alertmanager.monitoring:9093/api/v2/alerts"}],
        "droppedAlertmanagers": [],
    }))
}

pub(super) async fn healthy() -> &'static str {
    "Prometheus Server is Healthy.\n"
}

pub(super) async fn ready() -> &'static str {
    "Prometheus Server is Ready.\n"
}

pub(super) async fn metrics() -> impl IntoResponse {
    let text = "# HELP prometheus_build_info The version that this server speaks.\n\
                # TYPE prometheus_build_info gauge\n\
                prometheus_build_info{version=\"2.42.0\"} 1\n";
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
