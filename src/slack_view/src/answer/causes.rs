//! Possible causes with how sure we are, in words: a figure such as 0.82 claims more than is known.

use crate::escape;
use crate::markdown::{self, Part, Shape};
use crate::mrkdwn::{Piece, Style};
use domain::answer::{Answer, Hypothesis};

/// Causes that are shown; the others are less likely.
const MOST: usize = 4;
/// Characters of a summary.
const MOST_SUMMARY: usize = 300;

/// The causes of an answer, most likely first; one alone needs no list.
pub fn parts(answer: &Answer) -> Vec<Part> {
    let causes = &answer.hypotheses;
    if let [only] = causes.as_slice() {
        let mut line = vec![Piece::words("Cause: ")];
        line.extend(named(only));
        return vec![Part::line(line, false)];
    }
    let mut parts = Vec::new();
    if !causes.is_empty() {
        parts.push(Part::line(vec![Piece::words("Possible causes, most likely first:")], false));
    }
    for (at, cause) in causes.iter().take(MOST).enumerate() {
        let mut line = named(cause);
        let summary = escape::cut(&escape::one_line(&cause.summary), MOST_SUMMARY);
        line.push(Piece::words(": "));
        line.extend(markdown::line(&summary));
        let ids: Vec<String> = cause.evidence.iter().map(ToString::to_string).collect();
        if !ids.is_empty() {
            line.push(Piece::words(format!(" [{}]", ids.join(", "))));
        }
        parts.push(Part { shape: Shape::Line { before: format!("{}. ", at + 1), line }, gap: false });
    }
    if causes.len() > MOST {
        let more = format!("… and {} less likely", causes.len() - MOST);
        parts.push(Part::line(vec![Piece::words(more)], false));
    }
    parts
}

fn named(cause: &Hypothesis) -> Vec<Piece> {
    let name = Piece::styled(escape::cut(&cause.cause.to_string(), MOST_SUMMARY), Style::BOLD);
    vec![name, Piece::words(format!(", {}", sure(cause.confidence)))]
}

/// How sure we are.
pub fn sure(confidence: f64) -> &'static str {
    match confidence {
        sure if sure >= 0.9 => "almost certain",
        sure if sure >= 0.75 => "very likely",
        sure if sure >= 0.5 => "likely",
        sure if sure >= 0.25 => "possible",
        _ => "a guess",
    }
}
