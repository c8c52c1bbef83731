//! Alerts of Prometheus and Alertmanager as one list, what hurts most first.

use chrono::{DateTime, Utc};
use domain::observed::prometheus::{AlertRow, Labels};
use domain::redaction;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `/api/v1/alerts`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct PrometheusAlerts {
    pub alerts: Vec<PrometheusAlert>,
}

/// One alert of Prometheus.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrometheusAlert {
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub annotations: Labels,
    #[serde(default)]
    pub state: String,
    pub active_at: Option<DateTime<Utc>>,
    pub value: Option<String>,
}

/// One alert of Alertmanager.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedAlert {
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub annotations: Labels,
    pub starts_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub status: ManagedStatus,
}

/// Whether and why an alert is muted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedStatus {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub silenced_by: Vec<String>,
}

/// One list of both. An alert of Alertmanager is the same as one of Prometheus where it has all its labels (it may
/// have more: external labels).
pub(crate) fn merge(prometheus: Vec<PrometheusAlert>, managed: Vec<ManagedAlert>) -> Vec<AlertRow> {
    let mut rows: Vec<(Labels, AlertRow)> = prometheus
        .into_iter()
        .map(|alert| {
            let row = AlertRow {
                name: name_of(&alert.labels),
                state: alert.state,
                severity: alert.labels.get("severity").cloned(),
                since: alert.active_at,
                summary: summary(&alert.annotations),
                labels: others(&alert.labels),
                value: alert.value,
                silenced_by: Vec::new(),
                seen_in: "prometheus".to_owned(),
            };
            (alert.labels, row)
        })
        .collect();
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, (_, row)) in rows.iter().enumerate() {
        by_name.entry(row.name.clone()).or_default().push(at);
    }
    for alert in managed {
        let candidates = by_name.get(&name_of(&alert.labels)).into_iter().flatten();
        let same = candidates.copied().find(|at| {
            rows.get(*at).is_some_and(|(labels, row)| !row.seen_in.contains('+') && contains(&alert.labels, labels))
        });
        match same.and_then(|at| rows.get_mut(at)) {
            Some((_, row)) => {
                row.seen_in = "prometheus+alertmanager".to_owned();
                row.silenced_by = alert.status.silenced_by;
                if alert.status.state == "suppressed" {
                    row.state = "suppressed".to_owned();
                }
            }
            None => rows.push((Labels::new(), managed_row(alert))),
        }
    }
    let mut rows: Vec<AlertRow> = rows.into_iter().map(|(_, row)| row).collect();
    sort(&mut rows);
    rows
}

fn managed_row(alert: ManagedAlert) -> AlertRow {
    let state = if alert.status.state == "suppressed" { "suppressed" } else { "firing" };
    AlertRow {
        name: name_of(&alert.labels),
        state: state.to_owned(),
        severity: alert.labels.get("severity").cloned(),
        since: alert.starts_at,
        summary: summary(&alert.annotations),
        labels: others(&alert.labels),
        value: None,
        silenced_by: alert.status.silenced_by,
        seen_in: "alertmanager".to_owned(),
    }
}

fn name_of(labels: &Labels) -> String {
    labels.get("alertname").cloned().unwrap_or_else(|| "(no alertname)".to_owned())
}

fn others(labels: &Labels) -> Labels {
    labels
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "alertname" | "severity"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn contains(larger: &Labels, smaller: &Labels) -> bool {
    smaller.iter().all(|(name, value)| larger.get(name) == Some(value))
}

fn summary(annotations: &Labels) -> Option<String> {
    const LONGEST_CHARS: usize = 400;
    let text = ["summary", "description", "message"].iter().find_map(|name| annotations.get(*name))?;
    Some(redaction::redacted_head(text, LONGEST_CHARS))
}

fn sort(rows: &mut [AlertRow]) {
    rows.sort_by(|left, right| {
        rank(left)
            .cmp(&rank(right))
            .then_with(|| right.since.cmp(&left.since))
            .then_with(|| left.name.cmp(&right.name))
            .then_with(|| left.labels.cmp(&right.labels))
    });
}

/// Alerts that only prove that alerting works stand last, whatever their state.
fn rank(row: &AlertRow) -> (bool, u8, u8) {
    let severity = severity_rank(row.severity.as_deref());
    let state = match row.state.as_str() {
        "firing" => 0,
        "pending" => 1,
        "suppressed" => 3,
        _ => 2,
    };
    (severity == LOWEST_SEVERITY, state, severity)
}

const LOWEST_SEVERITY: u8 = 5;

fn severity_rank(severity: Option<&str>) -> u8 {
    match severity.map(str::to_ascii_lowercase).as_deref() {
        Some("critical" | "page" | "emergency" | "disaster" | "fatal" | "p1" | "sev1") => 0,
        Some("error" | "high" | "major" | "p2" | "sev2") => 1,
        Some("warning" | "warn" | "medium" | "minor" | "ticket" | "p3" | "sev3") => 2,
        Some("info" | "low" | "notice" | "p4" | "p5" | "sev4") => 4,
        Some("none") => LOWEST_SEVERITY,
        _ => 3,
    }
}

/// Whether the row has the word in its name, summary or a label.
pub(crate) fn mentions(row: &AlertRow, word: &str) -> bool {
    let word = word.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&word);
    has(&row.name) || row.summary.as_deref().is_some_and(has) || row.labels.values().any(|value| has(value))
}

/// `HighErrorRate x12, DiskFull x2`, most frequent first.
pub(crate) fn counts<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 8;
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counted.entry(name).or_default() += 1;
    }
    let mut counted: Vec<(&str, usize)> = counted.into_iter().collect();
    counted.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let more = counted.len().saturating_sub(MOST);
    let mut text: Vec<String> = counted
        .into_iter()
        .take(MOST)
        .map(|(name, count)| if count == 1 { name.to_owned() } else { format!("{name} x{count}") })
        .collect();
    if more > 0 {
        text.push(format!("{more} more"));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests;
