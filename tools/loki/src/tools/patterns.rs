//! `patterns`: what the lines say, each kind once.

use super::cluster::{Group, Grouping};
use super::guard::{self, Over};
use super::{empty, sample};
use crate::backend::Backend;
use crate::query::ask::Ask;
use crate::query::window::Span;
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::loki::{PatternRow, Patterns};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::{Hints, Window, json};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    #[serde(flatten)]
    ask: Ask,
    /// Only lines that look like errors.
    errors: Option<bool>,
    /// Default 1h.
    since: Option<String>,
    /// End of the window; default now.
    at: Option<String>,
    /// Most patterns; default 20.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
    /// Shorten the window where it is over the byte budget.
    fit_window: Option<bool>,
    /// `next_cursor` of the page before.
    #[expect(dead_code, reason = "the page reads it out of the raw arguments")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "patterns",
        "Log patterns",
        "Groups the lines of a window by what stays the same in them: errors first, with counts, times, streams and an example. Take it before reading lines.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let asked = args.ask.build()?.lines_only()?;
    let asked = if args.errors == Some(true) { asked.errors_only()? } else { asked };
    let span = Span::of(args.at.as_deref(), args.since.as_deref(), TimeDelta::hours(1), context.now)?;
    let mut hints = Hints::default();
    let over = if args.fit_window == Some(true) { Over::Shorten } else { Over::Refuse };
    let span = guard::allow(backend, &asked.checked, span, over, &mut hints, context).await?;
    let sample = sample::read(backend, &asked.query, span, "The window", &mut hints, context).await?;
    let lines_read = sample.entries.len() as u64;
    let lines_there =
        if sample.is_whole { Some(lines_read) } else { sample::count(backend, &asked, span, context).await };
    if !sample.is_whole {
        hints.miss(match lines_there {
            Some(there) => format!("{lines_read} of {there} lines were read, the newest of each fifth of the window: rare patterns may be missing and counts are of the lines read."),
            None => format!("Only {lines_read} lines were read, the newest of each fifth of the window; how many there are is unknown."),
        });
    }
    if lines_read == 0 {
        hints.add(empty::why(backend, &asked.checked, span, context).await);
    }
    let mut grouping = Grouping::new();
    let mut groups = grouping.group(&sample.entries);
    if grouping.lost_lines() > 0 {
        hints.miss(format!(
            "{} lines of rare patterns are in no count: there were too many patterns.",
            grouping.lost_lines()
        ));
    }
    groups.sort_by_key(|group| (rank(group.level), std::cmp::Reverse(group.pattern.count)));
    let rows: Vec<PatternRow> = groups.iter().map(row).collect();
    let limit = args.limit.unwrap_or(20);
    let part = Window { tool: "patterns", arguments: &arguments, limit, budget_tokens: None }.of(rows)?;
    if part.is_cut() {
        hints.add(format!("{} more patterns; pass the cursor, or narrow.", part.left.len()));
    }
    let data = Patterns { query: asked.query, lines_read, lines_there, patterns: Table::of(&part.kept) };
    Ok(Envelope { window: Some(span.window()), ..part.envelope(json(&data)?, hints) })
}

fn rank(level: Option<&str>) -> u8 {
    match level {
        Some("error") => 0,
        Some("warn") => 1,
        _ => 2,
    }
}

fn row(group: &Group) -> PatternRow {
    PatternRow {
        count: group.pattern.count,
        level: group.level.map(str::to_owned),
        pattern: group.template(),
        first: group.first(),
        last: group.last(),
        streams: group.streams.clone(),
        example: group.example(),
    }
}
