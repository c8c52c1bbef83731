//! Calls written as Python: `name(key="value", other=[1, 2])`, alone, in a list, or as `print(name(…))`.

use super::{RawCall, json, names};
use serde_json::{Map, Value};

/// The calls of a text that holds nothing else; empty otherwise.
pub(super) fn calls(text: &str) -> Vec<RawCall> {
    let mut rest = unwrapped(text.trim());
    let mut found = Vec::new();
    while !rest.is_empty() {
        let Some((call, after)) = one(rest) else { return Vec::new() };
        found.push(call);
        rest = after.trim_start_matches([',', ';', ' ', '\n', '\r', '\t']);
    }
    found
}

fn unwrapped(text: &str) -> &str {
    let listed = text.strip_prefix('[').map(|inside| inside.strip_suffix(']').unwrap_or(inside));
    let text = listed.unwrap_or(text).trim();
    let printed = text.strip_prefix("print(").and_then(|inside| inside.strip_suffix(')'));
    printed.unwrap_or(text).trim()
}

fn one(text: &str) -> Option<(RawCall, &str)> {
    let (name, mut rest) = text.split_once('(')?;
    let name = name.trim();
    // `tool.call(…)` is the form of built-in tools.
    let name = name.strip_suffix(".call").unwrap_or(name);
    if !names::plausible(name) {
        return None;
    }
    let mut members = Map::new();
    loop {
        rest = rest.trim_start_matches([',', ' ', '\n', '\r', '\t']);
        if let Some(after) = rest.strip_prefix(')') {
            return Some((RawCall::new(name, Value::Object(members)), after));
        }
        if rest.is_empty() {
            return Some((RawCall::new(name, Value::Object(members)), ""));
        }
        let (key, after) = rest.split_once('=')?;
        let key = key.trim();
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        let (value, after) = argument(after.trim_start())?;
        members.insert(key.to_owned(), value);
        rest = after;
    }
}

fn argument(text: &str) -> Option<(Value, &str)> {
    if text.starts_with(['{', '[', '"', '\'']) {
        let read = json::read_prefix(text)?;
        return Some((read.value, text.get(read.consumed..)?));
    }
    let end = text.find([',', ')']).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end)?;
    let value = json::read_all(word.trim()).map_or(Value::Null, |read| read.value);
    Some((value, rest))
}
