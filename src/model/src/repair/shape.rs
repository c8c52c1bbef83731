//! Recognises tool calls in JSON values, whatever names a model gives to their parts.

use super::{RawCall, names};
use ports::model::OfferedTool;
use serde_json::{Map, Value};

const NAME_KEYS: &[&str] =
    &["name", "tool", "tool_name", "function", "function_name", "action", "recipient_name", "toolName"];
const ARGUMENT_KEYS: &[&str] = &[
    "arguments",
    "parameters",
    "args",
    "params",
    "input",
    "tool_input",
    "action_input",
    "kwargs",
    "parameter",
    "argument",
];
const WRAPPER_KEYS: &[&str] =
    &["tool_calls", "tool_call", "function_call", "function", "calls", "function_calls", "tools", "tool_uses"];

/// What may stand before the name.
const EXTRA_KEYS: &[&str] = &["type", "id", "call_id", "tool_call_id", "thought", "reasoning", "index"];

/// Whether a JSON object that begins with this key may be a call.
pub fn may_begin_call(key: &str, tools: &[OfferedTool]) -> bool {
    let known = NAME_KEYS.contains(&key)
        || ARGUMENT_KEYS.contains(&key)
        || WRAPPER_KEYS.contains(&key)
        || EXTRA_KEYS.contains(&key);
    known || names::resolve(key, tools).is_some()
}

/// Whether a key that begins like this may become one for which [`may_begin_call`] holds.
pub fn may_become_call_key(start: &str, tools: &[OfferedTool]) -> bool {
    let fixed = NAME_KEYS.iter().chain(ARGUMENT_KEYS).chain(WRAPPER_KEYS).copied();
    let mut keys = fixed.chain(EXTRA_KEYS.iter().copied());
    keys.any(|key| key.starts_with(start)) || tools.iter().any(|tool| tool.name.starts_with(start))
}

/// The calls in a value: one, several in a list, or wrapped; empty when it is anything else.
///
/// `strict` is for JSON that merely stands in the text: there only calls of offered tools count, and one part that is
/// no such call makes the whole none.
pub fn calls(value: &Value, tools: &[OfferedTool], strict: bool) -> Vec<RawCall> {
    collect(value, tools, strict, 0).unwrap_or_default()
}

fn collect(value: &Value, tools: &[OfferedTool], strict: bool, depth: usize) -> Option<Vec<RawCall>> {
    if depth > 4 {
        return None;
    }
    match value {
        Value::Array(items) => {
            let mut found = Vec::new();
            for item in items {
                found.extend(collect(item, tools, strict, depth + 1)?);
            }
            (!found.is_empty()).then_some(found)
        }
        Value::Object(members) => object(members, tools, strict, depth),
        _ => None,
    }
}

fn object(members: &Map<String, Value>, tools: &[OfferedTool], strict: bool, depth: usize) -> Option<Vec<RawCall>> {
    if is_definition(members) {
        return None;
    }
    for key in WRAPPER_KEYS {
        if let Some(inner @ (Value::Object(_) | Value::Array(_))) = members.get(*key) {
            let mut inner = collect(inner, tools, strict, depth + 1)?;
            let id = members.get("id").and_then(Value::as_str);
            if let (Some(id), [only]) = (id, inner.as_mut_slice()) {
                only.id.get_or_insert_with(|| id.to_owned());
            }
            return Some(inner);
        }
    }
    let call = named(members, tools, strict).or_else(|| keyed_by_tool(members, tools))?;
    let accepted = !strict || names::resolve(&call.name, tools).is_some();
    (accepted && names::plausible(call.name.trim())).then(|| vec![call])
}

/// A model that repeats a tool's definition does not call it.
fn is_definition(members: &Map<String, Value>) -> bool {
    let schema = members.get("parameters").or_else(|| members.get("input_schema"));
    schema.is_some_and(|schema| schema.get("properties").is_some() && schema.get("type").is_some())
        && members.contains_key("description")
}

