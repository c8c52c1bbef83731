//! Alerts as the Alertmanager holds them: only those that fire, with what mutes them, flat and in groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::matching::CheckedMatcher;
use super::status::RECEIVER;
use crate::telemetry::alerting::{Alert, AlertState, active_alerts};
use crate::telemetry::http::{Parameters, time_text};
use crate::telemetry::noise::hash_text;
use crate::telemetry::with_metrics;

/// Prometheus sends an alert again before this has passed; without it the alert counts as resolved.
const RESOLVE_AFTER: TimeDelta = TimeDelta::minutes(4);
/// The labels that alerts are grouped by.
const GROUP_BY: [&str; 2] = ["alertname", "namespace"];

pub(super) async fn list(State(shared): State<Arc<Shared>>, parameters: Parameters) -> Response {
    match listed(&shared, &parameters) {
        Ok(alerts) => Json(alerts.into_iter().map(|(_, value)| value).collect::<Vec<Value>>()).into_response(),
        Err(refusal) => refused(refusal),
    }
}

pub(super) async fn groups(State(shared): State<Arc<Shared>>, parameters: Parameters) -> Response {
    let alerts = match listed(&shared, &parameters) {
        Ok(alerts) => alerts,
        Err(refusal) => return refused(refusal),
    };
    let mut groups: BTreeMap<Vec<(&str, String)>, Vec<Value>> = BTreeMap::new();
    for (alert, value) in alerts {
        let labels = GROUP_BY.iter().map(|name| (*name, alert.labels.get(name).to_owned()));
        groups.entry(labels.filter(|(_, value)| !value.is_empty()).collect()).or_default().push(value);
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(labels, alerts)| {
            let labels: BTreeMap<&str, String> = labels.into_iter().collect();
            json!({"labels": labels, "receiver": {"name": RECEIVER}, "alerts": alerts})
        })
        .collect();
    Json(groups).into_response()
}

/// The estate's own Prometheus is the only source of alerts.
pub(super) async fn refuse() -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(Value::String("this alertmanager takes alerts only from its own prometheus".to_owned())),
    )
        .into_response()
}

/// A refusal: its status and the reason.
type Refusal = (StatusCode, String);

fn listed(shared: &Shared, parameters: &Parameters) -> Result<Vec<(Alert, Value)>, Refusal> {
    let bad = |reason: String| (StatusCode::BAD_REQUEST, reason);
    let filters = parameters.all("filter").map(CheckedMatcher::parse).collect::<Result<Vec<_>, _>>().map_err(bad)?;
    let shows = |name: &str| parameters.get(name) != Some("false");
    let (shows_active, shows_silenced) = (shows("active"), shows("silenced"));
    let (alerts, now) = with_metrics(&shared.estate, |metrics| {
        let now = DateTime::from_timestamp_millis(metrics.now_ms()).unwrap_or_default();
        active_alerts(&metrics).map(|alerts| (alerts, now))
    })
    .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let firing = alerts.into_iter().filter(|alert| alert.state == AlertState::Firing);
    let wanted = firing.filter(|alert| filters.iter().all(|filter| filter.accepts(&alert.labels)));
    let described = wanted.filter_map(|alert| {
        let silenced_by = shared.with_silences(|silences| silences.muting(&alert.labels, now));
        let shown = if silenced_by.is_empty() { shows_active } else { shows_silenced };
        shown.then(|| {
            let value = alert_json(&alert, silenced_by, now);
            (alert, value)
        })
    });
    Ok(described.collect())
}

fn refused((status, reason): Refusal) -> Response {
    (status, Json(Value::String(reason))).into_response()
}

fn alert_json(alert: &Alert, silenced_by: Vec<String>, now: DateTime<Utc>) -> Value {
    let annotations: Value = alert.annotations().into_iter().collect();
    json!({
        "labels": alert.labels,
        "annotations": annotations,
        "startsAt": time_text(alert.firing_since()),
        "endsAt": time_text(now + RESOLVE_AFTER),
        "updatedAt": time_text(now),
        "fingerprint": format!("{:016x}", hash_text(&alert.labels.to_string())),
        "generatorURL": format!("http://prometheus.monitoring:9090/graph?g0.tab=1&g0.expr={}", alert.rule.name),
        "receivers": [{"name": RECEIVER}],
        "status": {
            "state": if silenced_by.is_empty() { "active" } else { "suppressed" },
            "silencedBy": silenced_by,
            "inhibitedBy": [],
        },
    })
}
