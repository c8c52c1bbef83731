//! Alerts that a Prometheus and its Alertmanager tell, read rather than sent: no webhook is needed.
//!
//! Guarantees: an alert that is silenced, or that waits to fire again, is neither told nor over; heartbeats are no
//! troubles; where one of the two servers did not answer, nothing is over; annotations get into the words only.
//!
//! Deliberately absent: webhooks (`signal`), asking for the alerts.

use super::about::{About, usual};
use super::rule::identities;
use super::{Blind, Looked, Origin, Trouble};
use crate::incident::Severity;
use crate::observed::prometheus::AlertRow;
use std::collections::{BTreeMap, BTreeSet};

/// Alerts that are meant to fire all the time, to show that the way works.
fn is_heartbeat(alert: &AlertRow) -> bool {
    alert.severity.as_deref() == Some("none")
        || matches!(alert.name.as_str(), "Watchdog" | "DeadMansSwitch" | "InfoInhibitor")
}

/// The troubles in one list of alerts. `queries` has the expressions of the rules, by the names of the alerts, as far as
/// they are known.
pub fn read(origin: &Origin, alerts: &[AlertRow], about: &About, queries: &BTreeMap<String, String>) -> Looked {
    let (mut troubles, mut held) = (Vec::new(), BTreeSet::new());
    for alert in alerts.iter().filter(|alert| !is_heartbeat(alert)) {
        let trouble = trouble(origin, alert, about, queries.get(&alert.name));
        if alert.state == "firing" {
            troubles.push(trouble);
        } else {
            held.insert(trouble.key);
        }
    }
    Looked { troubles, blind: Blind::To(held), not_looked: Vec::new() }
}

fn trouble(origin: &Origin, alert: &AlertRow, about: &About, query: Option<&String>) -> Trouble {
    let (fingerprint, key) = identities(origin, &alert.name, &alert.labels, &[]);
    let mut labels = alert.labels.clone();
    labels.extend(alert.severity.iter().map(|word| ("severity".to_owned(), word.clone())));
    let severity = usual(&origin.environment, &alert.name, &labels).map_or(Severity::Medium, |signal| signal.severity);
    let words = match &alert.summary {
        Some(summary) => format!("{}: {summary}", alert.name),
        None => format!("{}: {}", alert.name, super::rule::series(&alert.labels)),
    };
    Trouble {
        key,
        fingerprint,
        object: about.object(&alert.labels),
        service: about.service(&alert.labels),
        value: alert.value.as_deref().and_then(|value| value.parse().ok()).filter(|value: &f64| value.is_finite()),
        query: query.cloned(),
        since: alert.since,
        ..Trouble::new(origin, &alert.name, severity, &alert.labels).saying(&words)
    }
}

#[cfg(test)]
mod tests;
