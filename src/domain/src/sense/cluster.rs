//! The health checks of a cluster as troubles: one a finding, by object and check.
//!
//! Guarantees: a check that could not look says nothing of what it told before; a finding that the checks leave out
//! because another one of the same object explains it is not taken for over; events and other free text get into the
//! words only.
//!
//! Deliberately absent: what is checked (the `kubernetes` tools).

use super::{Blind, Looked, Origin, State, Trouble};
use crate::incident::Severity;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{self, Finding, Health, WARNING_EVENTS};
use std::collections::{BTreeMap, BTreeSet};

/// How bad a finding is for an incident. A cluster cannot tell that users are hurt.
fn severity(finding: kubernetes::Severity) -> Severity {
    match finding {
        kubernetes::Severity::Info => Severity::Low,
        kubernetes::Severity::Warning => Severity::Medium,
        kubernetes::Severity::Critical => Severity::High,
    }
}

/// The findings of one look at `cluster` that are at least as bad as `least`.
pub fn read(origin: &Origin, cluster: &str, health: &Health, least: Severity, state: &State) -> Looked {
    let told = |finding: &&Finding| severity(finding.severity) >= least;
    let troubles: Vec<Trouble> =
        health.findings.iter().filter(told).map(|finding| trouble(origin, cluster, finding)).collect();
    let not_looked = health.not_checked.iter().map(|not| format!("{}: {}", not.check, not.reason)).take(5).collect();
    let blind = Blind::To(hidden(&troubles, health, state));
    Looked { troubles, blind, not_looked }
}

fn trouble(origin: &Origin, cluster: &str, finding: &Finding) -> Trouble {
    let mut labels = place(&finding.object);
    labels.insert("cluster".to_owned(), cluster.to_owned());
    if let Some(other) = &finding.points_at {
        labels.insert("points_at".to_owned(), other.to_string());
    }
    let words = format!("{}: {}", finding.object, finding.why);
    Trouble {
        object: Some(finding.object.clone()),
        since: finding.since,
        value: Some(finding.affected as f64),
        ..Trouble::new(origin, &finding.check, severity(finding.severity), &labels).saying(&words)
    }
}

fn place(object: &ObjectRef) -> BTreeMap<String, String> {
    let mut labels =
        BTreeMap::from([("kind".to_owned(), object.kind.clone()), ("name".to_owned(), object.name.clone())]);
    labels.extend(object.namespace.iter().map(|namespace| ("namespace".to_owned(), namespace.clone())));
    labels
}

/// What this look could not have seen: troubles of checks that did not look, and those that another finding of the same
/// object may stand for.
fn hidden(troubles: &[Trouble], health: &Health, state: &State) -> BTreeSet<String> {
    let blind = |known: &Trouble| !health.checked.contains_key(&known.name) || stood_for(known, troubles, state);
    state.known.iter().filter(|(_, known)| blind(&known.trouble)).map(|(key, _)| key.clone()).collect()
}

/// The checks tell the cause of two findings on one object and leave out the other, always in the same way. So a finding
/// stands for another unless both were told of the object at one time.
fn stood_for(missing: &Trouble, troubles: &[Trouble], state: &State) -> bool {
    let Some(last_seen) = state.known.get(&missing.key).map(|known| known.last_seen) else { return false };
    let was_beside = |other: &Trouble| {
        let known = state.known.get(&other.key);
        known.is_some_and(|known| known.trouble.severity == other.severity && known.severity_since <= last_seen)
    };
    troubles.iter().any(|other| {
        other.object == missing.object
            && other.key != missing.key
            && (other.severity > Severity::Low || missing.name == WARNING_EVENTS)
            && !was_beside(other)
    })
}

#[cfg(test)]
mod tests;
