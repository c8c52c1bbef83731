//! The methods that are served. Each family has its table: name, kind of token, scope, fields and what it does; the
//! page of a method is `https://docs.slack.dev/reference/methods/NAME`.

mod assistant;
mod auth;
mod chat;
mod conversations;
mod files;
mod people;
mod reactions;
mod stream;
mod views;

use super::call::{Answer, Arguments, Field, Refusal};
use super::message::{Author, Message};
use super::state::{Place, State};
use serde_json::json;

/// What kind of token a method takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// `xoxb-…`.
    Bot,
    /// `xapp-…`.
    App,
    /// Either.
    Any,
}

/// What scope a method needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scopes {
    None,
    One(&'static str),
    /// The scope of the channel's kind that ends so: `channels:history`, `im:history`.
    OfChannel(&'static str),
}

/// A method.
pub struct Method {
    pub name: &'static str,
    pub token: Token,
    pub scopes: Scopes,
    /// Whether it reads JSON; every method reads forms.
    pub takes_json: bool,
    pub fields: &'static [Field],
    pub answer: fn(&mut State, &Arguments) -> Answer,
}

const FAMILIES: &[&[Method]] = &[
    assistant::METHODS,
    auth::METHODS,
    chat::METHODS,
    conversations::METHODS,
    files::METHODS,
    people::METHODS,
    reactions::METHODS,
    stream::METHODS,
    views::METHODS,
];

pub fn find(name: &str) -> Option<&'static Method> {
    FAMILIES.iter().flat_map(|family| family.iter()).find(|method| method.name == name)
}

/// Whether the app was granted what the method needs.
pub fn in_scope(state: &State, method: &Method, arguments: &Arguments) -> Result<(), Refusal> {
    let needed = match method.scopes {
        Scopes::None => return Ok(()),
        Scopes::One(scope) => scope.to_owned(),
        Scopes::OfChannel(right) => {
            let kind = place(state, arguments.text("channel"))?.channel.kind;
            format!("{}:{right}", kind.family())
        }
    };
    scope(state, &needed)
}

/// Whether the app was granted this.
fn scope(state: &State, needed: &str) -> Result<(), Refusal> {
    if state.workspace.scopes.contains(needed) {
        return Ok(());
    }
    let provided = state.workspace.scopes.iter().cloned().collect::<Vec<_>>().join(",");
    Err(Refusal::of("missing_scope").with("needed", json!(needed)).with("provided", json!(provided)))
}

fn place<'a>(state: &'a State, channel: &str) -> Result<&'a Place, Refusal> {
    state.places.get(channel).ok_or_else(|| Refusal::of("channel_not_found"))
}

/// A channel that the bot is in.
fn ours<'a>(state: &'a State, channel: &str) -> Result<&'a Place, Refusal> {
    let place = place(state, channel)?;
    if place.channel.members.contains(&state.workspace.bot_user) {
        Ok(place)
    } else {
        Err(Refusal::of("not_in_channel"))
    }
}

/// A channel that the bot may write in.
fn writable(state: &State, channel: &str) -> Result<(), Refusal> {
    if ours(state, channel)?.channel.is_archived { Err(Refusal::of("is_archived")) } else { Ok(()) }
}

/// Ten digits, a point, six digits.
fn is_ts(text: &str) -> bool {
    let is_number = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(seconds, micros)| is_number(seconds, 10) && is_number(micros, 6))
}

/// Checks that this is the first message of a thread, or a message that one can begin under.
fn thread(state: &State, channel: &str, ts: &str) -> Result<(), Refusal> {
    if !is_ts(ts) {
        return Err(Refusal::broken("invalid_thread_ts", &format!("thread_ts {ts:?} is no ts")));
    }
    let place = place(state, channel)?;
    match place.messages.iter().find(|message| message.ts == ts && message.ephemeral_to.is_none()) {
        None => Err(Refusal::of("thread_not_found")),
        Some(Message { thread: Some(_), .. }) => {
            Err(Refusal::broken("invalid_thread_ts", &format!("thread_ts {ts} is an answer, not the first message")))
        }
        Some(_) => Ok(()),
    }
}

/// A message of the app under test.
fn our_message<'a>(
    state: &'a mut State,
    channel: &str,
    ts: &str,
    not_ours: &'static str,
) -> Result<&'a mut Message, Refusal> {
    place(state, channel)?;
    let message = state.message(channel, ts).ok_or_else(|| Refusal::of("message_not_found"))?;
    if message.author == Author::Us { Ok(message) } else { Err(Refusal::of(not_ours)) }
}
