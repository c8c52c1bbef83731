//! One part of a streamed reply, read as leniently as can be: nothing that is missing, null or of another type is an
//! error. A whole reply in one document (`message` for `delta`) is read too.

use ports::model::TokenCount;
use serde_json::Value;

/// What one part says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chunk {
    /// The server reports an error in the middle of the stream.
    pub(crate) error: Option<Value>,
    /// Whether there was a choice in it.
    pub(crate) has_choice: bool,
    /// Text for the filter.
    pub(crate) text: String,
    /// Thinking that the server keeps apart.
    pub(crate) thinking: String,
    /// Calls or parts of calls.
    pub(crate) calls: Vec<CallDelta>,
    /// Why the reply ended.
    pub(crate) finish: Option<String>,
    /// Tokens as the server counts them.
    pub(crate) usage: Option<TokenCount>,
}

/// A part of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CallDelta {
    pub(crate) index: Option<u64>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    /// A text is a part of the arguments' text; anything else is the whole.
    pub(crate) arguments: Value,
}

impl Chunk {
    /// Whether it brings the reply forward.
    pub(crate) fn has_content(&self) -> bool {
        !self.text.is_empty() || !self.thinking.is_empty() || !self.calls.is_empty() || self.finish.is_some()
    }

    /// Reads one part.
    pub(crate) fn read(value: &Value) -> Self {
        let mut chunk = Self { usage: usage(value), ..Self::default() };
        if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
            chunk.error = Some(error.clone());
            return chunk;
        }
        // One choice is asked for; a server that sends more gets the first one heard.
        let choice = value.get("choices").and_then(|choices| match choices {
            Value::Array(choices) => choices.first(),
            _ => None,
        });
        let Some(choice) = choice else { return chunk };
        if choice.get("index").and_then(Value::as_u64).is_some_and(|index| index > 0) {
            return chunk;
        }
        chunk.has_choice = true;
        chunk.finish = text_of(choice, "finish_reason").filter(|reason| !reason.is_empty());
        let delta = ["delta", "message"].iter().find_map(|key| choice.get(key).filter(|part| part.is_object()));
        if let Some(delta) = delta {
            chunk.take_delta(delta);
        } else if let Some(text) = text_of(choice, "text") {
            chunk.text = text;
        }
        chunk
    }

    fn take_delta(&mut self, delta: &Value) {
        self.take_content(delta.get("content").unwrap_or(&Value::Null));
        if let Some(refusal) = text_of(delta, "refusal") {
            self.text.push_str(&refusal);
        }
        // Several servers send the same thought under two names.
        let thought = ["reasoning_content", "reasoning", "thinking"].iter().find_map(|key| text_of(delta, key));
        self.thinking.push_str(&thought.unwrap_or_default());
        match delta.get("tool_calls") {
            Some(Value::Array(calls)) => self.calls.extend(calls.iter().filter_map(call_delta)),
            Some(call @ Value::Object(_)) => self.calls.extend(call_delta(call)),
            _ => {}
        }
        if let Some(call) = delta.get("function_call").filter(|call| call.is_object()) {
            self.calls.extend(call_delta(&serde_json::json!({"index": 0, "function": call})));
        }
    }

    fn take_content(&mut self, content: &Value) {
        match content {
            Value::String(text) => self.text.push_str(text),
            Value::Array(parts) => parts.iter().for_each(|part| self.take_part(part)),
            part @ Value::Object(_) => self.take_part(part),
            _ => {}
        }
    }

    fn take_part(&mut self, part: &Value) {
        match part {
            Value::String(text) => self.text.push_str(text),
            _ => match part.get("thinking") {
                Some(Value::String(thought)) => self.thinking.push_str(thought),
                Some(Value::Array(parts)) => {
                    self.thinking.extend(parts.iter().filter_map(|part| text_of(part, "text")));
                }
                _ => self.text.push_str(&text_of(part, "text").unwrap_or_default()),
            },
        }
    }
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn call_delta(call: &Value) -> Option<CallDelta> {
    if !call.is_object() {
        return None;
    }
    let function = call.get("function").filter(|function| function.is_object()).unwrap_or(call);
    let id = match call.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let arguments = function.get("arguments").or_else(|| function.get("parameters")).cloned();
    Some(CallDelta {
        index: call.get("index").and_then(Value::as_u64),
        id,
        name: text_of(function, "name").filter(|name| !name.is_empty()),
        arguments: arguments.unwrap_or_default(),
    })
}

