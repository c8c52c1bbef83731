//! Uploading and sharing files.

use super::{Method, Scopes, Token, thread, writable};
use crate::slack_server::blocks::Surface;
use crate::slack_server::call::{Answer, Arguments, Refusal, ids, list, number, text};
use crate::slack_server::content::check_blocks;
use crate::slack_server::files::File;
use crate::slack_server::message::{Author, Message};
use crate::slack_server::state::State;
use serde_json::{Value, json};

const WRITE: Scopes = Scopes::One("files:write");
/// Characters of an alternative text at most (page "files.getUploadURLExternal").
const ALT: usize = 1_000;

pub const METHODS: &[Method] = &[
    Method {
        name: "files.getUploadURLExternal",
        token: Token::Bot,
        scopes: WRITE,
        takes_json: true,
        fields: &[text("filename").required(), number("length").required(), text("alt_txt"), text("snippet_type")],
        answer: ask,
    },
    Method {
        name: "files.completeUploadExternal",
        token: Token::Bot,
        scopes: WRITE,
        takes_json: true,
        fields: &[
            list("files").required(),
            text("channel_id"),
            ids("channels"),
            text("thread_ts"),
            text("initial_comment"),
            list("blocks"),
        ],
        answer: complete,
    },
];

fn ask(state: &mut State, arguments: &Arguments) -> Answer {
    let length = arguments.number("length").unwrap_or_default();
    if length == 0 || arguments.text("filename").is_empty() {
        return Err(Refusal::broken("invalid_arguments", "a file has a name and at least one byte"));
    }
    if arguments.text("alt_txt").chars().count() > ALT {
        return Err(Refusal::broken("alt_txt_too_large", "more than 1000 characters"));
    }
    let id = state.next_id("F0");
    let ticket = state.tickets.upload();
    let file = File {
        id: id.clone(),
        name: arguments.text("filename").to_owned(),
        title: String::new(),
        alt: arguments.optional("alt_txt").map(str::to_owned),
        bytes: Vec::new(),
        shared_in: Vec::new(),
        length,
        is_uploaded: false,
    };
    state.files.all.insert(id.clone(), file);
    state.files.uploads.insert(ticket.clone(), id.clone());
    Ok(json!({"upload_url": format!("{}/upload/{ticket}", state.url), "file_id": id}))
}

fn complete(state: &mut State, arguments: &Arguments) -> Answer {
    let given = arguments.list("files");
    if given.is_empty() {
        return Err(Refusal::broken("invalid_arguments", "no files"));
    }
    let mut complete = Vec::new();
    for one in given {
        let id = one["id"].as_str().unwrap_or_default().to_owned();
        let is_ready = state.files.all.get(&id).is_some_and(|file| file.is_uploaded);
        if !is_ready {
            return Err(Refusal::of("file_not_found"));
        }
        complete.push((id, one["title"].as_str().map(str::to_owned)));
    }
    let blocks = arguments.list("blocks");
    check_blocks(blocks, Surface::Message)?;
    if blocks.iter().any(|block| block["type"] == "markdown") {
        // So Slack answers since 2026 (slackapi/python-slack-sdk, issue 1756).
        return Err(Refusal::broken("internal_error", "a markdown block with a file"));
    }
    let channels: Vec<String> =
        arguments.optional("channel_id").map(str::to_owned).into_iter().chain(arguments.ids("channels")).collect();
    let root = arguments.optional("thread_ts");
    for channel in &channels {
        writable(state, channel)?;
        if let Some(root) = root {
            thread(state, channel, root)?;
        }
    }
    for (id, title) in &complete {
        if let Some(file) = state.files.all.get_mut(id) {
            file.title = title.clone().unwrap_or_else(|| file.name.clone());
        }
    }
    for channel in &channels {
        share(state, channel, root, &complete, arguments);
    }
    let told: Vec<Value> = complete.iter().map(|(id, title)| json!({"id": id, "title": title})).collect();
    Ok(json!({"files": told}))
}

fn share(
    state: &mut State,
    channel: &str,
    root: Option<&str>,
    files: &[(String, Option<String>)],
    arguments: &Arguments,
) {
    let ts = state.next_ts();
    let mut message = Message::new(ts.clone(), Author::Us, arguments.text("initial_comment"));
    message.thread = root.map(str::to_owned);
    message.subtype = Some("file_share".to_owned());
    message.files = files.iter().map(|(id, _)| id.clone()).collect();
    message.blocks = arguments.list("blocks").to_vec();
    for (id, _) in files {
        if let Some(file) = state.files.all.get_mut(id) {
            file.shared_in.push((channel.to_owned(), ts.clone()));
        }
    }
    state.post(channel, message);
}
