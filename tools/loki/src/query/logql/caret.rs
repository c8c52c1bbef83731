//! A mistake with its place: the line, and a caret under it.

use domain::envelope::{Failure, FailureKind};

/// Letters of a line that are shown around the place.
const SHOWN_CHARS: usize = 100;

/// The failure for a mistake at a byte of the query.
pub(crate) fn failure_at(query: &str, at: usize, problem: &str) -> Failure {
    let before = query.get(..at).unwrap_or(query);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).map_or(0, |text| text.chars().count());
    shown(query, before.matches('\n').count() + 1, column + 1, problem)
        .with_hint("nothing was sent; correct the query, or give `selector` and `contains` instead of LogQL")
}

/// The failure for a mistake that the server found; line and column count from 1.
pub(crate) fn failure_at_line(query: &str, line: usize, column: usize, problem: &str) -> Failure {
    shown(query, line, column, problem)
        .with_hint("correct the query at the caret, or give `selector` and `contains` instead of LogQL")
}

fn shown(query: &str, line: usize, column: usize, problem: &str) -> Failure {
    let text = query.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let message = format!("the query is not valid LogQL (line {line}, column {column}): {problem}");
    if text.is_empty() {
        return Failure::new(FailureKind::BadRequest, message);
    }
    let left = column.saturating_sub(1).saturating_sub(SHOWN_CHARS / 2);
    let part: String = text.chars().skip(left).take(SHOWN_CHARS).collect();
    let spaces = " ".repeat(column.saturating_sub(1).saturating_sub(left).min(SHOWN_CHARS));
    Failure::new(FailureKind::BadRequest, format!("{message}\n  {part}\n  {spaces}^"))
}
