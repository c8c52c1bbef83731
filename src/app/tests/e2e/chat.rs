//! `chat` with lines from a pipe: follow-ups, commands of its own, and Ctrl-C.

use crate::process::Program;
use crate::servers::{Backend, Simulated};
use fakes::{ModelServer, Script, ServerStep};
use std::time::Duration;

#[tokio::test]
async fn a_follow_up_without_a_name_keeps_the_subject() {
    let estate = Simulated::start("bad-config").await;
    let program = Program::new(&["chat", "--no-model"]).env("PROMETHEUS_URL", &estate.prometheus);
    let kubeconfig = program.file("kubeconfig", &estate.kubeconfig);
    let lines = "what is wrong with checkout?\nand its logs?\n/evidence\n/json\n";
    let ended = program.env("KUBECONFIG", kubeconfig).input(lines).run().await.code(0);
    let ended = ended.out_has(&["crashes on ConfigMap shop/checkout-config", "The logs of Deployment shop/checkout"]);
    let ended = ended.out_has(&["[e1] kubernetes_logs", "\"brain\": \"playbook\""]);
    ended.err_has(&["/evidence for what it rests on"]);
}

#[tokio::test]
async fn ctrl_c_stops_the_answer_and_not_the_program() {
    let prometheus = Backend::prometheus().await;
    let script = Script::steps([
        ServerStep::Stall("Let me see".into()),
        ServerStep::text("I have looked at nothing yet."),
        ServerStep::Silent,
        ServerStep::text("I am still here."),
    ]);
    let model = ModelServer::start(script).await;
    let program = Program::new(&["chat"]).env("PROMETHEUS_URL", &prometheus.url).env("OLLAMA_HOST", &model.url);
    let mut chat = program.start();
    for (question, chats, answer) in [(1, 1, "nothing yet"), (2, 3, "still here")] {
        chat.send("which targets are down?\n").await;
        tokio::time::timeout(Duration::from_secs(20), model.wait_for_chats(chats)).await.unwrap();
        chat.signal("INT");
        chat.err_until(|err| err.matches("stopped").count() == question).await;
        // What was stopped is stopped at the model too.
        tokio::time::timeout(Duration::from_secs(20), model.wait_for_aborted(question)).await.unwrap();
        chat.send("and now?\n").await;
        chat.out_until(|out| out.contains(answer)).await;
    }
    let ended = chat.finish().await.code(0);
    assert!(!ended.out.contains("Let me see"), "{ended}");
}

#[tokio::test]
async fn ctrl_c_between_answers_ends_a_program_that_reads_a_pipe() {
    let prometheus = Backend::prometheus().await;
    let mut chat = Program::new(&["chat", "--no-model"]).env("PROMETHEUS_URL", &prometheus.url).start();
    chat.send("which targets are down?\n").await;
    chat.err_until(|err| err.contains("for what it rests on")).await;
    chat.signal("INT");
    // Its input stays open: it must be the signal that ends it.
    chat.ended().await.code(0).out_has(&["10.0.0.7:9100"]);
}

#[tokio::test]
async fn ctrl_c_ends_a_single_question() {
    let prometheus = Backend::prometheus().await;
    let model = ModelServer::start(Script::steps([ServerStep::Silent])).await;
    let program = Program::new(&["ask", "which targets are down?"]).env("PROMETHEUS_URL", &prometheus.url);
    let ask = program.env("OLLAMA_HOST", &model.url).start();
    tokio::time::timeout(Duration::from_secs(20), model.wait_for_chats(1)).await.unwrap();
    ask.signal("INT");
    let ended = ask.finish().await.code(1).err_has(&["stopped"]);
    assert_eq!(ended.out, "", "{ended}");
}

#[tokio::test]
async fn the_exit_code_is_that_of_the_last_answer() {
    let backend = Backend::answering(500, "text/plain", "no").await;
    let program = Program::new(&["chat", "--no-model"]).env("PROMETHEUS_URL", &backend.url);
    program.input("\n/help\nwhich targets are down?\n").run().await.code(69).out_has(&["I could not look"]);
}
