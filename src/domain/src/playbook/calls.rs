//! The calls that the playbooks make, in one place, so that a renamed argument is one change and one failing test.

use crate::envelope::Window;
use crate::evidence::ToolCall;
use crate::object::ObjectRef;
use serde_json::{Map, Value, json};

/// Rows that a playbook reads of one list.
const MOST_ROWS: u32 = 500;

/// Alerts that a playbook reads: a storm beyond that is told as read in part.
const MOST_ALERTS: u32 = 200;

/// Tokens of one result: a playbook reads by itself and pays nothing for long results.
const WHOLE: u32 = 8_000;

fn call(tool: &str, members: &[(&str, Option<Value>)]) -> ToolCall {
    let arguments: Map<String, Value> =
        members.iter().filter_map(|(name, value)| value.clone().map(|value| ((*name).to_owned(), value))).collect();
    ToolCall { tool: tool.to_owned(), arguments }
}

fn text(value: Option<&str>) -> Option<Value> {
    value.map(|value| json!(value))
}

/// The checks of the whole cluster, or of one namespace.
pub fn cluster_health(cluster: Option<&str>, namespace: Option<&str>) -> ToolCall {
    call("kubernetes_cluster_health", &[("cluster", text(cluster)), ("namespace", text(namespace))])
}

/// Objects of a kind, in all namespaces or one.
pub fn list(cluster: Option<&str>, kind: &str, namespace: Option<&str>) -> ToolCall {
    call(
        "kubernetes_list",
        &[
            ("cluster", text(cluster)),
            ("kind", Some(json!(kind))),
            ("namespace", text(namespace)),
            ("limit", Some(json!(MOST_ROWS))),
            ("budget_tokens", Some(json!(WHOLE))),
        ],
    )
}

/// The pods of a workload: they carry its name, and in a large namespace only they are worth the way.
pub fn pods_of(cluster: Option<&str>, workload: &ObjectRef) -> ToolCall {
    let mut call = list(cluster, "Pod", workload.namespace.as_deref());
    call.arguments.insert("name_contains".to_owned(), json!(workload.name));
    call
}

/// How many of a kind, by status.
pub fn count(cluster: Option<&str>, kind: &str, namespace: Option<&str>) -> ToolCall {
    call("kubernetes_count", &[("cluster", text(cluster)), ("kind", Some(json!(kind))), ("namespace", text(namespace))])
}

/// One object.
pub fn get(cluster: Option<&str>, object: &ObjectRef) -> ToolCall {
    call(
        "kubernetes_get",
        &[
            ("cluster", text(cluster)),
            ("kind", Some(json!(object.kind))),
            ("name", Some(json!(object.name))),
            ("namespace", text(object.namespace.as_deref())),
            ("budget_tokens", Some(json!(WHOLE))),
        ],
    )
}

/// Warning events of a namespace.
pub fn warning_events(cluster: Option<&str>, namespace: Option<&str>, since: &str) -> ToolCall {
    call(
        "kubernetes_events",
        &[
            ("cluster", text(cluster)),
            ("namespace", text(namespace)),
            ("since", Some(json!(since))),
            ("budget_tokens", Some(json!(WHOLE))),
        ],
    )
}

/// Logs of a workload's pods.
pub fn logs(cluster: Option<&str>, object: &ObjectRef, previous: bool, since: Option<&str>) -> ToolCall {
    call(
        "kubernetes_logs",
        &[
            ("cluster", text(cluster)),
            ("target", Some(json!(format!("{}/{}", object.kind.to_lowercase(), object.name)))),
            ("namespace", text(object.namespace.as_deref())),
            ("previous", previous.then_some(json!(true))),
            ("since", text(since)),
        ],
    )
}

/// Revisions of a workload.
pub fn rollout_history(cluster: Option<&str>, object: &ObjectRef) -> ToolCall {
    call(
        "kubernetes_rollout_history",
        &[
            ("cluster", text(cluster)),
            ("kind", Some(json!(object.kind))),
            ("name", Some(json!(object.name))),
            ("namespace", text(object.namespace.as_deref())),
        ],
    )
}

