//! Act mode of the built program: who is served, what is written down, what is refused before anything starts.

use crate::mcp_alone::{exchange, request, speak};
use crate::process::{Program, Scratch};
use crate::servers::Simulated;
use serde_json::{Value, json};

/// A program with a cluster that may be changed.
fn program(estate: &Simulated, arguments: &[&str]) -> Program {
    let program = Program::new(arguments);
    let kubeconfig = program.file("kubeconfig", &estate.kubeconfig);
    let path = kubeconfig.display();
    program.settings(&format!("[clusters.demo]\nkubeconfig = \"{path}\"\nact_kubeconfig = \"{path}\"\n"))
}

fn text(called: &Value) -> &str {
    called["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{called:#}"))
}

fn scale(dry_run: bool) -> Value {
    let arguments = json!({
        "name": "search", "namespace": "shop", "replicas": 4, "dry_run": dry_run, "reason": "more load is coming",
    });
    json!({"name": "scale", "arguments": arguments})
}

#[tokio::test]
async fn without_grants_a_change_is_made_and_stands_in_the_audit_file_first() {
    let estate = Simulated::start("bad-config").await;
    let program = program(&estate, &["mcp", "kubernetes", "--mode", "act", "--without-grants"]);
    let folder = Scratch::new();
    let state = folder.path("state");
    let (listed, mut server) = speak(program.env("XDG_STATE_HOME", &state).start()).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 13, "{listed:#}");
    assert!(tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == false), "{listed:#}");
    let rehearsed = exchange(&mut server, request(3, "tools/call", scale(true))).await;
    assert!(text(&rehearsed).contains("\"dry_run\":true") && text(&rehearsed).contains(" -> 4"), "{rehearsed:#}");
    let done = exchange(&mut server, request(4, "tools/call", scale(false))).await;
    let result: Value = serde_json::from_str(text(&done)).unwrap();
    assert_eq!(result["data"]["undo"]["tool"], "scale", "{result:#}");
    let reads = json!({"name": "list", "arguments": {"kind": "Pod"}});
    let reads = exchange(&mut server, request(5, "tools/call", reads)).await;
    assert_eq!(reads["error"]["code"], -32602, "act mode serves no reads: {reads:#}");
    server.finish().await.code(0);
    let audit = std::fs::read_to_string(state.join("auto-devops/act-audit.jsonl")).unwrap();
    let what: Vec<Value> =
        audit.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["what"].clone()).collect();
    assert_eq!(what, ["asked", "done", "asked", "done"], "{audit}");
}

#[tokio::test]
async fn a_call_without_a_grant_is_refused() {
    let estate = Simulated::start("bad-config").await;
    let program = program(&estate, &["mcp", "kubernetes", "--mode", "act"]);
    let key = "00".repeat(32);
    let (folder, audience) = (Scratch::new(), "AUTO_DEVOPS__ACTING__AUDIENCE");
    let state = folder.path("state");
    let program = program.env("AUTO_DEVOPS__ACTING__GRANT_PUBLIC_KEY", key).env(audience, "production");
    let (_, mut server) = speak(program.env("XDG_STATE_HOME", &state).start()).await;
    let refused = exchange(&mut server, request(3, "tools/call", scale(false))).await;
    assert_eq!(refused["result"]["isError"], true, "{refused:#}");
    assert!(text(&refused).contains("carries no grant"), "{refused:#}");
    let mut forged = scale(false);
    forged["_meta"] = json!({"auto-devops/grant": "eyJ9.AAAA"});
    let forged = exchange(&mut server, request(4, "tools/call", forged)).await;
    assert!(text(&forged).contains("refused"), "{forged:#}");
    server.finish().await.code(0);
    let audit = std::fs::read_to_string(state.join("auto-devops/act-audit.jsonl")).unwrap();
    let lines: Vec<Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "refused calls were not written down: {audit}");
    assert!(lines.iter().all(|line| line["what"].as_str().unwrap().starts_with("refused: ")), "{audit}");
}

#[tokio::test]
async fn without_grants_any_user_of_the_machine_could_change_the_cluster_over_http() {
    let estate = Simulated::start("bad-config").await;
    let open = ["mcp", "kubernetes", "--mode", "act", "--without-grants", "--listen", "127.0.0.1:0"];
    program(&estate, &open).run().await.code(77).err_has(&["every user of this machine", "AUTO_DEVOPS_MCP_TOKEN"]);
}

#[tokio::test]
async fn an_act_server_that_would_be_open_or_has_no_credentials_does_not_start() {
    let estate = Simulated::start("bad-config").await;
    let act = ["mcp", "kubernetes", "--mode", "act"];
    program(&estate, &act).run().await.code(64).err_has(&["grant_public_key and audience", "--without-grants"]);
    let open = [act.as_slice(), &["--without-grants", "--listen", "0.0.0.0:0"]].concat();
    program(&estate, &open).run().await.code(77).err_has(&["127.0.0.1 only"]);
    let reading = Program::new(&[act.as_slice(), &["--without-grants"]].concat());
    let kubeconfig = reading.file("kubeconfig", &estate.kubeconfig);
    reading.env("KUBECONFIG", kubeconfig).run().await.code(64).err_has(&["act_kubeconfig"]);
    let loki = Program::new(&["mcp", "loki", "--mode", "act"]).env("LOKI_URL", "http://127.0.0.1:9");
    loki.run().await.code(64).err_has(&["changes nothing"]);
}
