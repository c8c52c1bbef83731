//! What a server answered, as our envelope or our failure.
//!
//! Guarantees: the text of our own servers is parsed once and kept as it came; everything of a foreign server is
//! redacted first and bounded then, and what was cut is told; binary content is named and never passed on.

mod foreign;

use domain::envelope::{Envelope, Failure, FailureKind};
use rmcp::model::{CallToolResult, ContentBlock};
use serde::Deserialize;
use serde_json::Value;

pub use foreign::foreign;

/// An envelope, and the JSON that it was read from or would be written as.
#[derive(Debug)]
pub struct Fetched {
    /// The result.
    pub envelope: Envelope,
    /// The same as JSON.
    pub json: String,
}

/// How our servers write a failure.
#[derive(Deserialize)]
struct ErrorBody {
    error: Failure,
}

/// The answer of one of our own servers.
///
/// # Errors
/// The failure that the server tells, or `BadAnswer` for what is not our envelope.
pub fn own(server: &str, tool: &str, result: CallToolResult) -> Result<Fetched, Failure> {
    let is_error = result.is_error.unwrap_or(false);
    let json = match (text_of(result.content), result.structured_content) {
        (Some(text), _) => text,
        (None, Some(value)) => value.to_string(),
        (None, None) => return Err(bad(server, tool, "it is empty")),
    };
    if is_error {
        return Err(match serde_json::from_str::<ErrorBody>(&json) {
            Ok(body) => body.error,
            // rmcp itself writes plain text when a handler's arguments do not parse.
            Err(_) => {
                Failure::new(FailureKind::BadRequest, format!("{server}, {tool}: {}", crate::failures::told(&json)))
            }
        });
    }
    match serde_json::from_str::<Envelope>(&json) {
        Ok(envelope) => Ok(Fetched { envelope, json }),
        Err(error) => Err(bad(server, tool, &format!("it is not an envelope: {error}"))),
    }
}

/// The text of a result that consists of one text.
fn text_of(content: Vec<ContentBlock>) -> Option<String> {
    content.into_iter().find_map(|block| match block {
        ContentBlock::Text(text) => Some(text.text),
        _ => None,
    })
}

fn bad(server: &str, tool: &str, reason: &str) -> Failure {
    Failure::new(FailureKind::BadAnswer, format!("the answer of {server}, {tool} cannot be used: {reason}"))
}

/// Items of a value, as an envelope counts them.
fn items(data: &Value) -> u64 {
    match data {
        Value::Null => 0,
        Value::Array(items) => u64::try_from(items.len()).unwrap_or(u64::MAX),
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
