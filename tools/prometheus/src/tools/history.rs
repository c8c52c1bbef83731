//! The past of a query's series, for the tools that judge each series by itself: one range query of bounded size.

use crate::backend::{Backend, Told};
use crate::query::api::{MatrixSeries, QueryData};
use crate::query::{range, requests};
use chrono::TimeDelta;
use domain::envelope::{Failure, FailureKind, Window};
use tools_common::{CallContext, args};

/// Series that are judged; more are a query to be aggregated.
pub(super) const SERIES: usize = 100;
/// Points closer together than this are rarely new ones.
const LEAST_STEP_SECONDS: u64 = 15;

/// What a range query told.
pub(super) struct History {
    pub series: Vec<MatrixSeries>,
    pub warnings: Vec<String>,
}

/// The nice step with which a window has about `points` points; a Prometheus refuses more than 11,000.
pub(super) fn step_for(window: Window, points: i64) -> u64 {
    let length: TimeDelta = window.end - window.start;
    range::nice_step(u64::try_from(length.num_seconds() / points).unwrap_or(1).max(LEAST_STEP_SECONDS))
}

/// The series of a query in a window, at most [`SERIES`] of them.
pub(super) async fn read(
    backend: &Backend,
    query: &str,
    window: Window,
    step_seconds: u64,
    context: &CallContext,
) -> Result<History, Failure> {
    let told: Told<QueryData> =
        backend.ask(requests::range(query, window, step_seconds, context.remaining()), context).await?;
    let series = match told.data {
        QueryData::Matrix(matrix) => matrix,
        other => {
            let message = format!("a range query was answered with a {}", other.kind());
            return Err(Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of a Prometheus API?"));
        }
    };
    if series.len() > SERIES {
        let accepted = format!("at most {SERIES} series: aggregate with sum by (…), or topk");
        return Err(args::invalid("query", format!("{} series", series.len()), &accepted));
    }
    Ok(History { series, warnings: told.warnings })
}

/// Runs what takes the processor for long beside the other calls.
pub(super) async fn judged<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::new(FailureKind::Cancelled, format!("the series could not be judged: {error}")))
}
