//! What is seen, what is thought and what is called, however the stream is cut.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn tools() -> Vec<OfferedTool> {
    let tool = |name: &str| OfferedTool {
        name: name.to_owned(),
        description: "Looks.".into(),
        parameters: json!({"type": "object", "properties": {"kind": {"type": "string"}}}),
    };
    vec![tool("kubernetes_list"), tool("prometheus_targets")]
}

#[derive(Debug, Default, PartialEq)]
struct Seen {
    text: String,
    thinking: String,
    calls: Vec<String>,
}

fn run<'a>(chunks: impl IntoIterator<Item = &'a str>, tools: Vec<OfferedTool>) -> Seen {
    let mut filter = TextFilter::new(tools);
    let mut seen = Seen::default();
    let mut pieces: Vec<Piece> = chunks.into_iter().flat_map(|chunk| filter.push(chunk)).collect();
    let (last, filtered) = filter.finish();
    pieces.extend(last);
    for piece in pieces {
        match piece {
            Piece::Text(text) => seen.text.push_str(&text),
            Piece::Thinking(text) => seen.thinking.push_str(&text),
        }
    }
    seen.calls = filtered.calls.into_iter().map(|call| format!("{} {}", call.name, call.arguments)).collect();
    seen
}

fn seen(text: &str) -> Seen {
    run([text], tools())
}

const POD: &str = r#"kubernetes_list {"kind":"Pod"}"#;

