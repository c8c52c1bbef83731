//! The tools: one file each, with its arguments, its words, and what it does.

mod cluster;
mod empty;
mod guard;
mod label_values;
mod labels;
mod new_errors;
mod patterns;
mod query;
mod sample;
mod stats;

use crate::backend::Backend;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// All tools, in the order in which they are listed.
pub(crate) fn specs() -> Vec<ToolSpec> {
    vec![new_errors::spec(), patterns::spec(), query::spec(), stats::spec(), labels::spec(), label_values::spec()]
}

/// Runs one tool.
pub(crate) async fn run(
    tool: &str,
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    match tool {
        "label_values" => label_values::run(backend, arguments, context).await,
        "labels" => labels::run(backend, arguments, context).await,
        "new_errors" => new_errors::run(backend, arguments, context).await,
        "patterns" => patterns::run(backend, arguments, context).await,
        "query" => query::run(backend, arguments, context).await,
        "stats" => stats::run(backend, args::parse(arguments)?, context).await,
        other => Err(args::unknown_tool(other)),
    }
}
