//! Signals: single observations that something may be wrong, or is right again.
//!
//! Every source (webhooks, watches, rules, detectors, health checks) makes values of this one shape; what is done with
//! them (`correlation`) does not know where they came from.
//!
//! Guarantees: two observations of the same trouble have the same fingerprint, whatever their order, their labels'
//! order and their free text; free text is kept apart from what typed APIs say ([`Signal::text`]), so that it can be told
//! and never be acted upon (invariant 7).
//!
//! Deliberately absent: any decision about what a signal means for an incident.

pub mod alertmanager;
mod bounded;
pub mod generic;
pub mod ignore;
pub mod matcher;
mod reading;
pub mod threshold;

#[cfg(test)]
pub(crate) mod tests;

use crate::incident::Severity;
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// What sort of source a signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A webhook of Alertmanager.
    Alertmanager,
    /// A webhook of a declared shape.
    Webhook,
    /// Objects and events of a Kubernetes API.
    Kubernetes,
    /// A PromQL rule of our own.
    Rule,
    /// A detector of anomalies in a declared series.
    Anomaly,
    /// A forecast of when a declared series is at its bound.
    Forecast,
    /// New or bursting patterns of log lines.
    Logs,
    /// Shifts of latency or errors in traces.
    Traces,
    /// Health checks of endpoints.
    HealthCheck,
    /// Scarlet herself: healing that fails, confidence that is low, a cap that is reached.
    Herself,
}

/// Where a signal comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Which sort.
    pub kind: SourceKind,
    /// Which one of them, by its name in the settings: the receiver, the cluster, the rule, the endpoint.
    pub name: String,
}

/// `rule checkout-errors`, `kubernetes prod`.
impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            SourceKind::Alertmanager => "alertmanager",
            SourceKind::Webhook => "webhook",
            SourceKind::Kubernetes => "kubernetes",
            SourceKind::Rule => "rule",
            SourceKind::Anomaly => "anomaly",
            SourceKind::Forecast => "forecast",
            SourceKind::Logs => "logs",
            SourceKind::Traces => "traces",
            SourceKind::HealthCheck => "health check",
            SourceKind::Herself => "scarlet",
        };
        write!(out, "{kind} {}", self.name)
    }
}

/// Whether the trouble is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is.
    Firing,
    /// It is over.
    Resolved,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Unique to this observation; a delivery that is repeated has the same.
    pub id: String,
    /// What all observations of the same trouble share: [`fingerprint`].
    pub fingerprint: String,
    /// Where it comes from.
    pub source: Source,
    /// Name of the environment, as in the settings.
    pub environment: String,
    /// What kind of trouble: the alert's name, the detector's. A name of ours or of a rule, never free text.
    pub name: String,
    /// Whether it is there or over.
    pub status: Status,
    /// How bad it is by its source; medium where the source does not say.
    pub severity: Severity,
    /// The object that it speaks of, where typed fields name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The service that it speaks of, where typed fields name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its labels, bounded by who read it.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What it says in words; came from outside and is untrusted.
    #[serde(default)]
    pub text: String,
    /// The measured value, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The PromQL expression that raised it, where there is one: whether it helped is asked of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// When the trouble began, by the source.
    pub started_at: DateTime<Utc>,
    /// When it was taken in.
    pub seen_at: DateTime<Utc>,
}

/// What identifies a trouble: 32 hexadecimal digits over environment, name and the labels that are given, in any order.
///
/// Which labels identify is the reader's choice: those that change from one observation to the next (a pod's random
/// end, a value) would make each of them a trouble of its own.
pub fn fingerprint<'a>(environment: &str, name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let labels: BTreeMap<&str, &str> = labels.into_iter().collect();
    let all = serde_json::json!([environment, name, labels]);
    let digest = crate::chain::hexadecimal(&Sha256::digest(crate::chain::canonical_json(&all)));
    digest.chars().take(32).collect()
}

impl Signal {
    /// Which place of the trouble it speaks of: pods of one workload share a fingerprint, and each ends for itself.
    ///
    /// Over everything by which a source tells its observations apart and nothing that changes while they last.
    pub fn instance(&self) -> u64 {
        let all = serde_json::json!([self.fingerprint, self.source, self.labels, self.object, self.service]);
        let digest = Sha256::digest(crate::chain::canonical_json(&all));
        digest.iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
    }
}
