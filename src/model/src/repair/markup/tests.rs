//! One case for each form in which models write calls.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn tools() -> Vec<OfferedTool> {
    let parameters = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
    vec![OfferedTool { name: "kubernetes_list".into(), description: "Lists.".into(), parameters }]
}

#[test]
fn every_form_of_markup_gives_its_calls() {
    let cases = [
        ("Hermes, Qwen", r#"{"name": "kubernetes_list", "arguments": {"kind": "Pod"}}"#),
        ("arguments as text", r#"{"name": "kubernetes_list", "arguments": "{\"kind\": \"Pod\"}"}"#),
        ("no closing braces", r#"{"name": "kubernetes_list", "arguments": {"kind": "Pod""#),
        ("Python literals", "{'name': 'kubernetes_list', 'arguments': {'kind': 'Pod'}}"),
        ("Qwen coder", "\n<function=kubernetes_list>\n<parameter=kind>\nPod\n</parameter>\n</function>\n"),
        ("Llama 3 function", r#"<function=kubernetes_list>{"kind": "Pod"}</function>"#),
        ("invoke", r#"<invoke name="kubernetes_list"><parameter name="kind">Pod</parameter></invoke>"#),
        ("invoke, unclosed", r#"<invoke name="kubernetes_list"><parameter name="kind">Pod"#),
        ("GLM", "kubernetes_list\n<arg_key>kind</arg_key>\n<arg_value>Pod</arg_value>\n"),
        ("Mistral list", r#" [{"name": "kubernetes_list", "arguments": {"kind": "Pod"}}]"#),
        ("Mistral new", r#"kubernetes_list[ARGS]{"kind": "Pod"}"#),
        ("Mistral new with id", r#"kubernetes_list[CALL_ID]abc[ARGS]{"kind": "Pod"}"#),
        ("Mistral short", r#"kubernetes_list{"kind": "Pod"}"#),
        ("Llama 3 built-in", r#"kubernetes_list.call(kind="Pod")"#),
        ("Llama 4", "[kubernetes_list(kind='Pod')]"),
        ("Gemma", "```tool_code\nprint(kubernetes_list(kind=\"Pod\"))\n```"),
        (
            "DeepSeek R1",
            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>kubernetes_list\n```json\n{\"kind\": \"Pod\"}\n```<｜tool▁call▁end｜>",
        ),
        ("DeepSeek 3.1", "<｜tool▁call▁begin｜>kubernetes_list<｜tool▁sep｜>{\"kind\": \"Pod\"}<｜tool▁call▁end｜>"),
        ("DeepSeek, plain", "<|tool▁call▁begin|>kubernetes_list<|tool▁sep|>{\"kind\": \"Pod\"}<|tool▁call▁end|>"),
        ("named element", r#"<tool_call name="kubernetes_list">{"kind": "Pod"}"#),
        ("Command", r#"[{"tool_call_id": "0", "tool_name": "kubernetes_list", "parameters": {"kind": "Pod"}}]"#),
        (
            "Kimi",
            "<|tool_call_begin|>functions.kubernetes_list:0<|tool_call_argument_begin|>{\"kind\": \"Pod\"}<|tool_call_end|>",
        ),
        ("channels", r#"to=functions.kubernetes_list <|constrain|>json<|message|>{"kind": "Pod"}"#),
        ("fenced", "```json\n{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}\n```"),
    ];
    for (form, raw) in cases {
        let found = read(raw, &tools());
        assert_eq!(found.calls.len(), 1, "{form}: {found:?}");
        let call = &found.calls[0];
        assert_eq!(
            names::resolve(&call.name, &tools()).map(|tool| tool.name.as_str()),
            Some("kubernetes_list"),
            "{form}"
        );
        let arguments = crate::repair::arguments::read(&call.arguments, &Value::Null).map(|(members, _)| members);
        assert_eq!(arguments.map(Value::Object), Ok(json!({"kind": "Pod"})), "{form}");
    }
}

#[test]
fn several_calls_keep_their_order() {
    let cases = [
        r#"{"name": "a", "arguments": {}} {"name": "b", "arguments": {}}"#,
        r#"[{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}]"#,
        r#"{"name": "a", "arguments": {}}<tool_call>{"name": "b", "arguments": {}}"#,
        "<function=a>{}</function><function=b>{}</function>",
        "a[ARGS]{}[TOOL_CALLS]b[ARGS]{}",
        "[a(x=1), b()]",
    ];
    for raw in cases {
        let names: Vec<String> = read(raw, &tools()).calls.into_iter().map(|call| call.name).collect();
        assert_eq!(names, ["a", "b"], "{raw}");
    }
}

#[test]
fn text_after_an_unclosed_call_is_kept() {
    let found = read(r#"{"name": "a", "arguments": {}} Let me look."#, &tools());
    assert_eq!(found.rest, " Let me look.");
    assert_eq!(read("nothing here", &tools()), Found::default());
}

#[test]
fn long_garbage_is_given_up() {
    for garbage in ["[\"[", "{\"a\":[", "{a ", "<function=", "a(", "[[\"["] {
        read(&garbage.repeat(20_000), &tools());
    }
}

proptest! {
    #[test]
    fn no_markup_panics(parts in proptest::collection::vec(
        "(<function=|</function>|<invoke name=|<parameter=|>|\"|a|<arg_key>|</arg_key>|<｜tool▁sep｜>|<｜tool▁call▁begin｜>|\\{|\\}|\\[|\\]|:|name|\\(|\\)|=|,|```|\n|ä)", 0..24)
    ) {
        let _ = read(&parts.concat(), &tools());
    }
}
