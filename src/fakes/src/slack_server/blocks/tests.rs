//! Each rule of Block Kit bites, and what keeps to the rules passes.

use super::*;
use serde_json::json;

fn text(kind: &str, text: &str) -> Value {
    json!({"type": kind, "text": text})
}

fn section(words: &str) -> Value {
    json!({"type": "section", "text": text("mrkdwn", words)})
}

fn button(more: &Value) -> Value {
    let mut button = json!({"type": "button", "action_id": "a", "text": text("plain_text", "Go")});
    button.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    button
}

fn actions(elements: Value) -> Value {
    json!({"type": "actions", "elements": elements})
}

fn options(count: usize) -> Value {
    (0..count).map(|number| json!({"text": text("plain_text", "one"), "value": number.to_string()})).collect()
}

fn table(rows: usize, cells: usize, words: &str) -> Value {
    let row: Vec<Value> = vec![text("raw_text", words); cells];
    json!({"type": "table", "rows": vec![row; rows]})
}

fn rich(part: &Value) -> Value {
    json!({"type": "rich_text", "elements": [part]})
}

#[test]
fn what_keeps_to_the_rules_passes() {
    let confirm = json!({
        "title": text("plain_text", "Sure?"), "text": text("mrkdwn", "Really"),
        "confirm": text("plain_text", "Yes"), "deny": text("plain_text", "No"),
    });
    let good = json!([
        {"type": "header", "text": {"type": "plain_text", "text": "a".repeat(150), "emoji": true}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "b".repeat(3_000), "verbatim": true}},
        {"type": "section", "fields": vec![text("mrkdwn", &"c".repeat(2_000)); 10]},
        actions(json!([button(&json!({"value": "v".repeat(2_000), "style": "danger", "confirm": confirm}))])),
        {"type": "section", "text": text("mrkdwn", "m"),
         "accessory": {"type": "static_select", "action_id": "s", "options": options(100), "initial_option": options(1)[0]}},
        {"type": "context", "elements": vec![text("mrkdwn", "d"); 10]},
        {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "a picture"},
        {"type": "divider", "block_id": "line"},
        {"type": "markdown", "text": "e".repeat(12_000)},
        table(100, 20, "abcde"),
        rich(&json!({"type": "rich_text_list", "style": "bullet", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "f", "style": {"bold": true}}]}]})),
        {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "f",
            "positive_button": {"text": text("plain_text", "Good"), "value": "1"},
            "negative_button": {"text": text("plain_text", "Bad"), "value": "0"}}]},
    ]);
    assert_eq!(faults(good.as_array().unwrap(), Surface::Message), Vec::<String>::new());
    assert_eq!(faults(&vec![section("g"); 50], Surface::Message), Vec::<String>::new());
    assert_eq!(faults(&vec![section("g"); 100], Surface::View), Vec::<String>::new());
}

