//! What goes to the app over HTTP: form, signature, repetition.

use super::*;
use axum::Router;
use axum::extract::State as Given;
use axum::http::{HeaderMap, StatusCode, Uri};
use std::sync::{Arc, Mutex};

/// What an app got: path, head, body.
type Got = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

async fn take(
    Given((got, status)): Given<(Got, StatusCode)>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    got.lock().unwrap().push((uri.path().to_owned(), headers, body));
    status
}

/// An app that answers everything with this status.
async fn app(status: StatusCode) -> (String, Got) {
    let got = Got::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(take).with_state((got.clone(), status));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, got)
}

#[tokio::test]
async fn events_and_commands_come_signed_in_their_forms() {
    let server = start().await;
    let (url, got) = app(StatusCode::OK).await;
    server.deliver_http_to(&url);
    server.say("U1", "C1", None, "hello & goodbye");
    server.wait_until("acknowledged", SOON, |server| server.ack_times().len() == 1).await;
    server.command("U1", "C1", "/jamie", "status now");
    server.wait_until("acknowledged", SOON, |server| server.ack_times().len() == 2).await;
    let got = got.lock().unwrap().clone();
    for (path, headers, body) in &got {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let timestamp = header("x-slack-request-timestamp").parse().unwrap();
        assert_eq!(
            header("x-slack-signature"),
            signature(&server.signing_secret, timestamp, body.as_bytes()),
            "{path}"
        );
        assert!(headers.get("x-slack-retry-num").is_none());
    }
    let event: Value = serde_json::from_str(&got[0].2).unwrap();
    assert_eq!((got[0].0.as_str(), event["event"]["text"].as_str()), ("/slack/events", Some("hello & goodbye")));
    let fields = super::super::form::read(&got[1].2);
    assert_eq!(got[1].0, "/slack/commands");
    assert!(fields.contains(&("text".to_owned(), "status now".to_owned())), "{fields:?}");
    server.assert_clean();
}

#[tokio::test]
async fn what_an_app_refuses_comes_again_with_its_number() {
    let server = start().await;
    let (url, got) = app(StatusCode::INTERNAL_SERVER_ERROR).await;
    server.deliver_http_to(&url);
    server.say("U1", "C1", None, "hello");
    server.wait_until("given up", SOON, |server| server.given_up() == ["message"]).await;
    let got = got.lock().unwrap().clone();
    let number = |headers: &HeaderMap| headers.get("x-slack-retry-num").map(|value| value.to_str().unwrap().to_owned());
    let numbers: Vec<_> = got.iter().map(|(_, headers, _)| number(headers)).collect();
    assert_eq!(numbers, [None, Some("1".to_owned()), Some("2".to_owned()), Some("3".to_owned())]);
    assert_eq!(got[1].1["x-slack-retry-reason"], "http_error");
    assert!(got.iter().all(|(_, _, body)| *body == got[0].2));
}

async fn echo(body: String) -> String {
    let asked: Value = serde_json::from_str(&body).unwrap();
    asked["challenge"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_app_proves_its_url_by_the_challenge() {
    let server = start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await });
    assert!(server.verify_url(&url).await);
    let (silent, _) = app(StatusCode::OK).await;
    assert!(!server.verify_url(&silent).await, "an answer without the challenge proves nothing");
}
