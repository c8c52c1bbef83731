//! The rules that a conversation must keep, as every model endpoint checks them.

use ports::model::{Message, ModelRequest};
use std::collections::BTreeSet;

/// What is wrong with the conversation, in words; empty when nothing is.
pub(super) fn breaches(request: &ModelRequest) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (place, message) in request.messages.iter().enumerate() {
        match message {
            Message::Tool { call_id, .. } => {
                if !open.remove(call_id.as_str()) {
                    found.push(format!("message {place} answers call {call_id:?}, which is not open"));
                }
            }
            other => {
                if !open.is_empty() {
                    found.push(format!("message {place} comes while calls {open:?} are unanswered"));
                    open.clear();
                }
                if let Message::Assistant { calls, .. } = other {
                    for call in calls {
                        if !seen.insert(&call.id) {
                            found.push(format!("message {place} uses the call id {:?} again", call.id));
                        }
                        open.insert(&call.id);
                    }
                }
            }
        }
    }
    if !open.is_empty() {
        found.push(format!("calls {open:?} are unanswered at the end"));
    }
    match request.messages.last() {
        None => found.push("the conversation is empty".to_owned()),
        Some(Message::Assistant { .. }) => found.push("the conversation ends with the assistant".to_owned()),
        Some(_) => {}
    }
    found.extend(tool_breaches(request));
    found
}

fn tool_breaches(request: &ModelRequest) -> Vec<String> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for tool in &request.tools {
        let name = &tool.name;
        if !names.insert(name) {
            found.push(format!("the tool {name} is offered twice"));
        }
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if !fits {
            found.push(format!("the tool name {name:?} is not of the form that endpoints accept"));
        }
        if !tool.parameters.is_object() {
            found.push(format!("the schema of {name} is not an object"));
        }
    }
    found
}

/// Tokens of the whole request by the house's measure.
pub(super) fn estimated_tokens(request: &ModelRequest) -> u64 {
    let messages: usize = request
        .messages
        .iter()
        .map(|message| match message {
            Message::System(text) | Message::User(text) => domain::tokens::estimate(text),
            Message::Assistant { text, calls } => domain::tokens::estimate(text) + calls.len() * 16,
            Message::Tool { content, .. } => domain::tokens::estimate(content),
        })
        .sum();
    let tools: usize = request
        .tools
        .iter()
        .map(|tool| {
            domain::tokens::estimate(&tool.description) + domain::tokens::estimate(&tool.parameters.to_string())
        })
        .sum();
    (messages + tools) as u64
}
