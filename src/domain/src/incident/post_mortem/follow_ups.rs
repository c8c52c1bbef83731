//! What is left to do: what follows from what is known and what is not, and what only people can say.

use super::{SURE, line, list};
use crate::approval::{Approval, State};
use crate::incident::Incident;

pub(super) fn follow_ups(incident: &Incident, asked: &[&Approval]) -> String {
    let mut left = Vec::new();
    match &incident.cause {
        None => left.push("Find the cause.".to_owned()),
        Some(cause) if cause.confidence < SURE => {
            left.push(format!("Confirm or refute the hypothesis about {}.", line(&cause.object.to_string())));
        }
        Some(cause) => {
            left.push(format!("Confirm the cause, and say how it could get into {}.", line(&cause.object.to_string())));
        }
    }
    if !incident.not_looked.is_empty() {
        left.push("Find out why some places could not be looked at, and look at them.".to_owned());
    }
    let begun = asked.iter().filter(|approval| approval.state == State::Started);
    left.extend(begun.map(|approval| {
        format!(
            "Make {} last, or take it back: {}.",
            line(&approval.id),
            line(&approval.shown.undo).trim_end_matches('.')
        )
    }));
    if incident.owner.is_none() {
        left.push("Name somebody who completes this post-mortem.".to_owned());
    }
    left.push("Say what users noticed, and for how long.".to_owned());
    left.push("Say what is done so that it does not come back, by whom, until when.".to_owned());
    let told = list(&left, "", |what| format!("[ ] {what}"));
    format!("## Follow-ups\n\n{told}")
}
