//! Blocks as plain text, so that a person can review what a message or a modal will show.
//!
//! Every block gives something, kinds that are not known here too; mrkdwn stands as it is sent, so that an escape that
//! is missing is seen. Deliberately absent: how Slack lays things out.

use crate::content::Content;
use serde::Serialize;
use serde_json::Value;
use slack_morphism::prelude::{SlackBlock, SlackView};

/// A message: what notifications say, then its blocks.
pub fn message(content: &Content) -> String {
    format!("notification: {}\n\n{}", content.text, blocks(&content.blocks))
}

/// Blocks, a blank line between them: `[Label]` is a button, `(…)` is small print.
pub fn blocks(blocks: &[SlackBlock]) -> String {
    let mut out = blocks.iter().map(|each| block(&value(each))).collect::<Vec<_>>().join("\n\n");
    out.push('\n');
    out
}

/// A modal or a home tab.
pub fn view(view: &SlackView) -> String {
    let view = value(view);
    let label = |name: &str| view.get(name).map(text).filter(|label| !label.is_empty());
    let mut out = format!("{}: {}\n\n", string(&view, "type"), label("title").unwrap_or_default());
    let shown: Vec<String> = list(&view, "blocks").iter().map(block).collect();
    out.push_str(&shown.join("\n\n"));
    let ends: Vec<String> =
        ["submit", "close"].into_iter().filter_map(label).map(|label| format!("[{label}]")).collect();
    if !ends.is_empty() {
        out.push_str("\n\n");
        out.push_str(&ends.join(" "));
    }
    out.push('\n');
    out
}

fn value<T: Serialize>(of: &T) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

fn block(block: &Value) -> String {
    match string(block, "type") {
        "section" => section(block),
        "header" => format!("# {}", member(block, "text")),
        "divider" => "────".to_owned(),
        "context" => format!("({})", all(block, "elements", text).join(" | ")),
        "actions" => all(block, "elements", element).join(" "),
        "input" => format!("{}: {}", member(block, "label"), block.get("element").map(element).unwrap_or_default()),
        "image" => format!("(picture: {})", string(block, "alt_text")),
        other => format!("({other}) {block}"),
    }
}

fn section(block: &Value) -> String {
    let mut lines = Vec::new();
    if let Some(shown) = block.get("text") {
        lines.push(text(shown));
    }
    lines.extend(all(block, "fields", |field| format!("  · {}", text(field).replace('\n', " "))));
    if let Some(accessory) = block.get("accessory") {
        lines.push(format!("    {}", element(accessory)));
    }
    lines.join("\n")
}

/// Something to press or to fill in.
fn element(element: &Value) -> String {
    let ends = match (string(element, "style"), string(element, "url")) {
        ("", "") => String::new(),
        (style, "") => format!(" !{style}"),
        (_, url) => format!(" → {url}"),
    };
    match string(element, "type") {
        "button" => format!("[{}{ends}]", member(element, "text")),
        "image" => format!("(picture: {})", string(element, "alt_text")),
        "overflow" => format!("[⋯ {}]", all(element, "options", option).join(" / ")),
        _ => field(element),
    }
}

/// A field: what is chosen, what can be chosen, or what it asks for.
fn field(element: &Value) -> String {
    let chosen: Vec<String> = ["initial_option", "initial_value", "initial_time", "initial_date"]
        .into_iter()
        .filter_map(|name| element.get(name))
        .map(option)
        .chain(all(element, "initial_options", option))
        .collect();
    let options = all(element, "options", option);
    let mut out = format!("<{}", string(element, "type"));
    if !chosen.is_empty() {
        out.push_str(&format!(" = {}", chosen.join(", ")));
    } else if let Some(placeholder) = element.get("placeholder") {
        out.push_str(&format!(" ({})", text(placeholder)));
    }
    if !options.is_empty() {
        out.push_str(&format!(": {}", options.join(" / ")));
    }
    out.push('>');
    out
}

fn option(option: &Value) -> String {
    option.as_str().map_or_else(|| member(option, "text"), str::to_owned)
}

fn member(of: &Value, name: &str) -> String {
    of.get(name).map(text).unwrap_or_default()
}

/// The text of a text object, of an option or of a plain string.
fn text(of: &Value) -> String {
    match of.get("text") {
        Some(inner @ Value::Object(_)) => text(inner),
        Some(Value::String(text)) => text.clone(),
        _ if of.get("alt_text").is_some() => format!("picture: {}", string(of, "alt_text")),
        _ => of.as_str().unwrap_or_default().to_owned(),
    }
}

fn string<'a>(of: &'a Value, name: &str) -> &'a str {
    of.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn all(of: &Value, name: &str, show: impl Fn(&Value) -> String) -> Vec<String> {
    list(of, name).iter().map(show).collect()
}
