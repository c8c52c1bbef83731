//! An incident as Slack shows it: one living message, notes in its thread, a line in a group, a draft of its post-mortem.
//!
//! Nothing of Jamie's voice is in here: whoever reads it has no time. What the incident holds of foreign text is on one
//! line, escaped and cut; what was left out is said.

mod notes;
mod post_mortem;
mod thoughts;

pub use notes::thread_notes;
pub use post_mortem::post_mortem;

use crate::actions;
use crate::cards::{button, buttons, confirm, facts, lasting, line, moment, percent, person, section, small};
use crate::content::Content;
use crate::escape;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::incident::{Cause, Impact, Incident, Seen, Severity, State};
use slack_morphism::prelude::{SlackBlock, SlackBlockButtonElement, SlackBlockButtonStyle};

/// Observations that the message itself shows.
const SHOWN_EVIDENCE: usize = 3;
/// Happenings that it shows.
const SHOWN_HAPPENINGS: usize = 3;
/// Incidents of a group that have a line of their own.
const GROUPED: usize = 20;

/// Where more can be seen, as the settings name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Address of the portal, without a slash at the end.
    pub portal: Option<String>,
    /// Address of Grafana, without a slash at the end.
    pub grafana: Option<String>,
}

/// The living message of an incident. Nothing in it depends on when it is looked at, so that the same incident is the
/// same message: times are told as of the incident's last change.
pub fn render(incident: &Incident, links: &Links, zone: Tz) -> Content {
    let text = summary(incident);
    let blocks = if incident.is_open() { going_on(incident, links, zone) } else { over(incident, links, zone) };
    Content { text, blocks }
}

/// The incidents of one environment in one message, a line each, as they come; what is over is shown as such.
pub fn grouped(incidents: &[Incident], environment: &str, links: &Links, zone: Tz) -> Content {
    let environment = line(environment, 100);
    let open = incidents.iter().filter(|incident| incident.is_open()).count();
    let text = match open {
        0 => format!("✅ No open incident in {environment}"),
        1 => format!("1 open incident in {environment}"),
        open => format!("{open} open incidents in {environment}"),
    };
    let as_of = incidents.iter().map(|incident| incident.changed_at).max().unwrap_or_default();
    let mut blocks = vec![section(&format!("*{text}*"))];
    blocks.extend(list(incidents, links, zone, as_of));
    Content { text, blocks }
}

/// Incidents, a line each, in paragraphs of four; those that have no line are counted.
pub fn list(incidents: &[Incident], links: &Links, zone: Tz, now: DateTime<Utc>) -> Vec<SlackBlock> {
    let lines: Vec<String> =
        incidents.iter().take(GROUPED).map(|incident| in_a_line(incident, links, zone, now)).collect();
    let mut blocks: Vec<SlackBlock> = lines.chunks(4).map(|lines| section(&lines.join("\n"))).collect();
    if let Some(more) = incidents.len().checked_sub(GROUPED).filter(|more| *more > 0) {
        blocks.push(small(&format!("and {more} more")));
    }
    blocks
}

fn in_a_line(incident: &Incident, links: &Links, zone: Tz, now: DateTime<Utc>) -> String {
    let mut parts = vec![
        format!("{} *{}*", sign(incident), line(&incident.title, 200)),
        name(incident, links),
        format!("{}, {}", state_word(incident.state), severity_word(incident.severity).to_lowercase()),
        format!("since {} ({})", moment(incident.opened_at, zone, now), lasting(incident.duration(now))),
    ];
    parts.extend(incident.owner.as_deref().map(person));
    parts.join(" · ")
}

/// What notifications say.
fn summary(incident: &Incident) -> String {
    let word = match incident.state {
        State::Resolved | State::Closed => "Resolved",
        State::Escalated => "Escalated",
        _ => severity_word(incident.severity),
    };
    format!("{} {word}: {} ({})", sign(incident), line(&incident.title, 300), line(&incident.environment, 60))
}

