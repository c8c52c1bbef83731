//! The body of a request.

use crate::dialect::Dialect;
use ports::model::{CallRequest, Message, ModelRequest, OfferedTool};
use serde_json::{Map, Value, json};

/// The body for a model, in the endpoint's dialect.
pub(crate) fn body(request: &ModelRequest, model: &str, temperature: Option<f64>, dialect: &Dialect) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("messages".to_owned(), request.messages.iter().map(message).collect());
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), request.tools.iter().map(tool).collect());
    }
    body.insert("stream".to_owned(), json!(true));
    if dialect.stream_options {
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    body.insert(dialect.max_tokens_key().to_owned(), json!(request.max_tokens));
    if let Some(temperature) = temperature.filter(|_| dialect.temperature) {
        body.insert("temperature".to_owned(), json!(temperature));
    }
    Value::Object(body)
}

fn message(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({"role": "system", "content": text}),
        Message::User(text) => json!({"role": "user", "content": text}),
        Message::Assistant { text, calls } if calls.is_empty() => json!({"role": "assistant", "content": text}),
        Message::Assistant { text, calls } => {
            let content = if text.is_empty() { Value::Null } else { json!(text) };
            let calls: Value = calls.iter().map(call).collect();
            json!({"role": "assistant", "content": content, "tool_calls": calls})
        }
        Message::Tool { call_id, content } => json!({"role": "tool", "tool_call_id": call_id, "content": content}),
    }
}

fn call(call: &CallRequest) -> Value {
    // Arguments that could not be read are gone; the answer to the call says what was wrong with them.
    let arguments = call.arguments.as_ref().map_or_else(|_| "{}".to_owned(), |members| json!(members).to_string());
    json!({"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": arguments}})
}

fn tool(tool: &OfferedTool) -> Value {
    json!({
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    })
}
