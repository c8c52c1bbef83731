//! Who the app is, and the way to its socket.

use super::{Method, Scopes, Token};
use crate::slack_server::call::{Answer, Arguments};
use crate::slack_server::state::State;
use serde_json::json;

pub const METHODS: &[Method] = &[
    Method { name: "auth.test", token: Token::Any, scopes: Scopes::None, takes_json: true, fields: &[], answer: test },
    Method {
        name: "apps.connections.open",
        token: Token::App,
        scopes: Scopes::One("connections:write"),
        takes_json: true,
        fields: &[],
        answer: open,
    },
];

fn test(state: &mut State, _: &Arguments) -> Answer {
    let workspace = &state.workspace;
    Ok(json!({
        "url": format!("https://{}.slack.com/", workspace.domain), "team": workspace.domain,
        "user": workspace.bot_name, "team_id": workspace.team, "user_id": workspace.bot_user,
        "bot_id": workspace.bot, "is_enterprise_install": false,
    }))
}

fn open(state: &mut State, _: &Arguments) -> Answer {
    let ticket = state.tickets.socket();
    let host = state.url.trim_start_matches("http://");
    Ok(json!({"url": format!("ws://{host}/link/?ticket={ticket}&app_id={}", state.workspace.app)}))
}
