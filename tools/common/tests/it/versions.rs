//! Which protocol version is spoken, and what happens to a request that names another, or another session.
//!
//! The rules: <https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation> and
//! <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http>.

use crate::wire::{Server, initialize, request};
use serde_json::{Value, json};

/// The newest version that begins with `initialize`.
const NEWEST: &str = "2025-11-25";
const STATELESS: &str = "2026-07-28";

#[tokio::test]
async fn a_version_that_is_known_is_agreed_to_and_for_another_the_newest_is_offered() {
    let server = Server::start().await;
    let cases = [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        (NEWEST, NEWEST),
        // It has no handshake, so a client that shakes hands gets the newest that has one.
        (STATELESS, NEWEST),
        ("1999-01-01", NEWEST),
        ("2999-01-01", NEWEST),
        ("not a version", NEWEST),
    ];
    for (asked, wanted) in cases {
        let answer = server.post(&[], &initialize(asked)).await;
        assert_eq!(answer.status, 200, "{asked}: {answer:?}");
        assert_eq!(answer.message()["result"]["protocolVersion"], wanted, "{asked}: {answer:?}");
    }
    server.end().await;
}

#[tokio::test]
async fn each_version_lists_and_calls_tools_in_its_session() {
    let server = Server::start().await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", NEWEST] {
        let opened = server.post(&[], &initialize(version)).await;
        let session = opened.header("mcp-session-id").unwrap().to_owned();
        let headers = [("mcp-session-id", session.as_str()), ("mcp-protocol-version", version)];
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(server.post(&headers, &ready).await.status, 202, "{version}");
        let listed = server.post(&headers, &request(2, "tools/list", json!({}))).await.message();
        assert!(listed["result"]["tools"].as_array().unwrap().len() > 10, "{version}: {listed:#}");
        let called = request(3, "tools/call", json!({"name": "test_simple_text", "arguments": {}}));
        let called = server.post(&headers, &called).await.message();
        assert_eq!(called["result"]["content"][0]["type"], "text", "{version}: {called:#}");
    }
    server.end().await;
}

fn stateless(id: u64, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientInfo": {"name": "it", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {}
    });
    request(id, method, params)
}

#[tokio::test]
async fn the_stateless_version_needs_neither_handshake_nor_session() {
    let server = Server::start().await;
    let headers = |method| [("mcp-protocol-version", STATELESS), ("mcp-method", method)];
    let found = server.post(&headers("server/discover"), &stateless(1, "server/discover", json!({}))).await;
    assert_eq!(found.status, 200, "{found:?}");
    let versions = found.message()["result"]["supportedVersions"].clone();
    assert!(versions.as_array().unwrap().contains(&json!(STATELESS)), "{found:?}");
    let listed = server.post(&headers("tools/list"), &stateless(2, "tools/list", json!({}))).await;
    assert_eq!((listed.status, listed.header("mcp-session-id")), (200, None), "{listed:?}");
    assert!(listed.message()["result"]["tools"].as_array().unwrap().len() > 10, "{listed:?}");
    let named = [("mcp-protocol-version", STATELESS), ("mcp-method", "tools/call"), ("mcp-name", "test_simple_text")];
    let call = stateless(3, "tools/call", json!({"name": "test_simple_text", "arguments": {}}));
    let called = server.post(&named, &call).await;
    assert_eq!(called.message()["result"]["content"][0]["type"], "text", "{called:?}");
    // A box in between routes by the header, so it must not say another thing than the body.
    let crossed = server.post(&headers("tools/list"), &call).await;
    assert_eq!(crossed.status, 400, "{crossed:?}");
    server.end().await;
}

#[tokio::test]
async fn what_a_request_must_carry_is_held_and_each_lack_has_its_status() {
    let server = Server::start().await;
    let session = server.session().await;
    let list = request(2, "tools/list", json!({}));
    let ours = ("mcp-session-id", session.as_str());
    let cases = [
        ("a version that nobody knows", vec![ours, ("mcp-protocol-version", "1999-01-01")], 400),
        ("a session that never was", vec![("mcp-session-id", "00000000-0000-0000-0000-000000000000")], 404),
        ("another type", vec![ours, ("content-type", "text/plain")], 415),
        ("only JSON accepted", vec![ours, ("accept", "application/json")], 406),
        ("only events accepted", vec![ours, ("accept", "text/event-stream")], 406),
        ("no session", vec![], 400),
    ];
    for (what, headers, wanted) in cases {
        let mut all = vec![("accept", "application/json, text/event-stream"), ("content-type", "application/json")];
        all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        all.extend(headers);
        let answer = server.send("POST", &all, &list.to_string()).await;
        assert_eq!(answer.status, wanted, "{what}: {answer:?}");
    }
    assert_eq!(server.send("PUT", &[ours], "").await.status, 405);
    assert_eq!(server.post(&[ours], &json!({"no": "JSON-RPC"})).await.status, 415);
    assert_eq!(server.send("DELETE", &[ours], "").await.status, 204);
    assert_eq!(server.post(&[ours], &list).await.status, 404, "a session that was ended is gone");
    server.end().await;
}