fn header(incident: &Incident) -> String {
    format!("{} *{}: {}*", sign(incident), severity_word(incident.severity), line(&incident.title, 600))
}

fn going_on(incident: &Incident, links: &Links, zone: Tz) -> Vec<SlackBlock> {
    let now = incident.changed_at;
    let mut blocks = vec![section(&header(incident)), facts(&about(incident, zone, now))];
    blocks.extend(incident.cause.as_ref().map(|cause| section(&cause_text(cause))));
    blocks.extend(evidence(&incident.evidence));
    blocks.extend(thoughts::changes(&incident.changes, zone, now));
    blocks.extend(thoughts::thoughts(incident.thoughts.as_ref()));
    if !incident.not_looked.is_empty() {
        blocks.push(section(&not_looked(&incident.not_looked)));
    }
    if let Some(pending) = &incident.pending {
        let until = moment(pending.expires_at, zone, now);
        blocks.push(section(&format!("✋ *Waits for a decision* until {until}\n{}", line(&pending.summary, 1_000))));
    }
    blocks.extend(last_happenings(incident, zone, now));
    blocks.push(buttons(allowed(incident)));
    blocks.push(small(&format!("{} · last change {}", footer(incident, links), moment(now, zone, now))));
    blocks
}

/// The calm end: what it was, how long, why, whose.
fn over(incident: &Incident, links: &Links, zone: Tz) -> Vec<SlackBlock> {
    let end = ended(incident);
    let (lasted, end) = (lasting(incident.duration(end)), moment(end, zone, incident.opened_at));
    let mut text = format!(
        "✅ *Resolved: {}*\n{} · {end} · lasted {lasted}",
        line(&incident.title, 600),
        line(&incident.environment, 60)
    );
    if let Some(cause) = &incident.cause {
        text.push_str(&format!("\nCause ({}): {}", percent(cause.confidence), line(&cause.summary, 600)));
    }
    if let Some(owner) = &incident.owner {
        text.push_str(&format!("\nHandled by {}", person(owner)));
    }
    vec![section(&text), small(&footer(incident, links))]
}

fn ended(incident: &Incident) -> DateTime<Utc> {
    incident.resolved_at.unwrap_or(incident.changed_at)
}

fn about(incident: &Incident, zone: Tz, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let mut affected: Vec<String> =
        incident.affected.iter().take(3).map(|object| line(&object.to_string(), 150)).collect();
    if let Some(more) = incident.affected.len().checked_sub(3).filter(|more| *more > 0) {
        affected.push(format!("and {more} more"));
    }
    let owner = incident.owner.as_deref().map_or_else(|| "nobody yet".to_owned(), person);
    let mut facts = vec![
        ("State", state_word(incident.state).to_owned()),
        ("Environment", line(&incident.environment, 60)),
        ("Business impact", impact_word(incident.impact).to_owned()),
        ("Since", since(incident, zone, now)),
        ("Owner", owner),
    ];
    if !affected.is_empty() {
        facts.push(("Affected", affected.join("\n")));
    }
    facts
}

/// When it began, and how long it had lasted when it changed last.
fn since(incident: &Incident, zone: Tz, now: DateTime<Utc>) -> String {
    let lasted = lasting(incident.duration(now));
    format!("{}\n{lasted} at the last change", moment(incident.opened_at, zone, now))
}

fn cause_text(cause: &Cause) -> String {
    let (object, summary) = (line(&cause.object.to_string(), 300), line(&cause.summary, 1_200));
    format!("*Likely cause* ({} sure): {object}\n{summary}", percent(cause.confidence))
}

fn evidence(seen: &[Seen]) -> Option<SlackBlock> {
    let lines: Vec<String> = seen.iter().take(SHOWN_EVIDENCE).map(|seen| seen_in_a_line(seen, 500)).collect();
    let more = seen.len().saturating_sub(SHOWN_EVIDENCE);
    let rest = if more > 0 { format!("\n_{more} more in the thread_") } else { String::new() };
    (!lines.is_empty()).then(|| section(&format!("*Evidence*\n{}{rest}", lines.join("\n"))))
}

