//! `metrics`: rates and durations of spans over time, by TraceQL metrics.

use super::shared::Times;
use crate::backend::Backend;
use crate::query::filter::Filter;
use crate::query::requests;
use crate::query::traceql::attribute;
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::tempo::TraceMetrics;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec, args, budget, time};

const MOST_POINTS: i64 = 60;
const DEFAULT_SERIES: usize = 10;
const BUCKETS: usize = 40;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Default rate, spans a second; durations are seconds.
    function: Option<Function>,
    /// Default 0.95.
    #[schemars(range(min = 0.0, max = 1.0))]
    quantile: Option<f64>,
    /// Attributes to group by: resource.service.name, span.http.route
    #[serde(default)]
    by: Vec<String>,
    #[serde(flatten)]
    filter: Filter,
    #[serde(flatten)]
    times: Times,
    /// Least distance of points: 1m. At most 60 points.
    step: Option<String>,
    /// Series; default 10, of a histogram all buckets.
    #[schemars(range(min = 1, max = 40))]
    limit: Option<usize>,
}

/// What is computed of the matching spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Function {
    Rate,
    Count,
    Quantile,
    Average,
    Max,
    Histogram,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "metrics",
        "Metrics of spans",
        "Rate, count or duration of matching spans over time by attribute, over all spans. Needs TraceQL metrics on the server.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let window = args.times.window(context)?;
    let traceql = query(&args)?;
    let step = step(&args, window)?;
    let answer = backend.metrics(requests::metrics_range(&traceql, window, step), &traceql, context).await?;
    let mut hints = Hints::default();
    if let Some(partial) = answer.partial() {
        hints.miss(partial);
    }
    let series = answer.series();
    let total = series.len();
    // A histogram without some of its buckets is another distribution.
    let is_histogram = args.function == Some(Function::Histogram);
    let (most, tokens) = match is_histogram {
        true => (args.limit.unwrap_or(BUCKETS), budget::CEILING_TOKENS),
        false => (args.limit.unwrap_or(DEFAULT_SERIES), budget::DEFAULT_TOKENS),
    };
    let cut = budget::cut(series, most, tokens);
    if total == 0 {
        hints.add("No span matches in this window; try `search` with the same conditions, or a longer window.");
    }
    if cut.is_cut() {
        hints.add(format!("{} smaller series are left out; group by less or narrow the conditions.", cut.left.len()));
    }
    let returned = cut.kept.len() as u64;
    let is_cut = cut.is_cut();
    let data = TraceMetrics { query: traceql, step_seconds: step, series: cut.kept };
    let mut envelope = hints.with(Envelope::whole(json(&data)?, returned));
    envelope.total = Some(total as u64);
    envelope.truncated = is_cut;
    envelope.window = Some(window);
    Ok(envelope)
}

/// The filter with the function; a query that already is one of metrics is sent as it is.
fn query(args: &Args) -> Result<String, Failure> {
    let selected = args.filter.traceql()?;
    if args.filter.query.is_some() && is_metrics(&selected) {
        if args.function.is_some() || !args.by.is_empty() {
            return Err(args::invalid("query", "TraceQL metrics beside function or by", "either the one or the other"));
        }
        return Ok(selected);
    }
    let quantile = args.quantile.unwrap_or(0.95);
    let function = match args.function.unwrap_or(Function::Rate) {
        Function::Rate => "rate()".to_owned(),
        Function::Count => "count_over_time()".to_owned(),
        Function::Quantile => format!("quantile_over_time(duration, {quantile})"),
        Function::Average => "avg_over_time(duration)".to_owned(),
        Function::Max => "max_over_time(duration)".to_owned(),
        Function::Histogram => "histogram_over_time(duration)".to_owned(),
    };
    let by: Vec<String> = args.by.iter().map(|name| attribute(name)).collect();
    let by = if by.is_empty() { String::new() } else { format!(" by ({})", by.join(", ")) };
    Ok(format!("{selected} | {function}{by}"))
}

fn is_metrics(traceql: &str) -> bool {
    traceql.contains("_over_time(") || traceql.contains("rate(") || traceql.contains("compare(")
}

fn step(args: &Args, window: Window) -> Result<i64, Failure> {
    let least = TimeDelta::seconds(1);
    let asked = time::duration("step", args.step.as_deref(), least, least, TimeDelta::days(1))?;
    let seconds = (window.end - window.start).num_seconds();
    Ok(asked.num_seconds().max((seconds + MOST_POINTS - 1) / MOST_POINTS).max(1))
}
