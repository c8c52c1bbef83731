//! The digest of a day or a week as a message: figures first, then what is open, then what was asked.
//!
//! Deliberately absent: counting (`domain::digest`).

use crate::cards::{heading, lasting, line, moment, person, section, small};
use crate::content::Content;
use crate::incident::severity_word;
use chrono::TimeDelta;
use domain::digest::{Approvals, BySeverity, Digest, Incidents, Questions, Rhythm, Top};
use slack_morphism::prelude::SlackBlock;

/// The message.
pub fn render(digest: &Digest) -> Content {
    let period = &digest.period;
    let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&period.zone).format("%a %-d %b %H:%M").to_string();
    let name = match period.rhythm {
        Rhythm::Daily => "The last 24 hours",
        Rhythm::Weekly => "The last 7 days",
    };
    let text = format!("{name}: {}", in_short(digest));
    let mut blocks = vec![heading(name), section(&in_short(digest))];
    blocks.extend(incidents(digest));
    blocks.extend(approvals(&digest.approvals));
    blocks.extend(questions(digest));
    blocks.push(small(&format!("{} to {} {}", day(period.from), day(period.to), period.zone.name())));
    Content { text, blocks }
}

fn in_short(digest: &Digest) -> String {
    let rows = &digest.incidents.by_severity;
    let (opened, still): (u64, u64) =
        rows.iter().fold((0, 0), |(opened, still), row| (opened + row.opened, still + row.still_open));
    format!(
        "{}, {still} still open · {}",
        counted(opened, "new incident", "new incidents"),
        counted(digest.questions.answered, "question answered", "questions answered")
    )
}

fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn incidents(digest: &Digest) -> Vec<SlackBlock> {
    let Incidents { by_severity, open } = &digest.incidents;
    let mut blocks = Vec::new();
    if !by_severity.is_empty() {
        let rows: Vec<String> = by_severity.iter().map(row).collect();
        blocks.push(section(&format!("*Incidents*\n{}", rows.join("\n"))));
    }
    let (zone, now) = (digest.period.zone, digest.period.to);
    let lines: Vec<String> = open
        .first
        .iter()
        .map(|it| {
            let owner = it.owner.as_deref().map_or_else(|| "nobody has it".to_owned(), person);
            let severity = severity_word(it.severity).to_lowercase();
            let since = moment(it.since, zone, now);
            format!("• {} {} ({severity}, since {since}, {owner})", line(&it.id, 60), line(&it.title, 200))
        })
        .collect();
    if !lines.is_empty() {
        blocks.push(section(&format!("*Still open*\n{}{}", lines.join("\n"), more(open))));
    }
    blocks
}

fn row(row: &BySeverity) -> String {
    let took = row.median_seconds_to_resolve.map(|seconds| {
        let span = TimeDelta::try_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX);
        format!(" (half of them within {})", lasting(span))
    });
    format!(
        "• {}: {} new, {} over{}, {} still open",
        severity_word(row.severity),
        row.opened,
        row.resolved,
        took.unwrap_or_default(),
        row.still_open
    )
}

fn approvals(approvals: &Approvals) -> Option<SlackBlock> {
    let Approvals { granted, rejected, expired, waiting } = approvals;
    (*approvals != Approvals::default()).then(|| {
        section(&format!("*Approvals*: {granted} granted, {rejected} rejected, {expired} expired, {waiting} waiting"))
    })
}

fn questions(digest: &Digest) -> Vec<SlackBlock> {
    let Questions { answered, people, could_not_look, thumbs_up, thumbs_down, not_helpful, about, cost } =
        &digest.questions;
    if *answered == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "*Questions*: {answered} by {} · 👍 {thumbs_up} · 👎 {thumbs_down}",
        counted(*people, "person", "people")
    )];
    if *could_not_look > 0 {
        lines
            .push(format!("⚠️ For {} something could not be looked at", counted(*could_not_look, "answer", "answers")));
    }
    if !about.first.is_empty() {
        let named: Vec<String> =
            about.first.iter().map(|(object, times)| format!("{} ({times})", line(&object.to_string(), 120))).collect();
        lines.push(format!("Most asked about: {}{}", named.join(", "), if about.more > 0 { ", …" } else { "" }));
    }
    lines.push(format!("Cost: {} tokens, {} tool calls", cost.tokens(), cost.tool_calls));
    let mut blocks = vec![section(&lines.join("\n"))];
    if !not_helpful.first.is_empty() {
        let asked: Vec<String> = not_helpful.first.iter().map(|it| format!("• {}", line(&it.question, 250))).collect();
        blocks.push(section(&format!("*Answers that did not help*\n{}{}", asked.join("\n"), more(not_helpful))));
    }
    blocks
}

fn more<T>(top: &Top<T>) -> String {
    if top.more > 0 { format!("\nand {} more", top.more) } else { String::new() }
}
