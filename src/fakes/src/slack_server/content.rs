//! What is to stand in a message: text, blocks, attachments, metadata, each against Slack's limits.

use super::blocks::{self, Surface};
use super::call::{Arguments, Refusal};
use super::pings;
use super::state::State;
use serde_json::{Value, json};

/// Characters of a message's text at most, and as Slack recommends (page "chat.postMessage").
const TEXT: usize = 40_000;
const TEXT_RECOMMENDED: usize = 4_000;
/// Characters of `markdown_text` at most.
pub const MARKDOWN: usize = 12_000;
/// Bytes of metadata at most (page "Message metadata").
const METADATA: usize = 16_000;
/// Attachments of a message at most.
const ATTACHMENTS: usize = 100;

/// Content that keeps to the rules.
#[derive(Debug, Clone, Default)]
pub struct Content {
    pub text: Option<String>,
    pub blocks: Option<Vec<Value>>,
    pub attachments: Option<Vec<Value>>,
    pub metadata: Option<Value>,
}

impl Content {
    /// From the arguments of a call.
    pub fn read(state: &mut State, arguments: &Arguments) -> Result<Self, Refusal> {
        let markdown = arguments.optional("markdown_text");
        if markdown.is_some() && (arguments.has("text") || arguments.has("blocks")) {
            return Err(Refusal::broken("markdown_text_conflict", "markdown_text goes with neither text nor blocks"));
        }
        if markdown.is_some_and(|text| text.chars().count() > MARKDOWN) {
            return Err(Refusal::broken("msg_too_long", "markdown_text has more than 12000 characters"));
        }
        let content = Self {
            text: markdown
                .map(str::to_owned)
                .or_else(|| arguments.has("text").then(|| arguments.text("text").to_owned())),
            blocks: arguments.has("blocks").then(|| arguments.list("blocks").to_vec()),
            attachments: arguments.has("attachments").then(|| arguments.list("attachments").to_vec()),
            metadata: arguments.object("metadata").cloned(),
        };
        content.check(state)?;
        if arguments.flag("link_names") || arguments.text("parse") == "full" {
            state.ping("link_names or parse=full".to_owned());
        }
        Ok(content)
    }

    /// Whether nothing would be seen.
    pub fn is_empty(&self) -> bool {
        let none = |list: &Option<Vec<Value>>| list.as_ref().is_none_or(Vec::is_empty);
        self.text.as_ref().is_none_or(String::is_empty) && none(&self.blocks) && none(&self.attachments)
    }

    fn check(&self, state: &mut State) -> Result<(), Refusal> {
        let text = self.text.as_deref().unwrap_or_default();
        let characters = text.chars().count();
        if characters > TEXT {
            return Err(Refusal::broken("msg_too_long", &format!("the text has {characters} characters of {TEXT}")));
        }
        if characters > TEXT_RECOMMENDED {
            state.record.notes.push(format!("a text of {characters} characters; Slack recommends {TEXT_RECOMMENDED}"));
        }
        let blocks = self.blocks.as_deref().unwrap_or_default();
        if !blocks.is_empty() && text.is_empty() {
            state.record.notes.push("a message of blocks without the text that notifications show".to_owned());
        }
        check_blocks(blocks, Surface::Message)?;
        let attachments = self.attachments.as_deref().unwrap_or_default();
        if attachments.len() > ATTACHMENTS {
            return Err(Refusal::broken("too_many_attachments", "more than 100 attachments"));
        }
        for attachment in attachments {
            let blocks = attachment["blocks"].as_array().map_or(&[][..], Vec::as_slice);
            check_blocks(blocks, Surface::Message)?;
        }
        check_metadata(self.metadata.as_ref())?;
        for ping in pings::of_message(text, blocks, attachments) {
            state.ping(ping);
        }
        Ok(())
    }
}

/// Blocks against the rules of where they stand.
pub fn check_blocks(given: &[Value], surface: Surface) -> Result<(), Refusal> {
    let faults = blocks::faults(given, surface);
    let Some(first) = faults.first() else { return Ok(()) };
    let messages: Vec<String> = faults.iter().map(|fault| format!("[ERROR] {fault}")).collect();
    let refusal = Refusal::broken("invalid_blocks", first);
    Err(refusal.with("errors", json!(faults)).with("response_metadata", json!({"messages": messages})))
}

fn check_metadata(metadata: Option<&Value>) -> Result<(), Refusal> {
    let Some(metadata) = metadata else { return Ok(()) };
    let fields = metadata.as_object().map(|fields| fields.keys().map(String::as_str).collect::<Vec<_>>());
    let is_whole = metadata["event_type"].as_str().is_some_and(|text| !text.is_empty())
        && metadata["event_payload"].is_object()
        && fields.is_some_and(|fields| fields.iter().all(|name| ["event_type", "event_payload"].contains(name)));
    if !is_whole {
        return Err(Refusal::broken("invalid_metadata_format", "metadata is event_type and event_payload"));
    }
    if metadata.to_string().len() > METADATA {
        return Err(Refusal::broken("metadata_too_large", "more than 16 KB of metadata"));
    }
    Ok(())
}
