//! The tools: one file each, with its arguments, its words, and what it does.

mod act;
mod alerts;
mod anomalies;
mod change_points;
mod compare_windows;
mod find_metrics;
mod forecast;
mod golden_signals;
mod history;
mod label_values;
mod metric_metadata;
mod query;
mod query_range;
mod rules;
mod shared;
mod silences;
mod targets;

use crate::backend::Backend;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// All tools, in the order in which they are listed.
pub(crate) fn specs() -> Vec<ToolSpec> {
    vec![
        golden_signals::spec(),
        alerts::spec(),
        targets::spec(),
        query::spec(),
        query_range::spec(),
        compare_windows::spec(),
        anomalies::spec(),
        change_points::spec(),
        forecast::spec(),
        find_metrics::spec(),
        metric_metadata::spec(),
        label_values::spec(),
        rules::spec(),
        silences::spec(),
    ]
}

/// The tools that change something.
pub(crate) fn act_specs() -> Vec<ToolSpec> {
    act::specs()
}

/// Runs one tool.
pub(crate) async fn run(
    tool: &str,
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    match tool {
        "alerts" => alerts::run(backend, args::parse(arguments)?, context).await,
        "anomalies" => anomalies::run(backend, arguments, context).await,
        "change_points" => change_points::run(backend, arguments, context).await,
        "compare_windows" => compare_windows::run(backend, arguments, context).await,
        "metric_metadata" => metric_metadata::run(backend, args::parse(arguments)?, context).await,
        "silences" => silences::run(backend, arguments, context).await,
        "silence_create" => act::create(backend, arguments, context).await,
        "silence_expire" => act::expire(backend, arguments, context).await,
        "find_metrics" => find_metrics::run(backend, arguments, context).await,
        "forecast" => forecast::run(backend, arguments, context).await,
        "golden_signals" => golden_signals::run(backend, args::parse(arguments)?, context).await,
        "label_values" => label_values::run(backend, arguments, context).await,
        "query" => query::run(backend, args::parse(arguments)?, context).await,
        "query_range" => query_range::run(backend, args::parse(arguments)?, context).await,
        "rules" => rules::run(backend, arguments, context).await,
        "targets" => targets::run(backend, arguments, context).await,
        other => Err(args::unknown_tool(other)),
    }
}
