//! Endpoints that are checked, and what their checks mean.
//!
//! Guarantees: one failed check is no trouble; an endpoint that was told as down is over only after checks that found it
//! up; a check that was not made says nothing; credentials of an address are in no text.
//!
//! Deliberately absent: making the check (`ports::endpoint`), the file of checks.

use super::uptime::{Check, Found, Uptime, figures};
use super::{Blind, Looked, Origin, State, Trouble};
use crate::incident::Severity;
use crate::object::ObjectRef;
use crate::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Checks of the last hour below which uptime says too little to be told.
const LEAST_CHECKS: u64 = 20;

/// An endpoint, as the settings declare it. Only what is declared is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointWatch {
    /// Its name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// `https://HOST/PATH`, with user and password where it wants them.
    #[serde(deserialize_with = "secret")]
    pub url: Secret,
    /// Seconds between two checks.
    #[serde(default = "thirty")]
    pub every_seconds: u32,
    /// Seconds that a check may take.
    #[serde(default = "ten")]
    pub timeout_seconds: u32,
    /// HTTP statuses that are well; any from 200 to 299 where none are named.
    #[serde(default)]
    pub expect: BTreeSet<u16>,
    /// What the body must hold.
    #[serde(default)]
    pub contains: Option<String>,
    /// Failed checks in a row after which it is down.
    #[serde(default = "three")]
    pub down_after: u32,
    /// Uptime of the last hour, in per mille, below which it is told.
    #[serde(default = "nine_hundred")]
    pub least_uptime: u16,
    /// How bad it is when it is down.
    #[serde(default = "high")]
    pub severity: Severity,
    /// The service that it belongs to.
    #[serde(default)]
    pub service: Option<String>,
    /// The object behind it.
    #[serde(default)]
    pub object: Option<ObjectRef>,
}

fn thirty() -> u32 {
    30
}

fn ten() -> u32 {
    10
}

fn three() -> u32 {
    3
}

fn nine_hundred() -> u16 {
    900
}

fn high() -> Severity {
    Severity::High
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

impl EndpointWatch {
    /// How often it is checked.
    pub fn every(&self) -> TimeDelta {
        TimeDelta::seconds(self.every_seconds.into())
    }
}

/// The troubles of an endpoint by its checks of the last hour, oldest first.
pub fn read(origin: &Origin, watch: &EndpointWatch, checks: &[Check], state: &State, now: DateTime<Utc>) -> Looked {
    let labels = BTreeMap::from([("health_check".to_owned(), watch.name.clone())]);
    let trouble = |name: &str, severity: Severity, words: &str| Trouble {
        object: watch.object.clone(),
        service: watch.service.clone(),
        ..Trouble::new(origin, name, severity, &labels).saying(words)
    };
    let made: Vec<&Check> = checks.iter().filter(|check| check.found != Found::NotMade).collect();
    let failed = made.iter().rev().take_while(|check| check.found == Found::Down).count();
    let hour = figures(checks, |_| Some(watch.every()), now).remove(&watch.name).unwrap_or_default().hour;
    let (mut troubles, mut hidden) = (Vec::new(), BTreeSet::new());

    let down = trouble("endpoint-down", watch.severity, &down_words(watch, failed, made.last().copied(), hour));
    let is_known = state.known.contains_key(&down.key);
    match made.last() {
        None => drop(hidden.insert(down.key)),
        Some(_) if failed >= watch.down_after.max(1) as usize || (is_known && failed > 0) => {
            let since = made.len().checked_sub(failed).and_then(|first| made.get(first)).map(|check| check.at);
            troubles.push(Trouble { since, value: Some(failed as f64), ..down });
        }
        Some(_) => {}
    }

    let low = trouble(
        "endpoint-uptime-low",
        watch.severity.min(Severity::Medium),
        &format!("endpoint {}: uptime of the last hour is {hour}", watch.name),
    );
    match hour.per_mille().filter(|_| hour.made >= LEAST_CHECKS) {
        None => drop(hidden.insert(low.key)),
        Some(share) if share < watch.least_uptime => {
            troubles.push(Trouble { value: Some(f64::from(share) / 1_000.0), ..low });
        }
        Some(_) => {}
    }
    Looked { troubles, blind: Blind::To(hidden), not_looked: Vec::new() }
}

fn down_words(watch: &EndpointWatch, failed: usize, last: Option<&Check>, hour: Uptime) -> String {
    let why = last.and_then(|check| check.why).map_or("no reason", super::uptime::Why::word);
    let status = last.and_then(|check| check.status).map_or(String::new(), |status| format!(", status {status}"));
    format!(
        "endpoint {} failed {failed} checks in a row ({why}{status}); uptime of the last hour is {hour}",
        watch.name
    )
}

#[cfg(test)]
mod tests;
