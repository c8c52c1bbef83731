//! Messages that are streamed.

use super::{Method, Scopes, Token, our_message, thread, writable};
use crate::slack_server::blocks::Surface;
use crate::slack_server::call::{Answer, Arguments, Field, Refusal, list, object, text};
use crate::slack_server::content::{MARKDOWN, check_blocks};
use crate::slack_server::message::{Author, Message};
use crate::slack_server::pings;
use crate::slack_server::state::State;
use serde_json::{Value, json};

const START: &[Field] = &[
    text("channel").required(),
    text("thread_ts").required(),
    text("recipient_user_id"),
    text("recipient_team_id"),
    text("markdown_text"),
    list("chunks"),
    text("task_display_mode"),
];
const APPEND: &[Field] = &[text("channel").required(), text("ts").required(), text("markdown_text"), list("chunks")];
const STOP: &[Field] = &[
    text("channel").required(),
    text("ts").required(),
    text("markdown_text"),
    list("chunks"),
    list("blocks"),
    object("metadata"),
];

const fn method(name: &'static str, fields: &'static [Field], answer: fn(&mut State, &Arguments) -> Answer) -> Method {
    Method { name, token: Token::Bot, scopes: Scopes::One("chat:write"), takes_json: true, fields, answer }
}

pub const METHODS: &[Method] = &[
    method("chat.startStream", START, start),
    method("chat.appendStream", APPEND, append),
    method("chat.stopStream", STOP, stop),
];

/// What each kind of chunk holds: its fields, those that it must have first.
const CHUNKS: &[(&str, &[&str], &[&str])] = &[
    ("markdown_text", &["text"], &[]),
    ("task_update", &["id", "title", "status"], &["details", "output", "sources", "hide_title", "icon"]),
    ("plan_update", &["title"], &[]),
    ("blocks", &["blocks"], &[]),
];
const STATUSES: &[&str] = &["pending", "in_progress", "complete", "error"];
/// Characters of a step's title at most.
const TITLE: usize = 256;

fn wrong(why: &str) -> Refusal {
    Refusal::broken("invalid_chunks", why)
}

fn check_chunk(chunk: &Value) -> Result<(), Refusal> {
    let Some(fields) = chunk.as_object() else { return Err(wrong("a chunk is no object")) };
    let kind = chunk["type"].as_str().unwrap_or_default();
    let Some((_, required, optional)) = CHUNKS.iter().find(|(name, ..)| *name == kind) else {
        return Err(wrong(&format!("no chunk is of the type {kind:?}")));
    };
    if let Some(missing) = required.iter().find(|name| !fields.contains_key(**name)) {
        return Err(wrong(&format!("a {kind} chunk without {missing}")));
    }
    let is_known =
        |name: &&String| *name == "type" || required.contains(&name.as_str()) || optional.contains(&name.as_str());
    if let Some(unknown) = fields.keys().find(|name| !is_known(name)) {
        return Err(wrong(&format!("a {kind} chunk with the unknown field {unknown}")));
    }
    let length = |name: &str| chunk[name].as_str().unwrap_or_default().chars().count();
    match kind {
        "markdown_text" if length("text") > MARKDOWN => {
            Err(Refusal::broken("msg_too_long", "a chunk of over 12000 characters"))
        }
        "task_update" if !STATUSES.contains(&chunk["status"].as_str().unwrap_or_default()) => {
            Err(wrong(&format!("a step with the status {}", chunk["status"])))
        }
        "task_update" if length("title") == 0 || length("title") > TITLE => {
            Err(wrong("a step's title has 1 to 256 characters"))
        }
        "blocks" => check_blocks(chunk["blocks"].as_array().map_or(&[][..], Vec::as_slice), Surface::Message),
        _ => Ok(()),
    }
}

/// Checks what is to be added.
fn check(state: &mut State, arguments: &Arguments) -> Result<(), Refusal> {
    if arguments.has("markdown_text") && arguments.has("chunks") {
        return Err(Refusal::broken("cannot_provide_both_markdown_text_and_chunks", "markdown_text beside chunks"));
    }
    if arguments.text("markdown_text").chars().count() > MARKDOWN {
        return Err(Refusal::broken("msg_too_long", "markdown_text of over 12000 characters"));
    }
    arguments.list("chunks").iter().try_for_each(check_chunk)?;
    let texts = arguments.list("chunks").iter().filter_map(|chunk| chunk["text"].as_str());
    let texts: Vec<&str> = texts.chain(arguments.optional("markdown_text")).collect();
    for ping in texts.iter().flat_map(|text| pings::of_markdown("stream", text)) {
        state.ping(ping);
    }
    Ok(())
}

