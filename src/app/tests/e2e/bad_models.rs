//! Models that misbehave: the person gets an answer all the same, is told who wrote it and why, and in time.

use crate::process::{Ended, Program, secrets};
use crate::servers::{Backend, free_port};
use fakes::{ModelServer, Script, ServerStep};
use serde_json::json;

/// Asks with a scripted model over a Prometheus whose only target is down.
async fn ask(script: Script) -> (Ended, ModelServer) {
    let prometheus = Backend::prometheus().await;
    let model = ModelServer::start(script.api_key("sk-CANARY-key-0123456789")).await;
    (run(&prometheus.url, &model.url).await, model)
}

async fn run(prometheus: &str, model: &str) -> Ended {
    let program = Program::new(&["ask", "which targets are down?"]).settings(&secrets(prometheus, Some(model)));
    let seconds = [("FIRST_TOKEN", "1"), ("IDLE", "1"), ("TOTAL", "5")];
    let program = seconds
        .into_iter()
        .fold(program, |program, (which, value)| program.env(&format!("AUTO_DEVOPS__MODEL__{which}_SECONDS"), value));
    program.env("AUTO_DEVOPS__TURN__DEADLINE_SECONDS", "8").within(25).run().await
}

/// The playbooks answered, and the answer says that the model did not, and why.
fn by_playbooks(ended: Ended, why: &str) {
    let ended = ended.code(0).out_has(&["gave no answer, so the playbooks did", "10.0.0.7:9100", "[e1]"]);
    ended.out_has(&["by the playbooks", why]);
}

#[tokio::test]
async fn a_stream_of_garbage() {
    let garbage = || ServerStep::Raw(vec!["\u{0}\u{1}garbage\n\n".into(), "data: <html>no JSON</html>\n\n".into()]);
    let (ended, _model) = ask(Script::answering(move |_| garbage())).await;
    by_playbooks(ended, "nothing that belongs to a chat completion");
}

/// The stream library logs what it cannot read, past our redaction: an endpoint that echoed the key had it on stderr.
/// Every run is checked for the planted key.
#[tokio::test]
async fn an_endpoint_that_echoes_the_key() {
    let echo = || ServerStep::Raw(vec!["data: echo Bearer sk-CANARY-key-0123456789\n\n".into()]);
    let (ended, _model) = ask(Script::answering(move |_| echo())).await;
    by_playbooks(ended, "nothing that belongs to a chat completion");
}

#[tokio::test]
async fn a_page_instead_of_a_stream() {
    let page = || ServerStep::Body("text/html".into(), "<html><title>Sign in</title></html>".into());
    let (ended, _model) = ask(Script::answering(move |_| page())).await;
    by_playbooks(ended, "text/html");
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    let (ended, _model) = ask(Script::answering(|_| ServerStep::Drop("The target is".into()))).await;
    assert!(!ended.out.contains("The target is"), "half an answer is not shown: {ended}");
    by_playbooks(ended, "broke off");
}

#[tokio::test]
async fn a_model_that_only_calls_a_tool_that_does_not_exist() {
    let (ended, model) = ask(Script::answering(|_| ServerStep::call("cluster_magic", json!({"spell": 1})))).await;
    assert!(model.chats().len() <= 30, "{} requests", model.chats().len());
    assert!(model.chats()[1]["messages"].to_string().contains("There is no tool"), "the model is told");
    by_playbooks(ended, "");
}

#[tokio::test]
async fn a_model_that_comes_to_its_senses_when_the_tools_are_taken_away() {
    let mut calls = 0;
    let script = Script::answering(move |request| {
        calls += 1;
        match request["tools"].as_array().is_some_and(|tools| !tools.is_empty()) && calls <= 30 {
            true => ServerStep::call("cluster_magic", json!({})),
            false => ServerStep::text("I could not find out which targets are down."),
        }
    });
    let (ended, model) = ask(script).await;
    ended.code(0).out_has(&["I could not find out which targets are down", "scripted:latest"]);
    assert!(model.chats().len() <= 30);
}

#[tokio::test]
async fn an_endpoint_that_fails() {
    let (ended, _model) = ask(Script::answering(|_| ServerStep::error(500, r#"{"error":"out of memory"}"#))).await;
    by_playbooks(ended, "HTTP 500: out of memory");
}

#[tokio::test]
async fn a_model_that_hangs_before_and_within_its_answer() {
    let (ended, _model) = ask(Script::answering(|_| ServerStep::Silent)).await;
    by_playbooks(ended, "within 1s");
    let (ended, _model) = ask(Script::answering(|_| ServerStep::Stall("One".into()))).await;
    by_playbooks(ended, "within 1s");
}

#[tokio::test]
async fn an_endpoint_that_is_away_and_one_that_refuses_the_key() {
    let prometheus = Backend::prometheus().await;
    let away = format!("http://127.0.0.1:{}", free_port().await);
    by_playbooks(run(&prometheus.url, &away).await, &away);
    let model = ModelServer::start(Script::steps([]).api_key("another")).await;
    by_playbooks(run(&prometheus.url, &model.url).await, "API key");
    let telling = Backend::telling_headers().await;
    by_playbooks(run(&prometheus.url, &telling.url).await, "could not forward");
}
