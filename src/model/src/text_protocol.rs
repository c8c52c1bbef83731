//! Tools for models that take none: they are described in the instructions, calls and results travel as text.
//!
//! The reply goes through the same repair as every other, so the engine sees no difference.

use ports::model::{CallRequest, Message, ModelRequest, OfferedTool};
use serde_json::{Value, json};

/// The request without `tools` and tool messages, which says the same in text.
pub(crate) fn rewrite(request: &ModelRequest) -> ModelRequest {
    let mut messages: Vec<Message> = Vec::new();
    for message in &request.messages {
        let plain = match message {
            Message::Assistant { text, calls } => Message::Assistant { text: with_calls(text, calls), calls: vec![] },
            Message::Tool { call_id, content } => Message::User(result(call_id, content)),
            other => other.clone(),
        };
        // Many templates want user and assistant to take turns.
        match (messages.last_mut(), plain) {
            (Some(Message::User(before)), Message::User(text)) => {
                before.push_str("\n\n");
                before.push_str(&text);
            }
            (_, plain) => messages.push(plain),
        }
    }
    if !request.tools.is_empty() {
        let instruction = instruction(&request.tools);
        match messages.first_mut() {
            Some(Message::System(text)) => {
                text.push_str("\n\n");
                text.push_str(&instruction);
            }
            _ => messages.insert(0, Message::System(instruction)),
        }
    }
    ModelRequest { messages, tools: vec![], max_tokens: request.max_tokens }
}

fn with_calls(text: &str, calls: &[CallRequest]) -> String {
    let written = calls.iter().map(|call| {
        let arguments = call.arguments.as_ref().map_or_else(|_| json!({}), |members| json!(members));
        format!("<tool_call>{}</tool_call>", json!({"name": call.tool, "arguments": arguments}))
    });
    let text = Some(text.to_owned()).filter(|text| !text.is_empty());
    text.into_iter().chain(written).collect::<Vec<_>>().join("\n")
}

fn result(call_id: &str, content: &str) -> String {
    format!("<tool_response id=\"{call_id}\">\n{content}\n</tool_response>")
}

fn instruction(tools: &[OfferedTool]) -> String {
    let mut lines = vec![
        "To look something up, answer with nothing but calls, one on each line, in exactly this form:".to_owned(),
        r#"<tool_call>{"name": "TOOL", "arguments": {"KEY": "VALUE"}}</tool_call>"#.to_owned(),
        "The results come in the next message as <tool_response>; never write one yourself. Tools:".to_owned(),
    ];
    lines.extend(
        tools
            .iter()
            .map(|tool| format!("- {}: {} Arguments: {}", tool.name, tool.description, compact(&tool.parameters))),
    );
    lines.join("\n")
}

/// The schema without what a model does not need to read.
fn compact(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Value::Object(members) = &mut schema {
        for surplus in ["$schema", "title", "additionalProperties"] {
            members.remove(surplus);
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_with_tools_becomes_text() {
        let call = CallRequest {
            id: "call_1".into(),
            tool: "kubernetes_list".into(),
            arguments: Ok(json!({"kind": "Pod"}).as_object().cloned().unwrap_or_default()),
        };
        let request = ModelRequest {
            messages: vec![
                Message::System("You help.".into()),
                Message::User("How is it?".into()),
                Message::Assistant { text: "I look.".into(), calls: vec![call] },
                Message::Tool { call_id: "call_1".into(), content: "2 pods".into() },
                Message::User("And now?".into()),
            ],
            tools: vec![OfferedTool {
                name: "kubernetes_list".into(),
                description: "Lists.".into(),
                parameters: json!({"$schema": "x", "type": "object"}),
            }],
            max_tokens: 5,
        };
        let expected = expect_test::expect![[r#"
            system: You help.

            To look something up, answer with nothing but calls, one on each line, in exactly this form:
            <tool_call>{"name": "TOOL", "arguments": {"KEY": "VALUE"}}</tool_call>
            The results come in the next message as <tool_response>; never write one yourself. Tools:
            - kubernetes_list: Lists. Arguments: {"type":"object"}
            user: How is it?
            assistant: I look.
            <tool_call>{"arguments":{"kind":"Pod"},"name":"kubernetes_list"}</tool_call>
            user: <tool_response id="call_1">
            2 pods
            </tool_response>

            And now?
        "#]];
        let shown: String = rewrite(&request)
            .messages
            .iter()
            .map(|message| match message {
                Message::System(text) => format!("system: {text}\n"),
                Message::User(text) => format!("user: {text}\n"),
                Message::Assistant { text, .. } => format!("assistant: {text}\n"),
                Message::Tool { .. } => "tool\n".to_owned(),
            })
            .collect();
        expected.assert_eq(&shown);
    }
}
