//! The model server on a real socket.

use super::*;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn connect(server: &ModelServer, path: &str, body: &Value) -> tokio::net::TcpStream {
    let host = server.url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let body = body.to_string();
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

async fn post(server: &ModelServer, path: &str, body: &Value) -> String {
    let mut stream = connect(server, path, body).await;
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await.unwrap();
    read.map(|_| answer).unwrap()
}

fn chat(stream: bool) -> Value {
    json!({"model": "scripted:latest", "stream": stream, "stream_options": {"include_usage": true},
           "messages": [{"role": "user", "content": "which targets are down?"}]})
}

#[tokio::test]
async fn streams_text_and_calls_and_records() {
    let script =
        Script::steps([ServerStep::call("prometheus_targets", json!({"state": "down"})), ServerStep::text("a b")]);
    let server = ModelServer::start(script).await;
    let first = post(&server, "/v1/chat/completions", &chat(true)).await;
    assert!(first.contains("text/event-stream") && first.contains("prometheus_targets"), "{first}");
    assert!(first.contains("\"finish_reason\":\"tool_calls\"") && first.contains("prompt_tokens"), "{first}");
    let second = post(&server, "/v1/chat/completions", &chat(false)).await;
    assert!(second.contains("\"content\":\"a b\""), "{second}");
    let third = post(&server, "/v1/chat/completions", &chat(true)).await;
    assert!(third.starts_with("HTTP/1.1 500") && third.contains("used up"), "{third}");
    assert_eq!(server.chats().len(), 3);
}

#[tokio::test]
async fn sees_a_client_go_away() {
    let server = ModelServer::start(Script::steps([ServerStep::Stall("one".into()), ServerStep::Silent])).await;
    for gone in 1..=2 {
        let stream = connect(&server, "/v1/chat/completions", &chat(true)).await;
        tokio::time::timeout(Duration::from_secs(20), server.wait_for_chats(gone)).await.unwrap();
        drop(stream);
        tokio::time::timeout(Duration::from_secs(20), server.wait_for_aborted(gone)).await.unwrap();
    }
}

#[tokio::test]
async fn a_probe_for_tools_takes_no_step() {
    let server = ModelServer::start(Script::steps([]).tools(false)).await;
    let mut body = chat(true);
    body["tools"] = json!([{"type": "function", "function": {"name": PROBE_TOOL, "parameters": {}}}]);
    let answer = post(&server, "/v1/chat/completions", &body).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("does not support tools"), "{answer}");
    assert!(server.chats().is_empty());
    let shown = post(&server, "/api/show", &json!({"model": "scripted"})).await;
    assert!(shown.contains("\"capabilities\":[\"completion\"]") && shown.contains("num_ctx"), "{shown}");
}
