//! Child processes: a public server of PyPI as the foreign one, and small ones that misbehave.

use crate::mini::{call, data, failure, toolbox};
use domain::effect::EffectClass;
use domain::envelope::FailureKind;
use ports::toolbox::Toolbox as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toolbox::settings::{ServerSettings, Start, StdioSettings, Transport};

/// The Python of the fixtures.
fn python() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| root.join(".fixtures"), PathBuf::from);
    let python = fixtures.join("venv/bin/python");
    assert!(python.exists(), "{} is missing: run .ci/fixtures first", python.display());
    python.display().to_string()
}

fn child(name: &str, command: &str, args: &[&str], grades: &[(&str, EffectClass)]) -> ServerSettings {
    let stdio = StdioSettings {
        command: command.to_owned(),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        env: BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]),
        cwd: None,
    };
    let grades = grades.iter().map(|(tool, class)| ((*tool).to_owned(), *class)).collect();
    ServerSettings { grades, ..ServerSettings::foreign(name, Transport::Stdio(stdio)) }
}

fn time_server(grades: &[(&str, EffectClass)]) -> ServerSettings {
    child("time", &python(), &["-m", "mcp_server_time", "--local-timezone", "UTC"], grades)
}

/// A server in a page of Python, without any library, whose tools misbehave.
const WILD: &str = r#"
import json, os, sys
def answer(id, result): print(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}), flush=True)
tools = [{"name": name, "inputSchema": {"type": "object"}} for name in ("pid", "die", "environment", "garbage", "leak")]
for line in sys.stdin:
    message = json.loads(line)
    method, id = message.get("method"), message.get("id")
    if method == "initialize":
        answer(id, {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "wild", "version": "0"}})
    elif method == "tools/list":
        answer(id, {"tools": tools})
    elif method == "tools/call":
        name = message["params"]["name"]
        if name == "die":
            print("out of memory", file=sys.stderr, flush=True)
            os._exit(9)
        if name == "garbage":
            print("<html>not JSON", flush=True)
        text = {"pid": str(os.getpid()), "environment": json.dumps(sorted(os.environ)), "garbage": "after the garbage",
                "leak": "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789"}[name]
        answer(id, {"content": [{"type": "text", "text": text}]})
"#;

fn wild() -> ServerSettings {
    let grades = ["pid", "die", "environment", "garbage", "leak"].map(|tool| (tool, EffectClass::R0));
    child("wild", &python(), &["-c", WILD], &grades)
}

#[tokio::test]
async fn a_foreign_tool_is_withheld_until_the_settings_grade_it() {
    let toolbox = toolbox(vec![time_server(&[("convert_time", EffectClass::W2)])]);
    assert!(toolbox.catalogue().await.is_empty());
    let status = toolbox.servers().await.remove(0);
    assert_eq!(status.state.unwrap(), "mcp-time 2026.10.19");
    let withheld: Vec<String> = status.withheld.iter().map(|(tool, reason)| format!("{tool}: {reason}")).collect();
    assert_eq!(
        withheld,
        [
            "convert_time: graded W2: it changes something, and nothing that changes anything is called from here",
            "get_current_time: it has no effect class; if it only reads, say so in the settings: \
             [mcp_servers.time.grades] get_current_time = \"R0\"",
        ]
    );
    for tool in ["time_get_current_time", "time_convert_time"] {
        let refused = failure(call(&toolbox, tool, json!({"timezone": "UTC"})).await);
        assert_eq!(refused.kind, FailureKind::Refused, "{refused}");
    }
}

#[tokio::test]
async fn a_graded_foreign_tool_is_called_in_our_envelope() {
    let toolbox = toolbox(vec![time_server(&[("get_current_time", EffectClass::R0)])]);
    let tools: Vec<String> = toolbox.catalogue().await.into_iter().map(|tool| tool.name).collect();
    assert_eq!(tools, ["time_get_current_time"]);
    let outcome = call(&toolbox, "time_get_current_time", json!({"timezone": "Europe/Berlin"})).await;
    assert!(!outcome.cached && outcome.bytes > 100);
    let envelope = outcome.result.unwrap();
    assert_eq!(envelope.data["timezone"], "Europe/Berlin");
    assert_eq!(envelope.source.as_deref(), Some("MCP server time"));
    let again = call(&toolbox, "time_get_current_time", json!({"timezone": "Europe/Berlin"})).await;
    assert!(!again.cached, "a foreign result is not kept unless the settings say so");
    let missing = failure(call(&toolbox, "time_get_current_time", json!({})).await);
    assert!(missing.message.contains("`timezone` is missing; accepted: string"), "{missing}");
    let wrong = failure(call(&toolbox, "time_get_current_time", json!({"timezone": "Atlantis"})).await);
    assert_eq!(wrong.kind, FailureKind::BadAnswer, "{wrong}");
}

