//! Findings of windows that were read only in part, counted by Loki itself.

use crate::backend::Backend;
use crate::query::ask::Asked;
use crate::query::logql::quoted;
use crate::query::window::Span;
use crate::tools::sample::count_of;
use domain::observed::loki::NewErrorRow;
use futures::StreamExt;
use tools_common::CallContext;
use tools_common::page::Hints;

/// Findings that are counted; each costs two queries.
const COUNTED: usize = 8;
const AT_ONCE: usize = 4;
/// A rate this many times that of the baseline is a burst.
const BURST: f64 = 2.0;
/// Shorter pieces of a pattern tell nothing.
const LEAST_PIECE_BYTES: usize = 5;
const MOST_PIECES: usize = 4;

/// The rows that Loki's own counts bear out, with these counts; then those that it could not count, told as such.
pub(super) async fn counted(
    backend: &Backend,
    asked: &Asked,
    (before, now): (Span, Span),
    rows: Vec<NewErrorRow>,
    hints: &mut Hints,
    context: &CallContext,
) -> Vec<NewErrorRow> {
    let looks: Vec<_> = rows
        .iter()
        .take(COUNTED)
        .map(|row| async move {
            let query = narrowed(&asked.query, &row.pattern)?;
            let was = count_of(backend, &query, before, context).await?;
            let is = count_of(backend, &query, now, context).await?;
            // Fewer than were seen: the pieces do not stand for the pattern.
            (is >= row.count).then_some((was, is))
        })
        .collect();
    let mut counts = futures::stream::iter(looks).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter();
    let (mut sure, mut unsure) = (Vec::new(), Vec::new());
    for row in rows {
        match counts.next().flatten() {
            Some((was, is)) => sure.extend(judged(row, (was, before), (is, now))),
            None => unsure.push(row),
        }
    }
    if !unsure.is_empty() {
        hints.miss(format!(
            "The last {} were not counted over the whole baseline: they may have been there before.",
            unsure.len()
        ));
    }
    sure.extend(unsure);
    sure
}

fn judged(row: NewErrorRow, (was, before): (u64, Span), (is, now): (u64, Span)) -> Option<NewErrorRow> {
    let row = NewErrorRow { count: is, baseline: was, ..row };
    if was == 0 {
        return Some(NewErrorRow { change: "new".to_owned(), ..row });
    }
    let rate = |count: u64, span: Span| count as f64 / span.length().num_seconds().max(1) as f64;
    (rate(is, now) >= BURST * rate(was, before)).then(|| NewErrorRow { change: "burst".to_owned(), ..row })
}

/// The query for lines that have the constant pieces of a pattern; `None` where there is none worth the name.
fn narrowed(query: &str, pattern: &str) -> Option<String> {
    let mut pieces: Vec<&str> = pattern
        .trim_end_matches('…')
        .split("<*>")
        .map(str::trim)
        .filter(|piece| piece.len() >= LEAST_PIECE_BYTES && !piece.contains("[redacted]"))
        .collect();
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    pieces.truncate(MOST_PIECES);
    let filters: Vec<String> = pieces.iter().map(|piece| format!("|= {}", quoted(piece))).collect();
    (!filters.is_empty()).then(|| format!("{query}\n{}", filters.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_counted_by_its_constant_pieces() {
        let query = narrowed("{a=\"b\"}", "order <*> failed: no \"stock\" of <*> x").unwrap();
        assert_eq!(query, "{a=\"b\"}\n|= \"failed: no \\\"stock\\\" of\" |= \"order\"");
        assert_eq!(narrowed("{a=\"b\"}", "<*> x <*>"), None);
    }

    #[test]
    fn what_was_there_at_the_same_rate_is_not_new() {
        let row = NewErrorRow {
            change: "new".into(),
            count: 5,
            baseline: 0,
            first: String::new(),
            last: String::new(),
            pattern: String::new(),
            streams: Vec::new(),
            example: String::new(),
        };
        let (before, now) = (Span { start: 0, end: 100_000_000_000 }, Span { start: 0, end: 10_000_000_000 });
        let change = |was, is| judged(row.clone(), (was, before), (is, now)).map(|row| row.change);
        assert_eq!(change(0, 10).as_deref(), Some("new"));
        assert_eq!(change(10, 10).as_deref(), Some("burst"));
        assert_eq!(change(100, 10), None);
    }
}
