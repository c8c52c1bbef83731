//! A server over each of its ways in.

use super::*;
use crate::{CallContext, ServerInfo, ToolServer, ToolSpec, args, wire};
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure, FailureKind};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::RunningService;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct QueryArgs {
    /// What to do.
    query: String,
}

/// Four tools: one good, one that hangs, one that panics, one that the effect table does not know.
struct Odd {
    cancelled: CancellationToken,
}

#[async_trait]
impl ToolServer for Odd {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "prometheus", version: "1.2.3", instructions: "For tests." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        ["query", "targets", "rules", "drop_everything"]
            .into_iter()
            .map(|name| ToolSpec::new::<QueryArgs>(name, "A tool", "Does things."))
            .collect()
    }

    fn call_deadline(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        let asked: QueryArgs = args::parse(arguments)?;
        match tool {
            "query" if asked.query == "fail" => {
                Err(Failure::new(FailureKind::NotFound, "no password=hunter2 here").with_hint("look elsewhere"))
            }
            "query" => Ok(Envelope::whole(json!({"echo": asked.query, "db_password": "hunter2"}), 1)),
            "targets" => {
                let _told_when_dropped = self.cancelled.clone().drop_guard();
                context.progress.tell(0.5, Some(1.0), "half way with token=abc123");
                std::future::pending().await
            }
            _ => panic!("a mistake of the tool's own"),
        }
    }
}

fn odd() -> (Odd, CancellationToken) {
    let cancelled = CancellationToken::new();
    (Odd { cancelled: cancelled.clone() }, cancelled)
}

async fn connected() -> RunningService<RoleClient, ()> {
    ().serve(in_process(odd().0)).await.unwrap()
}

fn request(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    CallToolRequestParams::new(tool).with_arguments(arguments.as_object().cloned().unwrap_or_default())
}

fn decoded(result: &CallToolResult) -> Result<Envelope, Failure> {
    assert_eq!(result.content.len(), 1, "a result is sent once");
    assert!(result.structured_content.is_none(), "a result is sent once");
    let text = result.content[0].as_text().map(|text| text.text.clone()).unwrap();
    wire::decode(&text, result.is_error == Some(true))
}

#[tokio::test]
async fn a_client_sees_our_name_and_only_the_graded_tools() {
    let client = connected().await;
    let server = client.peer_info().unwrap().server_info.clone().unwrap();
    assert_eq!((server.name.as_str(), server.version.as_str()), ("auto-devops-prometheus", "1.2.3"));
    let tools = client.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["query", "targets", "rules"]);
    let annotations = tools[0].annotations.clone().unwrap();
    assert_eq!(
        (annotations.read_only_hint, annotations.destructive_hint, annotations.open_world_hint),
        (Some(true), Some(false), Some(false))
    );
}

#[tokio::test]
async fn results_and_failures_cross_redacted() {
    let client = connected().await;
    let good = client.call_tool(request("query", json!({"query": "hello"}))).await.unwrap();
    assert_eq!(decoded(&good).unwrap().data, json!({"echo": "hello", "db_password": "[redacted]"}));
    let bad = client.call_tool(request("query", json!({"query": "fail"}))).await.unwrap();
    let failure = decoded(&bad).unwrap_err();
    assert_eq!(failure, Failure::new(FailureKind::NotFound, "no password=[redacted] here").with_hint("look elsewhere"));
}

#[tokio::test]
async fn wrong_arguments_are_a_result_and_an_unknown_tool_is_an_error() {
    let client = connected().await;
    let wrong = client.call_tool(request("query", json!({"qery": "x"}))).await.unwrap();
    let failure = decoded(&wrong).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(failure.message.contains("did you mean `query`?"), "{}", failure.message);
    let unknown = client.call_tool(request("querry", json!({}))).await.unwrap_err();
    assert!(unknown.to_string().contains("did you mean `query`?"), "{unknown}");
    let ungraded = client.call_tool(request("drop_everything", json!({"query": "x"}))).await.unwrap_err();
    assert!(ungraded.to_string().contains("there is no tool"), "{ungraded}");
}

