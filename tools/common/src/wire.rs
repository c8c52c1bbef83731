//! The one JSON text in which a result or a failure crosses MCP, and the way back.
//!
//! A result is the compact JSON of its [`Envelope`] as the only text block (no `structuredContent`: a result is sent
//! once). A failure is an `isError` result whose only text block is `{"error":{"kind":…,"message":…,"hint":…}}`.
//! Guarantee: [`decode`] of [`encode`] gives the same value back. Deliberately absent: foreign servers' free text,
//! which the toolbox wraps by itself.

use domain::envelope::{Envelope, Failure, FailureKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A result text over this size is not sent: no budget was applied, and no reader could use it.
pub const RESULT_CEILING_BYTES: usize = 4 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Wrapped<'a> {
    error: Cow<'a, Failure>,
}

/// The text block, and whether it is an error.
pub fn encode(result: &Result<Envelope, Failure>) -> (String, bool) {
    match result {
        Ok(envelope) => match serde_json::to_string(envelope) {
            Ok(text) if text.len() <= RESULT_CEILING_BYTES => (text, false),
            Ok(text) => (encode_failure(&over_ceiling(text.len())), true),
            Err(error) => {
                let message = format!("the result could not be written as JSON: {error}");
                (encode_failure(&Failure::new(FailureKind::BadAnswer, message)), true)
            }
        },
        Err(failure) => (encode_failure(failure), true),
    }
}

/// The output schema of every tool: the envelope. What `data` holds is the tool's own and stays open.
pub fn envelope_schema() -> Map<String, Value> {
    let schema = json!({
        "type": "object",
        "properties": {
            "data": {"description": "The result."},
            "source": {"type": "string", "description": "Which backend answered."},
            "returned": {"type": "integer", "description": "Items in data."},
            "total": {"type": "integer", "description": "Items there are."},
            "truncated": {"type": "boolean", "description": "Whether something was left out."},
            "next_cursor": {"type": "string", "description": "Pass as cursor to read on."},
            "window": {
                "type": "object",
                "properties": {
                    "start": {"type": "string", "format": "date-time"},
                    "end": {"type": "string", "format": "date-time"},
                },
                "required": ["start", "end"],
            },
            "hint": {"type": "string", "description": "What was left out and how to get it."},
            "not_looked": {
                "type": "array",
                "items": {"type": "string"},
                "description": "What could not be looked at.",
            },
        },
        "required": ["data", "returned"],
    });
    schema.as_object().cloned().unwrap_or_default()
}

/// What stands as text beside structured content.
pub fn sentence(envelope: &Envelope) -> String {
    let count = match envelope.total {
        Some(total) => format!("{} of {total}; see structuredContent", envelope.returned),
        None => format!("{}; see structuredContent", envelope.returned),
    };
    let missed = envelope.not_looked.iter().map(|missed| format!("not looked at: {missed}"));
    std::iter::once(count).chain(missed).collect::<Vec<_>>().join("\n")
}

fn over_ceiling(bytes: usize) -> Failure {
    let message = format!("the result is {bytes} bytes; at most {RESULT_CEILING_BYTES} are sent");
    Failure::new(FailureKind::TooLarge, message).with_hint("narrow the question or lower its limit")
}

fn encode_failure(failure: &Failure) -> String {
    serde_json::to_string(&Wrapped { error: Cow::Borrowed(failure) }).unwrap_or_else(|_| failure.to_string())
}

/// Reads the text block of one of our servers back.
///
/// # Errors
/// The failure that the server sent, or `BadAnswer` where the text is neither a result nor a failure of ours.
pub fn decode(text: &str, is_error: bool) -> Result<Envelope, Failure> {
    if is_error {
        return Err(serde_json::from_str::<Wrapped<'_>>(text)
            .map(|wrapped| wrapped.error.into_owned())
            .unwrap_or_else(|_| Failure::new(FailureKind::BadAnswer, shortened(text))));
    }
    serde_json::from_str(text).map_err(|error| {
        let message = format!("the tool's result is no result envelope ({error}): {}", shortened(text));
        Failure::new(FailureKind::BadAnswer, message)
    })
}

fn shortened(text: &str) -> String {
    const KEPT_CHARS: usize = 400;
    match text.char_indices().nth(KEPT_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_ways_give_the_same_back() {
        let cases = [
            Ok(Envelope::whole(json!({"a": [1, null, "x"]}), 3)),
            Err(Failure::new(FailureKind::Timeout, "no answer")),
            Err(Failure::new(FailureKind::BadRequest, "no such field").with_hint("say `query`")),
        ];
        for case in cases {
            let (text, is_error) = encode(&case);
            assert_eq!(decode(&text, is_error), case);
        }
    }

    #[test]
    fn what_is_not_ours_is_told_and_shortened() {
        let failure = decode(&"x".repeat(10_000), true).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadAnswer);
        assert!(failure.message.len() < 500);
        assert_eq!(decode("{}", false).unwrap_err().kind, FailureKind::BadAnswer);
    }

    #[test]
    fn a_result_without_end_is_refused() {
        let huge = Ok(Envelope::whole(json!("x".repeat(RESULT_CEILING_BYTES)), 1));
        let (text, is_error) = encode(&huge);
        assert!(is_error);
        assert_eq!(decode(&text, true).unwrap_err().kind, FailureKind::TooLarge);
    }
}
