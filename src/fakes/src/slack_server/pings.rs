//! What in a message would notify somebody or lead somewhere.

use serde_json::Value;

/// What Slack turns into a mention or a link where text is mrkdwn.
const OPENINGS: &[&str] = &["<!", "<@", "<#", "<http:", "<https:", "<mailto:"];
const BARE: &[&str] = &["http://", "https://"];

/// So much of what was found is told.
const EXCERPT: usize = 80;

/// Of a message: its text where nothing else is shown, its blocks, its attachments.
pub fn of_message(text: &str, blocks: &[Value], attachments: &[Value]) -> Vec<String> {
    let is_shown = blocks.is_empty();
    let mut found = Vec::new();
    scan("text", text, is_shown, &mut found);
    blocks.iter().for_each(|block| of_value(block, &mut found));
    attachments.iter().for_each(|attachment| of_attachment(attachment, &mut found));
    found
}

/// Of Markdown, where links are also written with brackets.
pub fn of_markdown(place: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    scan(place, text, true, &mut found);
    found
}

/// Finds openings, and bare addresses where Slack makes links of them.
fn scan(place: &str, text: &str, with_bare: bool, found: &mut Vec<String>) {
    let mut tell = |at: usize| {
        let excerpt: String = text.get(at..).unwrap_or_default().chars().take(EXCERPT).collect();
        found.push(format!("{place}: {excerpt}"));
    };
    for opening in OPENINGS {
        text.match_indices(opening).for_each(|(at, _)| tell(at));
    }
    for bare in BARE.iter().filter(|_| with_bare) {
        for (at, _) in text.match_indices(bare) {
            if !text.get(..at).unwrap_or_default().ends_with('<') {
                tell(at);
            }
        }
    }
}

fn of_attachment(attachment: &Value, found: &mut Vec<String>) {
    for name in ["text", "pretext", "fallback", "title", "footer"] {
        scan(name, attachment[name].as_str().unwrap_or_default(), true, found);
    }
    attachment["blocks"].as_array().into_iter().flatten().for_each(|block| of_value(block, found));
}

fn of_value(value: &Value, found: &mut Vec<String>) {
    let kind = value["type"].as_str().unwrap_or_default();
    let text = value["text"].as_str().unwrap_or_default();
    match kind {
        "mrkdwn" => scan(kind, text, value["verbatim"] != true, found),
        "markdown" => scan(kind, text, true, found),
        "user" | "usergroup" | "broadcast" | "link" => found.push(format!("rich text: {value}")),
        _ => {}
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| of_value(item, found)),
        Value::Object(fields) => {
            fields
                .values()
                .filter(|inner| inner.is_object() || inner.is_array())
                .for_each(|inner| of_value(inner, found));
        }
        _ => {}
    }
}
