//! The parts that messages, modals and App Home are put together from.
//!
//! Guarantees: a text object is within its limit, measured after escaping; foreign text is on one line unless it stands
//! in a code block; all text objects are verbatim, so that Slack makes no links or mentions of them.

use crate::escape;
use crate::mrkdwn::blocks::{self, TEXT, TITLE};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use slack_morphism::prelude::*;

/// Characters of a text in a column of a section.
const FIELD: usize = 2_000;
/// Characters that a fence takes, with its line ends.
const FENCE: usize = 8;

pub(crate) use crate::mrkdwn::blocks::{actions as buttons, button, plain};

/// A foreign text on one line, escaped, of at most so many characters after that; what was left out is an ellipsis.
pub(crate) fn line(text: &str, most: usize) -> String {
    within(text, most, escape::line).unwrap_or_else(|head| format!("{head}…"))
}

/// A foreign text in a code block of at most so many characters, and whether something was left out.
pub(crate) fn code(text: &str, most: usize) -> (String, bool) {
    match within(text.trim_end(), most.saturating_sub(FENCE), escape::fence) {
        Ok(whole) => (format!("```\n{whole}\n```"), false),
        Err(head) => {
            // A cut line reads as if it were the whole: the last whole line is where a difference may end.
            let lines = head.rfind('\n').and_then(|end| head.get(..end)).unwrap_or(&head);
            (format!("```\n{lines}\n```"), true)
        }
    }
}

/// The text as it is made safe, whole where it fits; else as much of its beginning as fits, with room for an ellipsis.
fn within(text: &str, most: usize, safe: impl Fn(&str) -> String) -> Result<String, String> {
    // An escaped character is never shorter than its original, but for what is left out of it: four times the room is
    // enough to look at, so that a text of megabytes is not escaped for a line of it.
    let is_long = text.char_indices().nth(most.saturating_mul(4));
    let text = is_long.and_then(|(end, _)| text.get(..end)).unwrap_or(text);
    if is_long.is_none() {
        let whole = safe(text);
        if escape::length(&whole) <= most {
            return Ok(whole);
        }
    }
    // The longest beginning that fits, halving what is left to look at each time.
    let (mut fits, mut is_too_much, mut head) = (0, text.chars().count(), String::new());
    while is_too_much.saturating_sub(fits) > 1 {
        let middle = fits.midpoint(is_too_much);
        let end = text.char_indices().nth(middle).map_or(text.len(), |(end, _)| end);
        let tried = safe(text.get(..end).unwrap_or_default());
        if escape::length(&tried) < most {
            (fits, head) = (middle, tried);
        } else {
            is_too_much = middle;
        }
    }
    Err(head)
}

/// A text of ours that may hold escaped foreign text, cut at a line's end where it is over the limit.
fn bounded(text: &str, most: usize) -> String {
    if escape::length(text) <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(2) / 2).collect();
    let whole_lines = head.rfind('\n').and_then(|end| head.get(..end)).unwrap_or(&head);
    format!("{whole_lines}\n…")
}

/// A text object that Slack makes nothing of but what stands in it.
pub(crate) fn mrkdwn(text: &str, most: usize) -> SlackBlockMarkDownText {
    blocks::mrkdwn(bounded(text, most))
}

/// A paragraph.
pub(crate) fn section(text: &str) -> SlackBlock {
    blocks::section(bounded(text, TEXT))
}

/// A paragraph with a button or a menu beside it.
pub(crate) fn section_with(text: &str, beside: impl Into<SlackSectionBlockElement>) -> SlackBlock {
    SlackSectionBlock::new().with_text(mrkdwn(text, TEXT).into()).with_accessory(beside.into()).with_expand(true).into()
}

/// Short facts in two columns; one below the other on a phone.
pub(crate) fn facts(facts: &[(&str, String)]) -> SlackBlock {
    let fields = facts.iter().take(10).map(|(name, value)| mrkdwn(&format!("*{name}*\n{value}"), FIELD).into());
    SlackSectionBlock::new().with_fields(fields.collect()).into()
}

/// A line in small print.
pub(crate) fn small(text: &str) -> SlackBlock {
    blocks::context(bounded(text, TEXT))
}

/// A line between two parts.
pub(crate) fn divider() -> SlackBlock {
    SlackDividerBlock::new().into()
}

/// A heading.
pub(crate) fn heading(text: &str) -> SlackBlock {
    SlackHeaderBlock::new(plain(text, 150)).into()
}

/// A question before a button does what it says.
pub(crate) fn confirm(title: &str, text: &str, yes: &str) -> SlackBlockConfirmItem {
    SlackBlockConfirmItem::new(
        plain(title, 100),
        SlackBlockText::Plain(SlackBlockPlainText::new(text.to_owned())),
        plain(yes, 30),
        plain("Not now", 30),
    )
}

/// A modal with a button that submits it; `private` comes back with it.
pub(crate) fn form(callback: &str, private: &str, title: &str, submit: &str, blocks: Vec<SlackBlock>) -> SlackView {
    SlackView::Modal(
        SlackModalView::new(plain(title, TITLE), blocks)
            .with_callback_id(SlackCallbackId::new(callback.to_owned()))
            .with_private_metadata(private.to_owned())
            .with_close(plain("Cancel", TITLE))
            .with_submit(plain(submit, TITLE)),
    )
}

/// A modal that only shows something.
pub(crate) fn sheet(callback: &str, title: &str, blocks: Vec<SlackBlock>) -> SlackView {
    SlackView::Modal(
        SlackModalView::new(plain(title, TITLE), blocks)
            .with_callback_id(SlackCallbackId::new(callback.to_owned()))
            .with_close(plain("Close", TITLE)),
    )
}

/// An item of a menu.
pub(crate) fn choice(label: &str, value: &str) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    SlackBlockChoiceItem::new(plain(label, blocks::LABEL), value.to_owned())
}

/// A person or a part of the program by its id, as Slack shows it. Only the form of Slack's own ids makes a mention.
pub(crate) fn person(id: &str) -> String {
    if let Some(user) = id.strip_prefix("slack:") {
        let is_id = user.len() > 1
            && user.starts_with(['U', 'W'])
            && user.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_id {
            return format!("<@{user}>");
        }
    }
    match id {
        "scarlet" => "Scarlet".to_owned(),
        other => line(other, 40),
    }
}

/// A time of day in a zone, with the day where it is not today.
pub(crate) fn moment(at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let form = if at.date_naive() == now.date_naive() { "%H:%M %Z" } else { "%-d %b %H:%M %Z" };
    at.format(form).to_string()
}

/// How long something took or has lasted; nothing is negative.
pub(crate) fn lasting(span: TimeDelta) -> String {
    let minutes = span.num_minutes().max(0);
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "under a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// Per mille as per cent.
pub(crate) fn percent(per_mille: u16) -> String {
    format!("{} %", per_mille.min(1_000) / 10)
}

#[cfg(test)]
mod tests;
