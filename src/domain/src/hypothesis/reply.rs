//! The reply of a model, read: what it proposes, in types, and what of it cannot be read, in words.
//!
//! Guarantees: no input panics; nothing is guessed: a hypothesis that lacks a part is left out and told; whatever is too
//! much is counted and told.

use super::expected::Expected;
use super::plain::plain;
use super::{MOST, SYMPTOMS, TEXT_CHARS};
use crate::evidence::ToolCall;
use crate::object::ObjectRef;
use serde_json::{Map, Value, json};

/// The name under which the reply is asked for. It is no tool: nothing is called.
pub const NAME: &str = "hypotheses";

/// Bytes of a text in which a JSON object is looked for.
const TEXT_BYTES: usize = 32 * 1024;

/// One hypothesis as the model put it. Nothing of it was checked against anything yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// The cause in words.
    pub cause: String,
    /// What it is about.
    pub object: ObjectRef,
    /// One of the closed list.
    pub symptom: &'static str,
    /// The look that would tell.
    pub look: ToolCall,
    /// What it must show.
    pub expected: Expected,
    /// What would refute it, in words.
    pub refuted_by: String,
}

/// A whole reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    /// At most three.
    pub proposed: Vec<Proposed>,
    /// As it was sent; empty where none was.
    pub explanation: String,
    /// What was left out, and why.
    pub dropped: Vec<String>,
}

/// The JSON schema of a reply: flat and short, for small models.
pub fn schema() -> Value {
    let text = || json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {
            "hypotheses": {"type": "array", "maxItems": MOST, "items": {
                "type": "object",
                "properties": {
                    "cause": {"type": "string", "description": "one sentence"},
                    "object": {"type": "string", "description": "`Kind namespace/name`, from the list"},
                    "symptom": {"type": "string", "enum": SYMPTOMS},
                    "tool": {"type": "string", "description": "the look that would confirm it"},
                    "arguments": {"type": "object", "description": "its arguments"},
                    "field": {"type": "string", "description": "the field of the result that would show it"},
                    "value": {"type": "string", "description": "what it must be: `OOMKilled`, `> 3`, `< 1`"},
                    "refuted_by": text(),
                },
                "required": ["cause", "object", "symptom", "tool", "arguments", "field", "value", "refuted_by"],
            }},
            "explanation": {"type": "string", "description": "at most three sentences, each with ids like [e1]"},
        },
        "required": ["hypotheses"],
    })
}

/// The JSON object in a text: the whole, in a fence, or between words.
pub fn object_in(text: &str) -> Option<Map<String, Value>> {
    let text = text.get(..text.floor_char_boundary(TEXT_BYTES))?;
    let starts = text.match_indices('{').map(|(at, _)| at).take(8);
    starts.filter_map(|at| text.get(at..)).find_map(|rest| {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(Value::Object(object))) if object.contains_key(NAME) => Some(object),
            _ => None,
        }
    })
}

/// Reads a reply.
pub fn read(reply: &Map<String, Value>) -> Read {
    let mut read = Read {
        explanation: reply.get("explanation").and_then(Value::as_str).unwrap_or_default().to_owned(),
        ..Read::default()
    };
    let Some(sent) = reply.get(NAME).and_then(Value::as_array) else {
        read.dropped.push("the reply had no list of hypotheses".to_owned());
        return read;
    };
    for (place, one) in sent.iter().take(MOST).enumerate() {
        match proposed(one) {
            Ok(proposed) => read.proposed.push(proposed),
            Err(why) => read.dropped.push(format!("hypothesis {}: {why}", place + 1)),
        }
    }
    if let Some(more) = sent.len().checked_sub(MOST).filter(|more| *more > 0) {
        read.dropped.push(format!("{more} more hypotheses than the {MOST} that were asked for"));
    }
    read
}

fn proposed(one: &Value) -> Result<Proposed, String> {
    let text = |name: &str| {
        one.get(name)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .ok_or(format!("it has no {name}"))
    };
    let said = text("object")?;
    let object = match ObjectRef::find_all(said).as_slice() {
        [only] => only.clone(),
        _ => return Err(format!("{:?} names no one object", plain(said, 80))),
    };
    let symptom = text("symptom")?;
    let symptom = SYMPTOMS
        .iter()
        .find(|known| **known == symptom)
        .ok_or_else(|| format!("{:?} is no sort of trouble that is known", plain(symptom, 40)))?;
    let arguments = match one.get("arguments") {
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(Value::Null) | None => Map::new(),
        Some(_) => return Err("its arguments are no object".to_owned()),
    };
    let value = one.get("value").ok_or("it has no value")?;
    Ok(Proposed {
        cause: plain(text("cause")?, TEXT_CHARS),
        object,
        symptom,
        look: ToolCall { tool: text("tool")?.to_owned(), arguments },
        expected: Expected::parse(text("field")?, value)?,
        refuted_by: plain(text("refuted_by")?, TEXT_CHARS),
    })
}
