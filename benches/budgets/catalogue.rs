//! What the tools cost in words: bytes of each server's catalogue, and tokens of the first request to a model.

use crate::Fallible;
use crate::house::{adapters, toolbox};
use crate::turns::{ask, jamie};
use benches::table::Row;
use domain::tokens;
use fakes::{ScriptedModel, Step};
use ports::model::{Message, ModelRequest};
use serde_json::{Value, json};
use std::sync::Arc;

const CATALOGUE_BUDGET_BYTES: usize = 8_000;
const REQUEST_BUDGET_TOKENS: usize = 2_500;

/// One question of each kind that people ask.
const QUESTIONS: &[&str] = &[
    "which targets are down?",
    "what is wrong with checkout?",
    "how is my cluster?",
    "any alerts?",
    "why is checkout slow?",
    "what changed in the last hour?",
    "who uses the memory?",
    "show me the logs of checkout",
    "how many pods are there?",
];

/// A row for each server, and one for the request.
pub async fn rows() -> Fallible<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, adapter) in adapters()? {
        let bytes = adapter.catalogue_bytes();
        rows.push(Row::against(
            format!(
                "names, descriptions and input schemas of `{name}` in read mode, {} tools",
                adapter.specs().count()
            ),
            format!("{bytes} bytes"),
            format!("{CATALOGUE_BUDGET_BYTES} bytes"),
            bytes <= CATALOGUE_BUDGET_BYTES,
        ));
    }
    let toolbox: Arc<dyn ports::toolbox::Toolbox> = Arc::new(toolbox()?);
    let mut sizes = Vec::new();
    for question in QUESTIONS {
        let model = Arc::new(ScriptedModel::new([Step::say("I do not know.")]));
        ask(&jamie(Arc::clone(&toolbox), Some(Arc::clone(&model) as _))?, question).await?;
        let request = model.requests().into_iter().next().ok_or("the model was never asked")?;
        sizes.push((tokens::estimate(&wire(&request)), *question));
    }
    sizes.sort_unstable();
    let least = sizes.first().map_or(0, |(tokens, _)| *tokens);
    let (most, question) = sizes.last().copied().unwrap_or_default();
    rows.push(Row::against(
        format!("first request of a plain question, prompt and schemas as JSON, {} questions", QUESTIONS.len()),
        format!("{least} to {most} tokens (most: {question:?})"),
        format!("{REQUEST_BUDGET_TOKENS} tokens"),
        most <= REQUEST_BUDGET_TOKENS,
    ));
    Ok(rows)
}

/// Messages and tools in the shape of the chat completions API.
fn wire(request: &ModelRequest) -> String {
    let message = |message: &Message| match message {
        Message::System(text) => json!({"role": "system", "content": text}),
        Message::User(text) => json!({"role": "user", "content": text}),
        Message::Assistant { text, .. } => json!({"role": "assistant", "content": text}),
        Message::Tool { call_id, content } => json!({"role": "tool", "tool_call_id": call_id, "content": content}),
    };
    let messages: Vec<Value> = request.messages.iter().map(message).collect();
    let tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            let function = json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters});
            json!({"type": "function", "function": function})
        })
        .collect();
    json!({"messages": messages, "tools": tools}).to_string()
}
