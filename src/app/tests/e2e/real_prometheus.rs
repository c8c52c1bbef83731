//! The first question of the product against Debian's Prometheus: "which targets are down?", by both brains.

use crate::process::{Program, Scratch, secrets};
use crate::servers::{Simulated, free_port, http};
use fakes::{ModelServer, Script, ServerStep};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::Instant;

const QUESTION: &str = "which targets are down?";

/// Tokens of the first request for a plain question, prompt and schemas together (design.md section 9).
const FIRST_REQUEST_TOKENS: usize = 2_500;

/// Debian's Prometheus that scrapes itself, a node_exporter, and one that was killed.
struct RealPrometheus {
    url: String,
    dead: String,
    _running: Vec<Child>,
    _folder: Scratch,
}

impl RealPrometheus {
    async fn start() -> Self {
        let folder = Scratch::new();
        let (own, alive, dead) = (free_port().await, free_port().await, free_port().await);
        let config = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n\
             - job_name: prometheus\n  static_configs: [{{targets: ['127.0.0.1:{own}']}}]\n\
             - job_name: node\n  static_configs: [{{targets: ['127.0.0.1:{alive}', '127.0.0.1:{dead}']}}]\n"
        );
        let config = folder.file("prometheus.yml", &config);
        let running = exporter(alive);
        let mut killed = exporter(dead);
        let prometheus = spawn(
            "prometheus",
            "prometheus",
            &[
                format!("--config.file={}", config.display()),
                format!("--storage.tsdb.path={}", folder.path("data").display()),
                format!("--web.listen-address=127.0.0.1:{own}"),
            ],
        );
        let address = SocketAddr::from(([127, 0, 0, 1], own));
        health(address, &["up", "up", "up"]).await;
        killed.kill().await.unwrap();
        health(address, &["down", "up", "up"]).await;
        Self {
            url: format!("http://{address}"),
            dead: format!("127.0.0.1:{dead}"),
            _running: vec![running, prometheus],
            _folder: folder,
        }
    }
}

fn exporter(port: u16) -> Child {
    let listen = format!("--web.listen-address=127.0.0.1:{port}");
    let arguments = [listen, "--collector.disable-defaults".to_owned(), "--collector.loadavg".to_owned()];
    spawn("prometheus-node-exporter", "prometheus-node-exporter", &arguments)
}

fn spawn(program: &str, package: &str, arguments: &[String]) -> Child {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command.spawn().unwrap_or_else(|error| {
        panic!("{program} could not be started ({error}); on Debian: apt-get install {package}")
    })
}

