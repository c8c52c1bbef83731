//! Calls to our own servers inside this process: grades, arguments, cache, deadlines, cancellation, limits.

use crate::mini::{Mini, call, data, failure, toolbox};
use domain::envelope::FailureKind;
use domain::evidence::ToolCall;
use expect_test::expect;
use ports::toolbox::Toolbox as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolbox::Toolbox;
use toolbox::settings::ServerSettings;

fn kubernetes(mini: &Mini) -> ServerSettings {
    ServerSettings::in_process("kubernetes", mini.connector())
}

#[tokio::test]
async fn the_catalogue_holds_what_our_table_grades_as_reading() {
    let mini = Mini::new();
    let toolbox = toolbox(vec![kubernetes(&mini)]);
    let mut shown = String::new();
    for tool in toolbox.catalogue().await {
        shown.push_str(&format!("{} {:?} {}: {}\n", tool.server, tool.effect, tool.name, tool.description));
        assert_eq!(tool.input_schema["type"], "object");
    }
    for server in toolbox.servers().await {
        shown.push_str(&format!("{} {:?} {} {:?}\n", server.name, server.state, server.tools, server.withheld));
    }
    expect![[r#"
        kubernetes R0 kubernetes_count: does count
        kubernetes R0 kubernetes_events: does events
        kubernetes R0 kubernetes_get: does get
        kubernetes R0 kubernetes_list: does list
        kubernetes R1 kubernetes_logs: does logs
        kubernetes Ok("mini 1.2.3") 5 [("delete_everything", "it has no effect class in our table")]
    "#]]
    .assert_eq(&shown);
    let refused = failure(call(&toolbox, "kubernetes_delete_everything", json!({})).await);
    assert_eq!(refused.kind, FailureKind::Refused, "{refused}");
    assert_eq!(mini.0.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_call_comes_back_as_the_envelope_or_the_failure_of_the_server() {
    let mini = Mini::new();
    let toolbox = toolbox(vec![kubernetes(&mini)]);
    let answered = call(&toolbox, "kubernetes_list", json!({"kind": "pods"})).await;
    assert_eq!((answered.cached, answered.bytes), (false, 84));
    assert_eq!(data(answered), json!({"tool": "list", "call": 1, "arguments": {"kind": "pods"}}));
    let failed = call(&toolbox, "kubernetes_get", json!({})).await;
    assert!(failed.bytes > 0);
    assert_eq!(failure(failed).to_string(), "no pod of that name (see kubernetes_list)");
}

#[tokio::test]
async fn wrong_arguments_never_reach_the_server() {
    let mini = Mini::new();
    let toolbox = toolbox(vec![kubernetes(&mini)]);
    for arguments in [json!({"kind": "nodes"}), json!({"limit": 0}), json!({"limit": "3"}), json!({"namespace": "x"})] {
        let wrong = failure(call(&toolbox, "kubernetes_list", arguments).await);
        assert_eq!(wrong.kind, FailureKind::BadRequest, "{wrong}");
    }
    assert_eq!(mini.0.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn thirty_calls_to_a_tool_that_does_not_exist_name_the_nearest_and_reach_nobody() {
    let mini = Mini::new();
    let toolbox = toolbox(vec![kubernetes(&mini)]);
    toolbox.catalogue().await;
    for number in 0..30 {
        let wanted = ["kubernetes_lst", "list", "kubernetes.list", "send_mail", "kubernetes_delete_pod"][number % 5];
        let unknown = failure(call(&toolbox, wanted, json!({})).await);
        assert_eq!(unknown.kind, FailureKind::BadRequest, "{unknown}");
        assert!(unknown.hint.as_deref().is_some_and(|hint| hint.contains("kubernetes_list")), "{unknown}");
    }
    assert_eq!((mini.0.calls.load(Ordering::SeqCst), mini.0.starts.load(Ordering::SeqCst)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_read_is_answered_from_the_cache_for_its_time() {
    let mini = Mini::new();
    let toolbox = toolbox(vec![kubernetes(&mini)]);
    let mut calls = Vec::new();
    for (wait, arguments) in
        [(0, json!({"kind": "pods"})), (9, json!({"kind": "pods"})), (0, json!({})), (2, json!({"kind": "pods"}))]
    {
        tokio::time::advance(Duration::from_secs(wait)).await;
        let outcome = call(&toolbox, "kubernetes_list", arguments).await;
        calls.push((outcome.cached, outcome.bytes > 0, data(outcome)["call"].clone()));
    }
    assert_eq!(
        calls,
        [(false, true, json!(1)), (true, true, json!(1)), (false, true, json!(2)), (false, true, json!(3))]
    );
}

#[tokio::test]
async fn sensitive_reads_are_not_kept() {
    let mini = Mini::new();
    mini.0.gate.add_permits(2);
    let toolbox = toolbox(vec![kubernetes(&mini)]);
    for number in 1..3 {
        let outcome = call(&toolbox, "kubernetes_logs", json!({})).await;
        assert!(!outcome.cached);
        assert_eq!(data(outcome)["call"], number);
    }
}

fn in_background(
    toolbox: &Arc<Toolbox>,
    tool: &str,
    cancel: &CancellationToken,
) -> tokio::task::JoinHandle<ports::toolbox::ToolOutcome> {
    let (toolbox, call, cancel) = (Arc::clone(toolbox), ToolCall::new(tool, json!({})), cancel.clone());
    tokio::spawn(async move { toolbox.call(call, cancel).await })
}

#[tokio::test]
async fn identical_calls_share_one_backend_call_and_one_who_leaves_does_not_end_it() {
    let mini = Mini::new();
    let toolbox = Arc::new(toolbox(vec![kubernetes(&mini)]));
    let (stays, leaves) = (CancellationToken::new(), CancellationToken::new());
    let first = in_background(&toolbox, "kubernetes_count", &leaves);
    mini.0.until("the call arrived", |seen| seen.calls.load(Ordering::SeqCst) == 1).await;
    let others: Vec<_> = (0..3).map(|_| in_background(&toolbox, "kubernetes_count", &stays)).collect();
    tokio::task::yield_now().await;
    leaves.cancel();
    assert_eq!(failure(first.await.unwrap()).kind, FailureKind::Cancelled);
    mini.0.gate.add_permits(1);
    for other in others {
        assert_eq!(data(other.await.unwrap())["call"], 1);
    }
    assert_eq!((mini.0.calls.load(Ordering::SeqCst), mini.0.cancelled.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
async fn cancellation_reaches_the_server_and_the_caller_at_once() {
    for tool in ["kubernetes_count", "kubernetes_logs"] {
        let mini = Mini::new();
        let toolbox = Arc::new(toolbox(vec![kubernetes(&mini)]));
        let cancel = CancellationToken::new();
        let running = in_background(&toolbox, tool, &cancel);
        mini.0.until("the call arrived", |seen| seen.calls.load(Ordering::SeqCst) == 1).await;
        cancel.cancel();
        assert_eq!(failure(running.await.unwrap()).kind, FailureKind::Cancelled);
        mini.0.until("the server was told", |seen| seen.cancelled.load(Ordering::SeqCst) == 1).await;
        let before = failure(toolbox.call(ToolCall::new(tool, json!({})), cancel).await);
        assert_eq!(before.kind, FailureKind::Cancelled);
        assert_eq!(mini.0.calls.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline_and_the_server_is_told() {
    let mini = Mini::new();
    let mut server = kubernetes(&mini);
    server.deadline = Some(Duration::from_secs(7));
    let toolbox = toolbox(vec![server]);
    let begun = tokio::time::Instant::now();
    let slow = failure(call(&toolbox, "kubernetes_events", json!({})).await);
    assert_eq!(begun.elapsed().as_secs(), 7);
    expect!["MCP server kubernetes, tool events gave no result within 7 s: no answer came (ask for less (a narrower selection, a shorter window), or raise the deadline of the server in the settings)"].assert_eq(&slow.to_string());
    mini.0.until("the server was told", |seen| seen.cancelled.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_at_once_than_the_server_takes() {
    let mini = Mini::new();
    let mut server = kubernetes(&mini);
    server.max_concurrent = 1;
    let toolbox = Arc::new(toolbox(vec![server]));
    let never = CancellationToken::new();
    let running = in_background(&toolbox, "kubernetes_logs", &never);
    mini.0.until("the call arrived", |seen| seen.calls.load(Ordering::SeqCst) == 1).await;
    let waits = failure(call(&toolbox, "kubernetes_list", json!({})).await);
    assert_eq!(waits.kind, FailureKind::Timeout, "{waits}");
    assert!(waits.message.contains("no place among its 1 calls at once came free"), "{waits}");
    assert_eq!(mini.0.calls.load(Ordering::SeqCst), 1);
    assert_eq!(failure(running.await.unwrap()).kind, FailureKind::Timeout);
}

/// A server of the house's own kit, and not of rmcp directly.
struct Kit;

#[async_trait::async_trait]
impl tools_common::ToolServer for Kit {
    fn info(&self) -> tools_common::ServerInfo {
        tools_common::ServerInfo { name: "prometheus", version: "9.9.9", instructions: "" }
    }

    fn tools(&self) -> Vec<tools_common::ToolSpec> {
        Vec::new()
    }

    async fn call(
        &self,
        _tool: &str,
        _arguments: serde_json::Map<String, Value>,
        _context: tools_common::CallContext,
    ) -> Result<domain::envelope::Envelope, domain::envelope::Failure> {
        Ok(domain::envelope::Envelope::whole(Value::Null, 0))
    }
}

#[tokio::test]
async fn a_server_of_our_own_kit_is_understood() {
    let connect = toolbox::settings::connector(|| tools_common::serve::in_process(Kit));
    let toolbox = toolbox(vec![ServerSettings::in_process("prometheus", connect)]);
    toolbox.catalogue().await;
    assert_eq!(toolbox.servers().await[0].state, Ok("auto-devops-prometheus 9.9.9".to_owned()));
}
