//! Slack's published limits, held over the JSON that goes out.
//! Sources: docs.slack.dev, "Blocks", "Composition objects", "Block elements", "Views", "chat.postMessage".

use serde_json::Value;
use slack_morphism::prelude::SlackView;
use slack_view::content::Content;
use std::collections::BTreeSet;

/// A message.
pub fn check_message(content: &Content) {
    assert!(!content.text.is_empty() && length(&content.text) <= 4_000, "{}", content.text);
    assert!((1..=50).contains(&content.blocks.len()), "{} blocks", content.blocks.len());
    let blocks = serde_json::to_value(&content.blocks).unwrap();
    check_blocks(&blocks);
    let all: usize = texts(&blocks).iter().map(|text| length(text)).sum();
    assert!(all <= 9_500, "{all} characters of text: Slack answers msg_blocks_too_long from about 11,000 on");
    check_marks(&content.text);
}

/// A modal or a home tab.
pub fn check_view(view: &SlackView) {
    let view = serde_json::to_value(view).unwrap();
    for (name, most) in [("title", 24), ("submit", 24), ("close", 24)] {
        let label = view[name]["text"].as_str().unwrap_or("");
        assert!(length(label) <= most, "{name}: {label}");
    }
    for (name, most) in [("private_metadata", 3_000), ("callback_id", 255)] {
        assert!(length(view[name].as_str().unwrap_or("")) <= most, "{name}");
    }
    assert!(view["blocks"].as_array().unwrap().len() <= 100, "{} blocks", view["blocks"].as_array().unwrap().len());
    check_blocks(&view["blocks"]);
}

fn check_blocks(blocks: &Value) {
    let blocks = blocks.as_array().unwrap();
    let ids: Vec<&str> = blocks.iter().filter_map(|block| block["block_id"].as_str()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "block ids repeat: {ids:?}");
    assert!(ids.iter().all(|id| length(id) <= 255), "{ids:?}");
    blocks.iter().for_each(check_block);
}

fn check_block(block: &Value) {
    let most = match block["type"].as_str().unwrap() {
        "header" => 150,
        "input" => 2_000,
        _ => 3_000,
    };
    for part in ["text", "label", "hint"] {
        check_text(&block[part], most);
    }
    for field in list(block, "fields", 10) {
        check_text(&field, 2_000);
    }
    for element in list(block, "elements", if block["type"] == "context" { 10 } else { 25 }) {
        check_text(&element, 3_000);
        check_element(&element);
    }
    check_element(&block["accessory"]);
    check_element(&block["element"]);
}

fn check_element(element: &Value) {
    if element.is_null() || element["type"] == "mrkdwn" {
        return;
    }
    assert!((1..=255).contains(&length(element["action_id"].as_str().unwrap())), "{element}");
    check_text(&element["placeholder"], 150);
    if element["type"] == "button" {
        check_text(&element["text"], 75);
        assert!(length(element["value"].as_str().unwrap()) <= 2_000, "{element}");
        let confirm = &element["confirm"];
        for (part, most) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
            check_text(&confirm[part], most);
        }
    }
    let options = list(element, "options", if element["type"] == "checkboxes" { 10 } else { 100 });
    for option in &options {
        check_text(&option["text"], 75);
        assert!((1..=150).contains(&length(option["value"].as_str().unwrap())), "{option}");
    }
    for initial in element.get("initial_option").into_iter().chain(list(element, "initial_options", 100).iter()) {
        assert!(options.contains(initial), "{initial} is not among the options");
    }
}

fn check_text(text: &Value, most: usize) {
    let Some(said) = text.get("text").and_then(Value::as_str) else { return };
    assert!((1..=most).contains(&length(said)), "{} characters, at most {most}: {said}", length(said));
    if text["type"] == "mrkdwn" {
        assert_eq!(text["verbatim"], true, "{said}");
        check_marks(said);
    }
}

/// Nothing but our own links and mentions of people by id stands between angle brackets, and each code block is closed.
fn check_marks(said: &str) {
    for mark in said.split('<').skip(1) {
        let mark = mark.split('>').next().unwrap();
        let is_ours = mark.starts_with("https://") || (mark.starts_with("@U") && !mark.contains(' '));
        assert!(is_ours, "<{mark}> in {said}");
    }
    assert_eq!(said.matches("```").count() % 2, 0, "an open code block: {said}");
}

fn list(value: &Value, name: &str, most: usize) -> Vec<Value> {
    let items = value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    assert!(items.len() <= most, "{name}: {} items, at most {most}", items.len());
    assert!(value.get(name).is_none() || !items.is_empty(), "{name} is empty");
    items
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own = object.get("text").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(texts)).collect()
        }
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
