//! The tools: one file each, with its arguments, its words, and what it does.

mod code_search;
mod commits;
mod compare;
mod deployments;
mod listing;
mod pull_requests;
mod read_file;
mod shared;
mod workflow_runs;

use crate::server::Server;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// All tools, in the order in which they are listed.
pub(crate) fn specs() -> Vec<ToolSpec> {
    vec![
        deployments::spec(),
        workflow_runs::spec(),
        pull_requests::spec(),
        commits::spec(),
        compare::spec(),
        read_file::spec(),
        code_search::spec(),
    ]
}

/// Runs one tool.
pub(crate) async fn run(
    tool: &str,
    server: &Server,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let call = shared::Call { server, arguments: &arguments, context };
    match tool {
        "code_search" => code_search::run(&call).await,
        "commits" => commits::run(&call).await,
        "compare" => compare::run(&call).await,
        "deployments" => deployments::run(&call).await,
        "pull_requests" => pull_requests::run(&call).await,
        "read_file" => read_file::run(&call).await,
        "workflow_runs" => workflow_runs::run(&call).await,
        other => Err(args::unknown_tool(other)),
    }
}
