//! What the Alertmanager tells about itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Shared;
use crate::telemetry::http::time_text;
use crate::telemetry::observe;

/// The one receiver.
pub(super) const RECEIVER: &str = "on-call";

pub(super) async fn receivers() -> Json<Value> {
    Json(json!([{"name": RECEIVER}]))
}

pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let origin = observe(&shared.estate, |timeline, _| timeline.origin);
    Json(json!({
        "cluster": {"name": "estate", "peers": [], "status": "ready"},
        "config": {"original": format!("route:\n  receiver: {RECEIVER}\n  group_by: [alertname, namespace]\nreceivers:\n- name: {RECEIVER}\n")},
        "uptime": time_text(origin),
        "versionInfo": {
            "branch": "estate",
            "buildDate": "20221222-00:00:00",
            "buildUser": "estate",
            "goVersion": "go1.19.5",
            "revision": "estate",
            "version": "0.25.0",
        },
    }))
}

pub(super) async fn healthy() -> &'static str {
    "OK"
}
