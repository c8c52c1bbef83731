//! Where reading goes on: an edge in time, and how many lines of the edge's own nanosecond were already shown.
//!
//! Guarantee: pages joined give every line once, also where several lines have one nanosecond, as long as Loki gives
//! the same lines again. The window is part of it, so that "the last hour" stays the hour of the first page.

use super::lines::Entry;
use super::window::Span;
use domain::envelope::{Failure, FailureKind};

/// The place of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Of all pages.
    pub span: Span,
    /// Newest first: the end of what is left, not in it. Oldest first: its start, in it.
    pub edge: i64,
    /// Lines at the edge's nanosecond that were shown.
    pub skip: usize,
}

impl Position {
    pub(crate) fn first(span: Span, forward: bool) -> Self {
        Self { span, edge: if forward { span.start } else { span.end }, skip: 0 }
    }

    /// What is left.
    pub(crate) fn rest(self, forward: bool) -> Span {
        if forward { Span { start: self.edge, ..self.span } } else { Span { end: self.edge, ..self.span } }
    }

    /// The place after the shown entries, of which `next` is the first that was not.
    pub(crate) fn after(self, shown: &[Entry], next: Option<&Entry>, forward: bool) -> Self {
        let Some(last) = shown.last() else { return self };
        let beyond = |at: i64| if forward { at } else { at.saturating_add(1) };
        if next.is_some_and(|next| next.at_ns == last.at_ns) {
            let now_shown = shown.iter().rev().take_while(|entry| entry.at_ns == last.at_ns).count();
            let edge = beyond(last.at_ns);
            let before = if now_shown == shown.len() && edge == self.edge { self.skip } else { 0 };
            return Self { edge, skip: before + now_shown, ..self };
        }
        Self { edge: if forward { last.at_ns.saturating_add(1) } else { last.at_ns }, skip: 0, ..self }
    }

    /// As it travels in a cursor.
    pub(crate) fn write(self) -> String {
        format!("{},{},{},{}", self.span.start, self.span.end, self.edge, self.skip)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// `BadRequest` for a cursor of another kind.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        let numbers: Vec<i64> = text.split(',').filter_map(|part| part.parse().ok()).collect();
        match numbers.as_slice() {
            [start, end, edge, skip] if *skip >= 0 => Ok(Self {
                span: Span { start: *start, end: *end },
                edge: *edge,
                skip: usize::try_from(*skip).unwrap_or_default(),
            }),
            _ => Err(Failure::new(FailureKind::BadRequest, "argument `cursor`: found a cursor of another list")
                .with_hint("pass `next_cursor` of the result before")),
        }
    }
}