#[tokio::test]
async fn a_panic_is_a_failed_call_and_the_server_lives() {
    let client = connected().await;
    let failed = client.call_tool(request("rules", json!({"query": "x"}))).await.unwrap();
    assert_eq!(decoded(&failed).unwrap_err().kind, FailureKind::BadAnswer);
    assert!(client.call_tool(request("query", json!({"query": "x"}))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline() {
    let client = connected().await;
    let late = client.call_tool(request("targets", json!({"query": "x"}))).await.unwrap();
    assert_eq!(decoded(&late).unwrap_err().kind, FailureKind::Timeout);
}

#[tokio::test]
async fn a_client_that_gives_up_stops_the_work() {
    let (server, cancelled) = odd();
    let client = ().serve(in_process(server)).await.unwrap();
    let call = client.call_tool(request("targets", json!({"query": "x"})));
    let given_up = tokio::time::timeout(Duration::from_millis(50), call).await;
    assert!(given_up.is_err());
    // Well below the call's own deadline of two seconds.
    tokio::time::timeout(Duration::from_millis(1_500), cancelled.cancelled()).await.unwrap();
}

async fn serve_http(
    options: HttpOptions,
) -> (std::net::SocketAddr, CancellationToken, tokio::task::JoinHandle<Result<(), ServeError>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(http(odd().0, listener, options, shutdown.clone()));
    (address, shutdown, serving)
}

async fn posted(address: std::net::SocketAddr, headers: &[(&str, &str)]) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}});
    let mut request = reqwest::Client::new()
        .post(format!("http://{address}/mcp"))
        .header("accept", "application/json, text/event-stream")
        .json(&initialize);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_port_asks_for_the_token_and_checks_host_and_origin() {
    let options = HttpOptions { bearer_token: Some("s3cret".into()), ..HttpOptions::default() };
    let (address, shutdown, serving) = serve_http(options).await;
    let good = ("authorization", "Bearer s3cret");
    assert_eq!(posted(address, &[]).await, 401);
    assert_eq!(posted(address, &[("authorization", "Bearer s3creT")]).await, 401);
    assert_eq!(posted(address, &[good]).await, 200);
    assert_eq!(posted(address, &[("host", "evil.example")]).await, 401);
    // Other machines call it by a name that only they know.
    assert_eq!(posted(address, &[good, ("host", "tools.example:8090")]).await, 200);
    assert_eq!(posted(address, &[good, ("origin", "https://evil.example")]).await, 403);
    shutdown.cancel();
    serving.await.unwrap().unwrap();
    // Without a token a name of another is that of a page that rebinds.
    let (address, shutdown, serving) = serve_http(HttpOptions::default()).await;
    assert_eq!(posted(address, &[]).await, 200);
    assert_eq!(posted(address, &[("host", "evil.example")]).await, 403);
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_works_over_http() {
    use rmcp::transport::StreamableHttpClientTransport;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (address, shutdown, serving) = serve_http(HttpOptions::default()).await;
    let transport = StreamableHttpClientTransport::from_uri(format!("http://{address}/mcp"));
    let client = ().serve(transport).await.unwrap();
    let good = client.call_tool(request("query", json!({"query": "hello"}))).await.unwrap();
    assert_eq!(decoded(&good).unwrap().returned, 1);
    client.cancel().await.unwrap();
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_port_that_others_reach_needs_a_token() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let result = http(odd().0, listener, HttpOptions::default(), CancellationToken::new()).await;
    assert!(matches!(result, Err(ServeError::Unprotected(_))));
}

#[tokio::test(start_paused = true)]
async fn a_bounded_number_of_calls_runs_and_one_beyond_those_that_wait_is_refused_at_once() {
    use super::places::{ADMITTED, WORKING};
    let (begun, mut beginnings) = tokio::sync::mpsc::unbounded_channel();
    let adapter = Adapter::new(Stuck { begun });
    let arguments = || json!({"query": "x"}).as_object().cloned().unwrap();
    let calls: Vec<_> = (0..ADMITTED)
        .map(|_| {
            let adapter = adapter.clone();
            tokio::spawn(async move { adapter.call("query", arguments(), adapter.context()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(beginnings.len(), WORKING);
    let refused = adapter.call("query", arguments(), adapter.context()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::RateLimited);
    // Those that waited in vain end at their own deadline, and leave their places.
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind, FailureKind::Timeout);
    }
    while beginnings.try_recv().is_ok() {}
    let again = adapter.call("query", arguments(), adapter.context()).await.unwrap_err();
    assert_eq!((again.kind, beginnings.len()), (FailureKind::Timeout, 1));
}

/// Tells that a call began, and never answers.
struct Stuck {
    begun: tokio::sync::mpsc::UnboundedSender<()>,
}

#[async_trait]
impl ToolServer for Stuck {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "prometheus", version: "1.2.3", instructions: "For tests." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        vec![ToolSpec::new::<QueryArgs>("query", "A tool", "Hangs.")]
    }

    async fn call(&self, _: &str, _: Map<String, Value>, _: CallContext) -> Result<Envelope, Failure> {
        self.begun.send(()).unwrap();
        std::future::pending().await
    }
}