#[test]
fn calls_in_the_text_are_taken_out_of_it() {
    let cases = [
        (r#"{"name": "kubernetes_list", "arguments": {"kind": "Pod"}}"#, ""),
        (r#"{"name": "kubernetes_list", "parameters": {"kind": "Pod"}}"#, ""),
        (r#"{"tool": "kubernetes_list", "arguments": {"kind": "Pod"}}"#, ""),
        ("```json\n{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}\n```", ""),
        ("```\n{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}\n```\nI wait.", "I wait."),
        ("I look: {\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}", "I look:"),
        ("I look.\n\n{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}\n\nDone.", "I look.\n\nDone."),
        (r#"[{"name": "kubernetes_list", "arguments": {"kind": "Pod"}}]"#, ""),
        (r#"{"kubernetes_list": {"kind": "Pod"}}"#, ""),
        (r#"{"name": "kubernetes_list", "arguments": {"kind": "Pod"}}}"#, ""),
        (r#"{"name": "kubernetes_list", "arguments": {"kind": "Pod""#, ""),
        (r#"{'name': 'kubernetes_list', 'arguments': {'kind': 'Pod'}}"#, ""),
        ("<tool_call>\n{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}\n</tool_call>", ""),
        ("<tool_call>{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}} and so on", "and so on"),
        (
            "Yes.<tool_call>{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}</tool_call><|im_end|>",
            "Yes.",
        ),
        ("<function=kubernetes_list>{\"kind\": \"Pod\"}</function>", ""),
        ("[TOOL_CALLS] [{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}]", ""),
        ("<|python_tag|>{\"name\": \"kubernetes_list\", \"parameters\": {\"kind\": \"Pod\"}}<|eom_id|>", ""),
        ("<|python_tag|>kubernetes_list.call(kind=\"Pod\")", ""),
        ("[kubernetes_list(kind=\"Pod\")]", ""),
        ("```tool_code\nkubernetes_list(kind=\"Pod\")\n```", ""),
        (
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>kubernetes_list\n```json\n{\"kind\":\"Pod\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>",
            "",
        ),
        (
            "<|channel|>commentary to=functions.kubernetes_list <|constrain|>json<|message|>{\"kind\":\"Pod\"}<|call|>",
            "",
        ),
        (
            "<|START_THINKING|>Pods.<|END_THINKING|><|START_ACTION|>[{\"tool_call_id\": \"0\", \"tool_name\": \"kubernetes_list\", \"parameters\": {\"kind\": \"Pod\"}}]<|END_ACTION|>",
            "",
        ),
        ("<tool_call name=\"kubernetes_list\">{\"kind\": \"Pod\"}</tool_call>", ""),
        ("<TOOLCALL>[{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}]</TOOLCALL>", ""),
        (
            "<|tool▁calls▁begin|><|tool▁call▁begin|>kubernetes_list<|tool▁sep|>{\"kind\":\"Pod\"}<|tool▁call▁end|><|tool▁calls▁end|>",
            "",
        ),
        ("<think>Pods, I think.</think>\n\n{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}", ""),
        (
            "<think>Pods.\n<tool_call>{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}</tool_call>",
            "",
        ),
    ];
    for (given, text) in cases {
        let seen = seen(given);
        assert_eq!(seen.text, text, "{given}");
        assert_eq!(seen.calls.len(), 1, "{given}: {seen:?}");
        let plain =
            seen.calls[0].replace("\"{\\\"kind\\\":\\\"Pod\\\"}\"", "{\"kind\":\"Pod\"}").replace("functions.", "");
        assert_eq!(plain, POD, "{given}");
    }
}

#[test]
fn several_calls_are_found_in_order() {
    let list = r#"{"name": "kubernetes_list", "arguments": {}}"#;
    let targets = r#"{"name": "prometheus_targets", "arguments": {}}"#;
    let cases = [
        format!("{list}\n{targets}"),
        format!("{list}, {targets}"),
        format!("[{list}, {targets}]"),
        format!("```json\n{list}\n{targets}\n```"),
        format!("<tool_call>{list}</tool_call>\n<tool_call>{targets}</tool_call>"),
        format!("<tool_call>{list}\n<tool_call>{targets}"),
        format!("I look twice.\n{list}\nand\n{targets}"),
    ];
    for given in cases {
        assert_eq!(seen(&given).calls, ["kubernetes_list {}", "prometheus_targets {}"], "{given}");
    }
}

#[test]
fn ordinary_text_stays_as_it_is() {
    let cases = [
        "All 3 targets are up.",
        "The label is {\"name\": \"checkout\", \"arguments\": 3} in the config.",
        "```json\n{\"name\": \"checkout\", \"replicas\": 3}\n```",
        "```yaml\nname: x\n```\nand {\"a\": 1}",
        "up{instance=\"a:9090\"} == 0 and {name=\"x\"}",
        "Use `rate(x[5m])` [here](http://x), a < b, a <b> c, [T] x[1], <tool",
        "[{\"name\": \"a\"}, {\"name\": \"b\"}]",
        "{\"name\": \"kubernetes_list\", \"description\": \"Lists.\", \"parameters\": {\"type\": \"object\", \"properties\": {}}}",
        "{}",
        "[]",
        "{\"name\": ",
        "```json\n{\"name\": \"checkout\"",
        "a <| b |> c",
        "it's {\"tool\": 'x'} and that's it",
        "line\n\n\n\nline",
    ];
    for given in cases {
        let seen = seen(given);
        assert_eq!((seen.text.as_str(), seen.calls.len()), (given.trim_end(), 0), "{given}");
    }
    let call = r#"{"name": "kubernetes_list", "arguments": {}}"#;
    assert_eq!(run([call], vec![]).text, call, "no tools were offered");
}

#[test]
fn thinking_is_kept_apart() {
    let cases = [
        ("<think>why</think>\n\nBecause.", "Because.", "why"),
        ("<think>\n\n</think>\n\nBecause.", "Because.", "\n\n"),
        ("<thinking>why</thinking>Because.", "Because.", "why"),
        ("<Think>why</Think>Because.", "Because.", "why"),
        ("[THINK]why[/THINK]Because.", "Because.", "why"),
        ("<think>cut off", "", "cut off"),
        ("a<think>b</think>c<think>d</think>e", "ace", "bd"),
        (
            "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>Because.<|return|>",
            "Because.",
            "why",
        ),
        ("<|im_start|>assistant\nBecause.<|im_end|>", "Because.", ""),
        ("<think>why</think><answer>Because.</answer>", "Because.", "why"),
        ("Because.</s>", "Because.", ""),
        ("Yes. <tool_response>{\"pods\": 7}</tool_response> 7 pods.", "Yes.  7 pods.", ""),
    ];
    for (given, text, thinking) in cases {
        let seen = seen(given);
        assert_eq!((seen.text.as_str(), seen.thinking.as_str()), (text, thinking), "{given}");
    }
}

#[test]
fn an_end_of_thinking_without_beginning_starts_the_text_anew() {
    let mut filter = TextFilter::new(tools());
    filter.push("I should look at the pods.\n</think>\n\nAll is well.");
    let (_, filtered) = filter.finish();
    assert_eq!(filter.text(), "All is well.");
    assert_eq!(filtered.notes.len(), 1, "{:?}", filtered.notes);
}

#[test]
fn text_is_not_held_back_longer_than_needed() {
    let mut filter = TextFilter::new(tools());
    let mut shown = |text: &str| -> String {
        let text_of = |piece| match piece {
            Piece::Text(text) => text,
            Piece::Thinking(_) => String::new(),
        };
        filter.push(text).into_iter().map(text_of).collect()
    };
    assert_eq!(shown("Two targets"), "Two targets");
    assert_eq!(shown(" are down: {"), " are down:");
    assert_eq!(shown("job"), " {job");
    assert_eq!(shown("=\"a\"} <"), "=\"a\"}");
    assert_eq!(shown("b"), " <b");
    assert_eq!(shown("\n```"), "");
    assert_eq!(shown("promql\nup"), "\n```promql\nup");
}

fn fragments() -> impl Strategy<Value = Vec<String>> {
    let known = prop_oneof![
        Just("<tool_call>"),
        Just("</tool_call>"),
        Just("<think>"),
        Just("</think>"),
        Just("```json\n"),
        Just("```"),
        Just("\n"),
        Just("{\"name\": \"kubernetes_list\", \"arguments\": {"),
        Just("}}"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("[TOOL_CALLS]"),
        Just("<|python_tag|>"),
        Just("<|eom_id|>"),
        Just("<function=kubernetes_list>"),
        Just("</function>"),
        Just("word "),
        Just("ä"),
        Just("\""),
        Just("'"),
        Just("<|channel|>"),
        Just("<|message|>"),
        Just("analysis"),
        Just("to=functions.x"),
        Just("<"),
        Just("<|"),
        Just("kubernetes_list("),
        Just("kind=\"Pod\")"),
        Just("<｜tool▁calls▁begin｜>"),
        Just("<｜tool▁sep｜>"),
        Just("{\"name\": \"x\"}"),
        Just(": "),
        Just(","),
    ];
    proptest::collection::vec(known.prop_map(str::to_owned), 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn however_the_stream_is_cut_the_same_is_seen(parts in fragments(), cuts in proptest::collection::vec(0_usize..200, 0..12)) {
        let text = parts.concat();
        let whole = run([text.as_str()], tools());
        let mut places: Vec<usize> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
        places.extend([0, text.len()]);
        places.sort_unstable();
        let chunks: Vec<&str> = places.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(run(chunks, tools()), whole);
    }

    #[test]
    fn no_markup_is_ever_seen(parts in fragments()) {
        let seen = run(parts.iter().map(String::as_str), tools());
        for (word, meaning) in tokens::WORDS {
            let begins = !matches!(meaning, Word::Noise);
            prop_assert!(!begins || !seen.text.contains(word), "{} in {:?}", word, seen.text);
        }
    }

    #[test]
    fn text_without_special_characters_passes_unchanged(text in "[a-zA-Z0-9 .,:;()äöü\n-]{0,200}") {
        prop_assert_eq!(seen(&text).text, text.trim());
    }

    #[test]
    fn no_text_panics(text in ".{0,120}") {
        seen(&text);
    }
}

#[test]
fn long_garbage_passes_in_reasonable_steps() {
    for garbage in ["{\"name\": ", "<tool_call>", "[{", "```json\n{\"name\": [", "<|", "{          "] {
        let text = garbage.repeat(20_000);
        let whole = seen(&text);
        assert!(whole.calls.is_empty(), "{garbage}");
    }
}
