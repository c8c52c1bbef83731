//! An answer as a message: verdict first, then why, then what could not be looked at; the evidence behind a button.
//!
//! Guarantees: within Slack's limits, published or not; what does not fit is in a file, and the message says so; what
//! could not be looked at stands in the message itself, in short answers too (invariant 12); what is remembered is told
//! apart from what was seen.
//!
//! Deliberately absent: pictures, which are uploaded beside the message.

mod causes;
mod notices;
mod reading;

use crate::actions;
use crate::content::Content;
use crate::cost::{by, seconds};
use crate::escape::{self, length};
use crate::files::{self, Overflow};
use crate::markdown::Part;
use crate::mrkdwn::blocks::{MESSAGE_BLOCKS, TEXT, VIEW_BLOCKS, button, context, labelled, section};
use crate::mrkdwn::{self, Line, Piece, Style};
use crate::split;
use chrono_tz::Tz;
use domain::answer::{Answer, FROM_MEMORY};
use domain::preferences::Brevity;
use reading::Reading;
use slack_morphism::prelude::{SlackBlock, SlackView};

/// A place where more can be seen: the portal, Grafana, a runbook. From the settings, not from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What is read.
    pub label: String,
    /// Where it goes.
    pub url: String,
}

/// An answer, and how it is to be shown.
#[derive(Debug, Clone, Copy)]
pub struct AnswerView<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// The turn's id: what the buttons carry.
    pub turn: &'a str,
    /// The answer's Markdown as Jamie says it.
    pub spoken: &'a str,
    /// How much is shown.
    pub brevity: Brevity,
    /// The reader's time zone, for dates of memories.
    pub zone: Tz,
    /// The Slack id of whom the answer is addressed to, where they shall be told of it.
    pub asker: Option<&'a str>,
    /// Where more can be seen.
    pub links: &'a [Link],
    /// Pictures that follow below the message.
    pub charts: usize,
}

/// A message, and the file beside it where not all fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The message.
    pub content: Content,
    /// What did not fit, whole; to be uploaded into the thread.
    pub file: Option<Overflow>,
}

/// Characters that the body may take: what stands around it needs the rest.
const MOST_BODY: usize = 4_500;
/// Characters of a section of a body that is cut: small ones fill the room better.
const CUT_SECTION: usize = 1_500;
/// Characters of a verdict; a longer one goes on in the body.
const MOST_VERDICT: usize = 1_200;
/// Characters of what notifications say.
const MOST_NOTIFICATION: usize = 300;
/// Links that are shown.
const MOST_LINKS: usize = 6;
/// Memories that are shown.
const MOST_MEMORIES: usize = 3;

/// The message of an answer.
pub fn render(view: &AnswerView<'_>) -> Rendered {
    let reading = Reading::of(view.answer, view.spoken);
    let is_short = view.brevity == Brevity::Short;
    let mut blocks = verdict(view, &reading);
    let mut file = None;
    if !is_short {
        let (body, is_cut) = body(&reading);
        blocks.extend(body);
        if is_cut {
            let overflow = files::answer(view.answer, view.spoken, view.turn);
            blocks.push(told_of(&overflow));
            file = Some(overflow);
        }
    }
    blocks.extend(notices::blocks(&reading.notices));
    let is_held_back = is_short && !(reading.body.is_empty() && reading.causes.is_empty());
    blocks.extend(foot(view, is_held_back));
    Rendered { content: Content { text: notification(view, &reading), blocks }, file }
}

/// The whole answer as a modal, for whoever presses the button of a short one.
pub fn modal(view: &AnswerView<'_>) -> SlackView {
    let reading = Reading::of(view.answer, view.spoken);
    let mut blocks = verdict(view, &reading);
    let body = split::pack(&[reading.causes.clone(), reading.body.clone()].concat(), TEXT);
    let room = VIEW_BLOCKS - 20;
    let left = body.len().saturating_sub(room);
    blocks.extend(body.into_iter().take(room).map(section));
    if left > 0 {
        blocks.push(context(
            "The rest does not fit here: ask for the full answer in the thread, which comes with a file.",
        ));
    }
    blocks.extend(notices::blocks(&reading.notices));
    blocks.push(context(made_by(view)));
    crate::evidence::show("The whole answer", blocks)
}

fn verdict(view: &AnswerView<'_>, reading: &Reading) -> Vec<SlackBlock> {
    let mut line = Line::new();
    if let Some(asker) = view.asker {
        line.extend([Piece::person(asker), Piece::words(" ")]);
    }
    line.extend(reading.verdict.iter().cloned());
    let mut parts = vec![Part::line(line, false)];
    parts.extend(reading.notes.iter().cloned());
    split::pack(&parts, TEXT).into_iter().map(section).collect()
}

/// Causes and body as far as they fit, and whether something was left out.
fn body(reading: &Reading) -> (Vec<SlackBlock>, bool) {
    let parts = [reading.causes.clone(), reading.body.clone()].concat();
    let whole = split::pack(&parts, TEXT);
    if whole.iter().map(|text| length(text)).sum::<usize>() <= MOST_BODY {
        return (whole.into_iter().map(section).collect(), false);
    }
    let mut used = 0;
    let fits = |text: &String| {
        used += length(text);
        used <= MOST_BODY
    };
    (split::pack(&parts, CUT_SECTION).into_iter().take_while(fits).map(section).collect(), true)
}

