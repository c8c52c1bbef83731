//! `search`: traces whose spans match, failed and slow ones first.

use super::shared::{Times, why_empty};
use crate::backend::Backend;
use crate::query::filter::{Filter, selector};
use crate::query::search::{Answer, merged};
use domain::envelope::{Envelope, Failure, Window as TimeWindow};
use domain::observed::Table;
use domain::observed::tempo::TraceRow;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::{Hints, Window, json};
use tools_common::{CallContext, ToolSpec, args};

const DEFAULT_LIMIT: usize = 10;
/// Traces that are asked for, from which the worst are shown.
const SAMPLE: usize = 60;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    #[serde(flatten)]
    filter: Filter,
    #[serde(flatten)]
    times: Times,
    /// Default 10.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[expect(dead_code, reason = "read by the page, from the arguments as they came")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "search",
        "Search traces",
        "Finds traces with matching spans, by plain conditions or TraceQL; failed and slow ones first. A sample, not all.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let traceql = args.filter.traceql()?;
    let window = args.times.window(context)?;
    let mut hints = Hints::default();
    let rows = found(backend, &args.filter, &traceql, window, &mut hints, context).await?;
    if rows.is_empty() {
        hints.add(why_empty(backend, &traceql, window, context).await);
    } else {
        hints.add(format!(
            "A sample of {} traces, failed and slow first; Tempo gives those that it finds first, not all. Read one with trace_summary.",
            rows.len()
        ));
    }
    let page = Window {
        tool: "search",
        arguments: &arguments,
        limit: args.limit.unwrap_or(DEFAULT_LIMIT),
        budget_tokens: None,
    };
    let part = page.of(rows)?;
    let mut envelope = part.envelope(json(&Table::of(&part.kept))?, hints);
    envelope.window = Some(window);
    Ok(envelope)
}

/// Searches; where the caller does not ask for a status, the failed ones are searched beside, so that they are seen
/// although a sample of all would miss them.
async fn found(
    backend: &Backend,
    filter: &Filter,
    traceql: &str,
    window: TimeWindow,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Vec<TraceRow>, Failure> {
    if filter.query.is_some() || filter.status.is_some() {
        let answer = backend.search(traceql, window, SAMPLE, context).await?;
        return Ok(merged([told(answer, hints)]));
    }
    let mut conditions = filter.conditions()?;
    conditions.push("status = error".to_owned());
    let failing = selector(&conditions);
    let (all, failed) = futures::join!(
        backend.search(traceql, window, SAMPLE, context),
        backend.search(&failing, window, SAMPLE, context)
    );
    let mut failed = match failed {
        Ok(answer) => told(answer, hints),
        Err(failure) => {
            hints.miss(format!("Failed spans could not be searched for apart: {}.", failure.message));
            Vec::new()
        }
    };
    for row in &mut failed {
        row.failed = Some(true);
    }
    Ok(merged([told(all?, hints), failed]))
}

fn told(answer: Answer, hints: &mut Hints) -> Vec<TraceRow> {
    if answer.is_incomplete() {
        hints.miss("Tempo stopped the search before it had looked through the whole window.");
    }
    answer.rows()
}
