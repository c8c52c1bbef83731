//! What one caller can cost: bodies, heads that never end, sessions, connections.

use crate::wire::{Server, answer, initialize, request};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tools_common::serve::{HttpLimits, HttpOptions};

const SHORT: Duration = Duration::from_millis(200);
/// Long enough that what did not happen within it never will.
const LONG: Duration = Duration::from_secs(10);
const VERSION: &str = "2025-11-25";

fn limits() -> HttpLimits {
    HttpLimits::default()
}

#[tokio::test]
async fn a_body_beyond_the_ceiling_is_refused_announced_or_not() {
    let server = Server::limited(HttpLimits { body_bytes: 2_000, ..limits() }).await;
    let large = json!({"padding": "x".repeat(2_000)});
    assert_eq!(server.post(&[], &large).await.status, 413);
    // Announced as gigabytes, and refused before a byte of it is sent.
    let mut stream = server.connect().await;
    let head = format!("POST /mcp HTTP/1.1\r\nhost: {}\r\ncontent-length: 5000000000\r\n\r\n", server.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.status, 413);
    // In chunks, with no length announced.
    let mut stream = server.connect().await;
    let head = format!("POST /mcp HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\n\r\n", server.address);
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1_024));
    stream.write_all(format!("{head}{chunk}{chunk}").as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.status, 413);
    assert_eq!(server.post(&[], &initialize(VERSION)).await.status, 200, "others are served as before");
    server.end().await;
}

#[tokio::test]
async fn a_caller_without_the_token_is_refused_before_its_body_is_read() {
    let server = Server::with(HttpOptions { bearer_token: Some("s3cret".into()), ..HttpOptions::default() }).await;
    let mut stream = server.connect().await;
    let head = format!("POST /mcp HTTP/1.1\r\nhost: {}\r\ncontent-length: 1000\r\n\r\n", server.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.status, 401);
    server.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::limited(HttpLimits { body_wait: SHORT, ..limits() }).await;
    let mut stream = server.connect().await;
    let head = format!("POST /mcp HTTP/1.1\r\nhost: {}\r\ncontent-length: 100\r\n\r\n{{", server.address);
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut stream).await.status, 408);
    server.end().await;
}

#[tokio::test]
async fn a_head_that_trickles_in_loses_its_connection() {
    let server = Server::limited(HttpLimits { head_wait: SHORT, ..limits() }).await;
    let (mut reading, mut writing) = server.connect().await.into_split();
    let trickling = tokio::spawn(async move {
        let mut sent = writing.write_all(b"POST /mcp HTTP/1.1\r\nx-slow: ").await;
        while sent.is_ok() {
            sleep(SHORT / 4).await;
            sent = writing.write_all(b"x").await;
        }
    });
    let mut taken = Vec::new();
    // The end may come as a reset, because the head was still being sent.
    let _ = timeout(LONG, reading.read_to_end(&mut taken)).await.unwrap();
    trickling.abort();
    // A connection on which nothing was said ends likewise.
    let mut silent = server.connect().await;
    assert_eq!(timeout(LONG, silent.read_to_end(&mut taken)).await.unwrap().unwrap(), 0);
    server.end().await;
}

#[tokio::test]
async fn beyond_the_number_of_sessions_a_caller_is_told_to_come_again() {
    let server = Server::limited(HttpLimits { sessions: 2, ..limits() }).await;
    let first = server.session().await;
    let _second = server.session().await;
    let third = server.post(&[], &initialize(VERSION)).await;
    assert_eq!((third.status, third.header("retry-after")), (503, Some("60")), "{third:?}");
    // Those that are open work on, and one that is ended makes room.
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let ours = [("mcp-session-id", first.as_str())];
    assert_eq!(server.post(&ours, &ready).await.status, 202);
    assert_eq!(server.post(&ours, &request(2, "tools/list", json!({}))).await.status, 200);
    assert_eq!(server.send("DELETE", &ours, "").await.status, 204);
    assert_eq!(server.post(&[], &initialize(VERSION)).await.status, 200);
    server.end().await;
}

#[tokio::test]
async fn callers_at_the_same_moment_do_not_share_the_last_place() {
    let server = Server::limited(HttpLimits { sessions: 4, ..limits() }).await;
    let hello = initialize(VERSION);
    let asked = futures::future::join_all((0..16).map(|_| server.post(&[], &hello))).await;
    let opened = asked.iter().filter(|answer| answer.status == 200).count();
    let refused = asked.iter().filter(|answer| answer.status == 503).count();
    assert_eq!((opened, refused), (4, 12));
    server.end().await;
}

#[tokio::test]
async fn a_session_that_lies_idle_is_closed() {
    let server = Server::limited(HttpLimits { session_idle: SHORT, sessions: 1, ..limits() }).await;
    let session = server.session().await;
    let list = request(2, "tools/list", json!({}));
    let gone = async {
        while server.post(&[("mcp-session-id", session.as_str())], &list).await.status != 404 {
            sleep(SHORT * 2).await;
        }
    };
    timeout(LONG, gone).await.unwrap();
    // And its place is free again.
    server.session().await;
    server.end().await;
}

#[tokio::test]
async fn connections_beyond_the_number_wait_until_one_ends() {
    let server = Server::limited(HttpLimits { connections: 2, ..limits() }).await;
    let first = server.connect().await;
    let _second = server.connect().await;
    sleep(SHORT).await;
    let hello = initialize(VERSION);
    let mut third = Box::pin(server.post(&[], &hello));
    assert!(timeout(SHORT, &mut third).await.is_err(), "it was served beside two others");
    drop(first);
    assert_eq!(timeout(LONG, third).await.unwrap().status, 200);
    server.end().await;
}

#[tokio::test]
async fn a_stop_ends_idle_connections_and_open_streams() {
    let server = Server::start().await;
    let session = server.session().await;
    let _idle = server.connect().await;
    let mut listening = server.connect().await;
    let headers = [("accept", "text/event-stream"), ("mcp-session-id", session.as_str())];
    listening.write_all(server.request("GET", &headers, "").as_bytes()).await.unwrap();
    let mut part = [0; 12];
    timeout(LONG, listening.read_exact(&mut part)).await.unwrap().unwrap();
    assert_eq!(&part, b"HTTP/1.1 200");
    // Well below the time in which it would give up waiting.
    timeout(Duration::from_secs(4), server.end()).await.unwrap();
}
