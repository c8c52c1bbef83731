//! What could not be looked at: lifted out of the text, so that no cut and no short form leaves it out (invariant 12).

use crate::escape::{self, length};
use crate::markdown::{Part, Shape};
use crate::mrkdwn::blocks::{TEXT, section};
use crate::mrkdwn::{self, Piece, Style};
use crate::split;
use domain::answer::{Answer, Brain, EvidenceView};
use domain::envelope::FailureKind;
use slack_morphism::prelude::SlackBlock;

/// What the brains write above such a list.
const TITLES: &[&str] = &["I could not look:", "Read in part:"];
/// Characters of all notices of a message.
pub const MOST: usize = 1_500;
/// Characters of one.
const MOST_LINE: usize = 240;

/// Takes the notices out of the parts of a text; where the text is silent, the evidence speaks.
pub fn take(parts: &mut Vec<Part>, answer: &Answer) -> Vec<Part> {
    let mut notices = Vec::new();
    let mut rest = Vec::with_capacity(parts.len());
    let mut is_within = false;
    for part in parts.drain(..) {
        let is_title = part.as_paragraph().is_some_and(|line| TITLES.contains(&mrkdwn::plain(line).trim()));
        is_within = is_title || (is_within && part.is_item());
        if is_within { notices.push(part) } else { rest.push(part) }
    }
    *parts = rest;
    if notices.is_empty() && answer.could_not_look() {
        notices.push(Part::line(vec![Piece::words("I could not look:")], false));
        notices.extend(answer.evidence.iter().filter(|look| is_missing(answer, look)).map(failed));
    }
    notices
}

/// As `Answer::could_not_look` judges one look.
fn is_missing(answer: &Answer, look: &EvidenceView) -> bool {
    match look.failure {
        None => look.partly,
        Some(FailureKind::NotFound) => false,
        Some(FailureKind::BadRequest) => answer.brain == Brain::Playbook,
        Some(_) => true,
    }
}

fn failed(look: &EvidenceView) -> Part {
    let why = look.error.as_deref().unwrap_or("a part could not be looked at");
    Part::item(vec![Piece::words(format!("{}: {why} [{}]", look.tool, look.id))])
}

/// The notices as sections that are never folded: each line in short, and how many more there are.
pub fn blocks(notices: &[Part]) -> Vec<SlackBlock> {
    let mut shown = Vec::new();
    let mut used = 0;
    let mut left = 0;
    for notice in notices {
        let Shape::Line { before, line } = &notice.shape else { continue };
        let text = escape::cut(&escape::one_line(&mrkdwn::plain(line)), MOST_LINE);
        let style = if before.is_empty() { Style::BOLD } else { Style::PLAIN };
        let line = vec![Piece::styled(text, style)];
        used += length(before) + length(&mrkdwn::show(&line)) + 1;
        // Room is kept for the line that tells how many are left.
        if used + MOST_LINE > MOST {
            left += 1;
            continue;
        }
        shown.push(Part { shape: Shape::Line { before: before.clone(), line }, gap: false });
    }
    if left > 0 {
        let told = format!("… and {left} more that I could not look at: press Evidence");
        shown.push(Part::item(vec![Piece::words(told)]));
    }
    split::pack(&shown, TEXT).into_iter().map(section).collect()
}
