//! The assistant pane.

use super::{Method, Scopes, Token, place, thread};
use crate::slack_server::call::{Answer, Arguments, Field, Refusal, list, text};
use crate::slack_server::state::{AssistantThread, State};
use serde_json::json;

/// Suggested prompts of a thread at most (page "assistant.threads.setSuggestedPrompts").
const PROMPTS: usize = 4;
/// Messages that take turns while a status is shown.
const LOADING: usize = 10;

const fn method(name: &'static str, fields: &'static [Field], answer: fn(&mut State, &Arguments) -> Answer) -> Method {
    Method { name, token: Token::Bot, scopes: Scopes::One("assistant:write"), takes_json: true, fields, answer }
}

impl Method {
    /// A status needs another scope than the rest (change of 2026-03-05; the old one is accepted for a while only).
    const fn for_writers(self) -> Self {
        Self { scopes: Scopes::One("chat:write"), ..self }
    }
}

pub const METHODS: &[Method] = &[
    method(
        "assistant.threads.setStatus",
        &[
            text("channel_id").required(),
            text("thread_ts").required(),
            text("status").required(),
            list("loading_messages"),
        ],
        status,
    )
    .for_writers(),
    method(
        "assistant.threads.setTitle",
        &[text("channel_id").required(), text("thread_ts").required(), text("title").required()],
        title,
    ),
    method(
        "assistant.threads.setSuggestedPrompts",
        &[text("channel_id").required(), text("thread_ts").required(), list("prompts").required(), text("title")],
        prompts,
    ),
];

/// The thread that a call is about. It may be one that only the pane knows: no message begins it.
fn which<'a>(state: &'a mut State, arguments: &Arguments) -> Result<&'a mut AssistantThread, Refusal> {
    if !state.workspace.assistant {
        return Err(Refusal::of("feature_not_enabled"));
    }
    let (channel, root) = (arguments.text("channel_id"), arguments.text("thread_ts"));
    place(state, channel)?;
    let key = (channel.to_owned(), root.to_owned());
    if !state.assistants.contains_key(&key) {
        thread(state, channel, root)?;
    }
    Ok(state.assistants.entry(key).or_default())
}

fn status(state: &mut State, arguments: &Arguments) -> Answer {
    if arguments.list("loading_messages").len() > LOADING {
        return Err(Refusal::broken("invalid_arguments", "more than 10 loading_messages"));
    }
    let thread = which(state, arguments)?;
    arguments.text("status").clone_into(&mut thread.status);
    thread.statuses.push(thread.status.clone());
    Ok(json!({}))
}

fn title(state: &mut State, arguments: &Arguments) -> Answer {
    which(state, arguments)?.title = Some(arguments.text("title").to_owned());
    Ok(json!({}))
}

fn prompts(state: &mut State, arguments: &Arguments) -> Answer {
    let given = arguments.list("prompts");
    if given.is_empty() || given.len() > PROMPTS {
        return Err(Refusal::broken("invalid_arguments", "prompts are 1 to 4"));
    }
    let mut prompts = Vec::new();
    for prompt in given {
        let fields = prompt.as_object().map(serde_json::Map::len);
        let (Some(title), Some(message), Some(2)) = (prompt["title"].as_str(), prompt["message"].as_str(), fields)
        else {
            return Err(Refusal::broken("invalid_arguments", "a prompt is a title and a message"));
        };
        prompts.push((title.to_owned(), message.to_owned()));
    }
    which(state, arguments)?.prompts = prompts;
    Ok(json!({}))
}
