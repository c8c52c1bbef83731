//! `metric_metadata`: what one metric is, how many series it has, and by which labels they differ.

use super::shared;
use crate::backend::{Backend, Told};
use crate::query::api::QueryData;
use crate::query::metrics::{self, MetadataByName};
use crate::query::promql::quoted;
use crate::query::{explain, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::observed::prometheus::{LabelDetail, MetricDetail};
use futures::FutureExt;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::{CallContext, ToolSpec, page, time};

/// Labels that are looked into; a metric with more is told so.
const LABELS: usize = 16;

/// Values of a label that are shown.
const EXAMPLES: usize = 3;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    #[schemars(length(min = 1, max = 300))]
    metric: String,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "metric_metadata",
        "One metric",
        "Type, help, unit, number of series and labels with example values of one metric.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let metric = args.metric.trim();
    let selector = format!("{{__name__={}}}", quoted(metric));
    let window = time::window_ending(context.now, TimeDelta::hours(1));
    let count = format!("count({selector})");
    let (names, metadata, count, labels) = tokio::join!(
        backend.metric_names_now(context),
        backend.ask::<MetadataByName>(requests::metadata_of(metrics::family(metric)), context),
        backend.instant(&count, context.now, context),
        backend.ask::<Vec<String>>(requests::label_names(&selector, window), context),
    );
    let names = names?;
    if !names.iter().any(|name| name == metric) {
        let hint = explain::no_metric(metric, &metrics::nearest(&names, metric, 3));
        return Ok(Envelope { hint: Some(hint), ..Envelope::whole(serde_json::Value::Null, 0) });
    }
    let mut hints = page::Hints::default();
    let metadata = metadata.unwrap_or_else(|failure| {
        hints.miss(format!("type and help could not be looked up ({})", failure.message));
        Told { data: MetadataByName::new(), warnings: Vec::new() }
    });
    let series = count.map(|told| Some(counted(&told.data))).unwrap_or_else(|failure| {
        hints.miss(format!("the series could not be counted ({})", failure.message));
        None
    });
    if series == Some(0) {
        hints.add("It has no series now: its target went away, or it was not written lately.");
    }
    let mut names = labels.map(|told| told.data).unwrap_or_else(|failure| {
        hints.miss(format!("its labels could not be looked up ({})", failure.message));
        Vec::new()
    });
    names.retain(|label| label != "__name__");
    if names.len() > LABELS {
        hints.add(format!("{} labels more; label_values tells theirs.", names.len() - LABELS));
        names.truncate(LABELS);
    }
    let looks = names.iter().map(|label| label_detail(backend, label, &selector, context).boxed()).collect();
    let mut details = Vec::new();
    for found in shared::side_by_side(looks).await {
        match found {
            Ok(detail) => details.push(detail),
            Err(failure) => hints.miss(format!("the values of a label could not be looked up ({})", failure.message)),
        }
    }
    let told = metrics::told(metric, &metadata.data);
    let row = metrics::row(metric, told);
    let detail =
        MetricDetail { name: row.name, kind: row.kind, help: row.help, unit: row.unit, series, labels: details };
    let mut envelope = hints.with(Envelope::whole(shared::json(&detail)?, 1));
    envelope.window = Some(window);
    Ok(envelope)
}

async fn label_detail(
    backend: &Backend,
    label: &str,
    selector: &str,
    context: &CallContext,
) -> Result<LabelDetail, Failure> {
    let told: Told<Vec<String>> =
        backend.ask(requests::label_values(label, &[selector.to_owned()], None), context).await?;
    let values = told.data.len() as u64;
    Ok(LabelDetail { label: label.to_owned(), values, examples: told.data.into_iter().take(EXAMPLES).collect() })
}

/// The only value of a count; of no series there is no sample.
fn counted(data: &QueryData) -> u64 {
    data.single().map_or(0, |count| count as u64)
}
