//! Rules with their state, and the alerts that are active.

use std::sync::Arc;

use axum::extract::State;
use chrono::DateTime;
use serde_json::{Value, json};

use super::reply::{Reply, success};
use crate::Estate;
use crate::telemetry::alerting::{
    Alert, AlertState, EVALUATION_INTERVAL_MS, RULES, Rule, active_alerts, last_evaluation,
};
use crate::telemetry::http::{Parameters, time_text};
use crate::telemetry::{number_text, with_metrics};

pub(super) async fn alerts(State(estate): State<Arc<Estate>>) -> Reply {
    let active = with_metrics(&estate, |metrics| active_alerts(&metrics))?;
    let alerts: Vec<Value> = active.iter().map(alert_json).collect();
    success(json!({"alerts": alerts}))
}

pub(super) async fn rules(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    if parameters.get("type") == Some("record") {
        return success(json!({"groups": []}));
    }
    let (active, now_ms) =
        with_metrics(&estate, |metrics| active_alerts(&metrics).map(|alerts| (alerts, metrics.now_ms())))?;
    let evaluated = time_text(DateTime::from_timestamp_millis(last_evaluation(now_ms)).unwrap_or_default());
    let mut groups: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in &RULES {
        let described = rule_json(rule, &active, &evaluated);
        match groups.iter_mut().find(|(name, _)| *name == rule.group) {
            Some((_, rules)) => rules.push(described),
            None => groups.push((rule.group, vec![described])),
        }
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(name, rules)| {
            json!({
                "name": name,
                "file": format!("/etc/prometheus/rules/{name}.yaml"),
                "rules": rules,
                "interval": EVALUATION_INTERVAL_MS / 1000,
                "limit": 0,
                "evaluationTime": 0.001,
                "lastEvaluation": evaluated,
            })
        })
        .collect();
    success(json!({"groups": groups}))
}

fn rule_json(rule: &Rule, active: &[Alert], evaluated: &str) -> Value {
    let own: Vec<&Alert> = active.iter().filter(|alert| alert.rule.name == rule.name).collect();
    let state = own.iter().map(|alert| alert.state).max().map_or("inactive", AlertState::as_str);
    json!({
        "state": state,
        "name": rule.name,
        "query": rule.expression,
        "duration": rule.hold_seconds,
        "keepFiringFor": 0,
        "labels": {"severity": rule.severity},
        "annotations": {"summary": rule.summary, "description": rule.description},
        "alerts": own.into_iter().map(alert_json).collect::<Vec<Value>>(),
        "health": "ok",
        "evaluationTime": 0.0005,
        "lastEvaluation": evaluated,
        "type": "alerting",
    })
}

fn alert_json(alert: &Alert) -> Value {
    let annotations: Value = alert.annotations().into_iter().collect();
    json!({
        "labels": alert.labels,
        "annotations": annotations,
        "state": alert.state.as_str(),
        "activeAt": time_text(alert.active_at),
        "value": number_text(alert.value),
    })
}
