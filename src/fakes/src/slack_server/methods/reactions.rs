//! Reactions of the bot.

use super::{Method, Scopes, Token, is_ts, ours};
use crate::slack_server::call::{Answer, Arguments, Field, Refusal, text};
use crate::slack_server::state::State;
use serde_json::json;

const FIELDS: &[Field] = &[text("channel").required(), text("name").required(), text("timestamp").required()];
const WRITE: Scopes = Scopes::One("reactions:write");

pub const METHODS: &[Method] = &[
    Method { name: "reactions.add", token: Token::Bot, scopes: WRITE, takes_json: true, fields: FIELDS, answer: add },
    Method {
        name: "reactions.remove",
        token: Token::Bot,
        scopes: WRITE,
        takes_json: true,
        fields: FIELDS,
        answer: remove,
    },
];

fn check(state: &State, arguments: &Arguments) -> Result<(), Refusal> {
    ours(state, arguments.text("channel"))?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-+'".contains(&byte);
    let name = arguments.text("name");
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Err(Refusal::broken("invalid_name", &format!("{name:?} is no name of an emoji")));
    }
    if is_ts(arguments.text("timestamp")) {
        Ok(())
    } else {
        Err(Refusal::broken("bad_timestamp", "timestamp is no ts"))
    }
}

fn add(state: &mut State, arguments: &Arguments) -> Answer {
    check(state, arguments)?;
    let bot = state.workspace.bot_user.clone();
    let (channel, ts, name) = (arguments.text("channel"), arguments.text("timestamp"), arguments.text("name"));
    state.add_reaction(channel, ts, name, &bot).map(|()| json!({})).map_err(Refusal::of)
}

fn remove(state: &mut State, arguments: &Arguments) -> Answer {
    check(state, arguments)?;
    let bot = state.workspace.bot_user.clone();
    let (channel, ts, name) = (arguments.text("channel"), arguments.text("timestamp"), arguments.text("name"));
    state.remove_reaction(channel, ts, name, &bot).map(|()| json!({})).map_err(Refusal::of)
}
