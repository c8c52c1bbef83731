//! Calls, ids and texts from parts as servers really cut them.

use super::*;
use serde_json::{Map, json};

fn request() -> ModelRequest {
    let parameters =
        json!({"type": "object", "properties": {"kind": {"type": "string"}, "limit": {"type": "integer"}}});
    ModelRequest {
        messages: vec![Message::User("how is it?".into())],
        tools: vec![OfferedTool { name: "kubernetes_list".into(), description: "Lists.".into(), parameters }],
        max_tokens: 100,
    }
}

fn assemble(request: &ModelRequest, deltas: Vec<Value>) -> (Vec<ModelEvent>, Reply) {
    let mut assembly = Assembly::new(request);
    let mut events = Vec::new();
    for delta in deltas {
        events.extend(assembly.take(Chunk::read(&json!({"choices": [{"delta": delta}]}))));
    }
    let (last, reply) = assembly.finish(11);
    events.extend(last);
    (events, reply)
}

fn calls(deltas: Vec<Value>) -> Vec<(String, String, Result<Value, String>)> {
    let (_, reply) = assemble(&request(), deltas);
    reply.calls.into_iter().map(|call| (call.id, call.tool, call.arguments.map(Value::Object))).collect()
}

fn call(id: &str, arguments: Value) -> (String, String, Result<Value, String>) {
    (id.to_owned(), "kubernetes_list".to_owned(), Ok(arguments))
}

#[test]
fn calls_are_put_together_however_servers_cut_them() {
    let function = |name: Value, arguments: Value| json!({"name": name, "arguments": arguments});
    let list = json!("kubernetes_list");
    let one = |members: Value| json!({"tool_calls": [members]});
    // As OpenAI streams: the first part names, the others go on under the index.
    let openai = vec![
        one(json!({"index": 0, "id": "a", "type": "function", "function": function(list.clone(), json!(""))})),
        one(json!({"index": 0, "function": {"arguments": "{\"kind\":"}})),
        one(json!({"index": 0, "function": {"arguments": " \"Pod\"}"}})),
        one(json!({"index": 1, "id": "b", "function": function(list.clone(), json!("{}"))})),
    ];
    assert_eq!(calls(openai), [call("a", json!({"kind": "Pod"})), call("b", json!({}))]);
    // As some Ollama versions: whole calls, all with index 0.
    let ollama = vec![
        one(json!({"index": 0, "id": "a", "function": function(list.clone(), json!("{\"limit\": \"5\"}"))})),
        one(json!({"index": 0, "id": "b", "function": function(list.clone(), json!("{}"))})),
    ];
    assert_eq!(calls(ollama), [call("a", json!({"limit": 5})), call("b", json!({}))]);
    // Without index and id; arguments as an object.
    let bare = vec![
        one(json!({"function": function(list.clone(), json!({"kind": "Pod"}))})),
        one(json!({"function": function(list.clone(), json!({"kind": "Node"}))})),
    ];
    assert_eq!(calls(bare), [call("call_1", json!({"kind": "Pod"})), call("call_2", json!({"kind": "Node"}))]);
    // The name in every part.
    let repeated = vec![
        one(json!({"index": 0, "id": "a", "function": function(list.clone(), json!("{\"kind\":"))})),
        one(json!({"index": 0, "id": "a", "function": function(list.clone(), json!("\"Pod\"}"))})),
    ];
    assert_eq!(calls(repeated), [call("a", json!({"kind": "Pod"}))]);
    // Parts that go on without any mark.
    let unmarked = vec![
        one(json!({"id": "a", "function": function(list.clone(), json!("{\"kind\":"))})),
        one(json!({"function": {"arguments": "\"Pod\"}"}})),
    ];
    assert_eq!(calls(unmarked), [call("a", json!({"kind": "Pod"}))]);
    // The old form with one function.
    let old = vec![
        json!({"function_call": {"name": "kubernetes_list", "arguments": ""}}),
        json!({"function_call": {"arguments": "{\"kind\": \"Pod\"}"}}),
    ];
    assert_eq!(calls(old), [call("call_1", json!({"kind": "Pod"}))]);
    // Two whole calls under one index without ids.
    let doubled = vec![
        one(json!({"index": 0, "function": function(list.clone(), json!({"kind": "Pod"}))})),
        one(json!({"index": 0, "function": function(list, json!({"kind": "Node"}))})),
    ];
    assert_eq!(calls(doubled), [call("call_1", json!({"kind": "Pod"})), call("call_2", json!({"kind": "Node"}))]);
}

#[test]
fn unknown_tools_pass_and_unreadable_arguments_say_why() {
    let found = calls(vec![json!({"tool_calls": [
        {"index": 0, "id": "a", "function": {"name": "kubernetes_magic", "arguments": "{\"x\": \"1\"}"}},
        {"index": 1, "id": "b", "function": {"name": "kubernetes_list", "arguments": "all pods"}},
    ]})]);
    assert_eq!(found[0], ("a".into(), "kubernetes_magic".into(), Ok(json!({"x": "1"}))));
    assert!(found[1].2.as_ref().is_err_and(|why| why.contains("all pods")), "{:?}", found[1]);
}

#[test]
fn ids_never_repeat_within_a_conversation() {
    let mut request = request();
    let before = CallRequest { id: "call_0".into(), tool: "kubernetes_list".into(), arguments: Ok(Map::new()) };
    request.messages.push(Message::Assistant { text: String::new(), calls: vec![before] });
    let delta = json!({"tool_calls": [{"index": 0, "id": "call_0", "function": {"name": "kubernetes_list"}}]});
    let (_, reply) = assemble(&request, vec![delta]);
    assert_eq!(reply.calls[0].id, "call_2");
    assert!(reply.repairs.iter().any(|note| note.contains("id made up")), "{:?}", reply.repairs);
}

#[test]
fn events_and_reply_hold_the_same_text() {
    let (events, reply) = assemble(
        &request(),
        vec![
            json!({"reasoning": "hm"}),
            json!({"content": "<think>a\nb</think>\n\nTwo "}),
            json!({"content": "pods.\n<tool_"}),
            json!({"content": "call>{\"name\": \"kubernetes_list\", \"arguments\": {\"limit\": \"3\"}}</tool_call>"}),
        ],
    );
    let mut text = String::new();
    let mut thinking = String::new();
    for event in events {
        match event {
            ModelEvent::Text(part) => text.push_str(&part),
            ModelEvent::Thinking(part) => thinking.push_str(&part),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((text.as_str(), thinking.as_str()), ("Two pods.", "hma\nb"));
    assert_eq!(reply.text, text);
    assert_eq!(reply.calls[0].arguments, Ok(json!({"limit": 3}).as_object().cloned().unwrap_or_default()));
    assert!(reply.tokens.estimated && reply.tokens.prompt == 11 && reply.tokens.completion > 0);
    assert_eq!(
        reply.repairs,
        [
            "a tool call was written as markup into the text",
            "an id made up for a call",
            "arguments.limit: \"3\" read as integer",
        ]
    );
}
