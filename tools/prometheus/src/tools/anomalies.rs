//! `anomalies`: is this normal? Each series of a query judged against its own past.
//!
//! One range query over the history; the detector (`domain::anomaly`) and the comparison with the same time on earlier
//! days run here, so that a hundred series cost one answer and no state is kept between calls.

use super::shared;
use crate::backend::{Backend, Told};
use crate::query::anomalies::{self, Judged};
use crate::query::api::QueryData;
use crate::query::{promql, range, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, FailureKind, Window};
use domain::observed::Table;
use domain::observed::prometheus::Anomalies;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::Window as PageWindow;
use tools_common::{CallContext, ToolSpec, args, page, time};

/// Points of one series at most; a Prometheus refuses more than 11,000.
const POINTS: i64 = 2_200;
/// Series that are judged; more are a query to be aggregated.
const SERIES: usize = 100;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL: sum by (app) (rate(http_requests_total[5m])).
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// Window in which anomalies are told; default 3h.
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
        "Is this normal? Judges each series against its own past: what is usual at this time of the week, anomalies in the window.",
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
    let history = history_of(&asked, window)?;
    let length = history.end - history.start;
    let step = range::nice_step(u64::try_from(length.num_seconds() / POINTS).unwrap_or(1).max(15));
    let told: Told<QueryData> =
        backend.ask(requests::range(&asked.query, history, step, context.remaining()), context).await?;
    let matrix = match told.data {
        QueryData::Matrix(matrix) => matrix,
        other => {
            let message = format!("a range query was answered with a {}", other.kind());
            return Err(Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of a Prometheus API?"));
        }
    };
    if matrix.len() > SERIES {
        let accepted = format!("at most {SERIES} series: aggregate with sum by (…), or topk");
        return Err(args::invalid("query", format!("{} series", matrix.len()), &accepted));
    }
    let judged: Vec<Judged> = tokio::task::spawn_blocking(move || anomalies::judge(matrix, window, step))
        .await
        .map_err(|error| Failure::new(FailureKind::Cancelled, format!("the series could not be judged: {error}")))?;
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
        history_start: history.start,
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
