//! Turns a step into the bytes of an answer.

use super::script::ServerStep;
use serde_json::{Value, json};
use std::time::Duration;

/// How the body of an answer goes on after its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is complete.
    Whole,
    /// The connection is cut.
    Cut,
    /// Nothing more comes, the connection stays.
    Silence,
}

/// A body in parts.
pub(super) struct Parts {
    pub(super) parts: Vec<(Duration, String)>,
    pub(super) end: End,
}

/// Whether the request only asks if tools are accepted.
pub(super) fn is_probe(body: &Value) -> bool {
    let tools = body["tools"].as_array();
    tools.is_some_and(|tools| tools.len() == 1 && tools[0]["function"]["name"] == super::PROBE_TOOL)
}

/// Whether the request asks for a stream.
pub(super) fn wants_stream(body: &Value) -> bool {
    body["stream"] == true
}

fn chunk(body: &Value, delta: Value, finish: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": body["model"],
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    })
}

fn data(value: &Value) -> (Duration, String) {
    (Duration::ZERO, format!("data: {value}\n\n"))
}

fn words(body: &Value, text: &str) -> Vec<(Duration, String)> {
    text.split_inclusive(' ').map(|word| data(&chunk(body, json!({"content": word}), None))).collect()
}

fn wire_calls(calls: &[(String, Value)], first: usize) -> Vec<Value> {
    let wire = |(index, (name, arguments)): (usize, &(String, Value))| {
        json!({
            "index": index, "id": format!("call_{}", first + index + 1), "type": "function",
            "function": {"name": name, "arguments": arguments.to_string()},
        })
    };
    calls.iter().enumerate().map(wire).collect()
}

fn usage(body: &Value, completion: usize) -> Value {
    let (prompt, completion) = (domain::tokens::estimate(&body.to_string()), completion.div_ceil(4));
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}

/// The event stream of a complete reply.
fn streamed(body: &Value, text: &str, calls: &[(String, Value)], first: usize, tell_usage: bool) -> Parts {
    let mut parts = vec![data(&chunk(body, json!({"role": "assistant", "content": ""}), None))];
    parts.extend(words(body, text));
    if !calls.is_empty() {
        parts.push(data(&chunk(body, json!({"tool_calls": wire_calls(calls, first)}), None)));
    }
    let finish = if calls.is_empty() { "stop" } else { "tool_calls" };
    parts.push(data(&chunk(body, json!({}), Some(finish))));
    if tell_usage && body["stream_options"]["include_usage"] == true {
        let mut last = chunk(body, json!({}), None);
        last["choices"] = json!([]);
        last["usage"] = usage(body, text.len());
        parts.push(data(&last));
    }
    parts.push((Duration::ZERO, "data: [DONE]\n\n".to_owned()));
    Parts { parts, end: End::Whole }
}

/// One JSON document of a complete reply.
fn document(body: &Value, text: &str, calls: &[(String, Value)], first: usize) -> String {
    let mut message = json!({"role": "assistant", "content": text});
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(wire_calls(calls, first));
    }
    let finish = if calls.is_empty() { "stop" } else { "tool_calls" };
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage(body, text.len()),
    })
    .to_string()
}

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Parts,
}

fn whole(status: u16, content_type: &str, body: String) -> Answer {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Answer { status, headers, body: Parts { parts: vec![(Duration::ZERO, body)], end: End::Whole } }
}

fn events(body: Parts) -> Answer {
    Answer { status: 200, headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())], body }
}

/// The answer to a probe for capabilities, or to a request whose tools the model does not take.
pub(super) fn refusal_of_tools(body: &Value) -> Answer {
    let model = body["model"].as_str().unwrap_or_default();
    error(400, &format!("registry.ollama.ai/library/{model} does not support tools"))
}

/// An error in OpenAI's shape.
pub(super) fn error(status: u16, message: &str) -> Answer {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    whole(status, "application/json", body.to_string())
}

/// A short text, as the answer to an accepted probe.
pub(super) fn plain(body: &Value) -> Answer {
    reply(body, "ok", &[], 0, true)
}

fn reply(body: &Value, text: &str, calls: &[(String, Value)], first: usize, tell_usage: bool) -> Answer {
    match wants_stream(body) {
        true => events(streamed(body, text, calls, first, tell_usage)),
        false => whole(200, "application/json", document(body, text, calls, first)),
    }
}

/// The answer to a step that gives one ([`ServerStep::Silent`] and waits are the handler's).
pub(super) fn of_step(step: ServerStep, body: &Value, first: usize, tell_usage: bool) -> Answer {
    match step {
        ServerStep::Text(text) => reply(body, &text, &[], first, tell_usage),
        ServerStep::Calls(text, calls) => reply(body, &text, &calls, first, tell_usage),
        ServerStep::Raw(raw) => {
            let parts = raw.into_iter().map(|part| (Duration::ZERO, part)).collect();
            events(Parts { parts, end: End::Whole })
        }
        ServerStep::Body(content_type, text) => whole(200, &content_type, text),
        ServerStep::Error(status, headers, text) => {
            let mut answer = whole(status, "application/json", text);
            answer.headers.extend(headers);
            answer
        }
        ServerStep::Drop(text) => events(Parts { parts: words(body, &text), end: End::Cut }),
        ServerStep::Stall(text) => events(Parts { parts: words(body, &text), end: End::Silence }),
        ServerStep::Slow(texts) => {
            let wire = |(wait, text): (Duration, String)| (wait, data(&chunk(body, json!({"content": text}), None)).1);
            let mut parts: Vec<_> = texts.into_iter().map(wire).collect();
            parts.extend(streamed(body, "", &[], first, tell_usage).parts);
            events(Parts { parts, end: End::Whole })
        }
        ServerStep::After(_, inner) => of_step(*inner, body, first, tell_usage),
        ServerStep::Silent => events(Parts { parts: vec![], end: End::Silence }),
    }
}
