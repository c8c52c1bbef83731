//! What goes into the thread of an incident: each change once, under a key that does not change.
//!
//! A key is made of what it tells and not of when it is told, so that a process that does not know what was told before
//! offers everything again, and nothing is told twice.

use super::{seen_in_a_line, severity_word, state_word};
use crate::cards::{line, moment, percent, section};
use crate::content::Content;
use chrono_tz::Tz;
use domain::incident::{Incident, Seen};

/// Observations of one incident that get a note, at most.
const NOTED_EVIDENCE: usize = 40;

/// What changed between two looks at an incident, as notes under their keys, in the order in which they are to be told.
/// Without a look before, all of it.
pub fn thread_notes(before: Option<&Incident>, after: &Incident, zone: Tz) -> Vec<(String, Content)> {
    let mut notes = Vec::new();
    let is_new = |seen: &&Seen| before.is_none_or(|before| !before.evidence.contains(seen));
    notes.extend(after.evidence.iter().take(NOTED_EVIDENCE).filter(is_new).map(|seen| evidence(seen, after, zone)));
    if before.is_none_or(|before| before.state != after.state) {
        notes.push(state(after));
    }
    if let Some(pending) =
        after.pending.as_ref().filter(|pending| before.is_none_or(|it| it.pending.as_ref() != Some(*pending)))
    {
        let until = moment(pending.expires_at, zone, after.changed_at);
        let text = format!("✋ A decision is asked for until {until}: {}", line(&pending.summary, 2_000));
        notes.push((format!("decision:{}", pending.approval), note(text)));
    }
    notes
}

fn evidence(seen: &Seen, incident: &Incident, zone: Tz) -> (String, Content) {
    let text = format!("{}, seen {}", seen_in_a_line(seen, 2_500), moment(seen.at, zone, incident.changed_at));
    (format!("evidence:{}", key(seen)), note(text))
}

fn state(incident: &Incident) -> (String, Content) {
    let severity = severity_word(incident.severity).to_lowercase();
    let mut text = format!("*{}* · severity {severity}", state_word(incident.state));
    if let Some(cause) = &incident.cause {
        let (object, summary) = (line(&cause.object.to_string(), 300), line(&cause.summary, 1_500));
        text.push_str(&format!("\nLikely cause ({} sure): {object}: {summary}", percent(cause.confidence)));
    }
    (format!("state:{}", incident.state.name()), note(text))
}

fn note(text: String) -> Content {
    Content { blocks: vec![section(&text)], text: bounded_text(text) }
}

/// A notification needs no more than the beginning; the note is whole in its block.
fn bounded_text(text: String) -> String {
    match text.char_indices().nth(3_000) {
        None => text,
        Some(_) => "A note on the incident".to_owned(),
    }
}

/// The evidence's id, or a number made of the observation (FNV-1a, 64 bits: the same in every version and process).
fn key(seen: &Seen) -> String {
    if let Some(id) = &seen.evidence {
        return line(id, 100);
    }
    let told = format!("{}\n{}\n{}", seen.source, seen.text, seen.at.timestamp_millis());
    let hash = told
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
