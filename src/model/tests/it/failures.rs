//! Every failure of a server has its kind, its message and its end.

use super::*;

#[tokio::test]
async fn each_failure_has_its_kind_and_names_the_endpoint() {
    let cases = [
        (
            ServerStep::error(401, r#"{"error": {"message": "Incorrect API key: sk-secret-1"}}"#),
            "refused the credentials",
        ),
        (ServerStep::error(404, r#"{"error": {"message": "model 'x' not found"}}"#), "refused the request"),
        (ServerStep::error(400, "a text body"), "refused the request"),
        (ServerStep::error(400, r#"{"error": {"message": "x", "code": "context_length_exceeded"}}"#), "too long"),
        (ServerStep::Body("text/html".into(), "<html><title>Login</title></html>".into()), "probably no model API"),
        (ServerStep::Body("text/event-stream".into(), "hello\n\n".into()), "could not be read"),
        (ServerStep::Drop("It stops he".into()), "could not be read"),
        (
            ServerStep::Raw(vec!["data: {\"error\": {\"message\": \"CUDA out of memory\"}}\n\n".into()]),
            "CUDA out of memory",
        ),
        (ServerStep::Raw(vec!["data: {oops\n\n".repeat(50)]), "no JSON"),
    ];
    for (step, kind) in cases {
        let described = format!("{step:?}");
        let server = server([step]).await;
        let mut settings = settings(&server);
        settings.retries = 0;
        settings.api_key = Some(domain::secret::Secret::new("sk-secret-1"));
        let told = ask(&client(settings)).await.error().to_string();
        assert!(told.contains(kind) && told.contains(&server.url), "{described}: {told}");
        assert!(!told.contains("sk-secret-1") && !told.contains("<html"), "{told}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_its_address() {
    let mut settings = ModelSettings::new("user:hunter2@127.0.0.1:1", Kind::Ollama);
    settings.model = Some("x".into());
    settings.retries = 0;
    let client = client(settings);
    let told = ask(&client).await.error().to_string();
    assert!(told.contains("http://127.0.0.1:1") && told.contains("could not be reached"), "{told}");
    assert!(!told.contains("hunter2") && !client.name().contains("hunter2"), "{told}");
    assert_eq!(client.name(), "x at http://127.0.0.1:1");
}

#[tokio::test]
async fn passing_failures_are_repeated() {
    let wait = vec![("retry-after".to_owned(), "0".to_owned())];
    let server = server([
        ServerStep::error(500, "oops"),
        ServerStep::Error(429, wait, "slow down".into()),
        ServerStep::text("ok"),
    ])
    .await;
    assert_eq!(ask(&client(settings(&server))).await.reply().text, "ok");
    assert_eq!(server.chats().len(), 3);
}

#[tokio::test]
async fn repetitions_end() {
    let server = ModelServer::start(Script::answering(|_| ServerStep::error(500, "oops"))).await;
    let told = ask(&client(settings(&server))).await.error().to_string();
    assert!(told.contains("HTTP 500") && told.contains("oops"), "{told}");
    assert_eq!(server.chats().len(), 3, "the first and two repetitions, none by the crate below");
}

#[tokio::test]
async fn a_wish_to_wait_too_long_ends_it() {
    let wish = vec![("retry-after".to_owned(), "3600".to_owned())];
    let server = server([ServerStep::Error(429, wish, "come back later".into())]).await;
    let error = ask(&client(settings(&server))).await.error();
    assert!(matches!(&error, ModelError::Busy(told) if told.contains("come back later")), "{error}");
    assert_eq!(server.chats().len(), 1);
}

#[tokio::test]
async fn what_was_shown_is_not_asked_again() {
    let server = server([ServerStep::Drop("Some text was shown".into()), ServerStep::text("again")]).await;
    let heard = ask(&client(settings(&server))).await;
    assert!(heard.text.starts_with("Some text"), "{heard:?}");
    assert!(matches!(heard.error(), ModelError::BadAnswer(_)));
    assert_eq!(server.chats().len(), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_before_any_text_is_asked_again() {
    let server = server([ServerStep::Drop(String::new()), ServerStep::text("again")]).await;
    assert_eq!(ask(&client(settings(&server))).await.reply().text, "again");
}

#[tokio::test]
async fn the_stop_without_a_reason_is_seen() {
    let chunk = json!({"choices": [{"delta": {"content": "half of it"}}]});
    let server = server([ServerStep::Raw(vec![format!("data: {chunk}\n\n")])]).await;
    let error = ask(&client(settings(&server))).await.error();
    assert!(error.to_string().contains("stopped in the middle"), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_cut_at_its_limit() {
    let line = format!("data: {}\n\n", json!({"choices": [{"delta": {"content": "x".repeat(1_000)}}]}));
    let server =
        server([ServerStep::Raw(vec![line; 200]), ServerStep::Body("application/json".into(), "[".repeat(200_000))])
            .await;
    for _ in 0..2 {
        let mut settings = settings(&server);
        settings.answer_bytes_limit = 100_000;
        let error = ask(&client(settings)).await.error();
        assert!(error.to_string().contains("longer than 100000 bytes"), "{error}");
    }
}

#[tokio::test]
async fn every_wait_has_its_deadline() {
    let cases = [
        (ServerStep::Silent, "first part"),
        (ServerStep::Stall(String::new()), "first part"),
        (ServerStep::Stall("one two".into()), "next part"),
    ];
    for (step, what) in cases {
        let server = server([step]).await;
        let mut settings = settings(&server);
        settings.first_token_deadline = Duration::from_millis(400);
        settings.idle_deadline = Duration::from_millis(400);
        let told = ask(&client(settings)).await.error().to_string();
        assert!(told.contains("in time") && told.contains(what) && told.contains(&server.url), "{told}");
        tokio::time::timeout(PATIENCE, server.wait_for_aborted(1)).await.unwrap();
    }
    let slow = vec![(Duration::from_millis(50), "tick ".to_owned()); 1_000];
    let server = server([ServerStep::Slow(slow)]).await;
    let mut settings = settings(&server);
    settings.total_deadline = Duration::from_millis(600);
    let told = ask(&client(settings)).await.error().to_string();
    assert!(told.contains("complete answer"), "{told}");
    tokio::time::timeout(PATIENCE, server.wait_for_aborted(1)).await.unwrap();
}
