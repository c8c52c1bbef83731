//! An incident as the terminal shows it: a line in a list, or the whole of it.
//!
//! Times are told in the person's zone. Deliberately absent: colour, and any voice: whoever reads it has no time.

use super::markdown::without_control;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::hypothesis::{Thought, Thoughts, standing_word};
use domain::incident::{Changed, Happening, Impact, Incident, Seen, State};

/// Observations and happenings that the whole view shows at most.
const SHOWN: usize = 40;

/// One line: id, state, severity, since when, title, who has it.
pub fn in_a_line(incident: &Incident, zone: Tz) -> String {
    let owner = incident.owner.as_deref().map(|owner| format!("  ({owner})")).unwrap_or_default();
    without_control(&format!(
        "{:<8} {:<20} {:<8} {}  {}: {}{owner}",
        incident.id,
        state(incident.state),
        incident.severity.name(),
        time(incident.opened_at, zone),
        incident.environment,
        incident.title
    ))
}

/// Everything of it that a person would ask for.
pub fn whole(incident: &Incident, zone: Tz) -> String {
    let mut lines = vec![
        format!("{} {}", incident.id, incident.title),
        format!(
            "  {} in {}; severity {}, impact {}; {} signals",
            state(incident.state),
            incident.environment,
            incident.severity.name(),
            impact(incident.impact),
            incident.signals
        ),
        format!(
            "  since {}{}",
            time(incident.opened_at, zone),
            incident.resolved_at.map(|at| format!(", over at {}", time(at, zone))).unwrap_or_default()
        ),
    ];
    lines.extend(incident.owner.as_deref().map(|owner| format!("  taken by {owner}")));
    lines.extend(
        incident.cause.as_ref().map(|cause| {
            format!("  cause: {}: {} (confidence {} %)", cause.object, cause.summary, cause.confidence / 10)
        }),
    );
    if !incident.affected.is_empty() {
        let affected: Vec<String> = incident.affected.iter().map(ToString::to_string).collect();
        lines.push(format!("  affected: {}", affected.join(", ")));
    }
    lines.extend(incident.pending.as_ref().map(|pending| {
        format!(
            "  waits for a decision until {}: {} ({})",
            time(pending.expires_at, zone),
            pending.summary,
            pending.approval
        )
    }));
    part(&mut lines, "evidence", &incident.evidence, |seen| observation(seen, zone));
    part(&mut lines, "what changed around its onset", &incident.changes, |change| changed(change, zone));
    if let Some(thoughts) = &incident.thoughts {
        let title = format!("what the model {} thinks (nothing is done by it)", thoughts.model);
        part(&mut lines, &title, &thoughts_told(thoughts), Clone::clone);
    }
    part(&mut lines, "could not be looked at", &incident.not_looked, Clone::clone);
    part(&mut lines, "timeline", &incident.timeline, |happening| happened(happening, zone));
    lines.iter().map(|line| without_control(line)).collect::<Vec<_>>().join("\n")
}

/// What happened, in a line.
pub fn happened(happening: &Happening, zone: Tz) -> String {
    format!("{}  {}: {}", time(happening.at, zone), happening.actor, happening.text)
}

fn observation(seen: &Seen, zone: Tz) -> String {
    let id = seen.evidence.as_deref().map(|id| format!(" [{id}]")).unwrap_or_default();
    format!("{}  {}: {}{id}", time(seen.at, zone), seen.source, seen.text)
}

fn changed(change: &Changed, zone: Tz) -> String {
    let mark = if change.is_near { "" } else { " (elsewhere)" };
    let id = change.evidence.as_deref().map(|id| format!(" [{id}]")).unwrap_or_default();
    format!("{}  {}: {}{mark}{id}", time(change.at, zone), change.sort.name(), change.text)
}

fn thoughts_told(thoughts: &Thoughts) -> Vec<String> {
    let of_hypothesis = |thought: &Thought| {
        let ids =
            if thought.evidence.is_empty() { String::new() } else { format!(" [{}]", thought.evidence.join(", ")) };
        vec![
            format!("{}: {} ({}): {}", standing_word(thought.standing), thought.object, thought.symptom, thought.cause),
            format!("  {}{ids}", thought.because),
            format!("  would confirm it: {}; would refute it: {}", thought.confirmed_by, thought.refuted_by),
        ]
    };
    let left_out = thoughts.dropped.iter().map(|dropped| format!("left out: {dropped}"));
    let explanation = thoughts.explanation.iter().cloned();
    thoughts.hypotheses.iter().flat_map(of_hypothesis).chain(explanation).chain(left_out).collect()
}

fn part<T>(lines: &mut Vec<String>, title: &str, items: &[T], show: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    lines.push(format!("  {title}:"));
    lines.extend(items.iter().take(SHOWN).map(|item| format!("    {}", show(item))));
    if let Some(more) = items.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        lines.push(format!("    and {more} more (--json has all)"));
    }
}

/// A state as people say it.
pub fn state(state: State) -> &'static str {
    match state {
        State::WaitingForApproval => "waits for approval",
        other => other.name(),
    }
}

fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
    }
}

/// A time of the person's zone, to the second.
pub fn time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %Z").to_string()
}
