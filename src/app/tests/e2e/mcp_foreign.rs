//! A public MCP server of PyPI, declared in the settings: nothing of it is offered before a person grades it.

use crate::process::{Ended, Program};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The settings that declare `mcp-server-time`, with these grades.
fn settings(grades: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| root.join(".fixtures"), PathBuf::from);
    let python = fixtures.join("venv/bin/python");
    assert!(python.exists(), "{} is missing: run .ci/fixtures first", python.display());
    format!(
        "[mcp_servers.time]\ncommand = {:?}\nargs = [\"-m\", \"mcp_server_time\", \"--local-timezone\", \"UTC\"]\n\
         env = {{ TOKEN = \"CANARY-token\" }}\ngrades = {{ {grades} }}\n",
        python.display().to_string()
    )
}

async fn call(grades: &str) -> Ended {
    let arguments = r#"{"timezone":"Asia/Tokyo"}"#;
    let program = Program::new(&["tools", "call", "time_get_current_time", arguments]);
    program.settings(&settings(grades)).run().await
}

#[tokio::test]
async fn a_tool_without_a_grade_is_withheld() {
    let program = Program::new(&["tools", "list", "--json"]).settings(&settings(""));
    let document = program.run().await.code(0).json();
    assert_eq!(document["tools"], Value::Array(vec![]));
    let withheld = document["servers"][0]["withheld"].as_array().unwrap();
    let current = withheld.iter().find(|tool| tool["tool"] == "get_current_time").unwrap();
    assert!(current["reason"].as_str().unwrap().contains("get_current_time = \"R0\""), "{current:#}");
    call("").await.code(77).err_has(&["get_current_time"]);
}

#[tokio::test]
async fn a_tool_graded_as_a_read_is_called() {
    call("get_current_time = \"R0\"").await.code(0).out_has(&["Asia/Tokyo", "+09:00"]);
}

#[tokio::test]
async fn a_tool_graded_as_a_change_is_refused() {
    call("get_current_time = \"W1\"").await.code(77).err_has(&["W1", "changes something"]);
}

#[tokio::test]
async fn a_server_that_cannot_be_started_does_not_stop_the_rest() {
    let settings =
        format!("{}[mcp_servers.gone]\ncommand = \"/nonexistent/server\"\n", settings("get_current_time = \"R0\""));
    let listed = Program::new(&["tools", "list"]).settings(&settings).run().await.code(2);
    listed.out_has(&["time_get_current_time", "server gone: away", "/nonexistent/server"]);
}
