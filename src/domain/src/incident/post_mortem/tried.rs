//! What Scarlet thought and tried, as the healing has it: hypotheses, attempts, verification.

use super::{Story, lasting, line, list, moment, percent};
use crate::heal::{Attempt, Ending, Heal, Hypothesis, Standing};
use crate::incident::Incident;

/// The causes that were thought of, below the one that is told; nothing where the healing is not known.
pub(super) fn hypotheses(story: &Story<'_>) -> String {
    let Some(diagnosis) = story.heal.and_then(|heal| heal.diagnosis.as_ref()) else { return String::new() };
    let told = list(&diagnosis.hypotheses, "No rule knew a cause.", hypothesis);
    format!("\nWhat was thought of, at {}:\n\n{told}", moment(diagnosis.at))
}

fn hypothesis(one: &Hypothesis) -> String {
    let standing = match one.standing {
        Standing::Open => format!("not proved; it would be confirmed by this: {}", line(&one.confirmed_by)),
        Standing::Confirmed => format!("confirmed: {}", line(&one.confirmed_by)),
        Standing::Refuted => format!("refuted: {}", line(&one.refuted_by)),
    };
    let evidence: Vec<String> = one.evidence.iter().map(|id| line(id)).collect();
    let evidence = if evidence.is_empty() { "no evidence".to_owned() } else { evidence.join(", ") };
    format!("{} ({}, {} %): {standing}. Evidence: {evidence}", line(&one.summary), one.rule, percent(one.per_mille))
}

/// What was tried in turn; `None` where the healing is not known.
pub(super) fn tried(story: &Story<'_>) -> Option<String> {
    let heal = story.heal?;
    let told = list(&heal.attempts, "Nothing was tried.", attempt);
    Some(format!("## What was tried\n\n{told}"))
}

fn attempt(one: &Attempt) -> String {
    let word = if one.approved { "approved by people" } else { "without a person" };
    format!(
        "{} {} on {} ({}, {word}): {}. {}",
        moment(one.started),
        one.action,
        line(&one.object.to_string()),
        line(&one.plan),
        ending(one.outcome),
        line(&one.told)
    )
}

fn ending(outcome: Ending) -> &'static str {
    match outcome {
        Ending::UnderWay => "it is under way",
        Ending::NotBegun => "it was not begun",
        Ending::Rejected => "people said no",
        Ending::OnlyWatched => "it would have been done, and was only told",
        Ending::Better => "it helped",
        Ending::Same => "it did not help",
        Ending::Undone => "it made things worse and was taken back",
        Ending::Worse => "it made things worse and was not taken back",
        Ending::CannotTell => "nobody can tell whether it helped",
        Ending::Failed => "the change failed",
        Ending::Unknown => "nobody knows whether it took effect",
    }
}

/// Whether it helped, with what was measured.
pub(super) fn verification(incident: &Incident, heal: &Heal) -> String {
    let is_verified = |one: &&Attempt| {
        matches!(one.outcome, Ending::Better | Ending::Same | Ending::Undone | Ending::Worse | Ending::CannotTell)
    };
    let verified: Vec<&Attempt> = heal.attempts.iter().filter(is_verified).collect();
    let told = list(&verified, "Nothing was begun through this program that could be verified.", |one| {
        let after = one.ended.map_or_else(String::new, |ended| {
            format!(" {} after it began", lasting(ended.signed_duration_since(one.started)))
        });
        format!("{}: {}{after}. Measured: {}", line(&one.plan), ending(one.outcome), line(&one.told))
    });
    let helped = heal.attempts.iter().rev().find(|one| one.outcome == Ending::Better);
    let over = match (incident.resolved_at, helped) {
        (Some(at), Some(one)) => format!("Over at {}, after {} was verified.", moment(at), line(&one.plan)),
        (Some(at), None) => {
            format!("Called over at {}; no action of this program is verified to have ended it.", moment(at))
        }
        (None, _) => "The incident is not over.".to_owned(),
    };
    format!("## Verification\n\n{told}\n{over}\n")
}
