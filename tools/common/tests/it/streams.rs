//! The event stream of a call, its breaking off in the middle, and its resumption.

use crate::wire::{Answer, Server, initialize, request};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_call_whose_stream_breaks_goes_on_and_its_answer_is_fetched_by_the_last_event() {
    let server = Server::start().await;
    let session = server.session().await;
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let ours = ("mcp-session-id", session.as_str());
    assert_eq!(server.post(&[ours], &ready).await.status, 202);
    // It takes 150 ms; the connection ends at its first event.
    let call = request(2, "tools/call", json!({"name": "test_tool_with_progress", "arguments": {}}));
    let headers = [ours, ("accept", "application/json, text/event-stream"), ("content-type", "application/json")];
    let mut stream = server.connect().await;
    stream.write_all(server.request("POST", &headers, &call.to_string()).as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("retry:") {
        let mut part = [0; 512];
        let read = timeout(LONG, stream.read(&mut part)).await.unwrap().unwrap();
        assert!(read > 0, "no first event: {seen}");
        seen.push_str(std::str::from_utf8(&part[..read]).unwrap());
    }
    drop(stream);
    let last = seen.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().to_owned();
    let headers = [ours, ("accept", "text/event-stream"), ("last-event-id", last.as_str())];
    let resumed: Answer = timeout(LONG, server.send("GET", &headers, "")).await.unwrap();
    assert_eq!(resumed.status, 200, "{resumed:?}");
    assert_eq!(resumed.message()["id"], 2, "{resumed:?}");
    assert_eq!(resumed.message()["result"]["content"][0]["type"], "text", "{resumed:?}");
    server.end().await;
}

#[tokio::test]
async fn each_request_of_a_session_is_answered_on_its_own_stream() {
    let server = Server::start().await;
    let opened = server.post(&[], &initialize("2025-11-25")).await;
    let session = opened.header("mcp-session-id").unwrap();
    let ours = [("mcp-session-id", session)];
    server.post(&ours, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let calls: Vec<_> = (2..22)
        .map(|id| request(id, "tools/call", json!({"name": "test_tool_with_progress", "arguments": {}})))
        .collect();
    let answers = futures::future::join_all(calls.iter().map(|call| server.post(&ours, call))).await;
    for (call, answer) in calls.iter().zip(&answers) {
        assert_eq!(answer.message()["id"], call["id"], "{answer:?}");
    }
    server.end().await;
}
