//! The tools: one file each, with its arguments, its words, and what it does.

mod attribute_names;
mod attribute_values;
mod metrics;
mod sample_fast_slow;
mod search;
mod service_map;
mod shared;
mod trace_diff;
mod trace_summary;

use crate::backend::Backend;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// All tools, in the order in which they are listed.
pub(crate) fn specs() -> Vec<ToolSpec> {
    vec![
        search::spec(),
        sample_fast_slow::spec(),
        trace_summary::spec(),
        trace_diff::spec(),
        service_map::spec(),
        metrics::spec(),
        attribute_names::spec(),
        attribute_values::spec(),
    ]
}

/// Runs one tool.
pub(crate) async fn run(
    tool: &str,
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    match tool {
        "search" => search::run(backend, arguments, context).await,
        "sample_fast_slow" => sample_fast_slow::run(backend, args::parse(arguments)?, context).await,
        "trace_summary" => trace_summary::run(backend, args::parse(arguments)?, context).await,
        "trace_diff" => trace_diff::run(backend, args::parse(arguments)?, context).await,
        "service_map" => service_map::run(backend, args::parse(arguments)?, context).await,
        "metrics" => metrics::run(backend, args::parse(arguments)?, context).await,
        "attribute_names" => attribute_names::run(backend, args::parse(arguments)?, context).await,
        "attribute_values" => attribute_values::run(backend, arguments, context).await,
        other => Err(args::unknown_tool(other)),
    }
}
