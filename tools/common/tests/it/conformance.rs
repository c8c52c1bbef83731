//! The public conformance suite against our serving layer: once with the suite's reference tools behind it, and once
//! with a tool server of the kit. The shipped servers meet it in the end-to-end tests of `app`.

use crate::reference::Reference;
use crate::suite::{self, Report};
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure};
use rmcp::ServerHandler;
use serde_json::{Map, Value, json};
use std::path::Path;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools_common::serve::{self, Adapter, HttpOptions};
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec};

/// Every scenario of the suite, with the ones that it calls pending.
const SCENARIOS: usize = 32;

async fn run(handler: impl ServerHandler + Clone, list: impl AsRef<Path>) -> Report {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve::http_of(handler, listener, HttpOptions::default(), stop.clone()));
    let report = suite::run(&url, list).await;
    stop.cancel();
    serving.await.unwrap().unwrap();
    assert_eq!(report.scenarios.len(), SCENARIOS, "the suite has other scenarios than were counted: {report}");
    report
}

fn list(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(name)
}

#[tokio::test]
async fn the_public_suite_passes_against_the_serving_layer() {
    let report = run(Reference::default(), list("conformance-serving-layer.yml")).await;
    println!("{report}");
    assert_eq!(report.failed(), suite::expected(include_str!("conformance-serving-layer.yml")), "{report}");
    assert!(report.accepted, "the suite itself does not accept the outcome: {report}");
}

/// The least that a tool server can be.
struct Least;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct LeastArgs {}

#[async_trait]
impl ToolServer for Least {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "prometheus", version: "1.0.0", instructions: "For tests." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        vec![ToolSpec::new::<LeastArgs>("query", "A tool", "Gives nothing.")]
    }

    async fn call(&self, _: &str, _: Map<String, Value>, _: CallContext) -> Result<Envelope, Failure> {
        Ok(Envelope::whole(json!({}), 0))
    }
}

#[tokio::test]
async fn the_public_suite_passes_against_a_tool_server_but_for_what_it_does_not_offer() {
    let report = run(Adapter::new(Least), list("conformance-tool-servers.yml")).await;
    println!("{report}");
    assert_eq!(report.failed(), suite::expected(include_str!("conformance-tool-servers.yml")), "{report}");
    assert!(report.accepted, "the suite itself does not accept the outcome: {report}");
}

#[tokio::test]
async fn the_run_fails_when_an_expected_failure_passes_and_when_another_fails() {
    let stale = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stale-{}.yml", std::process::id()));
    std::fs::write(&stale, "server:\n  - ping # it answers since yesterday\n").unwrap();
    let report = run(Reference::default(), &stale).await;
    assert!(!report.accepted && report.failed().is_empty(), "an expected failure passed: {report}");
    std::fs::write(&stale, "server: []\n").unwrap();
    let report = run(Adapter::new(Least), &stale).await;
    assert!(!report.accepted && report.failed().contains("tools-call-simple-text"), "others failed: {report}");
    std::fs::remove_file(&stale).unwrap();
}