fn named(members: &Map<String, Value>, tools: &[OfferedTool], strict: bool) -> Option<RawCall> {
    let (name_key, name) = NAME_KEYS.iter().find_map(|key| Some((*key, members.get(*key)?.as_str()?)))?;
    let id = ["id", "call_id", "tool_call_id"]
        .iter()
        .find_map(|key| members.get(*key))
        .and_then(Value::as_str)
        .map(str::to_owned);
    if let Some(arguments) = ARGUMENT_KEYS.iter().find_map(|key| members.get(*key)) {
        return Some(RawCall { name: name.to_owned(), arguments: arguments.clone(), id });
    }
    let rest: Map<String, Value> = members
        .iter()
        .filter(|(key, _)| *key != name_key && !EXTRA_KEYS.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let offered = names::resolve(name, tools)?;
    // Members beside the name count as arguments only where the tool has such arguments.
    let known = |key: &String| offered.parameters.get("properties").is_some_and(|known| known.get(key).is_some());
    let fits = rest.keys().all(known);
    (fits || !strict).then(|| RawCall { name: name.to_owned(), arguments: Value::Object(rest), id })
}

/// `{"kubernetes_list": {"kind": "Pod"}}`.
fn keyed_by_tool(members: &Map<String, Value>, tools: &[OfferedTool]) -> Option<RawCall> {
    let mut entries = members.iter();
    let (name, arguments) = entries.next()?;
    let alone = entries.next().is_none();
    let takes = matches!(arguments, Value::Object(_) | Value::Null);
    (alone && takes && names::resolve(name, tools).is_some()).then(|| RawCall::new(name.clone(), arguments.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tools() -> Vec<OfferedTool> {
        let parameters = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
        vec![OfferedTool { name: "kubernetes_list".into(), description: "Lists.".into(), parameters }]
    }

    #[test]
    fn calls_are_recognised_in_every_dress() {
        let arguments = json!({"kind": "Pod"});
        let cases = [
            json!({"name": "kubernetes_list", "arguments": arguments}),
            json!({"name": "kubernetes_list", "parameters": arguments}),
            json!({"function": "kubernetes_list", "arguments": arguments}),
            json!({"tool": "kubernetes_list", "args": arguments}),
            json!({"action": "kubernetes_list", "action_input": arguments}),
            json!({"type": "function", "function": {"name": "kubernetes_list", "arguments": arguments}}),
            json!({"type": "function", "name": "kubernetes_list", "parameters": arguments}),
            json!({"tool_calls": [{"id": "x", "function": {"name": "kubernetes_list", "arguments": arguments}}]}),
            json!({"function_call": {"name": "kubernetes_list", "arguments": arguments}}),
            json!([{"name": "kubernetes_list", "arguments": arguments}]),
            json!({"kubernetes_list": arguments}),
            json!({"name": "kubernetes_list", "kind": "Pod"}),
        ];
        for value in cases {
            let calls = calls(&value, &tools(), true);
            assert_eq!(calls.len(), 1, "{value}");
            assert_eq!((calls[0].name.as_str(), &calls[0].arguments), ("kubernetes_list", &arguments), "{value}");
        }
    }

    #[test]
    fn what_is_no_call_stays() {
        let cases = [
            json!({"name": "checkout", "arguments": {"replicas": 3}}),
            json!({"name": "kubernetes_list", "replicas": 3}),
            json!({"name": "kubernetes_list", "description": "Lists.",
                   "parameters": {"type": "object", "properties": {}}}),
            json!([{"name": "kubernetes_list", "arguments": {}}, {"name": "checkout", "arguments": {}}]),
            json!({"kubernetes_list": 3}),
            json!([]),
            json!({}),
            json!(7),
        ];
        for value in cases {
            assert_eq!(calls(&value, &tools(), true), [], "{value}");
        }
    }
}
