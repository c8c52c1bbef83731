//! PromQL rules of our own: each series of the result is a trouble.
//!
//! Guarantees: as with Prometheus' own alerting rules, a series must be there for the whole `for` time before it is
//! told, and is over when a query that succeeded does not give it any more; a result that was cut, or that is no vector,
//! ends nothing.
//!
//! Deliberately absent: evaluating PromQL.

use super::about::{About, usual};
use super::{Looked, Origin, Trouble};
use crate::envelope::{Failure, FailureKind};
use crate::incident::Severity;
use crate::observed::prometheus::{Instant, Labels, Sample};
use crate::signal::fingerprint;
use serde::{Deserialize, Serialize};

/// A rule, as the settings declare it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name: what its signals are called.
    pub name: String,
    /// PromQL whose result, an instant vector, is what is wrong: `job:errors:ratio > 0.05`.
    pub query: String,
    /// For so many seconds a series must be there before it is told.
    #[serde(default)]
    pub for_seconds: u32,
    /// How bad it is.
    pub severity: Severity,
    /// Seconds between two looks.
    #[serde(default = "thirty")]
    pub every_seconds: u32,
    /// The Prometheus, where the environment has several.
    #[serde(default)]
    pub instance: Option<String>,
    /// What the series speak of.
    #[serde(default)]
    pub about: About,
    /// Labels that identify a trouble; where none are named, those that would identify an alert.
    #[serde(default)]
    pub identity: Vec<String>,
    /// What it means, in words for people.
    #[serde(default)]
    pub text: String,
}

fn thirty() -> u32 {
    30
}

/// The troubles in one result.
///
/// # Errors
/// Where the result is no instant vector: such a rule never tells anything, which must not look like all being well.
pub fn read(origin: &Origin, rule: &Rule, result: &Instant) -> Result<Looked, Failure> {
    if result.result_type != "vector" {
        let message = format!("the rule {} gives a {}, and a rule must give a vector", rule.name, result.result_type);
        return Err(Failure::new(FailureKind::BadAnswer, message)
            .with_hint("compare with > or <, or wrap the expression into vector(...)"));
    }
    Ok(Looked::whole(result.samples.iter().map(|sample| trouble(origin, rule, sample)).collect()))
}

fn trouble(origin: &Origin, rule: &Rule, sample: &Sample) -> Trouble {
    let place = told_apart(&sample.labels);
    let (fingerprint, key) = identities(origin, &rule.name, &sample.labels, &rule.identity);
    let words = match rule.text.as_str() {
        "" => format!("{}: {}", rule.name, series(&place)),
        text => format!("{text} ({})", series(&place)),
    };
    Trouble {
        key,
        fingerprint,
        object: rule.about.object(&sample.labels),
        service: rule.about.service(&sample.labels),
        value: sample.value,
        query: Some(rule.query.clone()),
        wait_seconds: rule.for_seconds,
        ..Trouble::new(origin, &rule.name, rule.severity, &place).saying(&words)
    }
}

/// What the trouble of a series is known by, and what tells the series from others of the same trouble.
pub(super) fn identities(origin: &Origin, name: &str, labels: &Labels, identity: &[String]) -> (String, String) {
    let all = || labels.iter().map(|(label, value)| (label.as_str(), value.as_str()));
    let named =
        || fingerprint(&origin.environment, name, all().filter(|(label, _)| identity.iter().any(|own| own == label)));
    let key = fingerprint(&origin.environment, name, all().filter(|(label, _)| *label != "__name__"));
    let print = match identity {
        [] => usual(&origin.environment, name, &told_apart(labels))
            .map_or_else(|| key.clone(), |signal| signal.fingerprint),
        _ => named(),
    };
    (print, key)
}

fn told_apart(labels: &Labels) -> Labels {
    labels.iter().filter(|(name, _)| *name != "__name__").map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// `namespace=shop deployment=cart`.
pub(super) fn series(labels: &Labels) -> String {
    let told: Vec<String> = labels.iter().take(8).map(|(name, value)| format!("{name}={value}")).collect();
    if told.is_empty() { "no labels".to_owned() } else { told.join(" ") }
}

#[cfg(test)]
mod tests;
