//! A socket of the app, as a client has it.

use super::*;
use futures::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct Socket(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Socket {
    pub async fn open(server: &SlackServer) -> Self {
        let token = server.app_token.clone();
        let answer = client::send(server, "apps.connections.open", Some(&token), "application/json", "{}").await;
        let url = client::body(&answer)["url"].as_str().unwrap().to_owned();
        let (stream, _) = connect_async(url).await.unwrap();
        Self(stream)
    }

    /// After its greeting.
    pub async fn greeted(server: &SlackServer) -> Self {
        let mut socket = Self::open(server).await;
        let hello = socket.next().await.unwrap();
        assert_eq!(
            (hello["type"].as_str(), hello["connection_info"]["app_id"].as_str()),
            (Some("hello"), Some("A0JAMIE"))
        );
        assert!(hello["num_connections"].is_u64() && hello["debug_info"]["host"].is_string(), "{hello}");
        socket
    }

    /// The next frame of text; none once the socket ended.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match tokio::time::timeout(SOON, self.0.next()).await.unwrap() {
                Some(Ok(Frame::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn send(&mut self, frame: &Value) {
        self.0.send(Frame::Text(frame.to_string().into())).await.unwrap();
    }

    pub async fn acknowledge(&mut self, envelope: &Value, payload: Option<Value>) {
        let mut frame = json!({"envelope_id": envelope["envelope_id"]});
        if let Some(payload) = payload {
            frame["payload"] = payload;
        }
        self.send(&frame).await;
    }

    /// The next frame, acknowledged.
    pub async fn take(&mut self) -> Value {
        let envelope = self.next().await.unwrap();
        self.acknowledge(&envelope, None).await;
        envelope
    }
}

#[tokio::test]
async fn a_mention_comes_as_two_events_of_one_message() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    let ts = server.say("U1", "C1", None, "<@U0JAMIE> why is api down?");
    let (first, second) = (socket.take().await, socket.take().await);
    let event = |envelope: &Value| envelope["payload"]["event"].clone();
    assert_eq!(
        (event(&first)["type"].as_str(), event(&second)["type"].as_str()),
        (Some("message"), Some("app_mention"))
    );
    for envelope in [&first, &second] {
        let event = event(envelope);
        assert_eq!((event["ts"].as_str(), event["user"].as_str()), (Some(ts.as_str()), Some("U1")));
        assert_eq!((event["channel"].as_str(), envelope["type"].as_str()), (Some("C1"), Some("events_api")));
        assert_eq!(envelope["accepts_response_payload"], false);
        assert_eq!(envelope["payload"]["authorizations"][0]["user_id"], "U0JAMIE");
    }
    assert_ne!(first["payload"]["event_id"], second["payload"]["event_id"]);
    server.wait_until("both acknowledged", SOON, |server| server.ack_times().len() == 2).await;
    assert!(server.is_idle());
    server.assert_clean();
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_until_it_is_given_up() {
    let server = start().await;
    server.redeliver(Duration::from_millis(50), 2);
    let mut socket = Socket::greeted(&server).await;
    server.say("U1", "D1", None, "hello");
    let mut ids = Vec::new();
    for attempt in 0..3 {
        let envelope = socket.next().await.unwrap();
        assert_eq!(
            (envelope["retry_attempt"].as_u64(), envelope["payload"]["event"]["channel_type"].as_str()),
            (Some(attempt), Some("im"))
        );
        assert_eq!(envelope["retry_reason"], if attempt == 0 { "" } else { "timeout" });
        ids.push(envelope["payload"]["event_id"].clone());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    server.wait_until("given up", SOON, |server| server.given_up() == ["message"]).await;
    assert_eq!(server.ack_times(), []);
}

#[tokio::test]
async fn a_cut_socket_ends_without_a_frame_and_the_next_gets_what_was_open() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    server.say("U1", "C1", None, "hello");
    let before = socket.next().await.unwrap();
    server.cut_connections();
    assert_eq!(socket.next().await, None);
    let mut socket = Socket::greeted(&server).await;
    let after = socket.take().await;
    assert_eq!(before["payload"]["event_id"], after["payload"]["event_id"]);
    assert_ne!(before["envelope_id"], after["envelope_id"]);
    assert_eq!(after["retry_reason"], "connection_failed");
    server.wait_until("acknowledged", SOON, |server| server.ack_times().len() == 1).await;
}

#[tokio::test]
async fn sockets_are_refreshed_and_counted() {
    let server = start().await;
    server.connection_limit(1);
    let mut socket = Socket::greeted(&server).await;
    let mut second = Socket::open(&server).await;
    assert_eq!(second.next().await.unwrap()["reason"], "too_many_websockets");
    assert_eq!(second.next().await, None);
    server.disconnect("warning");
    assert_eq!(socket.next().await.unwrap()["reason"], "warning");
    server.disconnect("refresh_requested");
    assert_eq!(socket.next().await.unwrap()["reason"], "refresh_requested");
    assert_eq!(socket.next().await, None);
}

#[tokio::test]
async fn a_wrong_acknowledgement_is_a_violation() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    server.say("U1", "C1", None, "hello");
    let envelope = socket.take().await;
    socket.acknowledge(&envelope, None).await;
    socket.send(&json!({"envelope_id": "never", "extra": 1})).await;
    socket.send(&json!([])).await;
    server.say("U1", "C1", None, "hello");
    let envelope = socket.next().await.unwrap();
    socket.acknowledge(&envelope, Some(json!({"text": "no"}))).await;
    server.wait_until("five violations", SOON, |server| server.violations().len() == 5).await;
}

#[tokio::test]
async fn every_event_comes_twice_where_the_test_wants_it() {
    let server = start().await;
    server.deliver_twice(true);
    let mut socket = Socket::greeted(&server).await;
    server.say("U1", "C1", None, "hello");
    let (first, second) = (socket.take().await, socket.take().await);
    assert_eq!(first["payload"], second["payload"]);
    assert_ne!(first["envelope_id"], second["envelope_id"]);
}

#[tokio::test]
async fn the_app_hears_only_what_it_may() {
    let workspace = workspace().without_scope("channels:history").without_scope("reactions:read");
    let server = SlackServer::start(workspace).await;
    let mut socket = Socket::greeted(&server).await;
    let ts = server.say("U1", "C1", None, "hello");
    server.react("U1", "C1", &ts, "eyes");
    server.say("U1", "C1", None, "<@U0JAMIE> hello");
    assert_eq!(socket.take().await["payload"]["event"]["type"], "app_mention");
}

#[tokio::test]
async fn sockets_are_cut_again_and_again_where_the_test_wants_it() {
    let server = start().await;
    server.cut_connections_every(Some(Duration::from_millis(30)));
    for _ in 0..3 {
        let mut socket = Socket::greeted(&server).await;
        assert_eq!(socket.next().await, None);
    }
    server.cut_connections_every(None);
    let mut socket = Socket::greeted(&server).await;
    server.say("U1", "C1", None, "hello");
    assert_eq!(socket.take().await["payload"]["event"]["text"], "hello");
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let server = start().await;
    let token = server.app_token.clone();
    let answer = client::send(&server, "apps.connections.open", Some(&token), "application/json", "{}").await;
    let url = client::body(&answer)["url"].as_str().unwrap().to_owned();
    let first = connect_async(url.clone()).await;
    assert!(first.is_ok());
    assert!(connect_async(url).await.is_err());
    assert!(
        connect_async(format!("{}/link/?ticket=guess", server.api_url.replace("http", "ws").replace("/api", "")))
            .await
            .is_err()
    );
}
