//! Starts, restarts, changed lists and the end.

use crate::mini::{Mini, call, data, failure, toolbox};
use domain::envelope::FailureKind;
use ports::toolbox::Toolbox as _;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use toolbox::settings::{ServerSettings, Start, connector};

/// A server that takes the connection and never says a word.
fn silent(name: &str) -> ServerSettings {
    let kept = std::sync::Mutex::new(Vec::new());
    let connect = connector(move || {
        let (ours, theirs) = tokio::io::duplex(1024);
        kept.lock().unwrap().push(theirs);
        ours
    });
    ServerSettings { start: Start::Eager, ..ServerSettings::in_process(name, connect) }
}

/// A server that cannot be connected to, and counts the attempts.
fn refusing(name: &str, attempts: &Arc<std::sync::atomic::AtomicU32>) -> ServerSettings {
    let attempts = Arc::clone(attempts);
    let connect: toolbox::settings::Connector = Arc::new(move || {
        attempts.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Err(std::io::Error::other("no such estate"))))
    });
    ServerSettings::in_process(name, connect)
}

#[tokio::test(start_paused = true)]
async fn servers_start_side_by_side_and_one_that_fails_stops_no_other() {
    let mini = Mini::new();
    let attempts = Arc::default();
    let servers = vec![
        silent("tempo"),
        refusing("loki", &attempts),
        ServerSettings::in_process("kubernetes", mini.connector()),
        silent("github"),
    ];
    let toolbox = toolbox(servers);
    let begun = tokio::time::Instant::now();
    let tools = toolbox.catalogue().await;
    assert_eq!(begun.elapsed().as_secs(), 10, "both silent ones have the same ten seconds");
    assert_eq!(tools.len(), 5);
    let told: Vec<String> = toolbox
        .servers()
        .await
        .iter()
        .map(|server| match &server.state {
            Ok(identity) => format!("{}: {identity}", server.name),
            Err(failure) => format!("{}: {:?} {}", server.name, failure.kind, failure.message),
        })
        .collect();
    assert_eq!(
        told,
        [
            "tempo: Timeout MCP server tempo (in this process) did not answer the handshake before the deadline of its start",
            "loki: Unreachable MCP server loki (in this process) did not start: no such estate",
            "kubernetes: mini 1.2.3",
            "github: Timeout MCP server github (in this process) did not answer the handshake before the deadline of its start",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_to_a_server_that_is_still_starting_ends_at_the_deadline_of_the_call() {
    let mut server = silent("kubernetes");
    server.deadline = Some(Duration::from_secs(2));
    let toolbox = toolbox(vec![server]);
    let begun = tokio::time::Instant::now();
    let late = failure(call(&toolbox, "kubernetes_list", json!({})).await);
    assert_eq!((late.kind, begun.elapsed().as_secs()), (FailureKind::Timeout, 2), "{late}");
}

#[tokio::test]
async fn a_connector_that_panics_is_a_server_that_is_away() {
    let connect: toolbox::settings::Connector = Arc::new(|| Box::pin(async { panic!("a mistake of the wiring") }));
    let toolbox = toolbox(vec![ServerSettings::in_process("kubernetes", connect)]);
    assert!(toolbox.catalogue().await.is_empty());
    let away = failure(call(&toolbox, "kubernetes_list", json!({})).await);
    assert_eq!(away.kind, FailureKind::BadAnswer, "{away}");
}

#[tokio::test]
async fn a_call_starts_only_the_server_that_it_needs() {
    let (needed, other) = (Mini::new(), Mini::new());
    let toolbox = toolbox(vec![
        ServerSettings::in_process("kubernetes", needed.connector()),
        ServerSettings::in_process("prometheus", other.connector()),
    ]);
    data(call(&toolbox, "kubernetes_list", json!({})).await);
    assert_eq!((needed.0.starts.load(Ordering::SeqCst), other.0.starts.load(Ordering::SeqCst)), (1, 0));
    let idle = toolbox.servers().await.remove(1);
    assert_eq!(idle.state.unwrap_err().message, "MCP server prometheus is not started: nothing needed it yet");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_come_up_is_tried_again_after_a_growing_wait() {
    let attempts = Arc::default();
    let toolbox = toolbox(vec![refusing("kubernetes", &attempts)]);
    for _call in 0..30 {
        let away = failure(call(&toolbox, "kubernetes_list", json!({})).await);
        assert_eq!(away.kind, FailureKind::Unreachable, "{away}");
    }
    assert_eq!(attempts.load(Ordering::SeqCst), 1, "calls in between fail at once");
    for expected in 2..5 {
        tokio::time::advance(Duration::from_secs(61)).await;
        failure(call(&toolbox, "kubernetes_list", json!({})).await);
        assert_eq!(attempts.load(Ordering::SeqCst), expected);
    }
    let told = failure(call(&toolbox, "kubernetes_list", json!({})).await);
    assert!(told.hint.as_deref().is_some_and(|hint| hint.starts_with("it is tried again in")), "{told}");
}

#[tokio::test]
async fn a_connection_that_closed_is_opened_again_by_the_next_call() {
    let mini = Mini::new();
    let mut server = ServerSettings::in_process("kubernetes", mini.connector());
    server.cache_ttl.insert("list".to_owned(), Duration::ZERO);
    let toolbox = toolbox(vec![server]);
    for expected in 1..4 {
        assert_eq!(data(call(&toolbox, "kubernetes_list", json!({})).await)["call"], expected);
        assert_eq!(u64::from(mini.0.starts.load(Ordering::SeqCst)), expected);
        mini.0.closing.lock().unwrap().cancel();
        while toolbox.servers().await[0].state.is_ok() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(toolbox.catalogue().await.len(), 5);
}

#[tokio::test]
async fn a_read_whose_connection_breaks_is_made_once_more() {
    let mini = Mini::new();
    let toolbox = Arc::new(toolbox(vec![ServerSettings::in_process("kubernetes", mini.connector())]));
    let again = Arc::clone(&toolbox);
    let running = tokio::spawn(async move { call(&again, "kubernetes_count", json!({})).await });
    mini.0.until("the call arrived", |seen| seen.calls.load(Ordering::SeqCst) == 1).await;
    mini.0.closing.lock().unwrap().cancel();
    mini.0.until("it arrived again", |seen| seen.calls.load(Ordering::SeqCst) == 2).await;
    // The handler of the cut connection may still wait at the gate and take the first permit.
    mini.0.gate.add_permits(2);
    assert_eq!(data(running.await.unwrap())["call"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_changed_list_is_read_again() {
    let mini = Mini::new();
    let toolbox = toolbox(vec![ServerSettings::in_process("kubernetes", mini.connector())]);
    assert_eq!(toolbox.catalogue().await.len(), 5);
    let schema = json!({"type": "object"});
    mini.0.tools.lock().unwrap().insert("owner_tree".to_owned(), schema);
    let client = mini.0.client.lock().unwrap().clone().unwrap();
    client.notify_tool_list_changed().await.unwrap();
    while toolbox.catalogue().await.len() == 5 {
        tokio::task::yield_now().await;
    }
    assert!(toolbox.catalogue().await.iter().any(|tool| tool.name == "kubernetes_owner_tree"));
}

#[tokio::test]
async fn after_the_end_nothing_is_called() {
    let mini = Mini::new();
    let toolbox = Arc::new(toolbox(vec![ServerSettings::in_process("kubernetes", mini.connector())]));
    let again = Arc::clone(&toolbox);
    let running = tokio::spawn(async move { call(&again, "kubernetes_count", json!({})).await });
    mini.0.until("the call arrived", |seen| seen.calls.load(Ordering::SeqCst) == 1).await;
    let again = Arc::clone(&toolbox);
    let ending = tokio::spawn(async move { again.shut_down(Duration::from_secs(5)).await });
    tokio::task::yield_now().await;
    let late =
        toolbox.call(domain::evidence::ToolCall::new("kubernetes_list", json!({})), CancellationToken::new()).await;
    assert_eq!(failure(late).kind, FailureKind::Cancelled);
    mini.0.gate.add_permits(1);
    assert_eq!(data(running.await.unwrap())["call"], 1, "what was running is waited for");
    ending.await.unwrap();
    assert!(toolbox.servers().await[0].state.is_err());
    assert!(toolbox.catalogue().await.is_empty());
}
