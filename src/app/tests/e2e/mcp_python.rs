//! The official Python client (PyPI `mcp`) lists and calls every tool of each of our servers, over both ways in.
//!
//! The client's side is `tests/mcp_client.py`, which has the arguments of each tool and the checks; here its servers are
//! started. A tool without arguments there fails these tests.

use crate::conformance::{AtPorts, listening};
use crate::process::Scratch;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_secs(90);
const TOKEN: &str = "CANARY-mcp-token";

/// Runs the client to its end. Gives what it did in each of its two connections.
async fn client(estate: &AtPorts, arguments: &[&str]) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| root.join(".fixtures"), PathBuf::from);
    let python = fixtures.join("venv/bin/python");
    assert!(python.exists(), "{} is missing: run .ci/fixtures first", python.display());
    let home = Scratch::new();
    let mut command = Command::new(python);
    command.arg(root.join("tests/mcp_client.py")).args(arguments).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home.path("."));
    command.envs(estate.variables()).stdin(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(PATIENCE, command.output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("{arguments:?}: not over after {PATIENCE:?}")).unwrap();
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{arguments:?}: {}\n{out}\n{err}", ended.status);
    assert!(!err.contains("termination failed"), "the client takes the end of its session for a failure: {err}");
    serde_json::from_str(&out).unwrap()
}

/// The client's own choice of a version, and the older way; by stdio with results as text, and by HTTP with structured
/// content: each time every tool answers.
async fn calls_every_tool(server: &str) {
    let estate = AtPorts::start().await;
    let program = env!("CARGO_BIN_EXE_auto-devops");
    let by_stdio = client(&estate, &[server, "--command", program, "mcp", server]).await;
    let mut running = estate.serving(server, &["--structured"]).env("AUTO_DEVOPS_MCP_TOKEN", TOKEN).start();
    let url = listening(&mut running).await;
    let by_http = client(&estate, &[server, "--url", &url, "--token", TOKEN]).await;
    running.signal("TERM");
    running.finish().await.code(0);
    assert_eq!((&by_stdio[0]["structured"], &by_http[0]["structured"]), (&false.into(), &true.into()));
    for (older, own) in [(&by_stdio[0], &by_stdio[1]), (&by_http[0], &by_http[1])] {
        assert_eq!((&older["version"], &own["version"]), (&"2025-11-25".into(), &"2026-07-28".into()));
        assert_eq!((&older["called"], &by_stdio[0]["called"]), (&own["called"], &by_http[0]["called"]));
        assert_eq!(older["structured"], own["structured"]);
        assert!(own["called"].as_array().unwrap().len() >= 5, "{own:#}");
    }
}

#[tokio::test]
async fn kubernetes_answers_the_python_client() {
    calls_every_tool("kubernetes").await;
}

#[tokio::test]
async fn prometheus_answers_the_python_client() {
    calls_every_tool("prometheus").await;
}

#[tokio::test]
async fn loki_answers_the_python_client() {
    calls_every_tool("loki").await;
}

#[tokio::test]
async fn tempo_answers_the_python_client() {
    calls_every_tool("tempo").await;
}

#[tokio::test]
async fn github_answers_the_python_client() {
    calls_every_tool("github").await;
}
