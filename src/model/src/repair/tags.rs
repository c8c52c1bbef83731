//! Calls written as elements: `<function=NAME><parameter=KEY>VALUE</parameter></function>`,
//! `<invoke name="NAME"><parameter name="KEY">VALUE</parameter></invoke>`, and key and value in elements of their own.

use super::{RawCall, json};
use serde_json::{Map, Value};

/// The text between two marks and the rest after the second; to the end where the second is missing.
pub(super) fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (_, after) = text.split_once(open)?;
    Some(after.split_once(close).unwrap_or((after, "")))
}

/// Elements whose opening word ends before the name.
const NAMED_ELEMENTS: &[(&str, &str)] = &[
    ("<invoke name=", "</invoke>"),
    ("<function=", "</function>"),
    ("<function name=", "</function>"),
    ("<tool_call name=", "</tool_call>"),
    ("<function_call name=", "</function_call>"),
];

/// Calls in elements whose name stands in the opening one.
pub(super) fn elements(raw: &str) -> Vec<RawCall> {
    let mut found = Vec::new();
    for (open, close) in NAMED_ELEMENTS {
        let mut rest = raw;
        while let Some((inside, after)) = between(rest, open, close) {
            rest = after;
            let Some((name, body)) = inside.split_once('>') else { continue };
            let name = name.trim().trim_end_matches('/').trim_matches(['"', '\'', ' ']);
            if !name.is_empty() {
                found.push(RawCall::new(name, body_of(body)));
            }
        }
    }
    found
}

fn body_of(body: &str) -> Value {
    let parameters = parameters(body);
    if !parameters.is_empty() {
        return Value::Object(parameters);
    }
    match json::read_prefix(body.trim()) {
        Some(read) if body.trim_start().starts_with(['{', '"', '[']) => read.value,
        _ if body.trim().is_empty() => Value::Null,
        _ => Value::String(body.trim().to_owned()),
    }
}

fn parameters(body: &str) -> Map<String, Value> {
    let mut found = Map::new();
    for open in ["<parameter=", "<parameter name="] {
        let mut rest = body;
        while let Some((inside, after)) = between(rest, open, "</parameter>") {
            rest = after;
            if let Some((key, value)) = inside.split_once('>') {
                let key = key.trim().trim_matches(['"', '\'', ' ']);
                found.insert(key.to_owned(), plain_value(value));
            }
        }
    }
    found
}

/// One line break after the opening and before the closing element belongs to the form, not to the value.
fn plain_value(text: &str) -> Value {
    let text = text.strip_prefix('\n').unwrap_or(text);
    Value::String(text.strip_suffix('\n').unwrap_or(text).to_owned())
}

/// `NAME` and then `<arg_key>K</arg_key><arg_value>V</arg_value>` pairs.
pub(super) fn key_value_pairs(raw: &str) -> Option<RawCall> {
    let (name, mut rest) = raw.split_at_checked(raw.find("<arg_key>")?)?;
    let mut members = Map::new();
    while let Some((key, after)) = between(rest, "<arg_key>", "</arg_key>") {
        let (value, after) = between(after, "<arg_value>", "</arg_value>").unwrap_or(("", ""));
        members.insert(key.trim().to_owned(), plain_value(value));
        rest = after;
    }
    Some(RawCall::new(name.trim(), Value::Object(members)))
}
