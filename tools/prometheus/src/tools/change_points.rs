//! `change_points`: what changed, and when? The series of a query whose level shifted, the closest to an onset first.
//!
//! One range query; the search (`domain::change_point`) runs here. Deliberately absent: causes. Close in time is not why.

use super::{history, shared};
use crate::backend::Backend;
use crate::query::{change_points, promql};
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use domain::observed::prometheus::Changes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::Window as PageWindow;
use tools_common::{CallContext, ToolSpec, args, page, time};

/// Points of one series: more than the search looks at would be read in vain.
const POINTS: i64 = 1_000;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL.
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// When the trouble began: RFC 3339 or time back; default now.
    onset: Option<String>,
    /// Window that is searched; default 3h.
    since: Option<String>,
    /// Its end.
    at: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    #[schemars(length(max = 300))]
    #[expect(dead_code, reason = "read from the raw arguments, which it is bound to")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "change_points",
        "Change points",
        "What changed, and when? Series whose level shifted, closest to the onset first.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments.clone())?;
    let checked = promql::check(&asked.query)?;
    let (onset, window) = times(&asked, context)?;
    let step = history::step_for(window, POINTS);
    let told = history::read(backend, &asked.query, window, step, context).await?;
    let is_empty = told.series.is_empty();
    let searched = history::judged(move || change_points::search(told.series, onset, history::SERIES)).await?;
    let mut hints = page::Hints::default();
    if is_empty {
        hints.add(shared::why_empty(backend, &checked, "in the window", context).await);
    }
    searched.notes().into_iter().for_each(|note| hints.add(note));
    told.warnings.into_iter().for_each(|warning| hints.add(warning));
    let limit = asked.limit.unwrap_or(20);
    let asked_page = PageWindow { tool: "change_points", arguments: &arguments, limit, budget_tokens: None };
    let part = asked_page.of(searched.rows)?;
    let data = Changes {
        query: asked.query,
        onset,
        step_seconds: step as f64,
        unchanged: searched.unchanged,
        too_short: searched.too_short,
        series: Table::of(&part.kept),
    };
    let mut envelope = part.envelope(shared::json(&data)?, hints);
    envelope.window = Some(window);
    Ok(envelope)
}

/// The onset, and the window around it: a level is only known to have changed by what comes after.
fn times(asked: &Args, context: &CallContext) -> Result<(DateTime<Utc>, Window), Failure> {
    let onset = time::instant("onset", asked.onset.as_deref(), context.now, context.now)?;
    let (usual, least, most) = (TimeDelta::hours(3), TimeDelta::minutes(10), TimeDelta::days(30));
    let length = time::duration("since", asked.since.as_deref(), usual, least, most)?;
    let after = onset.checked_add_signed(length / 4).unwrap_or(onset).min(context.now);
    let end = time::instant("at", asked.at.as_deref(), context.now, after)?;
    let window = time::window_ending(end, length);
    if onset < window.start || onset > window.end {
        let accepted = format!(
            "a moment in the searched window, {} to {}",
            time::show_instant(window.start),
            time::show_instant(window.end)
        );
        return Err(args::invalid("onset", time::show_instant(onset), &accepted));
    }
    Ok((onset, window))
}