/// Adds what was checked.
fn add(message: &mut Message, arguments: &Arguments) {
    message.text.push_str(arguments.text("markdown_text"));
    for chunk in arguments.list("chunks") {
        match chunk["type"].as_str() {
            Some("markdown_text") => message.text.push_str(chunk["text"].as_str().unwrap_or_default()),
            Some("task_update") => match message.steps.iter_mut().find(|step| step["id"] == chunk["id"]) {
                Some(step) => *step = chunk.clone(),
                None => message.steps.push(chunk.clone()),
            },
            Some("blocks") => message.blocks.extend(chunk["blocks"].as_array().cloned().unwrap_or_default()),
            _ => {}
        }
    }
}

fn start(state: &mut State, arguments: &Arguments) -> Answer {
    if !state.workspace.streaming {
        return Err(Refusal::of("feature_not_enabled"));
    }
    let (channel, root) = (arguments.text("channel"), arguments.text("thread_ts"));
    writable(state, channel)?;
    thread(state, channel, root)?;
    let is_direct = state.places.get(channel).is_some_and(|place| place.channel.kind.name() == "im");
    let has_recipient = arguments.has("recipient_user_id") && arguments.has("recipient_team_id");
    if !is_direct && !has_recipient {
        return Err(Refusal::broken("missing_recipient_user_id", "a stream in a channel names its recipient and team"));
    }
    if let Some(user) = arguments.optional("recipient_user_id")
        && !state.users.contains_key(user)
    {
        return Err(Refusal::of("user_not_found"));
    }
    if !matches!(arguments.text("task_display_mode"), "" | "timeline" | "plan") {
        return Err(Refusal::broken("invalid_arguments", "task_display_mode is timeline or plan"));
    }
    check(state, arguments)?;
    let ts = state.next_ts();
    let mut message = Message::new(ts.clone(), Author::Us, "");
    message.thread = Some(root.to_owned());
    message.is_streaming = true;
    add(&mut message, arguments);
    state.post(channel, message);
    state.clear_status(channel, root);
    Ok(json!({"channel": channel, "ts": ts}))
}

fn streaming<'a>(state: &'a mut State, arguments: &Arguments) -> Result<&'a mut Message, Refusal> {
    let message = our_message(state, arguments.text("channel"), arguments.text("ts"), "message_not_owned_by_app")?;
    if message.is_streaming { Ok(message) } else { Err(Refusal::of("message_not_in_streaming_state")) }
}

fn append(state: &mut State, arguments: &Arguments) -> Answer {
    streaming(state, arguments)?;
    if !arguments.has("markdown_text") && arguments.list("chunks").is_empty() {
        return Err(Refusal::broken("no_text", "nothing to append"));
    }
    check(state, arguments)?;
    add(streaming(state, arguments)?, arguments);
    Ok(json!({"channel": arguments.text("channel"), "ts": arguments.text("ts")}))
}

fn stop(state: &mut State, arguments: &Arguments) -> Answer {
    let (channel, ts) = (arguments.text("channel"), arguments.text("ts"));
    streaming(state, arguments)?;
    check(state, arguments)?;
    let blocks = arguments.list("blocks").to_vec();
    check_blocks(&blocks, Surface::Message)?;
    for ping in pings::of_message("", &blocks, &[]) {
        state.ping(ping);
    }
    let mut blocks = blocks;
    state.name_blocks(&mut blocks);
    let message = streaming(state, arguments)?;
    add(message, arguments);
    message.blocks.extend(blocks);
    message.is_streaming = false;
    if let Some(metadata) = arguments.object("metadata") {
        message.metadata = Some(metadata.clone());
    }
    let workspace = state.workspace.clone();
    let told = state.message(channel, ts).map(|message| message.told(&workspace, true));
    Ok(json!({"channel": channel, "ts": ts, "message": told}))
}
