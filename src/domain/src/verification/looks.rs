//! The read calls that measure a success check.

use crate::evidence::ToolCall;
use crate::object::ObjectRef;
use crate::plan::{Condition, SuccessCheck};
use crate::playbook::calls;
use serde_json::json;

/// Tokens of a look: findings that are left out cannot be told to be gone.
const WHOLE: u32 = 8_000;

/// One call a condition, in their order; none for a signal, whose source tells by itself whether it is over.
pub fn looks(check: &SuccessCheck, cluster: Option<&str>) -> Vec<ToolCall> {
    check.conditions.iter().filter_map(|condition| look(condition, cluster)).collect()
}

/// The call that measures a condition, where one does.
pub(super) fn look(condition: &Condition, cluster: Option<&str>) -> Option<ToolCall> {
    match condition {
        Condition::SignalOver { .. } => None,
        Condition::QueryWithin { query, instance, .. } => Some(calls::query_at(instance.as_deref(), query)),
        Condition::WorkloadReady { object, .. } => Some(rollout_status(cluster, object)),
        Condition::NoFinding { object, .. } => {
            let mut call = calls::cluster_health(cluster, object.namespace.as_deref());
            call.arguments.insert("budget_tokens".to_owned(), json!(WHOLE));
            Some(call)
        }
    }
}

/// How far the rollout of a workload is. It takes what the history takes.
fn rollout_status(cluster: Option<&str>, object: &ObjectRef) -> ToolCall {
    ToolCall { tool: "kubernetes_rollout_status".to_owned(), ..calls::rollout_history(cluster, object) }
}