fn seen_in_a_line(seen: &Seen, most: usize) -> String {
    let id = seen.evidence.as_deref().map(|id| format!(" [{}]", line(id, 60))).unwrap_or_default();
    format!("• {} ({}){id}", line(&seen.text, most), line(&seen.source, 100))
}

fn not_looked(missing: &[String]) -> String {
    let mut lines: Vec<String> = missing.iter().take(5).map(|what| format!("• {}", line(what, 300))).collect();
    if let Some(more) = missing.len().checked_sub(5).filter(|more| *more > 0) {
        lines.push(format!("• and {more} more"));
    }
    format!("⚠️ *Could not be looked at*\n{}", lines.join("\n"))
}

fn last_happenings(incident: &Incident, zone: Tz, now: DateTime<Utc>) -> Option<SlackBlock> {
    let first = incident.timeline.len().saturating_sub(SHOWN_HAPPENINGS);
    let lines: Vec<String> = incident
        .timeline
        .iter()
        .skip(first)
        .map(|it| format!("{} {}: {}", moment(it.at, zone, now), person(&it.actor), line(&it.text, 300)))
        .collect();
    (!lines.is_empty()).then(|| small(&lines.join("\n")))
}

/// What people may do to it in its state. That the person may is asked when it is pressed.
fn allowed(incident: &Incident) -> Vec<SlackBlockButtonElement> {
    let id = incident.id.as_str();
    let mut row = vec![match incident.owner {
        None => button(actions::CLAIM, "Claim", id).with_style(SlackBlockButtonStyle::Primary),
        Some(_) => button(actions::RELEASE, "Release", id),
    }];
    row.push(button(actions::RESOLVE, "Resolve", id));
    if matches!(incident.state, State::Acting | State::Verifying) && incident.taking_back.is_none() {
        row.push(button(actions::UNDO, "Undo", id).with_style(SlackBlockButtonStyle::Danger));
    }
    if incident.state != State::Escalated {
        let sure =
            confirm("Escalate this incident?", "It is handed to people, and nothing is done by itself.", "Escalate");
        row.push(
            button(actions::ESCALATE, "Escalate", id).with_style(SlackBlockButtonStyle::Danger).with_confirm(sure),
        );
    }
    row
}

fn footer(incident: &Incident, links: &Links) -> String {
    let signals = match incident.signals {
        1 => "1 signal".to_owned(),
        count => format!("{count} signals"),
    };
    let mut parts = vec![name(incident, links), signals];
    if let Some(grafana) = links.grafana.as_deref().and_then(escape::address) {
        parts.push(format!("<{grafana}|Grafana>"));
    }
    if incident.is_open() {
        parts.push("👀 claims it".to_owned());
    }
    parts.join(" · ")
}

/// The incident's id, as a link where there is a portal.
fn name(incident: &Incident, links: &Links) -> String {
    let id = line(&incident.id, 80);
    let is_plain = incident.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match links.portal.as_deref().and_then(escape::address) {
        Some(portal) if is_plain => format!("<{portal}/incidents/{id}|{id}>"),
        _ => id,
    }
}

fn sign(incident: &Incident) -> &'static str {
    match (incident.state, incident.severity) {
        (State::Resolved | State::Closed, _) => "✅",
        (State::Escalated, _) => "🆘",
        (_, Severity::Critical) => "🔴",
        (_, Severity::High) => "🟠",
        (_, Severity::Medium) => "🟡",
        (_, Severity::Low) => "🔵",
    }
}

/// A severity as it is written.
pub(crate) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

fn impact_word(impact: Impact) -> &'static str {
    match impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
    }
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Diagnosing => "looking for the cause",
        State::Deciding => "deciding what to do",
        State::WaitingForApproval => "waiting for approval",
        State::Acting => "acting",
        State::Verifying => "checking whether it helped",
        State::Resolved => "resolved",
        State::Escalated => "handed to people",
        State::Closed => "closed",
    }
}
