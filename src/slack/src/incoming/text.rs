//! All that can be read in a message: its text, its blocks, its attachments.
//!
//! Guarantees: at most [`MOST`] characters are kept, and what was cut is said; nothing is told twice because a message
//! carries it as text and as blocks; marks of Slack (`<@U1>`, `&lt;`) stay as Slack wrote them. No JSON makes it panic.

use super::fields::text;
use serde_json::Value;

/// Characters that are kept of a message.
pub const MOST: usize = 12_000;

/// Parts of a message that are looked at: a message has at most 50 blocks and 100 attachments.
const PARTS: usize = 400;

/// What can be read in a message; `None` where nothing in it could.
pub fn of_message(message: &Value) -> Option<String> {
    let mut parts = Parts::default();
    let own = text(message, "/text");
    own.into_iter().for_each(|text| parts.add(text));
    let blocks = list(message, "/blocks");
    // What a person writes is in the text already; blocks of rich text only repeat it.
    let is_repeated = own.is_some() && blocks.iter().all(|block| text(block, "/type") == Some("rich_text"));
    if !is_repeated {
        blocks.iter().for_each(|block| add_block(&mut parts, block));
    }
    list(message, "/attachments").iter().for_each(|attachment| add_attachment(&mut parts, attachment));
    let has_text = message.get("text").is_some_and(Value::is_string);
    (has_text || !parts.0.is_empty()).then(|| bounded(&parts.0.join("\n")))
}

/// A text within its bound, with what was cut said.
pub fn bounded(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(MOST) else { return text.to_owned() };
    let (kept, cut) = text.split_at(end);
    format!("{kept}\n[{} more characters were left out]", cut.chars().count())
}

#[derive(Default)]
struct Parts(Vec<String>);

impl Parts {
    fn add(&mut self, part: &str) {
        let part = part.trim();
        let is_new = !part.is_empty() && !self.0.iter().any(|known| known.contains(part));
        if is_new && self.0.len() < PARTS {
            self.0.push(part.to_owned());
        }
    }
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn add_block(parts: &mut Parts, block: &Value) {
    match text(block, "/type") {
        Some("rich_text") => {
            let mut line = String::new();
            rich(block, &mut line);
            parts.add(&line);
        }
        Some("markdown") => text(block, "/text").into_iter().for_each(|text| parts.add(text)),
        _ => {
            let own = ["/text/text", "/title/text", "/alt_text"];
            own.iter().filter_map(|path| text(block, path)).for_each(|text| parts.add(text));
            let listed = list(block, "/fields").iter().chain(list(block, "/elements"));
            listed.filter_map(|element| text(element, "/text")).for_each(|text| parts.add(text));
        }
    }
}

/// The text of rich text: sections, lists, quotes and code, in their order.
fn rich(value: &Value, line: &mut String) {
    for element in list(value, "/elements") {
        match text(element, "/type") {
            Some("text" | "link") => {
                line.push_str(text(element, "/text").or_else(|| text(element, "/url")).unwrap_or_default());
            }
            Some("user") => mark(line, "@", element, "/user_id"),
            Some("channel") => mark(line, "#", element, "/channel_id"),
            Some("usergroup") => mark(line, "!subteam^", element, "/usergroup_id"),
            Some("broadcast") => mark(line, "!", element, "/range"),
            Some("emoji") => text(element, "/name").into_iter().for_each(|name| line.push_str(&format!(":{name}:"))),
            _ => {
                rich(element, line);
                line.push('\n');
            }
        }
    }
}

fn mark(line: &mut String, sign: &str, element: &Value, path: &str) {
    text(element, path).into_iter().for_each(|id| line.push_str(&format!("<{sign}{id}>")));
}

fn add_attachment(parts: &mut Parts, attachment: &Value) {
    let before = parts.0.len();
    let own = ["/pretext", "/author_name", "/title", "/text"];
    own.iter().filter_map(|path| text(attachment, path)).for_each(|text| parts.add(text));
    for field in list(attachment, "/fields") {
        let (title, value) = (text(field, "/title").unwrap_or_default(), text(field, "/value").unwrap_or_default());
        parts.add(&if title.is_empty() { value.to_owned() } else { format!("{title}: {value}") });
    }
    list(attachment, "/blocks").iter().for_each(|block| add_block(parts, block));
    // The fallback repeats the rest in plain text, unless there is no rest.
    if parts.0.len() == before {
        text(attachment, "/fallback").into_iter().for_each(|text| parts.add(text));
    }
    text(attachment, "/footer").into_iter().for_each(|text| parts.add(text));
}
