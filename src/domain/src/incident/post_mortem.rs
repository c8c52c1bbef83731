//! The draft of a post-mortem, as Markdown: what is known of an incident, in the order in which people read it.
//!
//! Guarantees: it says that it is a draft; what is not known is said to be unknown, never filled in; text from outside
//! stays on its line, without secrets, so that it opens no heading, no list and no block of code.

mod actions;
mod deeds;
mod follow_ups;
mod story;
mod timeline;
mod tried;

pub use story::Story;

use super::{Impact, Incident};
use crate::approval::Approval;
use crate::redaction::redacted_head;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Entries of one list at most; what is left out is counted.
const ENTRIES: usize = 200;

/// Characters of one text at most.
const TEXT_CHARS: usize = 1_000;

/// From this confidence on (per mille) a cause is told as one; below, as a guess that people must look at.
const SURE: u16 = 800;

/// The draft of what the incident and its approvals tell alone. Of `approvals`, those of this incident are told, in the order
/// in which they were asked for. A [`Story`] tells more.
pub fn post_mortem(incident: &Incident, approvals: &[Approval]) -> String {
    Story::of(incident, approvals).post_mortem()
}

impl Story<'_> {
    /// The draft.
    pub fn post_mortem(&self) -> String {
        let (incident, asked) = (self.incident, self.asked());
        let mut sections = vec![
            head(incident),
            in_short(incident),
            impact(self),
            timeline::timeline(self),
            cause(self),
            evidence(incident),
            not_looked(incident),
        ];
        sections.extend(deeds::deeds(self));
        sections.push(actions::actions(&asked));
        sections.extend(tried::tried(self));
        sections.push(match self.heal {
            Some(heal) => tried::verification(incident, heal),
            None => actions::verification(incident, &asked),
        });
        sections.push(follow_ups::follow_ups(self));
        sections.join("\n")
    }
}

fn head(incident: &Incident) -> String {
    format!(
        "# Post-mortem of {}: {}\n\n**This is a draft.** It was written from what the program kept, and holds nothing that \
         nobody saw. People must check it and complete it.\n",
        line(&incident.id),
        line(&incident.title)
    )
}

fn in_short(incident: &Incident) -> String {
    let over = incident.resolved_at.map_or_else(|| "not over yet".to_owned(), moment);
    let lasted = incident.resolved_at.map_or_else(
        || "not known: it is not over yet".to_owned(),
        |end| lasting(end.signed_duration_since(incident.opened_at)),
    );
    let owner = incident.owner.as_deref().map_or_else(|| "nobody had taken it".to_owned(), line);
    format!(
        "## In short\n\n- Environment: {}\n- Severity: {}\n- Began: {}\n- Over: {over}\n- Lasted: {lasted}\n- Taken by: {owner}\n\
         - Made of {} {}\n",
        line(&incident.environment),
        incident.severity.name(),
        moment(incident.opened_at),
        incident.signals,
        if incident.signals == 1 { "signal" } else { "signals" },
    )
}

fn impact(story: &Story<'_>) -> String {
    let incident = story.incident;
    let business = match incident.impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
    };
    let affected =
        list(&incident.affected, "It is not known what else was affected.", |object| line(&object.to_string()));
    format!(
        "## Impact\n\nBusiness impact, as the environment's settings rate it: {business}. How many people noticed, and what \
         it cost, is not known here.\n\n{}{affected}",
        lasted(story)
    )
}

/// How long, which services, by how many troubles: where the whole story is known.
fn lasted(story: &Story<'_>) -> String {
    let incident = story.incident;
    if !story.is_whole() {
        return String::new();
    }
    let time = match incident.resolved_at {
        Some(end) => format!("It lasted {}.", lasting(end.signed_duration_since(incident.opened_at))),
        None => "It is not over.".to_owned(),
    };
    let services: BTreeSet<&str> = incident.members.iter().filter_map(|member| member.service.as_deref()).collect();
    let services: Vec<String> = services.into_iter().map(line).collect();
    let named = match services.as_slice() {
        [] => "No signal named a service.".to_owned(),
        named => format!("Services that its signals named: {}.", named.join(", ")),
    };
    format!("{time} {named}\n\n")
}

fn cause(story: &Story<'_>) -> String {
    let Some(cause) = &story.incident.cause else {
        return format!("## Cause\n\nThe cause is not known.\n{}", tried::hypotheses(story));
    };
    let sure = match cause.confidence {
        SURE.. => "Nobody has confirmed it here.",
        _ => "This is a hypothesis, not a finding.",
    };
    format!(
        "## Cause\n\n{}\n\n- Object: {}\n- Confidence: {} %. {sure}\n{}",
        line(&cause.summary),
        line(&cause.object.to_string()),
        percent(cause.confidence),
        tried::hypotheses(story)
    )
}

fn evidence(incident: &Incident) -> String {
    let told = list(&incident.evidence, "No evidence was kept.", |seen| {
        let kept = seen.evidence.as_deref().map_or_else(|| "not kept".to_owned(), line);
        format!("{} {} ({kept}): {}", moment(seen.at), line(&seen.source), line(&seen.text))
    });
    format!("## Evidence\n\n{told}")
}

fn not_looked(incident: &Incident) -> String {
    let told = list(&incident.not_looked, "No look failed, as far as was written down.", |what| line(what));
    format!("## What could not be looked at\n\n{told}")
}

/// A list, or what to say where it is empty.
fn list<T>(entries: &[T], empty: &str, told: impl Fn(&T) -> String) -> String {
    if entries.is_empty() {
        return format!("{empty}\n");
    }
    let mut text = String::new();
    for entry in entries.iter().take(ENTRIES) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "- {}", told(entry));
    }
    if entries.len() > ENTRIES {
        let _ = writeln!(text, "- {} more are not shown here", entries.len().saturating_sub(ENTRIES));
    }
    text
}

/// A text on one line, without secrets; marks that would make a block of code or a heading of it are taken out.
fn line(text: &str) -> String {
    let head = redacted_head(text, TEXT_CHARS);
    let words: Vec<&str> =
        head.split(|one: char| one.is_whitespace() || one.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").replace("```", "'''")
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn percent(per_mille: u16) -> String {
    match per_mille % 10 {
        0 => (per_mille / 10).to_string(),
        tenth => format!("{}.{tenth}", per_mille / 10),
    }
}

/// `2 d 3 h`, `1 h 20 min`, `11 min 40 s`: the two largest parts.
fn lasting(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let told: Vec<String> = parts
        .into_iter()
        .skip_while(|(number, _)| *number == 0)
        .take(2)
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    if told.is_empty() { "less than a second".to_owned() } else { told.join(" ") }
}
