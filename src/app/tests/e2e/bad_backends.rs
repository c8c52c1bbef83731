//! Backends that are away, broken or in the way: a clear message, the right exit code, no hang, no secret told.

use crate::process::{Ended, Program, secrets};
use crate::servers::{Backend, free_port};

/// Short deadlines: these tests wait for them.
async fn ask(url: &str) -> Ended {
    let program = Program::new(&["ask", "which targets are down?", "--no-model"]).settings(&secrets(url, None));
    let program = program.env("AUTO_DEVOPS__TURN__TOOL_DEADLINE_SECONDS", "1");
    program.env("AUTO_DEVOPS__TURN__DEADLINE_SECONDS", "3").within(60).run().await
}

#[tokio::test]
async fn an_unreachable_backend() {
    let url = format!("http://127.0.0.1:{}", free_port().await);
    ask(&url).await.code(69).out_has(&["I could not look", "connection refused", &url, "is Prometheus running"]);
}

#[tokio::test]
async fn a_backend_that_fails() {
    let own_words = r#"{"status":"error","errorType":"internal","error":"the block store is on fire"}"#;
    let backend = Backend::answering(500, "application/json", own_words).await;
    ask(&backend.url).await.code(69).out_has(&["I could not look", "internal", "the block store is on fire"]);
    let proxy = Backend::answering(500, "text/plain", "upstream reset").await;
    ask(&proxy.url).await.code(69).out_has(&["I could not look", "500", "upstream reset"]);
}

#[tokio::test]
async fn a_login_page_instead_of_json() {
    let page = "<!DOCTYPE html><html><head><title>Sign in to Example</title></head><body><form></form></body></html>";
    let backend = Backend::answering(200, "text/html; charset=utf-8", page).await;
    ask(&backend.url).await.code(69).out_has(&["HTML page", "Sign in to Example", "login proxy"]);
}

#[tokio::test]
async fn an_answer_of_thirty_megabytes() {
    let backend = Backend::answering(200, "application/json", "[".repeat(30 * 1024 * 1024)).await;
    let ended = ask(&backend.url).await.code(2).out_has(&["I could not look", "at most", "MiB"]);
    assert!(ended.out.len() < 8 * 1024, "the answer itself stays small: {ended}");
}

#[tokio::test]
async fn json_that_is_cut_off() {
    let backend = Backend::answering(200, "application/json", r#"{"status":"success","data":{"activeTa"#).await;
    ask(&backend.url).await.code(69).out_has(&["I could not look", "the JSON ends too early"]);
}

#[tokio::test]
async fn a_backend_that_never_answers() {
    let backend = Backend::silent().await;
    ask(&backend.url).await.code(69).out_has(&["I could not look", "no answer within 1.0 s"]);
}

#[tokio::test]
async fn a_backend_that_tells_the_headers_of_the_request() {
    let backend = Backend::telling_headers().await;
    // Every run is searched for the secrets at its end.
    ask(&backend.url).await.code(69).out_has(&["could not forward"]);
}

#[tokio::test]
async fn secrets_are_in_no_output_of_the_commands_that_show_settings() {
    let settings = secrets("http://127.0.0.1:1", Some("http://127.0.0.1:1"));
    for (arguments, code) in [
        (&["config", "show"] as &[&str], 0),
        (&["config", "show", "--json"], 0),
        (&["config", "check"], 0),
        (&["doctor"], 69),
        (&["doctor", "--json"], 69),
        (&["tools", "list", "--json", "-vvv"], 0),
        (&["ask", "which targets are down?", "--trace", "-vvv"], 69),
    ] {
        Program::new(arguments).settings(&settings).run().await.code(code);
    }
}
