//! What a person types or writes wrongly: told at once, every mistake in one run, with exit code 64.

use crate::process::Program;
use crate::servers::{Backend, free_port, http};

async fn call(tool: &str, arguments: &str) -> crate::process::Ended {
    let backend = Backend::prometheus().await;
    Program::new(&["tools", "call", tool, arguments]).env("PROMETHEUS_URL", &backend.url).run().await
}

#[tokio::test]
async fn invalid_promql_is_shown_with_a_caret() {
    let ended = call("prometheus_query", r#"{"query":"sum(up"}"#).await.code(64);
    let ended = ended.err_has(&["not valid PromQL", "line 1, column", "unclosed left parenthesis"]);
    let lines: Vec<&str> = ended.err.lines().collect();
    let query = lines.iter().position(|line| line.trim_end().ends_with("sum(up")).unwrap_or_else(|| panic!("{ended}"));
    let caret = lines[query + 1].find('^').unwrap_or_else(|| panic!("{ended}"));
    assert_eq!(&lines[query][caret..=caret], "(", "the caret points at the parenthesis: {ended}");
    assert_eq!(ended.out, "", "{ended}");
}

#[tokio::test]
async fn an_unknown_tool_is_answered_with_the_nearest_names() {
    call("prometheus_targts", "{}").await.code(64).err_has(&["prometheus_targts", "nearest", "prometheus_targets"]);
}

#[tokio::test]
async fn arguments_that_are_no_json_object_and_ones_that_do_not_fit() {
    call("prometheus_query", r#"{"query":"#).await.code(64).err_has(&["no JSON object", "line 1 column 9"]);
    call("prometheus_query", "[]").await.code(64).err_has(&["no JSON object"]);
    let ended = call("prometheus_query", r#"{"qery":"up","limit":"many"}"#).await.code(64);
    ended.err_has(&["`qery` is not known (`query` is)", "`query` is missing", "limit"]);
}

#[tokio::test]
async fn a_kubeconfig_with_two_mistakes_tells_both() {
    let kubeconfig = "apiVersion: v1\nkind: Config\ncurrent-context: nowhere\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1', certificate-authority: /nonexistent/ca.pem}\ncontexts:\n- name: c\n  context: {cluster: c, user: u}\nusers:\n- name: u\n  user: {token: CANARY-token-0123456789}\n";
    let both = ["nowhere", "which is no context", "/nonexistent/ca.pem", "cannot be read"];
    let with = |arguments: &[&str]| {
        let program = Program::new(arguments);
        let file = program.file("kubeconfig", kubeconfig);
        program.env("KUBECONFIG", file)
    };
    with(&["tools", "call", "kubernetes_list", r#"{"kind":"Pod"}"#]).run().await.code(64).err_has(&both);
    let asked = with(&["ask", "how is my cluster?"]).run().await;
    assert_ne!(asked.code, Some(0), "{asked}");
    asked.out_has(&both).out_has(&["I could not look"]);
    with(&["doctor"]).run().await.code(69).out_has(&both);
}

#[tokio::test]
async fn every_mistake_of_the_settings_is_told_and_nothing_is_bound() {
    let port = free_port().await;
    let settings = "[turn]\nmax_steps = 0\ndeadline_secnds = 3\n[prometheus.a]\nurl = \"ftp://x\"\n[model]\nendpoint = \"http://127.0.0.1:1/v1\"\napi_key = \"sk-CANARY-0123456789\"\nreply_tokens = \"many\"\n";
    let listen = format!("127.0.0.1:{port}");
    let program = Program::new(&["mcp", "prometheus", "--listen", &listen]).settings(settings);
    let program = program.env("AUTO_DEVOPS__OUTPUT__COLOUR", "pink");
    let ended = program.run().await.code(64).err_has(&[
        "5 mistakes",
        "config.toml:2: turn.max_steps",
        "from 1 to 100",
        "did you mean \"turn.deadline_seconds\"",
        "prometheus.a.url",
        "begins with http:// or https://",
        "model.reply_tokens",
        "AUTO_DEVOPS__OUTPUT__COLOUR",
        "pink",
    ]);
    assert!(!ended.err.contains("listening"), "{ended}");
    let address = listen.parse().unwrap();
    assert_eq!(http(address, "GET", "/", &[], "").await, "", "nothing listens");
}

#[tokio::test]
async fn wrong_usage_and_an_empty_question() {
    Program::new(&["ask"]).run().await.code(64).err_has(&["<QUESTION>"]);
    Program::new(&["docter"]).run().await.code(64).err_has(&["doctor"]);
    Program::new(&["ask", "how is my cluster?"]).run().await.code(69).err_has(&["nothing to look at", "demo"]);
    let backend = Backend::prometheus().await;
    let empty = Program::new(&["ask", "-"]).env("PROMETHEUS_URL", &backend.url).input("  \n");
    empty.run().await.code(64).err_has(&["the question is empty"]);
}

#[tokio::test]
async fn a_prompt_of_ones_own_needs_its_header() {
    let program = Program::new(&["ask", "any alerts?"]);
    let prompt = program.file("prompt.md", "You are somebody else.");
    let settings = format!(
        "[model]\nendpoint = \"127.0.0.1:1\"\nprompt_file = {prompt:?}\n[prometheus.a]\nurl = \"http://127.0.0.1:1\"\n"
    );
    program.settings(&settings).run().await.code(64).err_has(&["model.prompt_file", "header"]);
}

#[tokio::test]
async fn a_question_that_is_too_long_and_a_demo_for_others() {
    let long = "why? ".repeat(14_000);
    Program::new(&["ask", "-"]).input(&long).run().await.code(64).err_has(&["over 64 KiB"]);
    Program::new(&["demo", "--listen", "0.0.0.0:0"]).run().await.code(64).err_has(&["loopback only", "127.0.0.1"]);
    Program::new(&["ask", "x", "--since", "banana"]).run().await.code(64).err_has(&["banana", "15m, 2h or 3d"]);
}
