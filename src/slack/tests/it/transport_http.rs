//! The HTTP way in: who is let in, and what is answered.

use crate::transport::{Noting, PATIENCE, inbox, server, store};
use domain::secret::Secret;
use fakes::slack_server::{Routes, Signed, signature};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// Serves the routes; the address.
async fn serve(inbox: Arc<slack::inbox::Inbox>, secret: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let routes = slack::http::router(inbox, &Secret::new(secret));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    host
}

fn mention(ts: &str) -> String {
    json!({ "type": "event_callback", "event_id": format!("Ev{ts}"), "event": {
        "type": "app_mention", "channel": "C1", "user": "U1", "text": "why?", "ts": ts, "event_ts": ts } })
    .to_string()
}

fn signed(body: String) -> Signed {
    Signed::now(SECRET, "/slack/events", "application/json", body)
}

fn signed_at(offset_seconds: i64) -> Signed {
    let now = signed(mention("1.0"));
    let timestamp_seconds = now.timestamp_seconds.saturating_add_signed(offset_seconds);
    let signature = signature(SECRET, timestamp_seconds, now.body.as_bytes());
    Signed { timestamp_seconds, signature, ..now }
}

#[tokio::test]
async fn only_what_slack_signed_lately_is_let_in() {
    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    let host = serve(inbox(store(), &handler, &stop), SECRET).await;
    let right = signed(mention("1.0"));
    let with = |signature: &str| Signed { signature: signature.to_owned(), ..right.clone() };
    let other = Signed { body: mention("2.0"), ..right.clone() };
    let later = Signed { timestamp_seconds: right.timestamp_seconds + 1, ..right.clone() };
    let twice = Signed { headers: vec![("x-slack-signature".to_owned(), right.signature.clone())], ..right.clone() };
    let foreign = Signed::now("another secret", "/slack/events", "application/json", mention("1.0"));
    for (what, request, status) in [
        ("a wrong signature", with("v0=00"), 401),
        ("no signature", with(""), 401),
        ("another version", with(&right.signature.replace("v0", "v1")), 401),
        ("another body", other, 401),
        ("another time", later, 401),
        ("another secret", foreign, 401),
        ("two signatures", twice, 401),
        ("six minutes old", signed_at(-360), 401),
        ("six minutes ahead", signed_at(360), 401),
        ("no JSON", signed("{".to_owned()), 400),
        ("no object", signed("[]".to_owned()), 400),
        ("too large", signed("x".repeat(1024 * 1024 + 1)), 413),
        ("of no interest", signed(json!({ "type": "event_callback", "event": { "type": "x" } }).to_string()), 200),
        ("four minutes old", signed_at(-240), 200),
        ("right", right.clone(), 200),
        ("again", right.clone(), 200),
    ] {
        let answer = request.send(&host).await.unwrap();
        assert_eq!(answer.status, status, "{what}");
        assert!(!answer.body.contains("why"), "{what}: {}", answer.body);
    }
    handler.until(1).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(handler.ids(), ["message:C1/1.0"], "a replay is handled once");
}

#[tokio::test]
async fn a_store_that_is_away_makes_slack_come_again() {
    let inbox = slack::inbox::Inbox::new(
        crate::transport_socket::away(),
        None,
        Arc::new(ports::clock::SystemClock),
        slack::inbox::Settings::named("p"),
    );
    let host = serve(inbox, SECRET).await;
    assert_eq!(signed(mention("1.0")).send(&host).await.unwrap().status, 503);
}

#[tokio::test]
async fn events_presses_and_commands_come_in_and_are_acknowledged() {
    let server = server().await;
    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    let host = serve(inbox(store(), &handler, &stop), &server.signing_secret).await;
    assert!(server.verify_url(&format!("http://{host}")).await);
    let interactions = "/slack/interactivity".to_owned();
    server.deliver_http(Routes { interactions, ..Routes::at(&format!("http://{host}")) });
    server.deliver_twice(true);
    let ts = server.say("U1", "C1", None, "why?");
    server.react("U2", "C1", &ts, "eyes");
    server.command("U1", "C1", "/jamie", "status");
    let handled = handler.until(3).await;
    assert!(handled.contains(&format!("message:C1/{ts}")));
    server.wait_until("all is acknowledged", PATIENCE, |server| server.is_idle()).await;
    assert_eq!(server.given_up(), Vec::<String>::new());
    assert_eq!(handler.ids().len(), 3, "each once: {:?}", handler.ids());
    server.assert_clean();
}
