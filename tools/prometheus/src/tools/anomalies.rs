//! `anomalies`: is this normal? Each series of a query judged against its own past.
//!
//! One range query over the history; the detector (`domain::anomaly`) and the comparison with the same time on earlier
//! days run here, so that a hundred series cost one answer and no state is kept between calls.

use super::{history, shared};
use crate::backend::Backend;
use crate::query::anomalies::{self, Judged};
use crate::query::promql;
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use domain::observed::prometheus::Anomalies;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::Window as PageWindow;
use tools_common::{CallContext, ToolSpec, args, page, time};

/// Points of one series at most.
const POINTS: i64 = 2_200;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL.
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// Window; default 3h.
    since: Option<String>,
    /// Its end; default now.
    at: Option<String>,
    /// What is learned from; default 15d. Weekdays take 15d.
    history: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "anomalies",
        "Anomalies",
        "Is this normal? Each series against its own past: what is usual at this time of the week, and anomalies.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let checked = promql::check(&asked.query)?;
    let window = shared::window(asked.at.as_deref(), asked.since.as_deref(), TimeDelta::hours(3), context)?;
    let past = history_of(&asked, window)?;
    let step = history::step_for(past, POINTS);
    let told = history::read(backend, &asked.query, past, step, context).await?;
    let judged: Vec<Judged> = history::judged(move || anomalies::judge(told.series, window, step)).await?;
    let mut hints = page::Hints::default();
    if judged.is_empty() {
        hints.add(shared::why_empty(backend, &checked, "in the history", context).await);
    }
    for warning in told.warnings {
        hints.add(warning);
    }
    let limit = asked.limit.unwrap_or(20);
    let asked_page = PageWindow { tool: "anomalies", arguments: &arguments, limit, budget_tokens: None };
    let part = asked_page.of(judged.into_iter().map(|one| one.row).collect())?;
    let data = Anomalies {
        query: asked.query,
        history_start: past.start,
        step_seconds: step as f64,
        series: Table::of(&part.kept),
    };
    let mut envelope = part.envelope(shared::json(&data)?, hints);
    envelope.window = Some(window);
    Ok(envelope)
}

/// The history ends with the window, and begins before it.
fn history_of(asked: &Args, window: Window) -> Result<Window, Failure> {
    let most = TimeDelta::days(90);
    let length = time::duration("history", asked.history.as_deref(), TimeDelta::days(15), TimeDelta::hours(1), most)?;
    if length <= window.end - window.start {
        let accepted = "a history that is longer than the window `since`";
        return Err(args::invalid("history", asked.history.as_deref().unwrap_or("15d"), accepted));
    }
    Ok(time::window_ending(window.end, length))
}
