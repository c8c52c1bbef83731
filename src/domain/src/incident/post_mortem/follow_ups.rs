//! What is left to do: what follows from what is known and what is not, and what only people can say.

use super::{SURE, Story, line, list};
use crate::approval::State;
use crate::heal::{Ending, Heal};
use crate::incident::{Happening, Incident};
use crate::signal::SourceKind;

/// What the timeline says where people got it; `heal` writes it so.
const HANDED_OVER: &str = "Handed over to people: ";

pub(super) fn follow_ups(story: &Story<'_>) -> String {
    let (incident, asked) = (story.incident, story.asked());
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
    if story.is_whole() {
        left.extend(no_alert(incident));
        left.extend(handed_over(incident));
        left.extend(no_undo(story));
        left.extend(story.heal.into_iter().flat_map(of_attempts));
    }
    if incident.owner.is_none() {
        left.push("Name somebody who completes this post-mortem.".to_owned());
    }
    left.push("Say what users noticed, and for how long.".to_owned());
    left.push("Say what is done so that it does not come back, by whom, until when.".to_owned());
    let told = list(&left, "", |what| format!("[ ] {what}"));
    format!("## Follow-ups\n\n{told}")
}

/// What people would not have heard of by their own alerts.
fn no_alert(incident: &Incident) -> Option<String> {
    let is_alert = |kind| matches!(kind, SourceKind::Alertmanager | SourceKind::Webhook);
    let is_alerted = incident.members.iter().any(|member| is_alert(member.source.kind));
    let found_by: Vec<String> = incident.members.iter().map(|member| line(&member.name)).take(3).collect();
    (!incident.members.is_empty() && !is_alerted)
        .then(|| format!("Make an alert of it: none fired, it was found by {}.", found_by.join(", ")))
}

fn handed_over(incident: &Incident) -> Vec<String> {
    let why = |happening: &Happening| {
        let why = happening.text.strip_prefix(HANDED_OVER)?;
        Some(format!("See to it that it need not be handed to people again: {}", line(why)))
    };
    let mut told: Vec<String> = Vec::new();
    for one in incident.timeline.iter().filter_map(why) {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told
}

/// What was changed and nothing takes back, and what has no end.
fn no_undo(story: &Story<'_>) -> Vec<String> {
    let mut left = Vec::new();
    for deed in story.deeds().iter().filter(|deed| deed.was_begun()) {
        let on = deed.intent.on.as_deref().map_or_else(|| "what it changed".to_owned(), line);
        let has_no_undo = deed.undoes().is_none() && deed.plan().is_some_and(|plan| plan.undo.is_none());
        if has_no_undo {
            left.push(format!("Look at {on}: nothing takes {} back by itself.", line(deed.action)));
        }
        if deed.end.is_none() {
            left.push(format!("Look at {on}: {} has no end in the journal.", line(deed.action)));
        }
    }
    left
}

fn of_attempts(heal: &Heal) -> Vec<String> {
    let left = |one: &crate::heal::Attempt| {
        let what = format!("{} on {}", one.action, line(&one.object.to_string()));
        match one.outcome {
            Ending::Same => Some(format!("Find out why {what} did not help.")),
            Ending::Undone => Some(format!("Find out why {what} made things worse.")),
            Ending::Worse => Some(format!("Take back {what}: it made things worse and still stands.")),
            Ending::Unknown => Some(format!("Look whether {what} took effect: nobody knows.")),
            Ending::CannotTell => Some(format!("Make it measurable whether {what} helps: nobody could tell.")),
            Ending::Failed => Some(format!("Find out why {what} failed.")),
            _ => None,
        }
    };
    heal.attempts.iter().filter_map(left).collect()
}
