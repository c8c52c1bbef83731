//! Reads the arguments of a call: an object, a text that holds one, or a text that holds such a text.

use super::{excerpt, json};
use serde_json::{Map, Value};

/// The members of the arguments and what had to be mended; the error says what was there instead.
pub fn read(arguments: &Value, schema: &Value) -> Result<(Map<String, Value>, Vec<String>), String> {
    let mut notes = Vec::new();
    let mut current = arguments.clone();
    // Three rounds: object in text, text in text, and a list around it.
    for _ in 0..4 {
        current = match current {
            Value::Object(members) => return Ok((unwrapped(members, schema, &mut notes), notes)),
            Value::Null => return Ok((Map::new(), notes)),
            Value::Array(mut items) => match (items.len(), items.pop()) {
                (0, _) => return Ok((Map::new(), notes)),
                (1, Some(only)) => {
                    notes.push("arguments taken out of a list".to_owned());
                    only
                }
                _ => break,
            },
            Value::String(text) if text.trim().is_empty() => return Ok((Map::new(), notes)),
            Value::String(text) => {
                if text.starts_with('"') {
                    notes.push("arguments unpacked from a text in a text".to_owned());
                }
                from_text(&text, &mut notes)?
            }
            _ => break,
        };
    }
    Err(format!("the arguments are not a JSON object but {}", excerpt(&arguments.to_string(), 120)))
}

fn from_text(text: &str, notes: &mut Vec<String>) -> Result<Value, String> {
    let text = without_fence(text.trim());
    // Prose would be read as one word; only what begins like JSON is JSON.
    let begins = text.starts_with(['{', '[', '"', '\'']) || text == "null";
    if let Some(read) = json::read_all(text).filter(|_| begins) {
        notes.extend(read.notes);
        return Ok(read.value);
    }
    if let Some(last) = last_of_several(text) {
        notes.push("the last of several argument objects taken".to_owned());
        return Ok(last);
    }
    Err(format!("the arguments are not a JSON object but {:?}", excerpt(text, 120)))
}

fn without_fence(text: &str) -> &str {
    let Some(inside) = text.strip_prefix("```") else { return text };
    let inside = inside.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    inside.strip_suffix("```").unwrap_or(inside).trim()
}

/// Some servers send `{}` first and the real arguments after it.
fn last_of_several(text: &str) -> Option<Value> {
    let mut rest = text;
    let mut last = None;
    while rest.starts_with('{') {
        let read = json::read_prefix(rest)?;
        let filled = read.value.as_object().is_some_and(|members| !members.is_empty());
        if filled || last.is_none() {
            last = Some(read.value);
        }
        rest = rest.get(read.consumed..)?.trim_start();
    }
    last.filter(|_| rest.is_empty())
}

/// `{"arguments": {…}}` where the tool has no such argument is one wrapping too many.
fn unwrapped(mut members: Map<String, Value>, schema: &Value, notes: &mut Vec<String>) -> Map<String, Value> {
    if members.len() != 1 {
        return members;
    }
    for wrapper in ["arguments", "parameters", "args", "input", "kwargs"] {
        let known = schema.get("properties").and_then(|properties| properties.get(wrapper)).is_some();
        if known {
            continue;
        }
        match members.remove(wrapper) {
            Some(Value::Object(inner)) => {
                notes.push(format!("arguments taken out of {wrapper:?}"));
                return inner;
            }
            Some(other) => {
                members.insert(wrapper.to_owned(), other);
            }
            None => {}
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn arguments_are_found_however_they_are_packed() {
        let cases = [
            (json!({"a": 1}), json!({"a": 1})),
            (json!(r#"{"a": 1}"#), json!({"a": 1})),
            (json!(r#""{\"a\": 1}""#), json!({"a": 1})),
            (json!(null), json!({})),
            (json!(""), json!({})),
            (json!("null"), json!({})),
            (json!([]), json!({})),
            (json!([{"a": 1}]), json!({"a": 1})),
            (json!(r#"{}{"a": 1}"#), json!({"a": 1})),
            (json!("```json\n{\"a\": 1}\n```"), json!({"a": 1})),
            (json!({"arguments": {"a": 1}}), json!({"a": 1})),
            (json!({"parameters": 1}), json!({"parameters": 1})),
            (json!({"input": {"b": 1}}), json!({"input": {"b": 1}})),
            (json!(r#"{'a': True,}"#), json!({"a": true})),
        ];
        let schema = json!({"properties": {"input": {"type": "object"}}});
        for (given, expected) in cases {
            let read = read(&given, &schema).map(|(members, _)| Value::Object(members));
            assert_eq!(read, Ok(expected), "{given}");
        }
    }

    #[test]
    fn what_is_no_object_is_told() {
        for given in [json!("all pods please"), json!(7), json!([1, 2]), json!("[1, 2]")] {
            assert!(read(&given, &json!({})).unwrap_err().contains("not a JSON object"), "{given}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = read(&Value::String(text), &Value::Null);
        }
    }
}
