//! `query_range`: PromQL over a window, few enough points to read.

use super::shared;
use crate::backend::{Backend, Told};
use crate::query::api::QueryData;
use crate::query::{promql, range, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, FailureKind, Window};
use domain::observed::prometheus::Range;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::{CallContext, ToolSpec, args, time};

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL.
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// Length of the window: 15m, 6h, 2d; default 1h.
    since: Option<String>,
    /// Its start instead: RFC 3339 or time back.
    start: Option<String>,
    /// Its end; default now.
    end: Option<String>,
    /// Least distance of points: 1m. At most 100 points.
    step: Option<String>,
    /// Most series; default 20.
    #[schemars(range(min = 1, max = 20))]
    limit: Option<usize>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "query_range",
        "Range query",
        "PromQL over a window: min, max, mean, last and at most 100 points of the 20 largest series.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let checked = promql::check(&args.query)?;
    let window = window_of(&args, context)?;
    let least =
        time::duration("step", args.step.as_deref(), TimeDelta::seconds(1), TimeDelta::seconds(1), TimeDelta::days(7))?;
    let step = range::step_for(window.end - window.start, u64::try_from(least.num_seconds()).unwrap_or(1));
    let request = requests::range(&args.query, from_end(window, step), step, context.remaining());
    let told: Told<QueryData> = backend.ask(request, context).await?;
    let matrix = match told.data {
        QueryData::Matrix(matrix) => matrix,
        other => {
            let message = format!("a range query was answered with a {}", other.kind());
            return Err(Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of a Prometheus API?"));
        }
    };
    let shaped = range::shape(matrix, args.limit.unwrap_or(range::MOST_SERIES));
    let mut notes = shaped.notes;
    if shaped.total == 0 {
        let when = format!("between {} and {}", time::show_instant(window.start), time::show_instant(window.end));
        notes.push(shared::why_empty(backend, &checked, &when, context).await);
    }
    notes.extend(told.warnings);
    let returned = shaped.series.len() as u64;
    let data = Range { query: args.query, step_seconds: step as f64, series: shaped.series };
    let mut envelope = Envelope::whole(shared::json(&data)?, returned);
    envelope.total = Some(shaped.total as u64);
    envelope.truncated = returned < shaped.total as u64;
    envelope.window = Some(window);
    envelope.hint = shared::hint(notes);
    Ok(envelope)
}

fn window_of(args: &Args, context: &CallContext) -> Result<Window, Failure> {
    let end = time::instant("end", args.end.as_deref(), context.now, context.now)?;
    let window = match &args.start {
        Some(_) => Window { start: time::instant("start", args.start.as_deref(), context.now, end)?, end },
        None => shared::window_to(end, args.since.as_deref(), TimeDelta::hours(1))?,
    };
    if window.start >= window.end {
        let found = format!("{} to {}", time::show_instant(window.start), time::show_instant(window.end));
        return Err(args::invalid("start", found, "a start before the end"));
    }
    Ok(window)
}

/// Counts the points back from the end: the newest moment is the one that an investigation must not lose.
fn from_end(window: Window, step: u64) -> Window {
    let step = i64::try_from(step).unwrap_or(1).max(1);
    let steps = (window.end - window.start).num_seconds() / step;
    let length = TimeDelta::try_seconds(steps.saturating_mul(step)).unwrap_or_default();
    time::window_ending(window.end, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_a_point_and_the_start_stays_inside_the_window() {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let window = from_end(Window { start: at(61), end: at(359) }, 60);
        assert_eq!((window.start, window.end), (at(119), at(359)));
        let narrow = from_end(Window { start: at(61), end: at(70) }, 60);
        assert_eq!((narrow.start, narrow.end), (at(70), at(70)));
    }
}
