//! The content of a foreign server in our envelope.
//!
//! Guarantee: redaction comes before cutting, so that no half of a secret is left at the edge.

use super::{Fetched, items};
use crate::failures::{cut, told};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::redaction::redact_value;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::{Value, json};

/// Lists and objects within each other at most: whoever keeps or shows the answer puts it into a few more, and readers
/// of JSON refuse 128.
const LEVELS: usize = 64;

/// The answer of a foreign server, redacted and within the ceiling.
///
/// # Errors
/// What the server marked as an error.
pub fn foreign(server: &str, tool: &str, result: CallToolResult, ceiling_bytes: usize) -> Result<Fetched, Failure> {
    if result.is_error.unwrap_or(false) {
        let text = result.content.iter().find_map(|block| block.as_text().map(|text| text.text.as_str()));
        let text = told(text.unwrap_or("without a word"));
        // The arguments fit the schema of the tool, so that this is seldom the caller's: a backend that is away is told
        // in the same way, and must be seen in the answer.
        return Err(Failure::new(
            FailureKind::BadAnswer,
            format!("MCP server {server}, tool {tool}, answered with an error: {text}"),
        ));
    }
    // Structured content comes with a copy in text, which would double the tokens.
    let mut data = match result.structured_content {
        Some(value) if !value.is_null() => value,
        _ => content(result.content),
    };
    redact_value(&mut data);
    let flattened = flatten(&mut data, LEVELS);
    let mut envelope = bounded(data, ceiling_bytes);
    if flattened {
        envelope.truncated = true;
        envelope.hint.get_or_insert_with(|| format!("levels deeper than {LEVELS} are left out"));
    }
    envelope.source = Some(format!("MCP server {server}"));
    if envelope.returned == 0 && envelope.hint.is_none() {
        envelope.hint = Some(format!("{tool} of MCP server {server} returned nothing"));
    }
    let json = serde_json::to_string(&envelope)
        .map_err(|error| super::bad(server, tool, &format!("it cannot be written as JSON: {error}")))?;
    Ok(Fetched { envelope, json })
}

/// Leaves out what is deeper than so many lists and objects. True where something was.
fn flatten(value: &mut Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else {
        let is_deeper = value.is_array() || value.is_object();
        if is_deeper {
            *value = Value::from("[deeper levels are left out]");
        }
        return is_deeper;
    };
    match value {
        Value::Array(items) => items.iter_mut().fold(false, |cut, item| flatten(item, left) | cut),
        Value::Object(members) => members.values_mut().fold(false, |cut, member| flatten(member, left) | cut),
        _ => false,
    }
}

/// One block as it is; several as a list.
fn content(blocks: Vec<ContentBlock>) -> Value {
    let mut values: Vec<Value> = blocks.into_iter().map(block).collect();
    match values.len() {
        0 => Value::Null,
        1 => values.pop().unwrap_or(Value::Null),
        _ => Value::Array(values),
    }
}

fn block(block: ContentBlock) -> Value {
    match block {
        ContentBlock::Text(text) => parsed(text.text),
        ContentBlock::Image(image) => json!({"image": image.mime_type, "base64_bytes": image.data.len()}),
        ContentBlock::Audio(audio) => json!({"audio": audio.mime_type, "base64_bytes": audio.data.len()}),
        ContentBlock::Resource(embedded) => match embedded.resource {
            ResourceContents::TextResourceContents { uri, mime_type, text, .. } => {
                json!({"resource": uri, "type": mime_type, "text": parsed(text)})
            }
            ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                json!({"resource": uri, "type": mime_type, "base64_bytes": blob.len()})
            }
            _ => json!({"resource": "of a kind that is not known here"}),
        },
        ContentBlock::ResourceLink(link) => {
            json!({"resource_link": link.uri, "name": link.name, "description": link.description})
        }
        _ => json!({"content": "of a kind that is not known here"}),
    }
}

/// Text that is a JSON object or list as what it says; any other text as a string (`42` and `true` stay words).
fn parsed(text: String) -> Value {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str(&text)
    {
        return value;
    }
    Value::String(text)
}

/// The data within the ceiling: a list loses its tail, everything else becomes the beginning of its text.
fn bounded(data: Value, ceiling_bytes: usize) -> Envelope {
    let count = items(&data);
    let whole = match &data {
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    };
    if whole <= ceiling_bytes {
        return Envelope::whole(data, count);
    }
    let (data, told) = match data {
        Value::Array(list) => {
            let kept = first(list, ceiling_bytes);
            let told = format!(
                "the first {} of {count} items; the rest is over the limit of {ceiling_bytes} bytes",
                kept.len()
            );
            (Value::Array(kept), told)
        }
        other => {
            let text = match other {
                Value::String(text) => text,
                value => value.to_string(),
            };
            (
                Value::String(cut(&text, ceiling_bytes)),
                format!("the first {ceiling_bytes} of {whole} bytes; the rest is over the limit"),
            )
        }
    };
    let hint = Some(format!("{told}; ask for less, or raise the limit of the server in the settings"));
    Envelope { returned: items(&data), total: Some(count), truncated: true, hint, ..Envelope::whole(data, 0) }
}

/// The items that fit, from the front.
fn first(list: Vec<Value>, ceiling_bytes: usize) -> Vec<Value> {
    // One byte opens the list, and every item brings a comma or the end.
    let mut left = ceiling_bytes.saturating_sub(1);
    list.into_iter()
        .map_while(|item| {
            left = left.checked_sub(item.to_string().len() + 1)?;
            Some(item)
        })
        .collect()
}