#[test]
fn each_rule_of_a_message_bites() {
    let select = |options: Value| json!({"type": "static_select", "action_id": "s", "options": options});
    let many = |most: usize| "x".repeat(most + 1);
    let cases: Vec<(&str, Value)> = vec![
        ("51 blocks", json!(vec![section("a"); 51])),
        ("unsupported type", json!([{"type": "sektion"}])),
        ("unsupported type", json!(["text"])),
        ("unknown field: colour", json!([{"type": "divider", "colour": "red"}])),
        ("at least one is needed", json!([{"type": "section"}])),
        ("3001", json!([section(&many(3_000))])),
        ("at least one character", json!([section("")])),
        ("unsupported type", json!([{"type": "section", "text": "bare"}])),
        ("unknown field: emoji", json!([{"type": "section", "text": {"type": "mrkdwn", "text": "a", "emoji": true}}])),
        (
            "unknown field: verbatim",
            json!([{"type": "header", "text": {"type": "plain_text", "text": "a", "verbatim": true}}]),
        ),
        ("11 items", json!([{"type": "section", "fields": vec![text("mrkdwn", "a"); 11]}])),
        ("2001", json!([{"type": "section", "fields": [text("mrkdwn", &many(2_000))]}])),
        ("151", json!([{"type": "header", "text": text("plain_text", &many(150))}])),
        ("unsupported type", json!([{"type": "header", "text": text("mrkdwn", "a")}])),
        ("11 items", json!([{"type": "context", "elements": vec![text("mrkdwn", "a"); 11]}])),
        ("0 items", json!([{"type": "context", "elements": []}])),
        ("unsupported type", json!([{"type": "context", "elements": [button(&json!({}))]}])),
        (
            "26 items",
            json!([actions((0..26).map(|number| button(&json!({"action_id": number.to_string()}))).collect())]),
        ),
        ("a is used twice", json!([actions(json!([button(&json!({})), button(&json!({}))]))])),
        ("76", json!([actions(json!([button(&json!({"text": text("plain_text", &many(75))}))]))])),
        ("2001", json!([actions(json!([button(&json!({"value": many(2_000)}))]))])),
        ("must be a string", json!([actions(json!([button(&json!({"value": 5}))]))])),
        ("must be one of", json!([actions(json!([button(&json!({"style": "green"}))]))])),
        ("256", json!([actions(json!([button(&json!({"action_id": many(255)}))]))])),
        ("web address", json!([actions(json!([button(&json!({"url": "javascript:alert(1)"}))]))])),
        (
            "missing required field: deny",
            json!([actions(json!([button(&json!({"confirm": {
            "title": text("plain_text", "a"), "text": text("plain_text", "a"), "confirm": text("plain_text", "a")}}))]))]),
        ),
        (
            "31",
            json!([actions(json!([button(&json!({"confirm": {
            "title": text("plain_text", "a"), "text": text("plain_text", "a"), "confirm": text("plain_text", "a"),
            "deny": text("plain_text", &many(30))}}))]))]),
        ),
        ("101 items", json!([actions(json!([select(options(101))]))])),
        ("0 items", json!([actions(json!([select(json!([]))]))])),
        ("76", json!([actions(json!([select(json!([{"text": text("plain_text", &many(75)), "value": "a"}]))]))])),
        ("151", json!([actions(json!([select(json!([{"text": text("plain_text", "a"), "value": many(150)}]))]))])),
        (
            "none of the options",
            json!([actions(json!([{"type": "radio_buttons", "action_id": "r", "options": options(2),
            "initial_option": {"text": text("plain_text", "other"), "value": "9"}}]))]),
        ),
        ("exactly one is needed", json!([actions(json!([{"type": "static_select", "action_id": "s"}]))])),
        ("exactly one is needed", json!([{"type": "image", "alt_text": "a"}])),
        ("missing required field: alt_text", json!([{"type": "image", "image_url": "https://a.example/b.png"}])),
        ("2001", json!([{"type": "image", "image_url": "https://a.example/b.png", "alt_text": many(2_000)}])),
        ("3001", json!([{"type": "image", "image_url": format!("https://{}", "a".repeat(3_000)), "alt_text": "a"}])),
        ("256", json!([{"type": "divider", "block_id": many(255)}])),
        ("line is used twice", json!(vec![json!({"type": "divider", "block_id": "line"}); 2])),
        ("markdown blocks", json!(vec![json!({"type": "markdown", "text": "a".repeat(6_001)}); 2])),
        ("101 items", json!([table(101, 1, "a")])),
        ("21 items", json!([table(1, 21, "a")])),
        ("characters in a table", json!([table(100, 20, "abcdef")])),
        ("only_one_table_allowed", json!([table(1, 1, "a"), table(1, 1, "a")])),
        (
            "same number of cells",
            json!([{"type": "table", "rows": [[text("raw_text", "a")], [text("raw_text", "a"), text("raw_text", "a")]]}]),
        ),
        ("unsupported type", json!([rich(&json!({"type": "text", "text": "a"}))])),
        (
            "missing required field: text",
            json!([rich(&json!({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}))]),
        ),
        ("bullet or ordered", json!([rich(&json!({"type": "rich_text_list", "elements": []}))])),
        (
            "unknown style",
            json!([rich(
                &json!({"type": "rich_text_section", "elements": [{"type": "text", "text": "a", "style": {"loud": true}}]})
            )]),
        ),
        (
            "holds text and links",
            json!([rich(&json!({"type": "rich_text_preformatted", "elements": [{"type": "emoji", "name": "a"}]}))]),
        ),
    ];
    for (expected, blocks) in cases {
        let found = faults(blocks.as_array().unwrap(), Surface::Message);
        let first: String = blocks.to_string().chars().take(200).collect();
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?} for {first}");
    }
}

#[test]
fn each_rule_of_a_view_bites() {
    let modal = |more: Value| {
        let mut view = json!({"type": "modal", "title": text("plain_text", "Settings"), "blocks": [section("a")]});
        view.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        view
    };
    let input = json!({"type": "input", "label": text("plain_text", "Why"), "element": {"type": "plain_text_input", "action_id": "t"}});
    assert_eq!(view_faults(&modal(json!({})), "modal"), Vec::<String>::new());
    let submitted = modal(json!({"blocks": [input], "submit": text("plain_text", "Save")}));
    assert_eq!(view_faults(&submitted, "modal"), Vec::<String>::new());
    let cases = [
        ("25", modal(json!({"title": text("plain_text", &"t".repeat(25))}))),
        ("25", modal(json!({"submit": text("plain_text", &"t".repeat(25))}))),
        ("25", modal(json!({"close": text("plain_text", &"t".repeat(25))}))),
        ("3001", modal(json!({"private_metadata": "m".repeat(3_001)}))),
        ("256", modal(json!({"callback_id": "c".repeat(256)}))),
        ("101 blocks", modal(json!({"blocks": vec![section("a"); 101]}))),
        ("needs submit", modal(json!({"blocks": [input]}))),
        ("may not stand here", modal(json!({"blocks": [table(1, 1, "a")]}))),
        ("may not stand here", modal(json!({"blocks": [{"type": "markdown", "text": "a"}]}))),
        (
            "2001",
            modal(
                json!({"blocks": [{"type": "input", "label": text("plain_text", &"l".repeat(2_001)), "element": input["element"]}]}),
            ),
        ),
        ("unknown field: id", modal(json!({"id": "V1"}))),
        ("is wanted", json!({"type": "home", "blocks": []})),
    ];
    for (expected, view) in cases {
        let found = view_faults(&view, "modal");
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?}");
    }
    let home = json!({"type": "home", "blocks": [section("a")], "title": text("plain_text", "no")});
    assert_eq!(view_faults(&home, "home").len(), 1);
}