fn usage(value: &Value) -> Option<TokenCount> {
    let usage = value.get("usage")?;
    let tokens = |key: &str| usage.get(key).and_then(Value::as_u64);
    Some(TokenCount { prompt: tokens("prompt_tokens")?, completion: tokens("completion_tokens")?, estimated: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn of_delta(delta: Value) -> Chunk {
        Chunk::read(&json!({"choices": [{"delta": delta}]}))
    }

    #[test]
    fn text_and_thinking_are_found_wherever_they_stand() {
        let cases = [
            (json!({"content": null}), "", ""),
            (json!({"content": "a", "role": ""}), "a", ""),
            (json!({"content": "", "reasoning": "t"}), "", "t"),
            (json!({"reasoning_content": "t", "reasoning": "t"}), "", "t"),
            (json!({"thinking": "t"}), "", "t"),
            (
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, {"text": "a"}]}),
                "a",
                "t",
            ),
            (json!({"content": {"text": "a"}}), "a", ""),
            (json!({"refusal": "no"}), "no", ""),
            (json!({"content": 7}), "", ""),
        ];
        for (delta, text, thinking) in cases {
            let chunk = of_delta(delta.clone());
            assert_eq!((chunk.text.as_str(), chunk.thinking.as_str()), (text, thinking), "{delta}");
        }
    }

    #[test]
    fn calls_are_read_without_what_should_be_there() {
        let chunk = of_delta(json!({"tool_calls": [
            {"function": {"name": "a", "arguments": {"x": 1}}}, {"index": 1, "id": 7}, null, {"name": "b", "parameters": "{}"},
        ]}));
        let expected = [
            CallDelta { name: Some("a".into()), arguments: json!({"x": 1}), ..CallDelta::default() },
            CallDelta { index: Some(1), id: Some("7".into()), ..CallDelta::default() },
            CallDelta { name: Some("b".into()), arguments: json!("{}"), ..CallDelta::default() },
        ];
        assert_eq!(chunk.calls, expected);
    }

    #[test]
    fn whole_documents_errors_and_usage_are_read() {
        let whole = Chunk::read(&json!({
            "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        }));
        assert_eq!((whole.text.as_str(), whole.finish.as_deref()), ("a", Some("stop")));
        assert_eq!(whole.usage, Some(TokenCount { prompt: 3, completion: 4, estimated: false }));
        assert!(Chunk::read(&json!({"error": {"message": "x"}})).error.is_some());
        assert!(Chunk::read(&json!({"error": "x", "choices": [{"delta": {}}]})).error.is_some());
        assert!(!Chunk::read(&json!({"choices": [], "usage": null})).has_choice);
    }

    proptest! {
        #[test]
        fn no_shape_panics(key in "(choices|error|usage)", inner in "(delta|message|tool_calls|content|index)", text in ".{0,8}") {
            for leaf in [json!(null), json!(text.clone()), json!(3), json!([text.clone()]), json!({inner.clone(): text.clone()})] {
                let _ = Chunk::read(&json!({key.clone(): leaf.clone()}));
                let _ = Chunk::read(&json!({"choices": [{inner.clone(): leaf.clone()}]}));
                let _ = Chunk::read(&json!({"choices": [{"delta": {inner.clone(): [leaf.clone(), leaf]}}]}));
            }
        }
    }
}