#[tokio::test]
async fn a_child_killed_in_mid_call_is_told_with_its_last_words_and_comes_back() {
    let toolbox = toolbox(vec![wild()]);
    let first = data(call(&toolbox, "wild_pid", json!({})).await);
    let died = failure(call(&toolbox, "wild_die", json!({})).await);
    assert_eq!(died.kind, FailureKind::Unreachable);
    assert!(
        died.message.ends_with("the connection closed before an answer came; its last words on stderr: out of memory"),
        "{died}"
    );
    let second = data(call(&toolbox, "wild_pid", json!({})).await);
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_child_that_keeps_dying_is_not_started_for_every_call() {
    let toolbox = toolbox(vec![wild()]);
    let mut hints = Vec::new();
    for _call in 0..10 {
        hints.extend(failure(call(&toolbox, "wild_die", json!({})).await).hint);
    }
    assert!(hints.iter().any(|hint| hint.starts_with("it is started again in")), "{hints:?}");
}

#[tokio::test]
async fn the_child_sees_the_basics_and_its_own_settings_only() {
    let toolbox = toolbox(vec![wild()]);
    let seen = data(call(&toolbox, "wild_environment", json!({})).await);
    let seen: Vec<&str> = seen.as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert!(seen.contains(&"GREETING") && seen.contains(&"PATH"), "{seen:?}");
    assert!(!seen.iter().any(|name| name.starts_with("CARGO") || name.starts_with("NEXTEST")), "{seen:?}");
}

#[tokio::test]
async fn garbage_between_the_messages_is_survived_and_secrets_stop_here() {
    let toolbox = toolbox(vec![wild()]);
    assert_eq!(data(call(&toolbox, "wild_garbage", json!({})).await), "after the garbage");
    let leaked = data(call(&toolbox, "wild_leak", json!({})).await).to_string();
    assert!(!leaked.contains("abcdefghijklmnopqrstuvwxyz"), "{leaked}");
}

#[tokio::test]
async fn a_child_that_cannot_start_says_why() {
    let servers = vec![
        child("absent", "/nonexistent/server", &[], &[]),
        child("keyless", "sh", &["-c", "echo 'API_KEY is not set' >&2; exit 3"], &[]),
    ];
    let toolbox = toolbox(servers);
    assert!(toolbox.catalogue().await.is_empty());
    let told: Vec<String> =
        toolbox.servers().await.into_iter().map(|server| server.state.unwrap_err().message).collect();
    assert!(
        told[0].starts_with(
            "MCP server absent (`/nonexistent/server`) did not start: the program could not be run: No such file"
        ),
        "{told:?}"
    );
    assert!(told[1].starts_with("MCP server keyless (`sh`) did not start:"), "{told:?}");
    assert!(told[1].ends_with("; its last words on stderr: API_KEY is not set"), "{told:?}");
}

#[tokio::test]
async fn a_child_that_never_answers_is_given_up_at_the_deadline() {
    let silent = child("silent", "sh", &["-c", "echo waiting for godot >&2; cat > /dev/null"], &[]);
    let mut settings = toolbox::settings::ToolboxSettings::new(vec![silent]);
    settings.start_deadline = Duration::from_millis(300);
    let toolbox = toolbox::Toolbox::start(settings);
    assert!(toolbox.catalogue().await.is_empty());
    let state = toolbox.servers().await.remove(0).state.unwrap_err();
    assert_eq!(state.kind, FailureKind::Timeout, "{state}");
    assert!(state.message.ends_with("its last words on stderr: waiting for godot"), "{state}");
}

/// The process of a running child; `None` where the system has no `/proc`.
async fn process_of(toolbox: &toolbox::Toolbox) -> Option<PathBuf> {
    let pid = data(call(toolbox, "wild_pid", json!({})).await);
    let process = PathBuf::from("/proc").join(pid.as_str().unwrap());
    Path::new("/proc/self").exists().then_some(process)
}

#[tokio::test]
async fn the_end_of_the_toolbox_is_the_end_of_its_children() {
    let toolbox = toolbox(vec![ServerSettings { start: Start::Lazy, ..wild() }]);
    let Some(process) = process_of(&toolbox).await else { return };
    assert!(process.exists());
    toolbox.shut_down(Duration::from_secs(10)).await;
    assert!(!process.exists(), "{} still runs", process.display());
}

#[tokio::test]
async fn a_toolbox_that_is_dropped_ends_its_children_too() {
    let toolbox = toolbox(vec![wild()]);
    let Some(process) = process_of(&toolbox).await else { return };
    drop(toolbox);
    let ended = async {
        while process.exists() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(20), ended).await.is_ok(), "{} still runs", process.display());
}
