//! The text of an answer, taken apart: the verdict, what explains it, what could not be looked at.

use super::{causes, notices};
use crate::escape;
use crate::markdown::{self, Part, Shape};
use crate::mrkdwn::{self, Line, Piece, Style};
use domain::answer::{Answer, FROM_MEMORY};

/// An answer in its parts, in the order in which they are shown.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The answer in a sentence, bold.
    pub verdict: Line,
    /// How the question was read: small lines directly below the verdict.
    pub notes: Vec<Part>,
    /// Possible causes.
    pub causes: Vec<Part>,
    /// The rest.
    pub body: Vec<Part>,
    /// What could not be looked at, or was read in part only.
    pub notices: Vec<Part>,
}

impl Reading {
    /// Takes the text of an answer apart.
    pub fn of(answer: &Answer, spoken: &str) -> Self {
        let mut parts = markdown::read(seen(answer, spoken));
        let notices = notices::take(&mut parts, answer);
        let mut reading = Self { notices, causes: causes::parts(answer), ..Self::default() };
        reading.take_verdict(&mut parts);
        reading.take_notes(&mut parts, !answer.hypotheses.is_empty());
        reading.body = parts;
        reading
    }

    /// The verdict is a line that is bold throughout, where one stands at the beginning; else a title that is a sentence;
    /// else the first line. What was said before it, such as a greeting, follows it.
    fn take_verdict(&mut self, parts: &mut Vec<Part>) {
        let beginning = || parts.iter().take(2);
        let is_bold = |part: &Part| part.as_paragraph().is_some_and(|line| is_throughout(line, |style| style.bold));
        let at = beginning()
            .position(is_bold)
            .or_else(|| parts.first().and_then(sentence_of_title).map(|_| 0))
            .or_else(|| beginning().position(|part| part.as_paragraph().is_some()));
        let found = at.and_then(|at| Some((at, parts.get(at)?)));
        let line = found.and_then(|(at, part)| Some((at, part.as_paragraph().or_else(|| sentence_of_title(part))?)));
        let fits = |line: &Line| escape::length(&mrkdwn::show(line)) <= super::MOST_VERDICT / 2;
        let Some((at, line)) = line.filter(|(_, line)| fits(line)) else { return };
        let last = line.iter().rposition(|piece| !is_mark(&piece.plain())).unwrap_or_default();
        let styled = |(at, piece): (usize, &Piece)| if at <= last { bold(piece.clone()) } else { piece.clone() };
        self.verdict = line.iter().enumerate().map(styled).collect();
        parts.remove(at);
        // What follows the verdict stands apart from it.
        if let Some(next) = parts.first_mut() {
            next.gap = true;
        }
    }

    /// Lines in italics directly below the verdict. The one that names the cause is told with the causes instead.
    fn take_notes(&mut self, parts: &mut Vec<Part>, has_causes: bool) {
        let is_note = |part: &Part| part.as_paragraph().is_some_and(|line| is_throughout(line, |style| style.italic));
        while parts.first().is_some_and(is_note) {
            let note = parts.remove(0);
            let text = note.as_paragraph().map(|line| mrkdwn::plain(line)).unwrap_or_default();
            if has_causes && text.starts_with("Cause: ") && text.contains(", confidence ") {
                continue;
            }
            if !self.has_room(&note) {
                parts.insert(0, note);
                break;
            }
            self.notes.push(Part { gap: false, ..note });
        }
    }

    /// Notes stand with the verdict, so that they share its room.
    fn has_room(&self, note: &Part) -> bool {
        let takes = |part: &Part| part.as_paragraph().map_or(0, |line| escape::length(&mrkdwn::show(line)) + 1);
        self.notes.iter().map(takes).sum::<usize>() + takes(note) <= super::MOST_VERDICT / 2
    }
}

/// A title that says something: "Summary" is only a label.
fn sentence_of_title(part: &Part) -> Option<&Line> {
    match &part.shape {
        Shape::Heading(line) if mrkdwn::plain(line).split_whitespace().count() >= WORDS_OF_A_SENTENCE => Some(line),
        _ => None,
    }
}

/// Words from which on a title is a sentence.
const WORDS_OF_A_SENTENCE: usize = 4;

/// The text without what is remembered, which is shown from the answer's own list.
fn seen<'a>(answer: &Answer, spoken: &'a str) -> &'a str {
    let memory = spoken.rfind(FROM_MEMORY).filter(|_| !answer.memory.is_empty());
    memory.and_then(|at| spoken.get(..at)).unwrap_or(spoken).trim_end()
}

/// Whether all words but the marks of binding have a style.
fn is_throughout(line: &[Piece], has: impl Fn(Style) -> bool) -> bool {
    let mut words = line.iter().filter_map(|piece| match piece {
        Piece::Words { text, style } if !is_mark(text) => Some(style),
        _ => None,
    });
    let first = words.next();
    first.is_some_and(|style| has(*style)) && words.all(|style| has(*style))
}

/// Whether a text is a mark of binding, or nothing but a full stop.
fn is_mark(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.');
    text.is_empty() || text == "(unconfirmed)" || (text.starts_with("[e") && text.ends_with(']'))
}

fn bold(piece: Piece) -> Piece {
    match piece {
        Piece::Words { text, style } => Piece::Words { text, style: Style { bold: true, ..style } },
        other => other,
    }
}
