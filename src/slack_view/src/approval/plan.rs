//! A plan, whole, in a modal.

use super::{consequences, digits, permitted, said_so_far, word};
use crate::actions::callbacks;
use crate::cards::{code, line, moment, percent, section, sheet, small};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::approval::Approval;
use slack_morphism::prelude::{SlackBlock, SlackView};

/// Characters of one part of a long text, after escaping and with its fence.
const PART: usize = 2_900;
/// What one part weighs at most; see [`weight`].
const PART_WEIGHT: usize = 2_800;
/// Parts of the arguments at most.
const ARGUMENT_PARTS: usize = 8;
/// Parts of the difference at most; a modal holds 100 blocks, and nobody reads more in one.
const DIFFERENCE_PARTS: usize = 32;

/// The modal that shows all of a plan. What is longer than a modal holds is said to be cut.
pub fn plan_modal(approval: &Approval, now: DateTime<Utc>, zone: Tz) -> SlackView {
    let shown = &approval.shown;
    let mut blocks = vec![
        section(&format!("*{}*\n{}", line(&shown.summary, 1_500), word(approval.state))),
        section(&format!(
            "*Object*: {} (version {})\n*Action*: {}\n*Environment*: {}\n*Confidence*: {}\n*Can be decided until*: {}",
            line(&shown.object.to_string(), 300),
            line(&shown.resource_version, 100),
            line(&shown.action, 100),
            line(&shown.environment, 100),
            percent(shown.confidence),
            moment(approval.expires_at, zone, now),
        )),
        section(&consequences(approval, 900)),
        section(&format!("*Who may decide*: {}\n*So far*: {}", permitted(&approval.permitted), said_so_far(approval))),
    ];
    blocks.extend(parts("Arguments", &shown.arguments, ARGUMENT_PARTS));
    blocks.extend(parts("Difference (dry run)", &shown.diff, DIFFERENCE_PARTS));
    blocks.push(section(&format!("*Why it is asked*: {}", line(&shown.rule, 2_000))));
    blocks.push(small(&format!("plan {}, whole digest {}", digits(approval), line(&approval.plan, 100))));
    sheet(callbacks::SHOW, "Plan", blocks)
}

/// A long text in code blocks, cut at line ends.
fn parts(name: &str, text: &str, most: usize) -> Vec<SlackBlock> {
    if text.trim().is_empty() {
        return vec![section(&format!("*{name}*: none"))];
    }
    let pieces = pieces(text.trim_end());
    let mut blocks = vec![section(&format!("*{name}*"))];
    blocks.extend(pieces.iter().take(most).map(|piece| section(&code(piece, PART).0)));
    if pieces.len() > most {
        blocks.push(small(&format!("Cut after {most} of {} parts", pieces.len())));
    }
    blocks
}

/// Pieces of whole lines; a line that is longer than a piece is cut into such.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    for line in text.split_inclusive('\n').flat_map(chunks) {
        if !piece.is_empty() && weight(&piece) + weight(line) > PART_WEIGHT {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push_str(line);
    }
    pieces.push(piece);
    pieces
}

/// A line in parts that fit a piece.
fn chunks(line: &str) -> Vec<&str> {
    let mut chunks = Vec::new();
    let (mut begin, mut sum) = (0, 0);
    for (at, character) in line.char_indices() {
        let more = character_weight(character);
        if sum + more > PART_WEIGHT {
            chunks.extend(line.get(begin..at));
            (begin, sum) = (at, 0);
        }
        sum += more;
    }
    chunks.extend(line.get(begin..));
    chunks
}

fn weight(text: &str) -> usize {
    text.chars().map(character_weight).sum()
}

/// How many characters one becomes at most when it is escaped.
fn character_weight(character: char) -> usize {
    match character {
        '&' | '<' | '>' => 5,
        other => other.len_utf16(),
    }
}