/// What an object belongs to, owns and refers to.
pub fn owner_tree(cluster: Option<&str>, object: &ObjectRef) -> ToolCall {
    call(
        "kubernetes_owner_tree",
        &[
            ("cluster", text(cluster)),
            ("kind", Some(json!(object.kind))),
            ("name", Some(json!(object.name))),
            ("namespace", text(object.namespace.as_deref())),
        ],
    )
}

/// The timeline of changes.
pub fn recent_changes(cluster: Option<&str>, namespace: Option<&str>, since: &str) -> ToolCall {
    call(
        "kubernetes_recent_changes",
        &[("cluster", text(cluster)), ("namespace", text(namespace)), ("since", Some(json!(since)))],
    )
}

/// Usage of pods or nodes now.
pub fn top(cluster: Option<&str>, kind: &str, sort_by: &str, namespace: Option<&str>) -> ToolCall {
    call(
        "kubernetes_top",
        &[
            ("cluster", text(cluster)),
            ("kind", Some(json!(kind))),
            ("sort_by", Some(json!(sort_by))),
            ("namespace", text(namespace)),
        ],
    )
}

/// Alerts that are firing or pending.
pub fn alerts() -> ToolCall {
    call("prometheus_alerts", &[("limit", Some(json!(MOST_ALERTS))), ("max_tokens", Some(json!(WHOLE)))])
}

/// Scrape targets, down first.
pub fn targets() -> ToolCall {
    call("prometheus_targets", &[("limit", Some(json!(MOST_ROWS)))])
}

/// Values of a label.
pub fn label_values(label: &str) -> ToolCall {
    call("prometheus_label_values", &[("label", Some(json!(label)))])
}

/// An instant query.
pub fn query(promql: &str) -> ToolCall {
    query_at(None, promql)
}

/// The same, of a Prometheus server by name, where there are several.
pub fn query_at(instance: Option<&str>, promql: &str) -> ToolCall {
    call("prometheus_query", &[("instance", text(instance)), ("query", Some(json!(promql)))])
}

/// An instant query for many series.
pub fn query_many(promql: &str) -> ToolCall {
    let most = [("limit", Some(json!(MOST_ROWS))), ("max_tokens", Some(json!(WHOLE)))];
    call("prometheus_query", &[&[("query", Some(json!(promql)))], &most[..]].concat())
}

/// A range query.
pub fn query_range(promql: &str, window: Window) -> ToolCall {
    call(
        "prometheus_query_range",
        &[("query", Some(json!(promql))), ("start", Some(json!(window.start))), ("end", Some(json!(window.end)))],
    )
}

/// Each series of a query against its own past.
pub fn anomalies(promql: &str) -> ToolCall {
    call("prometheus_anomalies", &[("query", Some(json!(promql)))])
}

/// When each series falls to zero, by a history (`14d`).
pub fn forecast(promql: &str, history: &str) -> ToolCall {
    call(
        "prometheus_forecast",
        &[
            ("query", Some(json!(promql))),
            ("bound", Some(json!(0))),
            ("falls", Some(json!(true))),
            ("history", Some(json!(history))),
            ("limit", Some(json!(100))),
            ("max_tokens", Some(json!(WHOLE))),
        ],
    )
}

/// Which series shifted near an onset; `onset` and `at` are RFC 3339.
pub fn change_points(promql: &str, onset: &str, since: &str, at: Option<String>) -> ToolCall {
    call(
        "prometheus_change_points",
        &[
            ("query", Some(json!(promql))),
            ("onset", Some(json!(onset))),
            ("since", Some(json!(since))),
            ("at", at.map(|at| json!(at))),
        ],
    )
}

/// The golden signals of a service; `at` is RFC 3339.
pub fn golden_signals(object: &ObjectRef, since: &str, at: Option<String>, baseline: Option<&str>) -> ToolCall {
    call(
        "prometheus_golden_signals",
        &[
            ("service", Some(json!(object.name))),
            ("namespace", text(object.namespace.as_deref())),
            ("since", Some(json!(since))),
            ("at", at.map(|at| json!(at))),
            ("baseline", text(baseline)),
        ],
    )
}
