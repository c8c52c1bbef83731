//! The webhook of Alertmanager, version 4 of its format.
//!
//! Source: Prometheus documentation, Alertmanager configuration, `webhook_config`.
//!
//! Guarantees: an alert that cannot be read keeps no other from being read; what is left out is told; memory is bounded; an
//! object is only taken from labels that name one in the spelling of Kubernetes; annotations become text and nothing else.
//!
//! Deliberately absent: the bound of the body, authentication, whether an alert matters.

mod labels;

use super::bounded::{Bounds, read as read_bounded};
use super::reading::{Problems, plausible, severity, shown, status, time};
use super::{Signal, Source, SourceKind, Status};
use crate::incident::Severity;
use crate::redaction::redacted_head;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub use super::reading::{Problem, Unreadable};

/// Alerts of one body at most; labels and annotations of one alert at most.
const ALERTS: usize = 10_000;
const LABELS: usize = 128;

/// Ten thousand usual alerts have room; a body of nothing but brackets has not.
const BOUNDS: Bounds = Bounds { depth: 4, entries: LABELS, items: ALERTS, characters: 4_000, values: 600_000 };

/// Characters of what an alert says that are kept, and of a label's value.
const TEXT_CHARS: usize = 1_000;
const LABEL_CHARS: usize = 256;

const FORMAT: &str = "Alertmanager";

/// Which environment an alert is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environments {
    /// The label that tells it: `cluster`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its values, and the environments that they mean. A value that is not here means none.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// The environment of alerts without such a label. Where none is named, they are of none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

impl Environments {
    /// All of one environment.
    pub fn only(environment: &str) -> Self {
        Self { otherwise: Some(environment.to_owned()), ..Self::default() }
    }

    /// An unknown value is not `otherwise`: environments are never guessed.
    fn of(&self, labels: &BTreeMap<String, String>) -> Option<&str> {
        let value = self.label.as_ref().and_then(|label| labels.get(label));
        value.map_or(self.otherwise.as_deref(), |value| self.values.get(value).map(String::as_str))
    }
}

/// The signals of a body, all of one environment, and what could not be read.
///
/// # Errors
/// [`Unreadable`]: nothing could be read, and why.
pub fn read(
    body: &[u8],
    environment: &str,
    receiver: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<Signal>, Vec<Problem>), Unreadable> {
    read_mapped(body, &Environments::only(environment), receiver, now)
}

/// The same for alerts of several environments.
///
/// # Errors
/// As [`read`].
pub fn read_mapped(
    body: &[u8],
    environments: &Environments,
    receiver: &str,
    now: DateTime<Utc>,
) -> Result<(Vec<Signal>, Vec<Problem>), Unreadable> {
    let (document, left_out) = read_bounded(body, &BOUNDS).map_err(|error| Unreadable::not_json(&error))?;
    let missing = |what: &str| Unreadable::Missing { what: what.to_owned(), format: FORMAT };
    match document.get("version") {
        Some(Value::String(version)) if version == "4" => {}
        Some(Value::String(version)) => return Err(Unreadable::Version { found: shown(version) }),
        Some(Value::Number(version)) => return Err(Unreadable::Version { found: shown(&version.to_string()) }),
        _ => return Err(missing("version")),
    }
    let alerts = document.get("alerts").and_then(Value::as_array).ok_or_else(|| missing("list of alerts"))?;
    let mut problems = Problems::default();
    if left_out.items > 0 {
        problems.add(None, format!("{} alerts beyond the first {} were left out", left_out.items, alerts.len()));
    }
    if left_out.entries > 0 {
        let text = format!("{} fields, labels or annotations beyond {LABELS} a place were left out", left_out.entries);
        problems.add(None, text);
    }
    if let Some(more) = document.get("truncatedAlerts").and_then(Value::as_u64).filter(|more| *more > 0) {
        problems.add(None, format!("Alertmanager left out {more} alerts itself: see max_alerts of the receiver"));
    }
    let reader = Reader { environments, receiver, now };
    let mut signals = Vec::with_capacity(alerts.len());
    for (index, alert) in alerts.iter().enumerate() {
        match reader.signal(alert, index + 1, &mut problems) {
            Ok(signal) => signals.push(signal),
            Err(text) => problems.add(Some(index + 1), text),
        }
    }
    Ok((signals, problems.into_told()))
}

