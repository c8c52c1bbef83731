//! Socket Mode (page "Using Socket Mode").

use super::deliver::{Connection, Frame};
use super::state::{Shared, State};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State as Given};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;

pub async fn open(
    Given(shared): Given<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ticket = query.get("ticket").cloned().unwrap_or_default();
    if !shared.with(|state| state.tickets.take_socket(&ticket)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    upgrade.on_upgrade(move |socket| serve(shared, socket))
}

fn host() -> Value {
    json!({"host": "applink-1", "started": "2026-01-01 00:00:00.000", "build_number": 1,
           "approximate_connection_time": 18_060})
}

/// What Slack says before it closes a socket.
pub fn disconnect(reason: &str) -> Value {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
}

/// A place among the sockets, with the first frame; or the frame that says that there is none.
fn enter(state: &mut State) -> Result<Entered, Value> {
    if state.delivery.connections.len() >= state.delivery.connection_limit {
        return Err(disconnect("too_many_websockets"));
    }
    let (frames, waiting) = mpsc::unbounded_channel();
    let cut = CancellationToken::new();
    let number = state.delivery.enter(Connection { frames, cut: cut.clone() });
    let hello = json!({
        "type": "hello", "num_connections": state.delivery.connections.len(), "debug_info": host(),
        "connection_info": {"app_id": state.workspace.app},
    });
    Ok(Entered { number, waiting, cut, hello })
}

struct Entered {
    number: u64,
    waiting: UnboundedReceiver<Frame>,
    cut: CancellationToken,
    hello: Value,
}

async fn serve(shared: Arc<Shared>, mut socket: WebSocket) {
    let mut entered = match shared.with(enter) {
        Ok(entered) => entered,
        Err(refusal) => {
            let _ = socket.send(Message::Text(refusal.to_string().into())).await;
            let _ = socket.send(Message::Close(None)).await;
            return;
        }
    };
    if socket.send(Message::Text(entered.hello.to_string().into())).await.is_ok() {
        talk(&shared, &mut socket, &mut entered).await;
    }
    shared.with(|state| {
        for envelope in state.delivery.leave(entered.number) {
            state.retry(envelope, "connection_failed");
        }
    });
}

async fn talk(shared: &Shared, socket: &mut WebSocket, entered: &mut Entered) {
    loop {
        let sent = tokio::select! {
            biased;
            () = shared.stop.cancelled() => return,
            () = entered.cut.cancelled() => return,
            frame = entered.waiting.recv() => match frame {
                Some(Frame::Text(text)) => socket.send(Message::Text(text.to_string().into())).await.is_ok(),
                Some(Frame::Close) => {
                    let _ = socket.send(Message::Close(None)).await;
                    return;
                }
                None => return,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    shared.with(|state| heard(state, &text));
                    true
                }
                Some(Ok(Message::Binary(_))) => {
                    shared.with(|state| state.violation("a binary frame came over the socket".to_owned()));
                    true
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        };
        if !sent {
            return;
        }
    }
}

/// An acknowledgement.
fn heard(state: &mut State, text: &str) {
    let Ok(Value::Object(mut frame)) = serde_json::from_str(text) else {
        return state.violation("a frame came over the socket that is no JSON object".to_owned());
    };
    let id = frame.remove("envelope_id").and_then(|id| id.as_str().map(str::to_owned));
    let answer = frame.remove("payload").filter(|payload| !payload.is_null());
    if let Some(unknown) = frame.keys().next() {
        state.violation(format!("an acknowledgement has the unknown field {unknown}"));
    }
    match id {
        Some(id) => state.acknowledged(&id, answer),
        None => state.violation("a frame came over the socket without envelope_id".to_owned()),
    }
}
