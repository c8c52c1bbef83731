//! The server on real sockets: each of its rules bites, and what it tells the app has Slack's shapes.

mod client;
mod delivery;
mod interactions;
mod sockets;
mod web_api;

use super::*;
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

fn workspace() -> Workspace {
    Workspace::new(7)
        .with_user("U1", "ada")
        .with_user("U2", "bob")
        .with_channel("C1", "ops", &["U1", "U2"])
        .with_direct("D1", "U1")
        .with_group("S1", "sre", &["U1"])
}

async fn start() -> SlackServer {
    SlackServer::start(workspace()).await
}

/// A message of the app, by the Web API.
async fn posted(server: &SlackServer, body: &Value) -> String {
    let answer = client::call(server, "chat.postMessage", body).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["ts"].as_str().unwrap().to_owned()
}

fn buttons() -> Value {
    json!([
        {"type": "section", "text": {"type": "mrkdwn", "text": "*api* is down", "verbatim": true}},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "evidence", "value": "t-1", "text": {"type": "plain_text", "text": "Evidence"}},
        ]},
    ])
}