struct Reader<'a> {
    environments: &'a Environments,
    receiver: &'a str,
    now: DateTime<Utc>,
}

impl Reader<'_> {
    /// The signal, or why there is none.
    fn signal(&self, alert: &Value, number: usize, problems: &mut Problems) -> Result<Signal, String> {
        let alert = alert.as_object().ok_or("it is no object, and was left out")?;
        let status = self.status(alert)?;
        let labels = alert.get("labels").and_then(Value::as_object).ok_or("it has no labels, and was left out")?;
        let labels = kept_labels(labels, number, problems);
        let name = labels.get("alertname").filter(|name| !name.trim().is_empty());
        let name = name.ok_or("it has no label alertname, and was left out")?.clone();
        let environment = self.environment(&labels)?.to_owned();
        let read = labels::Read::of(&labels);
        if let Some(text) = &read.problem {
            problems.add(Some(number), text.as_str());
        }
        let started_at = plausible(alert.get("startsAt").and_then(time), self.now).unwrap_or_else(|| {
            problems.add(Some(number), "it has no startsAt that can be: taken as beginning now");
            self.now
        });
        let mut signal = Signal {
            id: String::new(),
            fingerprint: read.fingerprint(&environment, &name),
            source: Source { kind: SourceKind::Alertmanager, name: self.receiver.to_owned() },
            environment,
            name,
            status,
            severity: severity_of(&labels)?,
            object: read.object,
            service: read.service,
            text: text_of(alert),
            value: None,
            query: alert.get("generatorURL").and_then(Value::as_str).and_then(labels::query),
            labels,
            started_at,
            seen_at: self.now,
        };
        let word = if status == Status::Firing { "firing" } else { "resolved" };
        signal.id = format!("{}:{:016x}:{}:{word}", self.receiver, signal.instance(), started_at.timestamp_millis());
        Ok(signal)
    }

    fn status(&self, alert: &Map<String, Value>) -> Result<Status, String> {
        let word = alert.get("status").and_then(Value::as_str).ok_or("it has no status, and was left out")?;
        status(word)
            .ok_or_else(|| format!("its status is {}, neither firing nor resolved: it was left out", shown(word)))
    }

    fn environment(&self, labels: &BTreeMap<String, String>) -> Result<&str, String> {
        self.environments.of(labels).ok_or_else(|| {
            let label = self.environments.label.as_deref().unwrap_or_default();
            match labels.get(label) {
                Some(value) => {
                    format!("its {label} is {}, of which no environment is declared: left out", shown(value))
                }
                None => format!("it has no label {label} to tell its environment: it was left out"),
            }
        })
    }
}

/// Labels are texts; their values are kept without secrets.
fn kept_labels(labels: &Map<String, Value>, number: usize, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for (label, value) in labels {
        match value {
            Value::String(value) => {
                kept.insert(label.clone(), redacted_head(value, LABEL_CHARS));
            }
            _ => problems.add(Some(number), format!("its label {} is no text, and was left out", shown(label))),
        }
    }
    kept
}

/// A word that is not known is taken for medium. Alerts of severity none only show that alerting works.
fn severity_of(labels: &BTreeMap<String, String>) -> Result<Severity, String> {
    let word = ["severity", "priority", "level"].into_iter().find_map(|label| labels.get(label));
    match word {
        Some(word) if word == "none" => Err("its severity is none: it is no trouble, and was left out".to_owned()),
        Some(word) => Ok(severity(word).unwrap_or(Severity::Medium)),
        None => Ok(Severity::Medium),
    }
}

/// What it says in words: the usual annotations.
fn text_of(alert: &Map<String, Value>) -> String {
    let annotations = alert.get("annotations").and_then(Value::as_object);
    let said = ["summary", "description", "message"].into_iter();
    let said: Vec<&str> = said.filter_map(|name| annotations?.get(name)?.as_str()).collect();
    redacted_head(&said.join("\n"), TEXT_CHARS)
}
