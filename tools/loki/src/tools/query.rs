//! `query`: lines, or the numbers of a metric query.

mod metric;
mod page;

use super::empty;
use super::guard::{self, Over};
use crate::backend::Backend;
use crate::query::ask::{Ask, Asked};
use crate::query::lines::show;
use crate::query::position::Position;
use crate::query::window::Span;
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::loki::Lines;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec, args, budget, cursor};

const DEFAULT_LIMIT: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    #[serde(flatten)]
    ask: Ask,
    /// Only lines that look like errors.
    errors: Option<bool>,
    /// Length of the window: 15m, 6h; default 1h.
    since: Option<String>,
    /// End of the window: RFC 3339 or time back; default now.
    at: Option<String>,
    /// Default is newest first.
    oldest_first: Option<bool>,
    /// Metric query over the window, points this far apart: 1m.
    step: Option<String>,
    /// Most lines or series; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Budget of the result.
    #[schemars(range(min = 100, max = 8000))]
    max_tokens: Option<usize>,
    /// Shorten the window where it is over the byte budget, instead of refusing.
    fit_window: Option<bool>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "query",
        "Log lines",
        "Lines of streams (the last N with labels and limit alone), or a LogQL metric query at one instant or with step over a window.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let asked = args.ask.build()?;
    let asked = if args.errors == Some(true) { asked.errors_only()? } else { asked };
    let span = Span::of(args.at.as_deref(), args.since.as_deref(), TimeDelta::hours(1), context.now)?;
    if asked.checked.is_metric {
        return metric::run(backend, &args, &asked, span, context).await;
    }
    let forward = args.oldest_first == Some(true);
    let mut hints = Hints::default();
    let position = match &args.cursor {
        // The window of the first page was allowed then.
        Some(text) => Position::read(&cursor::read(text, "query", &arguments)?)?,
        None => {
            let over = over(&args, &asked, forward);
            let span = guard::allow(backend, &asked.checked, span, over, &mut hints, context).await?;
            Position::first(span, forward)
        }
    };
    let page =
        page::Page { limit: args.limit.unwrap_or(DEFAULT_LIMIT), tokens: budget::tokens_for(args.max_tokens), forward };
    let mut found = page.read(backend, &asked.query, position, &mut hints, context).await?;
    if found.shown.is_empty() && args.cursor.is_none() {
        let widened = widened(backend, &args, &asked, position.span, context).await;
        match widened {
            Some(wider) => {
                found = page.read(backend, &asked.query, Position::first(wider, forward), &mut hints, context).await?;
                hints.add("The last hour has no line of these streams; the window is the last 24 hours.");
            }
            None => hints.add(empty::why(backend, &asked.checked, position.span, context).await),
        }
    }
    envelope(&arguments, &asked, found, hints)
}

/// The newest lines of streams are the same in a shorter window; filtered ones may lie anywhere.
fn over(args: &Args, asked: &Asked, forward: bool) -> Over {
    let newest_of_streams = !asked.checked.filters && !forward && args.since.is_none();
    if newest_of_streams || args.fit_window == Some(true) { Over::Shorten } else { Over::Refuse }
}

/// The last N lines of a stream that was silent for the default hour: a day, where it has something that is in budget.
async fn widened(backend: &Backend, args: &Args, asked: &Asked, span: Span, context: &CallContext) -> Option<Span> {
    if args.since.is_some() || asked.checked.filters {
        return None;
    }
    let wider = span.reaching_back(TimeDelta::hours(23));
    let selector = asked.checked.selectors.first()?;
    let size = backend.size(&selector.text, wider, context).await.ok()??;
    (size.bytes > 0 && size.bytes <= backend.limits().budget_bytes).then_some(wider)
}

fn envelope(
    arguments: &Map<String, Value>,
    asked: &Asked,
    found: page::Found,
    mut hints: Hints,
) -> Result<Envelope, Failure> {
    let shown = show(&found.shown);
    if found.next.is_some() {
        hints.add("There are more lines: pass next_cursor, or narrow with contains, not_contains, errors; patterns groups them.");
    }
    let data = Lines {
        query: asked.query.clone(),
        shared: shown.shared,
        streams: shown.streams,
        levels: shown.levels,
        lines: Table::of(&shown.rows),
    };
    let envelope = hints.with(Envelope {
        total: found.next.is_none().then_some(found.shown.len() as u64).filter(|_| !arguments.contains_key("cursor")),
        truncated: found.next.is_some(),
        next_cursor: found.next.map(|next| cursor::make("query", arguments, &next.write())),
        window: Some(found.span.window()),
        ..Envelope::whole(json(&data)?, found.shown.len() as u64)
    });
    Ok(envelope)
}
