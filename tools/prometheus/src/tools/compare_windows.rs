//! `compare_windows`: a query's mean in a window against its mean in an earlier one, series by series.
//!
//! Two instant queries over subqueries, evaluated at the ends of both windows: the server does the averaging, and a
//! thousand series cost two answers.

use super::shared;
use crate::backend::Backend;
use crate::query::compare::{self, Pair};
use crate::query::{promql, range};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::prometheus::Comparison;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::Window as PageWindow;
use tools_common::{CallContext, ToolSpec, args, page, time};

/// Points over which a mean is taken.
const POINTS: i64 = 60;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL without a range: sum by (app) (rate(x[5m])).
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// Length of both windows; default 15m.
    since: Option<String>,
    /// End of the later one; default now.
    at: Option<String>,
    /// How far back the earlier one lies; default 1d.
    baseline: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "compare_windows",
        "Compare windows",
        "Mean of each series now against the same window earlier, largest change first; which series are new or gone.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let checked = promql::check(&asked.query)?;
    let window = shared::window(asked.at.as_deref(), asked.since.as_deref(), TimeDelta::minutes(15), context)?;
    let length = window.end - window.start;
    let offset = time::duration(
        "baseline",
        asked.baseline.as_deref(),
        TimeDelta::days(1),
        TimeDelta::minutes(1),
        TimeDelta::days(365),
    )?;
    let before = time::window_ending(window.end.checked_sub_signed(offset).unwrap_or(window.start), length);
    let step = range::step_for(length, u64::try_from(length.num_seconds() / POINTS).unwrap_or(1).max(1));
    // The line end closes a comment, which would take the bracket with it.
    let mean = format!("avg_over_time(({}\n)[{}s:{step}s])", asked.query, length.num_seconds());
    if promql::check(&mean).is_err() {
        let accepted = "PromQL that gives an instant vector: rate(http_requests_total[5m]), without a range of its own";
        return Err(args::invalid("query", "a range vector or a scalar", accepted));
    }
    let (now, then) =
        tokio::join!(backend.instant(&mean, window.end, context), backend.instant(&mean, before.end, context));
    let (now, then) = (compare::means(now?.data)?, compare::means(then?.data)?);
    let pairs: Vec<Pair> = compare::pairs(now, then);
    let mut hints = page::Hints::default();
    if pairs.is_empty() {
        let when =
            format!("in both windows ({} and {})", time::show_instant(window.end), time::show_instant(before.end));
        hints.add(shared::why_empty(backend, &checked, &when, context).await);
    }
    let counts = compare::counts(&pairs);
    let limit = asked.limit.unwrap_or(20);
    let asked_page = PageWindow { tool: "compare_windows", arguments: &arguments, limit, budget_tokens: None };
    let part = asked_page.of(pairs)?;
    if part.is_cut() {
        hints.add(format!("{} series more with smaller changes: pass next_cursor.", part.left.len()));
    }
    let data = Comparison {
        query: asked.query,
        before_start: before.start,
        before_end: before.end,
        appeared: counts.appeared,
        vanished: counts.vanished,
        series: Table::of(&part.kept),
    };
    let mut envelope = part.envelope(shared::json(&data)?, hints);
    envelope.window = Some(window);
    Ok(envelope)
}
