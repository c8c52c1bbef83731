//! `query`: PromQL at one instant.

use super::shared;
use crate::backend::Backend;
use crate::query::{instant, promql};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::prometheus::{Instant, Sample};
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::{CallContext, ToolSpec, budget, time};

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// PromQL.
    #[schemars(length(min = 1, max = 4000))]
    query: String,
    /// Instant: RFC 3339 or time back (15m); default now.
    at: Option<String>,
    /// Most series; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Budget of the result.
    #[schemars(range(min = 100, max = 8000))]
    max_tokens: Option<usize>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "query",
        "Instant query",
        "Evaluates PromQL at one instant; largest values first. Aggregate (sum by, topk) rather than reading many series.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    const DEFAULT_LIMIT: usize = 50;
    let checked = promql::check(&args.query)?;
    let at = shared::at(args.at.as_deref(), context)?;
    let told = backend.instant(&args.query, at, context).await?;
    let result_type = told.data.kind();
    let shaped = instant::shape(told.data, checked.is_ordered());
    let (total, mut notes) = (shaped.samples.len(), shaped.notes);
    let cut = budget::cut(shaped.samples, args.limit.unwrap_or(DEFAULT_LIMIT), budget::tokens_for(args.max_tokens));
    if cut.is_cut() {
        notes.push(left_out(&cut.left));
    }
    if total == 0 && notes.is_empty() {
        notes.push(shared::why_empty(backend, &checked, &format!("at {}", time::show_instant(at)), context).await);
    }
    notes.extend(told.warnings);
    let (returned, truncated) = (cut.kept.len() as u64, cut.is_cut());
    let data = Instant { query: args.query, at, result_type: result_type.to_owned(), samples: cut.kept };
    let mut envelope = Envelope::whole(shared::json(&data)?, returned);
    envelope.total = Some(total as u64);
    envelope.truncated = truncated;
    envelope.window = Some(Window { start: at, end: at });
    envelope.hint = shared::hint(notes);
    Ok(envelope)
}

fn left_out(left: &[Sample]) -> String {
    let values: Vec<f64> = left.iter().filter_map(|sample| sample.value).collect();
    let range = match (values.iter().copied().reduce(f64::min), values.iter().copied().reduce(f64::max)) {
        (Some(least), Some(most)) => {
            format!(" (values {} to {})", crate::query::range::short(least), crate::query::range::short(most))
        }
        _ => String::new(),
    };
    format!("{} more series{range} are left out; aggregate (sum by, topk), add matchers, or raise `limit`", left.len())
}
