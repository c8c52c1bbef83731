//! One page of lines.
//!
//! Guarantee: pages joined by their positions give every line once. A page never ends inside of a nanosecond whose
//! lines were not all read: such lines are left to the next page, or read by themselves where they fill a page alone.

use crate::backend::{Backend, MOST_LINES};
use crate::query::lines::{Entry, show};
use crate::query::position::Position;
use crate::query::window::{self, Span};
use domain::envelope::Failure;
use tools_common::page::Hints;
use tools_common::{CallContext, budget};

/// What a page may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub limit: usize,
    pub tokens: usize,
    pub forward: bool,
}

/// A page.
#[derive(Debug)]
pub(super) struct Found {
    pub shown: Vec<Entry>,
    /// The window of all pages.
    pub span: Span,
    /// Where the next page begins.
    pub next: Option<Position>,
}

impl Page {
    pub(super) async fn read(
        self,
        backend: &Backend,
        query: &str,
        position: Position,
        hints: &mut Hints,
        context: &CallContext,
    ) -> Result<Found, Failure> {
        let rest = position.rest(self.forward);
        if rest.start >= rest.end {
            return Ok(Found { shown: Vec::new(), span: position.span, next: None });
        }
        let wanted = (self.limit + position.skip + 1).min(MOST_LINES);
        let read = backend.lines(query, rest, wanted, self.forward, context).await?;
        read.notes.into_iter().for_each(|note| hints.add(note));
        let mut entries = read.entries;
        let is_full = entries.len() >= wanted;
        if is_full {
            entries = self.whole_moments(backend, query, entries, hints, context).await?;
        }
        let mut entries: Vec<Entry> = entries.into_iter().skip(position.skip).collect();
        let cut = budget::cut(show(&entries).rows, self.limit, self.tokens);
        let rest = entries.split_off(cut.kept.len().min(entries.len()));
        let next = (is_full || !rest.is_empty()).then(|| position.after(&entries, rest.first(), self.forward));
        // A place that is the same again would never end.
        let next = next.filter(|next| *next != position);
        Ok(Found { shown: entries, span: position.span, next })
    }

    /// Entries without the last moment, of which more may exist; or that moment whole where it is the only one.
    async fn whole_moments(
        self,
        backend: &Backend,
        query: &str,
        mut entries: Vec<Entry>,
        hints: &mut Hints,
        context: &CallContext,
    ) -> Result<Vec<Entry>, Failure> {
        let (Some(first), Some(last)) = (entries.first().map(|e| e.at_ns), entries.last().map(|e| e.at_ns)) else {
            return Ok(entries);
        };
        if first != last {
            entries.retain(|entry| entry.at_ns != last);
            return Ok(entries);
        }
        let moment = Span { start: last, end: last.saturating_add(1) };
        let whole = backend.lines(query, moment, MOST_LINES, self.forward, context).await?;
        if whole.entries.len() >= MOST_LINES {
            hints.miss(format!(
                "{MOST_LINES} lines or more bear the time {}; those beyond cannot be read, except by narrower labels.",
                window::show(last)
            ));
        }
        Ok(whole.entries)
    }
}
