//! The act side: what may be changed in a cluster, one typed action each.
//!
//! Every action reads the object first, refuses one that is not of the expected version, decides as a pure function
//! what to send, and sends it with the version that was read: whoever changes the spec in between wins, and the call
//! fails; where only the status moved, the same decision is sent with the new version. The answer tells the difference, the call that takes it back, and who else owns what was changed.
//!
//! Deliberately absent: exec, generic apply, creation of objects, and any retry of a change that may have been made.

mod drain;
mod eviction;
mod hpa;
mod images;
mod jobs;
mod nodes;
mod ownership;
mod perform;
mod pods;
mod resources;
mod rollouts;
mod scale;
mod subject;

use crate::server::Server;
use domain::effect;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use std::time::Duration;
use tools_common::{CallContext, ToolSpec, args};

/// How long the longest action, a drain, may take.
pub const LONGEST: Duration = drain::MOST.saturating_add(Duration::from_secs(30));

/// All actions, the mildest first.
pub fn specs() -> Vec<ToolSpec> {
    vec![
        rollouts::restart_spec(),
        pods::spec(),
        scale::spec(),
        rollouts::undo_spec(),
        resources::spec(),
        images::spec(),
        hpa::spec(),
        jobs::suspend_spec(),
        jobs::resume_spec(),
        jobs::delete_spec(),
        nodes::cordon_spec(),
        nodes::uncordon_spec(),
        drain::spec(),
    ]
}

/// Whether a tool is one of them.
pub fn is_one(tool: &str) -> bool {
    effect::of("kubernetes", tool).is_some_and(|class| !class.is_read())
}

/// Performs one action.
///
/// # Errors
/// Why it was not done.
pub async fn call(
    server: &Server,
    tool: &str,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    // Before anything is read: a call without permission learns nothing here.
    context.act()?;
    match tool {
        "rollout_restart" => rollouts::restart(server, arguments, context).await,
        "rollout_undo" => rollouts::undo(server, arguments, context).await,
        "delete_pod" => pods::call(server, arguments, context).await,
        "scale" => scale::call(server, arguments, context).await,
        "set_resources" => resources::call(server, arguments, context).await,
        "set_image" => images::call(server, arguments, context).await,
        "set_hpa_bounds" => hpa::call(server, arguments, context).await,
        "suspend_job" => jobs::suspend(server, arguments, context, true).await,
        "resume_job" => jobs::suspend(server, arguments, context, false).await,
        "delete_job" => jobs::delete(server, arguments, context).await,
        "cordon" => nodes::call(server, arguments, context, true).await,
        "uncordon" => nodes::call(server, arguments, context, false).await,
        "drain" => drain::call(server, arguments, context).await,
        other => Err(args::unknown_tool(other)),
    }
}
