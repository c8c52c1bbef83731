//! Reads the calls out of a stretch of markup, whatever model wrote it.
//!
//! The forms are tried from the most to the least particular; the markup's outer words are already gone.

#[cfg(test)]
mod tests;

use super::{RawCall, json, names, pythonic, shape, tags};
use ports::model::OfferedTool;
use serde_json::Value;

/// Places at which a JSON value is tried; more would make long garbage slow.
const MOST_TRIES: usize = 100;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The calls, in order.
    pub calls: Vec<RawCall>,
    /// What had to be mended.
    pub notes: Vec<String>,
    /// Text after the last call that belongs to none; matters only where the markup was never closed.
    pub rest: String,
}

/// The calls in the text between the opening and the closing word.
pub fn read(raw: &str, tools: &[OfferedTool]) -> Found {
    let direct = separated(raw).or_else(|| {
        let calls = tags::elements(raw);
        (!calls.is_empty()).then_some(calls)
    });
    let direct = direct.or_else(|| tags::key_value_pairs(raw).map(|call| vec![call]));
    if let Some(calls) = direct {
        return Found { calls, ..Found::default() };
    }
    let named = name_then_object(raw);
    if !named.is_empty() {
        return Found { calls: named, ..Found::default() };
    }
    let found = objects(raw, tools);
    if !found.calls.is_empty() {
        return found;
    }
    let python = pythonic::calls(without_fence(raw));
    match python.is_empty() {
        true => found,
        false => Found { calls: python, ..Found::default() },
    }
}

/// Forms in which a special word stands between name and arguments.
fn separated(raw: &str) -> Option<Vec<RawCall>> {
    let mut found = Vec::new();
    // The same words come with wide bars and low lines or with plain ones.
    let raw = raw.replace('｜', "|").replace('▁', "_");
    let (begin, end) = ("<|tool_call_begin|>", "<|tool_call_end|>");
    for middle in ["<|tool_sep|>", "<|tool_call_argument_begin|>"] {
        if !raw.contains(middle) {
            continue;
        }
        for part in raw.split(begin) {
            let part = part.split(end).next().unwrap_or_default();
            if let Some((head, body)) = part.split_once(middle) {
                found.extend(one_separated(head.trim(), body));
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

fn one_separated(head: &str, body: &str) -> Option<RawCall> {
    // The head is the name, or just the word `function` with the name on the body's first line.
    let (name, body) = match head {
        "function" | "" => body.split_once('\n')?,
        name => (name, body),
    };
    let (name, id) = match name.rsplit_once(':') {
        Some((before, index)) if index.bytes().all(|byte| byte.is_ascii_digit()) => (before, Some(name.to_owned())),
        _ => (name, None),
    };
    let arguments = Value::String(without_fence(body.trim()).to_owned());
    Some(RawCall { name: name.trim().to_owned(), arguments, id })
}

fn without_fence(text: &str) -> &str {
    let text = text.trim();
    let Some(inside) = text.strip_prefix("```") else { return text };
    let inside = inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    inside.strip_suffix("```").unwrap_or(inside).trim()
}

/// `NAME{…}`, `NAME[ARGS]{…}`, `to=functions.NAME … {…}`, or a name on a line of its own before the object.
fn name_then_object(raw: &str) -> Vec<RawCall> {
    let mut found = Vec::new();
    let mut rest = raw.trim();
    while let Some(start) = rest.find('{') {
        let (head, body) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let Some(name) = name_in(head) else { return found };
        let Some(read) = json::read_prefix(body) else { return found };
        let (name, id) = match name.split_once("[CALL_ID]") {
            Some((name, id)) => (name, Some(id.to_owned())),
            None => (name, None),
        };
        found.push(RawCall { name: name.to_owned(), arguments: read.value, id });
        rest = body.get(read.consumed..).unwrap_or_default();
        rest = rest.trim_start().trim_start_matches("[TOOL_CALLS]");
    }
    found
}

fn name_in(head: &str) -> Option<&str> {
    let head = head.trim().trim_end_matches("[ARGS]").trim();
    if let Some((_, after)) = head.split_once("to=") {
        return after.split([' ', '<']).next().filter(|name| !name.is_empty());
    }
    let bare = head.split("[CALL_ID]").next().unwrap_or_default();
    names::plausible(bare).then_some(head)
}

/// All JSON values of the text that are calls.
fn objects(raw: &str, tools: &[OfferedTool]) -> Found {
    let mut found = Found::default();
    let mut rest = raw;
    for _ in 0..MOST_TRIES {
        let Some(start) = rest.find(['{', '[']) else { break };
        let after = rest.get(start..).unwrap_or_default();
        let read = json::read_prefix(after);
        let calls = read.as_ref().map(|read| shape::calls(&read.value, tools, false)).unwrap_or_default();
        match read {
            Some(read) if !calls.is_empty() => {
                found.calls.extend(calls);
                found.notes.extend(read.notes);
                rest = after.get(read.consumed..).unwrap_or_default();
                found.rest = rest.to_owned();
            }
            _ => rest = after.get(1..).unwrap_or_default(),
        }
    }
    found
}