/// The line that tells of a file.
fn told_of(overflow: &Overflow) -> SlackBlock {
    let told = [
        Piece::words("The answer is longer than a message: the whole of it is in the file "),
        Piece::styled(&overflow.name, Style::CODE),
        Piece::words(" in this thread."),
    ];
    section(mrkdwn::show(&told))
}

/// What stands below: memories, links, buttons, who answered.
fn foot(view: &AnswerView<'_>, is_held_back: bool) -> Vec<SlackBlock> {
    let mut blocks = Vec::new();
    blocks.extend(memories(view));
    blocks.extend(links(view.links));
    blocks.push(buttons(view.answer, view.turn, is_held_back));
    blocks.push(context(made_by(view)));
    blocks
}

/// What was remembered: never evidence, and told so.
fn memories(view: &AnswerView<'_>) -> Option<SlackBlock> {
    let memories = &view.answer.memory;
    if memories.is_empty() {
        return None;
    }
    let told = memories.iter().take(MOST_MEMORIES).map(|memory| {
        let date = memory.date.with_timezone(&view.zone).format("%Y-%m-%d");
        let title = escape::cut(&escape::one_line(&memory.title), MOST_MEMORY);
        let source = escape::cut(&escape::one_line(&memory.source), MOST_MEMORY);
        format!("\n• {}", escape::line(&format!("{} “{title}”, {date} ({source})", memory.kind)))
    });
    let mut text = format!("{}{}", escape::line(FROM_MEMORY), told.collect::<String>());
    if memories.len() > MOST_MEMORIES {
        text.push_str(&format!("\n… and {} more", memories.len() - MOST_MEMORIES));
    }
    Some(context(text))
}

/// Characters of a memory's title and of its source.
const MOST_MEMORY: usize = 120;

pub(crate) fn links(links: &[Link]) -> Option<SlackBlock> {
    let shown: Vec<String> = links
        .iter()
        .take(MOST_LINKS)
        .map(|link| mrkdwn::show(&[Piece::link(&escape::cut(&link.label, MOST_MEMORY), &link.url)]))
        .collect();
    // A link may be long by its address: those that do not fit together are not shown.
    let text = shown.into_iter().fold(String::new(), |text, link| match text.as_str() {
        "" if length(&link) <= MOST_LINK_TEXT => link,
        "" => text,
        some if length(some) + length(&link) + 3 <= MOST_LINK_TEXT => format!("{some} · {link}"),
        _ => text,
    });
    (!text.is_empty()).then(|| context(text))
}

/// Characters of all links together.
const MOST_LINK_TEXT: usize = 800;

pub(crate) fn buttons(answer: &Answer, turn: &str, is_held_back: bool) -> SlackBlock {
    let mut buttons = Vec::new();
    if is_held_back {
        buttons.push(button(actions::WHOLE, "Whole answer", turn));
    }
    buttons.push(button(actions::EVIDENCE, &format!("Evidence ({})", answer.evidence.len()), turn));
    buttons.push(button(actions::COST, "What it cost", turn));
    buttons.push(labelled(button(actions::HELPFUL, "👍", turn), "This answer helped"));
    buttons.push(labelled(button(actions::UNHELPFUL, "👎", turn), "This answer did not help"));
    crate::mrkdwn::blocks::actions(buttons)
}

/// Who answered, how long it took, on how many looks.
fn made_by(view: &AnswerView<'_>) -> String {
    let looks = match view.answer.evidence.len() {
        1 => "1 look".to_owned(),
        count => format!("{count} looks"),
    };
    let mut told =
        format!("by {} · {} · {looks}", escape::cut(&by(view.answer), MOST_MEMORY), seconds(view.answer.usage.wall_ms));
    match view.charts {
        0 => {}
        1 => told.push_str(" · a chart follows below"),
        count => told.push_str(&format!(" · {count} charts follow below")),
    }
    escape::line(&told)
}

/// What notifications and screen readers say: the verdict, and that something could not be looked at.
pub(crate) fn notification(view: &AnswerView<'_>, reading: &Reading) -> String {
    let verdict = escape::cut(&escape::one_line(&mrkdwn::plain(&reading.verdict)), MOST_NOTIFICATION);
    let verdict = if verdict.is_empty() { "An answer".to_owned() } else { verdict };
    let incomplete = if reading.notices.is_empty() { "" } else { " (I could not look at everything)" };
    let asker = view.asker.map(|asker| mrkdwn::show(&[Piece::person(asker), Piece::words(" ")])).unwrap_or_default();
    format!("{asker}{}{incomplete}", escape::line(&verdict))
}

/// The blocks of a message never come near what Slack refuses: body, verdict, notices and small print together.
const _: () = assert!(
    MOST_BODY + MOST_VERDICT + notices::MOST + MOST_LINK_TEXT + MOST_MEMORIES * (2 * MOST_MEMORY + 40) + MOST_SMALL
        <= MESSAGE_BLOCKS
);

/// Characters of labels, of the line that tells of a file, and of who answered.
const MOST_SMALL: usize = 600;

#[cfg(test)]
mod tests;
