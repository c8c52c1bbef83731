//! The draft of a post-mortem: what is known, in the order in which people write it; what is not known is left to them.

use super::{ended, seen_in_a_line, severity_word};
use crate::cards::{heading, lasting, line, moment, percent, person, section, small};
use crate::content::Content;
use chrono_tz::Tz;
use domain::incident::Incident;
use slack_morphism::prelude::SlackBlock;

/// Happenings that are told.
const HAPPENINGS: usize = 16;
/// Happenings of one paragraph: what fits a text object.
const PARAGRAPH: usize = 8;
/// Observations that are told.
const EVIDENCE: usize = 5;

/// The draft.
pub fn post_mortem(incident: &Incident, zone: Tz) -> Content {
    let title = line(&incident.title, 300);
    let text = format!("Post-mortem draft: {title}");
    let mut blocks = vec![heading("Post-mortem draft"), section(&opening(incident, zone))];
    blocks.push(section(&format!("*Cause*\n{}", cause(incident))));
    blocks.extend(evidence(incident));
    blocks.extend(timeline(incident, zone));
    if !incident.not_looked.is_empty() {
        let missing: Vec<String> =
            incident.not_looked.iter().take(4).map(|what| format!("• {}", line(what, 200))).collect();
        blocks.push(section(&format!("*Could not be looked at*\n{}", missing.join("\n"))));
    }
    blocks.push(section(
        "*For people to fill in*\n• What did users notice?\n• What went well, what did not?\n• What is done so that it does not come back, by whom, until when?",
    ));
    blocks.push(small("Drafted from the incident's record; nothing here was guessed."));
    Content { text, blocks }
}

fn opening(incident: &Incident, zone: Tz) -> String {
    let (began, end) = (incident.opened_at, ended(incident));
    let affected: Vec<String> = incident.affected.iter().take(8).map(|object| line(&object.to_string(), 120)).collect();
    let affected = if affected.is_empty() { "not known".to_owned() } else { affected.join(", ") };
    format!(
        "*{}*\n{} in {} · {} to {} ({})\nSeverity {}, made of {} signals\nAffected: {affected}\nHandled by {}",
        line(&incident.title, 500),
        line(&incident.id, 80),
        line(&incident.environment, 100),
        began.with_timezone(&zone).format("%-d %b %Y %H:%M"),
        moment(end, zone, began),
        lasting(incident.duration(end)),
        severity_word(incident.severity).to_lowercase(),
        incident.signals,
        incident.owner.as_deref().map_or_else(|| "nobody by name".to_owned(), person),
    )
}

fn cause(incident: &Incident) -> String {
    match &incident.cause {
        Some(cause) => format!(
            "{} ({} sure)\n{}",
            line(&cause.object.to_string(), 300),
            percent(cause.confidence),
            line(&cause.summary, 700)
        ),
        None => "Not found. To be filled in.".to_owned(),
    }
}

fn evidence(incident: &Incident) -> Vec<SlackBlock> {
    let lines: Vec<String> = incident.evidence.iter().take(EVIDENCE).map(|seen| seen_in_a_line(seen, 250)).collect();
    let mut blocks: Vec<SlackBlock> = Vec::new();
    for (number, lines) in lines.chunks(3).enumerate() {
        let title = if number == 0 { "*Evidence*\n" } else { "" };
        blocks.push(section(&format!("{title}{}", lines.join("\n"))));
    }
    if let Some(more) = incident.evidence.len().checked_sub(EVIDENCE).filter(|more| *more > 0) {
        blocks.push(small(&format!("and {more} more in the incident's thread")));
    }
    blocks
}

/// The last happenings where there are too many: an incident's end is what its post-mortem is about.
fn timeline(incident: &Incident, zone: Tz) -> Vec<SlackBlock> {
    let left_out = incident.timeline.len().saturating_sub(HAPPENINGS);
    let lines: Vec<String> = incident
        .timeline
        .iter()
        .skip(left_out)
        .map(|it| {
            let at = moment(it.at, zone, incident.opened_at);
            format!("{at} · {}: {}", person(&it.actor), line(&it.text, 140))
        })
        .collect();
    let mut blocks: Vec<SlackBlock> = Vec::new();
    for (number, lines) in lines.chunks(PARAGRAPH).enumerate() {
        let title = if number == 0 { "*What happened*\n" } else { "" };
        blocks.push(section(&format!("{title}{}", lines.join("\n"))));
    }
    if left_out > 0 {
        blocks.push(small(&format!("{left_out} earlier happenings are left out")));
    }
    blocks
}
