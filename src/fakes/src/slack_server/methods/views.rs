//! Modals and App Home.

use super::{Method, Scopes, Token};
use crate::slack_server::call::{Answer, Arguments, Field, Refusal, object, text};
use crate::slack_server::state::State;
use crate::slack_server::views::View;
use serde_json::json;

const fn method(name: &'static str, fields: &'static [Field], answer: fn(&mut State, &Arguments) -> Answer) -> Method {
    Method { name, token: Token::Bot, scopes: Scopes::None, takes_json: true, fields, answer }
}

pub const METHODS: &[Method] = &[
    method("views.open", &[text("trigger_id").required(), object("view").required()], open),
    method("views.update", &[text("view_id"), text("external_id"), text("hash"), object("view").required()], update),
    method("views.publish", &[text("user_id").required(), text("hash"), object("view").required()], publish),
];

fn open(state: &mut State, arguments: &Arguments) -> Answer {
    let user = state.tickets.take_trigger(arguments.text("trigger_id")).map_err(Refusal::of)?;
    let view = state.checked_view(arguments.object("view"), "modal")?;
    let id = state.next_id("V0");
    let told = state.show_view(View { id, user, view, hash: String::new() });
    Ok(json!({"view": told}))
}

fn update(state: &mut State, arguments: &Arguments) -> Answer {
    let view = state.checked_view(arguments.object("view"), "modal")?;
    let (id, external) = (arguments.optional("view_id"), arguments.optional("external_id"));
    let is_it = |shown: &&View| match (id, external) {
        (Some(id), _) => shown.id == id,
        (None, Some(external)) => shown.view["external_id"].as_str() == Some(external),
        (None, None) => false,
    };
    let shown = state.views.modals.iter().find(is_it).cloned().ok_or_else(|| Refusal::of("not_found"))?;
    if arguments.optional("hash").is_some_and(|hash| hash != shown.hash) {
        return Err(Refusal::of("hash_conflict"));
    }
    let told = state.show_view(View { view, ..shown });
    Ok(json!({"view": told}))
}

fn publish(state: &mut State, arguments: &Arguments) -> Answer {
    let user = arguments.text("user_id").to_owned();
    if !state.users.contains_key(&user) {
        return Err(Refusal::of("user_not_found"));
    }
    let view = state.checked_view(arguments.object("view"), "home")?;
    let before = state.views.homes.get(&user).cloned();
    if let (Some(hash), Some(before)) = (arguments.optional("hash"), &before)
        && hash != before.hash
    {
        return Err(Refusal::of("hash_conflict"));
    }
    let id = before.map_or_else(|| state.next_id("V0"), |before| before.id);
    let told = state.show_view(View { id, user, view, hash: String::new() });
    Ok(json!({"view": told}))
}
