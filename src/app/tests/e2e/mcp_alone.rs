//! Our tool servers alone, as any MCP client would use them: JSON-RPC lines on standard streams, and streamable HTTP.

use crate::process::{Program, Running};
use crate::servers::{Backend, Simulated, http};
use serde_json::{Value, json};
use std::net::SocketAddr;

fn initialize() -> Value {
    let client = json!({"name": "e2e", "version": "0"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
}

/// A JSON-RPC request.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// Sends a request as one line and waits for the line with its answer.
pub async fn exchange(server: &mut Running, message: Value) -> Value {
    server.send(&format!("{message}\n")).await;
    let answer = |out: &str| -> Option<Value> {
        let lines = out.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let mut values = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        values.find(|value| value["id"] == message["id"])
    };
    let out = server.out_until(|out| answer(out).is_some()).await;
    answer(&out).unwrap()
}

/// The names of the tools, of which each says that it only reads.
fn read_only(listed: &Value) -> Vec<&str> {
    let tools = listed["result"]["tools"].as_array().unwrap_or_else(|| panic!("{listed:#}"));
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool:#}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool:#}");
    }
    tools.iter().filter_map(|tool| tool["name"].as_str()).collect()
}

/// Begins the session and lists the tools.
pub async fn speak(mut server: Running) -> (Value, Running) {
    let hello = exchange(&mut server, initialize()).await;
    assert!(hello["result"]["capabilities"]["tools"].is_object(), "{hello:#}");
    server.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n").await;
    let listed = exchange(&mut server, request(2, "tools/list", json!({}))).await;
    (listed, server)
}

#[tokio::test]
async fn prometheus_over_standard_streams() {
    let backend = Backend::prometheus().await;
    let server = Program::new(&["mcp", "prometheus", "--stdio"]).env("PROMETHEUS_URL", &backend.url).start();
    let (listed, mut server) = speak(server).await;
    let names = read_only(&listed);
    assert!(names.contains(&"targets") && names.contains(&"query_range"), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("create") || name.contains("expire")), "{names:?}");
    let called = exchange(&mut server, request(3, "tools/call", json!({"name": "targets", "arguments": {}}))).await;
    assert_eq!(called["result"]["isError"], false, "{called:#}");
    assert!(called["result"]["content"][0]["text"].as_str().unwrap().contains("10.0.0.7:9100"), "{called:#}");
    let wrong = json!({"name": "query", "arguments": {"query": "sum(up"}});
    let wrong = exchange(&mut server, request(4, "tools/call", wrong)).await;
    assert_eq!(wrong["result"]["isError"], true, "{wrong:#}");
    let unknown = json!({"name": "silence_create", "arguments": {}});
    let unknown = exchange(&mut server, request(5, "tools/call", unknown)).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown:#}");
    server.finish().await.code(0);
}

#[tokio::test]
async fn kubernetes_over_standard_streams() {
    let estate = Simulated::start("image-pull").await;
    let program = Program::new(&["mcp", "kubernetes"]);
    let kubeconfig = program.file("kubeconfig", &estate.kubeconfig);
    let (listed, mut server) = speak(program.env("KUBECONFIG", kubeconfig).start()).await;
    let names = read_only(&listed);
    for write in ["rollout_restart", "delete_pod", "scale", "drain"] {
        assert!(!names.contains(&write), "{names:?}");
    }
    let pods = json!({"name": "list", "arguments": {"kind": "Pod", "namespace": "shop"}});
    let pods = exchange(&mut server, request(3, "tools/call", pods)).await;
    assert!(pods["result"]["content"][0]["text"].as_str().unwrap().contains("checkout"), "{pods:#}");
    server.finish().await.code(0);
}

/// The JSON of an answer that came as a document or as an event stream.
fn message(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let data = body.lines().map(|line| line.strip_prefix("data:").unwrap_or(line).trim());
    let mut values = data.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values.find(|value| value["id"].is_number()).unwrap_or_else(|| panic!("{answer}"))
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn prometheus_over_http_refuses_foreign_hosts_and_origins() {
    let backend = Backend::prometheus().await;
    let program = Program::new(&["mcp", "prometheus", "--listen", "127.0.0.1:0"]);
    let mut server = program.env("PROMETHEUS_URL", &backend.url).start();
    let told = server.err_until(|err| err.contains("/mcp\n")).await;
    let host = told.split("http://").nth(1).unwrap().split('/').next().unwrap();
    let address: SocketAddr = host.parse().unwrap();
    let accept = ("accept", "application/json, text/event-stream");
    let post = |headers: Vec<(&'static str, String)>, body: Value| async move {
        let mut all = vec![accept, ("content-type", "application/json")];
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
        http(address, "POST", "/mcp", &all, &body.to_string()).await
    };
    let foreign = post(vec![("host", "evil.example".into())], initialize()).await;
    assert_eq!(status(&foreign), "403", "{foreign}");
    let headers = vec![("host", host.to_owned()), ("origin", "http://evil.example".into())];
    let browser = post(headers, initialize()).await;
    assert_eq!(status(&browser), "403", "{browser}");

    let hello = post(vec![("host", host.to_owned())], initialize()).await;
    assert_eq!(status(&hello), "200", "{hello}");
    assert_eq!(message(&hello)["result"]["serverInfo"]["name"], "auto-devops-prometheus");
    let session = hello.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).map(str::to_owned);
    let mut headers = vec![("host", host.to_owned()), ("mcp-protocol-version", "2025-06-18".to_owned())];
    headers.extend(session.map(|session| ("mcp-session-id", session)));
    post(headers.clone(), json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let listed = message(&post(headers.clone(), request(2, "tools/list", json!({}))).await);
    assert!(read_only(&listed).contains(&"targets"), "{listed:#}");
    let called = request(3, "tools/call", json!({"name": "targets", "arguments": {}}));
    let called = message(&post(headers, called).await);
    assert!(called["result"]["content"][0]["text"].as_str().unwrap().contains("10.0.0.7:9100"), "{called:#}");
    server.signal("TERM");
    server.finish().await.code(0);
}

#[tokio::test]
async fn beyond_the_loopback_nothing_is_served_without_a_token() {
    let backend = Backend::prometheus().await;
    let program = Program::new(&["mcp", "prometheus", "--listen", "0.0.0.0:0"]).env("PROMETHEUS_URL", &backend.url);
    program.run().await.code(77).err_has(&["AUTO_DEVOPS_MCP_TOKEN"]);
}

#[tokio::test]
async fn the_merged_catalogue_holds_read_tools_only() {
    let estate = Simulated::start("image-pull").await;
    let program = Program::new(&["tools", "list", "--json"]).env("PROMETHEUS_URL", &estate.prometheus);
    let kubeconfig = program.file("kubeconfig", &estate.kubeconfig);
    let document = program.env("KUBECONFIG", kubeconfig).run().await.code(0).json();
    let tools = document["tools"].as_array().unwrap();
    for tool in tools {
        assert!(["R0", "R1"].contains(&tool["effect"].as_str().unwrap()), "{tool:#}");
        let (name, server) = (tool["name"].as_str().unwrap(), tool["server"].as_str().unwrap());
        assert!(name.starts_with(&format!("{server}_")), "{name} of {server}");
    }
    let servers: Vec<&str> =
        document["servers"].as_array().unwrap().iter().filter_map(|server| server["name"].as_str()).collect();
    assert_eq!(servers, ["kubernetes", "prometheus"]);
}
