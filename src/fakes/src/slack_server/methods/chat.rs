//! Posting, editing, deleting, and what only one person sees.

use super::{Method, Scopes, Token, is_ts, our_message, place, scope, thread, writable};
use crate::slack_server::call::{Answer, Arguments, Field, Refusal, flag, list, object, text};
use crate::slack_server::content::Content;
use crate::slack_server::message::{Author, Message};
use crate::slack_server::state::State;
use serde_json::json;

const WRITE: Scopes = Scopes::One("chat:write");

const POST: &[Field] = &[
    text("channel").required(),
    text("text"),
    text("markdown_text"),
    list("blocks"),
    list("attachments"),
    object("metadata"),
    text("thread_ts"),
    flag("reply_broadcast"),
    flag("unfurl_links"),
    flag("unfurl_media"),
    flag("mrkdwn"),
    flag("link_names"),
    text("parse"),
    text("username"),
    text("icon_emoji"),
    text("icon_url"),
    flag("as_user"),
    text("client_msg_id"),
];

const UPDATE: &[Field] = &[
    text("channel").required(),
    text("ts").required(),
    text("text"),
    text("markdown_text"),
    list("blocks"),
    list("attachments"),
    object("metadata"),
    flag("reply_broadcast"),
    flag("link_names"),
    text("parse"),
    flag("as_user"),
];

const WHISPER: &[Field] = &[
    text("channel").required(),
    text("user").required(),
    text("text"),
    text("markdown_text"),
    list("blocks"),
    list("attachments"),
    text("thread_ts"),
    flag("link_names"),
    text("parse"),
    text("username"),
    text("icon_emoji"),
    text("icon_url"),
    flag("as_user"),
];

pub const METHODS: &[Method] = &[
    Method { name: "chat.postMessage", token: Token::Bot, scopes: WRITE, takes_json: true, fields: POST, answer: post },
    Method { name: "chat.update", token: Token::Bot, scopes: WRITE, takes_json: true, fields: UPDATE, answer: update },
    Method {
        name: "chat.delete",
        token: Token::Bot,
        scopes: WRITE,
        takes_json: true,
        fields: &[text("channel").required(), text("ts").required(), flag("as_user")],
        answer: delete,
    },
    Method {
        name: "chat.postEphemeral",
        token: Token::Bot,
        scopes: WRITE,
        takes_json: true,
        fields: WHISPER,
        answer: whisper,
    },
];

/// Another name or picture needs a scope of its own.
fn check_guise(state: &State, arguments: &Arguments) -> Result<(), Refusal> {
    let is_guise = ["username", "icon_emoji", "icon_url"].iter().any(|name| arguments.has(name));
    if is_guise { scope(state, "chat:write.customize") } else { Ok(()) }
}

fn post(state: &mut State, arguments: &Arguments) -> Answer {
    let channel = arguments.text("channel");
    writable(state, channel)?;
    check_guise(state, arguments)?;
    let content = Content::read(state, arguments)?;
    if content.is_empty() {
        return Err(Refusal::of("no_text"));
    }
    let root = arguments.optional("thread_ts");
    if let Some(root) = root {
        thread(state, channel, root)?;
    }
    let ts = state.next_ts();
    let mut message = Message::new(ts.clone(), Author::Us, content.text.as_deref().unwrap_or_default());
    message.thread = root.map(str::to_owned);
    message.blocks = content.blocks.unwrap_or_default();
    message.attachments = content.attachments.unwrap_or_default();
    message.metadata = content.metadata;
    state.post(channel, message);
    if let Some(root) = root {
        state.clear_status(channel, root);
    }
    told(state, channel, &ts)
}

fn told(state: &mut State, channel: &str, ts: &str) -> Answer {
    let workspace = state.workspace.clone();
    let message = state.message(channel, ts).map(|message| message.told(&workspace, true));
    Ok(json!({"channel": channel, "ts": ts, "message": message}))
}

fn update(state: &mut State, arguments: &Arguments) -> Answer {
    let (channel, ts) = (arguments.text("channel"), arguments.text("ts"));
    let workspace = state.workspace.clone();
    let before = our_message(state, channel, ts, "cant_update_message")?;
    if before.is_streaming {
        return Err(Refusal::of("streaming_state_conflict"));
    }
    let before = before.told(&workspace, true);
    let mut content = Content::read(state, arguments)?;
    if content.text.is_none() && content.blocks.is_none() && content.attachments.is_none() {
        return Err(Refusal::of("no_text"));
    }
    if let Some(blocks) = &mut content.blocks {
        state.name_blocks(blocks);
    }
    let edited = state.next_ts();
    let message = our_message(state, channel, ts, "cant_update_message")?;
    message.edits += 1;
    // By the method's page: a new text without blocks removes the blocks, and is marked as edited.
    match (content.text, content.blocks) {
        (text, Some(blocks)) => {
            message.text = text.unwrap_or_default();
            message.blocks = blocks;
        }
        (Some(text), None) => {
            message.text = text;
            message.blocks.clear();
            message.edited = Some(edited);
        }
        (None, None) => {}
    }
    if let Some(attachments) = content.attachments {
        message.attachments = attachments;
    }
    if content.metadata.is_some() {
        message.metadata = content.metadata;
    }
    let text = message.text.clone();
    state.tell_change(channel, before, ts);
    Ok(json!({"channel": channel, "ts": ts, "text": text, "message": told(state, channel, ts)?["message"]}))
}

fn delete(state: &mut State, arguments: &Arguments) -> Answer {
    let (channel, ts) = (arguments.text("channel"), arguments.text("ts"));
    our_message(state, channel, ts, "cant_delete_message")?;
    state.remove(channel, ts);
    Ok(json!({"channel": channel, "ts": ts}))
}

fn whisper(state: &mut State, arguments: &Arguments) -> Answer {
    let (channel, user) = (arguments.text("channel"), arguments.text("user"));
    writable(state, channel)?;
    check_guise(state, arguments)?;
    if !place(state, channel)?.channel.members.contains(user) {
        return Err(Refusal::of("user_not_in_channel"));
    }
    let content = Content::read(state, arguments)?;
    if content.is_empty() {
        return Err(Refusal::of("no_text"));
    }
    let root = arguments.optional("thread_ts");
    if let Some(root) = root
        && !is_ts(root)
    {
        return Err(Refusal::broken("invalid_thread_ts", "thread_ts is no ts"));
    }
    let ts = state.next_ts();
    let mut message = Message::new(ts.clone(), Author::Us, content.text.as_deref().unwrap_or_default());
    message.thread = root.map(str::to_owned);
    message.blocks = content.blocks.unwrap_or_default();
    message.attachments = content.attachments.unwrap_or_default();
    message.ephemeral_to = Some(user.to_owned());
    state.post(channel, message);
    Ok(json!({"message_ts": ts}))
}
