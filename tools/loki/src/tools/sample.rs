//! Reads the lines of a window for grouping: all of them where there are few, otherwise the newest of each of several
//! equal parts, so that no part of the window is unseen.
//!
//! Guarantees: at most so many lines as asked for; whether all were read is told; a part that could not be read is
//! told and does not hide the others.

use crate::backend::{Backend, MOST_LINES};
use crate::query::ask::Asked;
use crate::query::lines::Entry;
use crate::query::window::{Span, show};
use domain::envelope::Failure;
use futures::StreamExt;
use tools_common::CallContext;
use tools_common::page::Hints;

const PARTS: usize = 5;
const AT_ONCE: usize = 3;

/// Lines of a window.
#[derive(Debug)]
pub(super) struct Sample {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// Reads `query` over `span`; `what` names the window in sentences.
pub(super) async fn read(
    backend: &Backend,
    query: &str,
    span: Span,
    what: &str,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Sample, Failure> {
    let each = (backend.limits().sample_lines / PARTS).clamp(1, MOST_LINES);
    let first = backend.lines(query, span, each, false, context).await?;
    first.notes.into_iter().for_each(|note| hints.add(note));
    if first.entries.len() < each {
        let entries = first.entries.into_iter().rev().collect();
        return Ok(Sample { entries, is_whole: true });
    }
    let parts = span.parts(PARTS as i64);
    let looks: Vec<_> = parts
        .iter()
        .map(|part| async move { (*part, backend.lines(query, *part, each, false, context).await) })
        .collect();
    let read: Vec<(Span, Result<_, Failure>)> = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
    let (mut entries, mut is_whole, mut last_failure) = (Vec::new(), true, None);
    for (part, read) in read.into_iter().rev() {
        match read {
            Ok(read) => {
                is_whole &= read.entries.len() < each;
                entries.extend(read.entries.into_iter().rev());
            }
            Err(failure) => {
                is_whole = false;
                hints.miss(format!(
                    "{what} from {} to {} could not be read: {}",
                    show(part.start),
                    show(part.end),
                    failure.message
                ));
                last_failure = Some(failure);
            }
        }
    }
    match last_failure {
        Some(failure) if entries.is_empty() => Err(failure),
        _ => Ok(Sample { entries, is_whole }),
    }
}

/// How many lines of a query there are in the window; `None` where Loki does not tell.
pub(super) async fn count(backend: &Backend, asked: &Asked, span: Span, context: &CallContext) -> Option<u64> {
    count_of(backend, &asked.query, span, context).await
}

/// The same for a query as text.
pub(super) async fn count_of(backend: &Backend, query: &str, span: Span, context: &CallContext) -> Option<u64> {
    // Whole seconds, as durations in LogQL are written; the part of a second adds no line that matters to a total.
    let seconds = span.length().num_seconds().max(1);
    let metric = format!("sum(count_over_time({query}\n[{seconds}s]))");
    let samples = backend.vector(&metric, span.end, context).await.ok()?;
    Some(samples.first().map_or(0, |sample| sample.value.value.max(0.0) as u64))
}