/// Waits until the three targets are as wanted.
async fn health(address: SocketAddr, wanted: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = match tokio::net::TcpStream::connect(address).await {
            Ok(_) => http(address, "GET", "/api/v1/targets?state=active", &[], "").await,
            Err(error) => error.to_string(),
        };
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let targets: Value = serde_json::from_str(body).unwrap_or_default();
        let targets = targets["data"]["activeTargets"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<&str> = targets.iter().filter_map(|target| target["health"].as_str()).collect();
        found.sort_unstable();
        if found == wanted {
            return;
        }
        assert!(Instant::now() < deadline, "the targets never were {wanted:?}: {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The document of `ask --json` holds exactly what design.md section 4 promises, and where it is kept and something was
/// remembered for it, that.
fn assert_contract(document: &Value) {
    let top = ["answer", "brain", "claims", "evidence", "hypotheses", "model", "proposals", "usage"];
    let may_be = BTreeSet::from(["conversation", "memory"]);
    assert_eq!(keys(document).difference(&may_be).copied().collect::<BTreeSet<_>>(), BTreeSet::from(top));
    assert!(document["conversation"].as_str().is_some_and(|id| !id.is_empty()), "{document:#}");
    for memory in document["memory"].as_array().into_iter().flatten() {
        assert_eq!(keys(memory), BTreeSet::from(["date", "kind", "source", "title"]));
    }
    for claim in document["claims"].as_array().unwrap() {
        assert_eq!(keys(claim), BTreeSet::from(["evidence", "kind", "text"]));
    }
    let look = ["arguments", "error", "excerpt", "id", "returned", "source", "tool", "total", "truncated", "window"];
    for view in document["evidence"].as_array().unwrap() {
        assert_eq!(keys(view), BTreeSet::from(look));
    }
    for hypothesis in document["hypotheses"].as_array().unwrap() {
        assert_eq!(keys(hypothesis), BTreeSet::from(["cause", "confidence", "evidence", "summary"]));
        let cause = keys(&hypothesis["cause"]);
        assert_eq!(cause, BTreeSet::from(["kind", "namespace", "name"]));
    }
    let usage = [
        "completion_tokens",
        "model_calls",
        "model_ms",
        "prompt_tokens",
        "tool_bytes",
        "tool_calls",
        "tool_ms",
        "wall_ms",
    ];
    assert_eq!(keys(&document["usage"]), BTreeSet::from(usage));
}

#[tokio::test]
async fn without_a_model_the_dead_target_is_named() {
    let real = RealPrometheus::start().await;
    let text = Program::new(&["ask", QUESTION, "--no-model"]).env("PROMETHEUS_URL", &real.url).run().await;
    let text = text.code(0).out_has(&["1 of 3 targets is down", &real.dead, "[e1]", "no model"]);
    assert_eq!(text.err, "", "{text}");

    let json = Program::new(&["ask", "-", "--no-model", "--json"]).settings(&secrets(&real.url, None)).input(QUESTION);
    let document = json.run().await.code(0).json();
    assert_contract(&document);
    assert_eq!(document["brain"], "playbook");
    assert_eq!(document["model"], Value::Null);
    assert!(document["hypotheses"][0]["cause"]["name"].as_str().unwrap().contains(&real.dead), "{document:#}");
    assert_eq!(document["evidence"][0]["tool"], "prometheus_targets");
    assert_eq!(document["claims"][0]["evidence"], json!(["e1"]));
}

#[tokio::test]
async fn with_a_model_its_claims_are_bound_to_what_was_seen() {
    let real = RealPrometheus::start().await;
    let estate = Simulated::start("bad-config").await;
    let answer = format!(
        "**1 of 3 targets is down: {}** [e1]\n\n- It has been away for 4711 minutes [e1].\n- Restart it.\n",
        real.dead
    );
    let script = Script::steps([ServerStep::call("prometheus_targets", json!({})), ServerStep::text(answer)]);
    let model = ModelServer::start(script).await;
    let program = Program::new(&["ask", QUESTION, "--json"]);
    let kubeconfig = program.file("kubeconfig", &estate.kubeconfig);
    let host = model.url.trim_start_matches("http://");
    let program = program.env("KUBECONFIG", kubeconfig).env("PROMETHEUS_URL", &real.url).env("OLLAMA_HOST", host);
    let document = program.run().await.code(0).json();

    assert_contract(&document);
    assert_eq!(document["brain"], "model");
    assert!(document["model"].as_str().unwrap().contains(host), "the endpoint is named: {}", document["model"]);
    let claim = |part: &str| {
        let claims = document["claims"].as_array().unwrap();
        claims
            .iter()
            .find(|claim| claim["text"].as_str().unwrap().contains(part))
            .unwrap_or_else(|| panic!("{document:#}"))
    };
    let down = claim(&real.dead);
    assert_eq!((&down["kind"], &down["evidence"]), (&json!("fact"), &json!(["e1"])), "{document:#}");
    assert_eq!(claim("4711")["kind"], "hypothesis");
    let shown = document["answer"].as_str().unwrap();
    let fabricated = shown.lines().find(|line| line.contains("4711")).unwrap();
    assert!(fabricated.contains("(unconfirmed)"), "{shown}");
    let seen = shown.lines().find(|line| line.contains(&real.dead)).unwrap();
    assert!(!seen.contains("(unconfirmed)"), "{shown}");
    assert_eq!(document["usage"]["model_calls"], 2);

    let chats = model.chats();
    assert_eq!(chats.len(), 2);
    let tools = chats[0]["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["function"]["name"] == "prometheus_targets"), "{tools:#?}");
    let tokens = first_request_tokens(&chats[0]);
    assert!(tokens <= FIRST_REQUEST_TOKENS, "the first request is {tokens} tokens: {:#}", chats[0]);
    let results = chats[1]["messages"].to_string();
    assert!(results.contains("[e1]") && results.contains(&real.dead), "{results}");
}

/// Four bytes a token, of the messages' contents and the tools as they travel.
fn first_request_tokens(request: &Value) -> usize {
    let of = |text: &str| text.len().div_ceil(4);
    let messages = request["messages"].as_array().unwrap();
    messages.iter().map(|message| of(message["content"].as_str().unwrap())).sum::<usize>()
        + of(&request["tools"].to_string())
}
