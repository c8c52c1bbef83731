//! The bodies of the storm, as Alertmanager sends them: a group each, with what its alerts have in common told once more.
//!
//! Of ten webhooks eight tell of one new alert, one of three, and one of an alert that is over.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// So many webhooks later an alert is over.
const OVER_AFTER: u64 = 5_001;

/// What is wrong in the storm: the alert's name, what it is about, how bad it is, how many places it has.
const CAUSES: [(&str, &str, &str, u64); 4] = [
    ("PodCrashLooping", "deployment", "critical", 12),
    ("HighErrorRate", "deployment", "warning", 12),
    ("StatefulSetNotReady", "statefulset", "warning", 4),
    ("NodeNotReady", "node", "critical", 4),
];

/// The body of a webhook by its number, and how many alerts it holds.
pub fn body(number: u64, now: DateTime<Utc>) -> (String, u64) {
    let alerts = match number % 10 {
        9 => match number.checked_sub(OVER_AFTER) {
            Some(earlier) => vec![alert(earlier, 0, true, now)],
            None => vec![alert(number, 0, false, now)],
        },
        4 => (0..3).map(|part| alert(number, part, false, now)).collect(),
        _ => vec![alert(number, 0, false, now)],
    };
    let count = alerts.len() as u64;
    let status = if alerts.iter().all(|alert| alert["status"] == "resolved") { "resolved" } else { "firing" };
    let name = alerts.first().map(|alert| alert["labels"]["alertname"].clone()).unwrap_or_default();
    let whole = json!({
        "receiver": "auto-devops",
        "status": status,
        "alerts": alerts,
        "groupLabels": {"alertname": name},
        "commonLabels": {"alertname": name, "cluster": "prod", "team": "shop"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.monitoring:9093",
        "version": "4",
        "groupKey": format!("{{}}/{{team=\"shop\"}}:{{alertname={name}}}"),
        "truncatedAlerts": 0,
    });
    (whole.to_string(), count)
}

fn alert(number: u64, part: u64, is_over: bool, now: DateTime<Utc>) -> Value {
    let turn = usize::try_from(number % 4).unwrap_or_default();
    let (name, kind, severity, places) = CAUSES.get(turn).copied().unwrap_or(CAUSES[0]);
    let place = (number / 4) % places;
    let target = if kind == "node" { format!("worker-{place}") } else { format!("service-{place}") };
    // A pod, or another time series of the same place: each is an alert of its own.
    let mut labels = json!({
        "alertname": name,
        "severity": severity,
        "cluster": "prod",
        "team": "shop",
        "pod": format!("{target}-{number}-{part}"),
        "instance": format!("10.0.{}.{}:8080", number / 250 % 250, number % 250),
    });
    labels[kind] = json!(target);
    if kind != "node" {
        labels["namespace"] = json!("shop");
    }
    let ends = if is_over { now.to_rfc3339() } else { "0001-01-01T00:00:00Z".to_owned() };
    json!({
        "status": if is_over { "resolved" } else { "firing" },
        "labels": labels,
        "annotations": {
            "summary": format!("{name} of {target}"),
            "description": "It has been so for more than five minutes; look at the runbook before anything is restarted.",
            "runbook_url": "https://runbooks.example.com/shop",
        },
        "startsAt": (now - TimeDelta::minutes(5)).to_rfc3339(),
        "endsAt": ends,
        "generatorURL": "http://prometheus:9090/graph?g0.expr=increase%28restarts%5B10m%5D%29+%3E+5&g0.tab=1",
        "fingerprint": format!("{:016x}", number * 10 + part),
    })
}
