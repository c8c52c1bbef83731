//! `forecast`: when will it be full? Each series of a query, and the bound that it rises or falls to.
//!
//! One range query over the history; the forecast (`domain::forecast`) runs here, so that a hundred series cost one answer.
//! Deliberately absent: choosing the bound, and an opinion on how soon is too soon.

use super::{history, shared};
use crate::backend::Backend;
use crate::query::{forecast, promql};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, Window};
use domain::forecast::Limit;
use domain::observed::Table;
use domain::observed::prometheus::Forecasts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::Window as PageWindow;
use tools_common::{CallContext, ToolSpec, args, page, time};

/// Points of one series at most.
const POINTS: i64 = 2_200;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL of what accumulates.
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// The value at which it is full or empty.
    bound: f64,
    /// Whether it falls to it.
    falls: Option<bool>,
    /// What is concluded from; default 14d.
    history: Option<String>,
    /// Its end; default now.
    at: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    /// Budget of the result.
    #[schemars(range(min = 100, max = 8000))]
    max_tokens: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "forecast",
        "Forecast",
        "When will it be full? When series reach a bound, as an interval. For disks, quotas, certificates.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let checked = promql::check(&asked.query)?;
    let window = window_of(&asked, context)?;
    let step = history::step_for(window, POINTS);
    let told = history::read(backend, &asked.query, window, step, context).await?;
    let falls = asked.falls.unwrap_or(false);
    let limit = if falls { Limit::Empty(asked.bound) } else { Limit::Full(asked.bound) };
    let is_empty = told.series.is_empty();
    let foretold = history::judged(move || forecast::foretell(told.series, limit, window.end, step)).await?;
    let mut hints = page::Hints::default();
    if is_empty {
        hints.add(shared::why_empty(backend, &checked, "in the history", context).await);
    }
    if foretold.without_numbers > 0 {
        hints.add(format!("{} series have no finite value and are left out", foretold.without_numbers));
    }
    told.warnings.into_iter().for_each(|warning| hints.add(warning));
    let limit = asked.limit.unwrap_or(20);
    let asked_page = PageWindow { tool: "forecast", arguments: &arguments, limit, budget_tokens: asked.max_tokens };
    let part = asked_page.of(foretold.rows)?;
    let data = Forecasts {
        query: asked.query,
        history_start: window.start,
        step_seconds: step as f64,
        bound: asked.bound,
        falls,
        series: Table::of(&part.kept),
    };
    let mut envelope = part.envelope(shared::json(&data)?, hints);
    envelope.window = Some(window);
    Ok(envelope)
}

/// The history, which ends at the moment from which is looked ahead.
fn window_of(asked: &Args, context: &CallContext) -> Result<Window, Failure> {
    let end = shared::at(asked.at.as_deref(), context)?;
    let (usual, most) = (TimeDelta::days(14), TimeDelta::days(90));
    let length = time::duration("history", asked.history.as_deref(), usual, TimeDelta::minutes(10), most)?;
    Ok(time::window_ending(end, length))
}
