//! What the looks show of each condition.
//!
//! Guarantee: a look that failed, was cut where the cut could hide something, is of something else, or is empty where a
//! value was wanted, is [`Measured::CannotTell`].

use super::Measured;
use super::looks::look;
use crate::envelope::{Envelope, Failure};
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Health, RolloutStatus};
use crate::observed::prometheus::Instant;
use crate::plan::{Condition, SuccessCheck};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// One value a condition. `results` are those of [`super::looks`], in its order; `signals` tells of fingerprints whether
/// their source says that they are over.
pub fn measure(
    check: &SuccessCheck,
    results: &[Result<Envelope, Failure>],
    signals: &BTreeMap<String, bool>,
) -> Vec<Measured> {
    let mut results = results.iter();
    let measured = |condition: &Condition| match look(condition, None) {
        None => of_signal(condition, signals),
        Some(_) => match results.next() {
            Some(result) => of_look(condition, result).unwrap_or_else(|why| Measured::CannotTell { why }),
            None => Measured::CannotTell { why: "it was not looked at".to_owned() },
        },
    };
    check.conditions.iter().map(measured).collect()
}

fn of_signal(condition: &Condition, signals: &BTreeMap<String, bool>) -> Measured {
    let over = match condition {
        Condition::SignalOver { fingerprint } => signals.get(fingerprint),
        _ => None,
    };
    match over {
        Some(true) => Measured::Holds { value: None },
        Some(false) => Measured::Fails { value: None },
        None => Measured::CannotTell { why: "its source did not say whether the signal is over".to_owned() },
    }
}

fn of_look(condition: &Condition, result: &Result<Envelope, Failure>) -> Result<Measured, String> {
    let envelope = result.as_ref().map_err(|failure| failure.message.clone())?;
    match condition {
        Condition::QueryWithin { query, at_most, .. } => of_query(query, *at_most, envelope),
        Condition::WorkloadReady { object, .. } => of_rollout(object, &typed(envelope)?),
        Condition::NoFinding { object, .. } => of_health(object, &typed(envelope)?, envelope),
        Condition::SignalOver { .. } => Err("a signal is not looked at".to_owned()),
    }
}

fn typed<T: DeserializeOwned>(envelope: &Envelope) -> Result<T, String> {
    serde_json::from_value(envelope.data.clone()).map_err(|error| format!("the answer cannot be read: {error}"))
}

/// Whether something was left out.
fn is_cut(envelope: &Envelope) -> bool {
    envelope.truncated || envelope.next_cursor.is_some() || !envelope.not_looked.is_empty()
}

fn of_query(query: &str, at_most: Option<f64>, envelope: &Envelope) -> Result<Measured, String> {
    let instant: Instant = typed(envelope)?;
    if instant.query != query {
        return Err("the answer is of another query".to_owned());
    }
    if !matches!(instant.result_type.as_str(), "vector" | "scalar") {
        return Err(format!("the query gives a {}, not values of now", instant.result_type));
    }
    let highest = instant.samples.iter().filter_map(|sample| sample.value).reduce(f64::max);
    let has_gap = instant.samples.iter().any(|sample| sample.value.is_none());
    match (at_most, highest) {
        (Some(bound), Some(value)) if value > bound => Ok(Measured::Fails { value: Some(value) }),
        (None, highest) if !instant.samples.is_empty() => Ok(Measured::Fails { value: highest }),
        _ if is_cut(envelope) => Err("the answer is only part of the whole".to_owned()),
        (None, _) => Ok(Measured::Holds { value: None }),
        (Some(_), _) if has_gap => Err("the query gives what is no number".to_owned()),
        (Some(_), Some(value)) => Ok(Measured::Holds { value: Some(value) }),
        // No value is not a low value: the series may be gone with what it measured.
        (Some(_), None) => Err("the query gives no value".to_owned()),
    }
}

fn of_rollout(object: &ObjectRef, status: &RolloutStatus) -> Result<Measured, String> {
    if status.object != *object {
        return Err(format!("the answer is of {}", status.object));
    }
    let value = Some(f64::from(status.ready));
    let is_whole = status.desired > 0 && status.ready >= status.desired && status.updated >= status.desired;
    Ok(match status.state.as_str() {
        "complete" if is_whole && status.old == 0 => Measured::Holds { value },
        "progressing" | "waiting" => Measured::UnderWay { value },
        _ => Measured::Fails { value },
    })
}

fn of_health(object: &ObjectRef, health: &Health, envelope: &Envelope) -> Result<Measured, String> {
    let count = health.findings.iter().filter(|finding| finding.object == *object && finding.is_of_now()).count();
    if count > 0 {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        return Ok(Measured::Fails { value: Some(f64::from(count)) });
    }
    if let Some(not) = health.not_checked.first() {
        return Err(format!("the check {} could not look: {}", not.check, not.reason));
    }
    if is_cut(envelope) {
        return Err("the answer is only part of the whole".to_owned());
    }
    if health.checked.is_empty() {
        return Err("no check looked at anything".to_owned());
    }
    Ok(Measured::Holds { value: Some(0.0) })
}
