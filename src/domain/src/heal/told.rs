//! What people are told when everything is handed to them: the state of things, what was tried, what was not looked at; and
//! when it is over.

use super::Heal;
use crate::hypothesis::plain::plain;
use crate::incident::Incident;
use std::fmt::Write as _;

/// Characters of an incident's title at most.
const TITLE_CHARS: usize = 160;

/// Attempts that are told.
const ATTEMPTS: usize = 8;

/// The escalation in Markdown. Summaries hold names of objects and our own words; text from outside is told by the
/// surfaces, which take its control characters away.
pub(super) fn escalation(heal: &Heal, why: &str) -> String {
    let mut text = format!("{} in {} needs people: {}.", heal.incident, heal.environment, why.trim_end_matches('.'));
    if let Some(diagnosis) = &heal.diagnosis {
        for hypothesis in diagnosis.hypotheses.iter().take(2) {
            let share = f64::from(hypothesis.per_mille) / 1000.0;
            let _ = write!(text, "\n• {} (confidence {share:.2})", hypothesis.summary);
        }
        if !diagnosis.not_looked.is_empty() {
            let _ = write!(text, "\nNot looked at: {}.", diagnosis.not_looked.join("; "));
        }
    }
    let tried: Vec<_> = heal.attempts.iter().rev().take(ATTEMPTS).collect();
    if tried.is_empty() {
        text.push_str("\nNothing was done.");
    } else {
        text.push_str("\nTried or proposed:");
        for attempt in tried.into_iter().rev() {
            let at = attempt.started.format("%H:%M:%S UTC");
            let _ =
                write!(text, "\n• {at} {} {}: {}", attempt.action, attempt.object, attempt.told.trim_end_matches('.'));
        }
    }
    text
}

/// The same with what it is about: how bad, and the incident's title, of which part came from outside and which is therefore told as
/// code, on one line.
pub fn with_what(text: &str, incident: &Incident) -> String {
    let title = plain(&incident.title, TITLE_CHARS).replace('`', "'");
    let what = format!("{}: `{title}`", incident.severity.name());
    match text.split_once('\n') {
        Some((first, rest)) => format!("{first}\n{what}\n{rest}"),
        None => format!("{text}\n{what}"),
    }
}

/// The word that it is over, in Markdown.
pub(super) fn over(heal: &Heal, healed: bool) -> String {
    if let Some(whole) = &heal.part_of {
        return format!("{} in {} is part of {whole}, and goes on there.", heal.incident, heal.environment);
    }
    let by = if healed { ": verified, what was done last helped" } else { "" };
    format!("{} in {} is over{by}.", heal.incident, heal.environment)
}
