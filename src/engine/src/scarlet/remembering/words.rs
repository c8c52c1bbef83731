//! What is remembered of an incident, in our own words: short, because it is read again beside other things.
//!
//! Guarantee: how sure something is stands in the same sentence, so that no part of it that is recalled alone says more
//! than was known.

use domain::heal::{Attempt, Ending, Heal, Hypothesis, Standing};
use domain::incident::Incident;
use domain::redaction::redacted_head;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Characters of a text from elsewhere at most.
const TEXT_CHARS: usize = 300;

/// Names of troubles that are told, attempts that are told, what was not looked at that is told: at most.
const TROUBLES: usize = 5;
const ATTEMPTS: usize = 20;
const NOT_LOOKED: usize = 5;

/// `CrashLoop of checkout, in prod`.
pub(super) fn title(incident: &Incident) -> String {
    format!("{}, in {}", line(&incident.title), line(&incident.environment))
}

/// Alerts, what kind of trouble it was found to be, objects and services: what somebody would ask for.
pub(super) fn names(incident: &Incident, heal: &Heal) -> Vec<String> {
    let mut names: BTreeSet<String> = BTreeSet::from([incident.id.clone()]);
    names.extend(incident.symptom.clone());
    names.extend(incident.cause.iter().map(|cause| cause.object.path()));
    names.extend(incident.affected.iter().map(domain::object::ObjectRef::path));
    names.extend(heal.attempts.iter().map(|attempt| attempt.object.path()));
    for member in &incident.members {
        names.insert(member.name.clone());
        names.extend(member.object.as_ref().map(domain::object::ObjectRef::path));
        names.extend(member.service.clone());
    }
    names.iter().map(|name| line(name)).collect()
}

/// What it was, why, what was tried, what helped, what could not be looked at.
pub(super) fn in_short(incident: &Incident, heal: &Heal) -> String {
    let parts = [trouble(incident), cause(incident, heal), tried(heal), helped(heal), not_looked(incident)];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| format!("{part}\n")).collect()
}

fn trouble(incident: &Incident) -> String {
    let names: BTreeSet<String> = incident.members.iter().map(|member| line(&member.name)).collect();
    let more = match names.len().saturating_sub(TROUBLES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named: Vec<String> = names.into_iter().take(TROUBLES).collect();
    let reported = if named.is_empty() { String::new() } else { format!(" Reported as: {}{more}.", named.join(", ")) };
    let lasted = incident.resolved_at.map_or_else(String::new, |end| {
        format!(" It lasted {} min.", end.signed_duration_since(incident.opened_at).num_minutes().max(0))
    });
    let (id, environment) = (line(&incident.id), line(&incident.environment));
    format!("Incident {id} in {environment}: {}.{lasted}{reported}", sentence(&incident.title))
}

fn cause(incident: &Incident, heal: &Heal) -> String {
    let missing = match heal.diagnosis.as_ref().map_or(0, |diagnosis| diagnosis.missing) {
        0 => String::new(),
        missing => format!(", with looks that were not possible: {missing}"),
    };
    let found = heal.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first());
    match (found, &incident.cause) {
        (Some(found), _) => format!(
            "Cause: {}: {} ({}{missing}).",
            line(&found.cause.to_string()),
            sentence(&found.summary),
            how_sure(found)
        ),
        (None, Some(cause)) => format!(
            "Cause: {}: {} (confidence {}, not proved{missing}).",
            line(&cause.object.to_string()),
            sentence(&cause.summary),
            share(cause.confidence)
        ),
        (None, None) => format!("Cause: not known{missing}."),
    }
}

fn how_sure(found: &Hypothesis) -> String {
    let proof = match found.standing {
        Standing::Confirmed => "confirmed by a second look",
        Standing::Open => "not proved",
        Standing::Refuted => "refuted by a second look",
    };
    format!("confidence {}, {proof}", share(found.per_mille))
}

fn share(per_mille: u16) -> String {
    format!("{:.2}", f64::from(per_mille) / 1000.0)
}

fn tried(heal: &Heal) -> String {
    if heal.attempts.is_empty() {
        return "Tried: nothing was tried through this program.".to_owned();
    }
    let mut text = "Tried:".to_owned();
    for attempt in heal.attempts.iter().take(ATTEMPTS) {
        let by = if attempt.approved { ", approved by people" } else { "" };
        // Writing into a string cannot fail.
        let _ = write!(text, "\n- {}{by}: {} ({})", deed(attempt), ending(attempt.outcome), sentence(&attempt.told));
    }
    match heal.attempts.len().saturating_sub(ATTEMPTS) {
        0 => text,
        more => format!("{text}\n- {more} more"),
    }
}

fn deed(attempt: &Attempt) -> String {
    format!("{} of {}", line(&attempt.action), line(&attempt.object.to_string()))
}

const fn ending(outcome: Ending) -> &'static str {
    match outcome {
        Ending::UnderWay => "its end was not known yet when this was written",
        Ending::NotBegun => "not begun",
        Ending::Rejected => "people did not want it",
        Ending::OnlyWatched => "only proposed, because Scarlet watched only",
        Ending::Better => "it helped, as was verified",
        Ending::Same => "it did not help",
        Ending::Undone => "it made things worse and was taken back",
        Ending::Worse => "it made things worse and could not be taken back",
        Ending::CannotTell => "nobody can tell whether it helped",
        Ending::Failed => "it failed and changed nothing that stayed",
        Ending::Unknown => "it failed, and nobody knows whether it changed something",
    }
}

/// Only what was verified helped. Of several the last: after what helped before it the trouble came back.
fn helped(heal: &Heal) -> String {
    match heal.attempts.iter().rev().find(|attempt| attempt.outcome == Ending::Better) {
        Some(attempt) => format!("What helped: {}.", deed(attempt)),
        None => "What helped: nothing that was done through this program is known to have helped; it ended by itself, or by \
                 what people did."
            .to_owned(),
    }
}

fn not_looked(incident: &Incident) -> String {
    if incident.not_looked.is_empty() {
        return String::new();
    }
    let told: Vec<String> = incident.not_looked.iter().take(NOT_LOOKED).map(|what| sentence(what)).collect();
    format!("Could not be looked at: {}.", told.join("; "))
}

/// A text without its full stop, to stand in a sentence.
fn sentence(text: &str) -> String {
    line(text).trim_end_matches('.').to_owned()
}

/// A text on one line, without secrets and without marks that would open a block of code.
fn line(text: &str) -> String {
    let head = redacted_head(text, TEXT_CHARS);
    let words: Vec<&str> =
        head.split(|one: char| one.is_whitespace() || one.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").replace("```", "'''")
}
