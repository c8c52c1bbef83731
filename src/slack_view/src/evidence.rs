//! What an answer rests on, as a modal: each look with what was asked, where, of which time, and what came back.
//!
//! Guarantees: a look that failed says so and why; a result that was cut says how much of it is shown; where not all looks
//! fit, the modal says how many are left out. Deliberately absent: whole results, which are kept with the turn.

use crate::actions::callbacks;
use crate::escape;
use crate::markdown::Part;
use crate::mrkdwn::blocks::{TEXT, TITLE, VIEW_BLOCKS, context, plain, section};
use crate::mrkdwn::{Line, Piece, Style};
use crate::split;
use chrono_tz::Tz;
use domain::answer::{Answer, EvidenceView};
use domain::envelope::Window;
use serde_json::{Map, Value};
use slack_morphism::prelude::{SlackBlock, SlackCallbackId, SlackModalView, SlackView};

/// Characters of all texts of a modal; Slack takes 250 kB of JSON, and a person reads less.
const MOST_CHARACTERS: usize = 60_000;
/// Characters of one excerpt.
const MOST_EXCERPT: usize = 2_000;
/// Characters of the arguments of one look.
const MOST_ARGUMENTS: usize = 600;

/// Arguments that say how much to read, not what.
const OF_AMOUNT: &[&str] = &["limit", "budget_tokens", "max_tokens", "cursor"];

/// The modal of an answer's evidence, with times in a zone.
pub fn modal(answer: &Answer, zone: Tz) -> SlackView {
    let mut blocks = Vec::new();
    let mut used = 0;
    let mut shown = 0;
    for look in &answer.evidence {
        let texts = split::pack(&parts(look, zone), TEXT);
        let takes: usize = texts.iter().map(|text| escape::length(text)).sum();
        // One block is kept for what is left out.
        if blocks.len() + texts.len() >= VIEW_BLOCKS - 1 || used + takes > MOST_CHARACTERS {
            break;
        }
        used += takes;
        shown += 1;
        blocks.extend(texts.into_iter().map(section));
    }
    if answer.evidence.is_empty() {
        blocks.push(section("This answer rests on no look: nothing was asked of any tool."));
    }
    let left = answer.evidence.len() - shown;
    if left > 0 {
        blocks.push(context(format!(
            "{left} of {} looks are left out here: a modal holds no more. They are kept with the turn.",
            answer.evidence.len()
        )));
    }
    show("Evidence", blocks)
}

/// A modal that only shows.
pub(crate) fn show(title: &str, blocks: Vec<SlackBlock>) -> SlackView {
    SlackView::Modal(
        SlackModalView::new(plain(title, TITLE), blocks)
            .with_close(plain("Close", TITLE))
            .with_callback_id(SlackCallbackId(callbacks::SHOW.to_owned())),
    )
}

/// One look.
fn parts(look: &EvidenceView, zone: Tz) -> Vec<Part> {
    let mut head: Line = vec![
        Piece::styled(look.id.to_string(), Style::BOLD),
        Piece::words(" "),
        Piece::styled(&look.tool, Style { bold: true, ..Style::CODE }),
    ];
    if let Some(source) = &look.source {
        head.push(Piece::words(format!(" at {}", escape::cut(source, MOST_ARGUMENTS))));
    }
    let mut parts = vec![Part::line(head, false)];
    let arguments = arguments(&look.arguments);
    if !arguments.is_empty() {
        let arguments = escape::cut(&arguments, MOST_ARGUMENTS);
        parts.push(Part::line(vec![Piece::words("Asked: "), Piece::styled(arguments, Style::CODE)], false));
    }
    let mut outcome = vec![Piece::words(outcome(look))];
    if let Some(of) = look.window {
        outcome.push(Piece::words(format!(" · {}", window(of, zone))));
    }
    parts.push(Part::line(outcome, false));
    if !look.excerpt.trim().is_empty() {
        let whole = look.excerpt.trim_end();
        let excerpt = escape::cut(whole, MOST_EXCERPT);
        let (shown, all) = (escape::length(&excerpt).saturating_sub(1), escape::length(whole));
        let is_cut = excerpt != whole;
        parts.push(Part::code(excerpt, false));
        if is_cut {
            let told = format!("The first {shown} of {all} characters of the excerpt.");
            parts.push(Part::line(vec![Piece::styled(told, Style::ITALIC)], false));
        }
    }
    parts
}

/// What came back, in words.
pub(crate) fn outcome(look: &EvidenceView) -> String {
    let items = |count: u64| if count == 1 { "1 item".to_owned() } else { format!("{count} items") };
    let mut told = match (&look.error, look.total) {
        (Some(error), _) => format!("Could not look: {}", escape::cut(&escape::one_line(error), MOST_ARGUMENTS)),
        (None, Some(total)) if total > look.returned => format!("{} of {}", look.returned, items(total)),
        (None, _) => items(look.returned),
    };
    if look.error.is_none() && look.truncated {
        told.push_str(", the rest was left out");
    }
    if look.partly {
        told.push_str(", and a part could not be looked at");
    }
    told
}

/// `kind=Pod namespace=shop`, without what only bounds the amount.
pub(crate) fn arguments(arguments: &Map<String, Value>) -> String {
    let told = arguments.iter().filter(|(name, _)| !OF_AMOUNT.contains(&name.as_str())).map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", escape::one_line(&value))
    });
    told.collect::<Vec<_>>().join(" ")
}

/// From when to when, in the reader's zone.
fn window(window: Window, zone: Tz) -> String {
    let (start, end) = (window.start.with_timezone(&zone), window.end.with_timezone(&zone));
    let same_day = start.date_naive() == end.date_naive();
    let end = if same_day { end.format("%H:%M %Z") } else { end.format("%Y-%m-%d %H:%M %Z") };
    format!("{} to {end}", start.format("%Y-%m-%d %H:%M"))
}

/// One look for a file, where nothing needs to be cut.
pub(crate) fn as_markdown(look: &EvidenceView) -> String {
    let source = look.source.as_ref().map_or(String::new(), |source| format!(" at {source}"));
    let mut out = format!("\n### {} {}{source}\n", look.id, look.tool);
    let arguments = arguments(&look.arguments);
    if !arguments.is_empty() {
        out.push_str(&format!("\nAsked: {arguments}\n"));
    }
    out.push_str(&format!("\n{}\n", outcome(look)));
    if !look.excerpt.trim().is_empty() {
        out.push_str(&format!("\n```\n{}\n```\n", look.excerpt.trim_end().replace("```", "'''")));
    }
    out
}
