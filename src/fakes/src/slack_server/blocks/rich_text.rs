//! The inside of a rich text block (page "Rich text block").

use super::walk::Walk;
use serde_json::Value;

/// Fields of each kind of part beside `type` and `elements`.
const PARTS: &[(&str, &[&str])] = &[
    ("rich_text_section", &[]),
    ("rich_text_list", &["style", "indent", "offset", "border"]),
    ("rich_text_preformatted", &["border", "language"]),
    ("rich_text_quote", &["border"]),
];

/// Fields of each kind of run: those that it must have, those that it may have.
const RUNS: &[(&str, &[&str], &[&str])] = &[
    ("text", &["text"], &["style"]),
    ("link", &["url"], &["text", "unsafe", "style"]),
    ("emoji", &["name"], &["unicode", "style"]),
    ("user", &["user_id"], &["style"]),
    ("usergroup", &["usergroup_id"], &["style"]),
    ("channel", &["channel_id"], &["style"]),
    ("broadcast", &["range"], &["style"]),
    ("date", &["timestamp", "format"], &["url", "fallback", "style"]),
    ("color", &["value"], &["style"]),
];

const STYLES: &[&str] = &["bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"];

/// The parts of a block.
pub fn parts(walk: &mut Walk, path: &str, value: &Value) {
    let Some(parts) = value.as_array() else { return walk.fault(path, "must be a list") };
    for (index, part) in parts.iter().enumerate() {
        one_part(walk, &format!("{path}/{index}"), part);
    }
}

fn one_part(walk: &mut Walk, path: &str, part: &Value) {
    let kind = part["type"].as_str().unwrap_or_default();
    let Some((_, fields)) = PARTS.iter().find(|(name, _)| *name == kind) else {
        return walk.fault(path, &format!("unsupported type: {}", part["type"]));
    };
    let known = |name: &str| name == "type" || name == "elements" || fields.contains(&name);
    unknown(walk, path, part, known);
    if kind == "rich_text_list" && !matches!(part["style"].as_str(), Some("bullet" | "ordered")) {
        walk.fault(path, "a list's style is bullet or ordered");
    }
    let Some(elements) = part["elements"].as_array() else {
        return walk.fault(path, "missing required field: elements");
    };
    for (index, element) in elements.iter().enumerate() {
        let path = format!("{path}/elements/{index}");
        match kind {
            "rich_text_list" if element["type"] == "rich_text_section" => one_part(walk, &path, element),
            "rich_text_list" => walk.fault(&path, "a list holds sections"),
            "rich_text_preformatted" if !matches!(element["type"].as_str(), Some("text" | "link")) => {
                walk.fault(&path, "preformatted text holds text and links");
            }
            _ => run(walk, &path, element),
        }
    }
}

fn run(walk: &mut Walk, path: &str, run: &Value) {
    let kind = run["type"].as_str().unwrap_or_default();
    let Some((_, required, optional)) = RUNS.iter().find(|(name, ..)| *name == kind) else {
        return walk.fault(path, &format!("unsupported type: {}", run["type"]));
    };
    for name in *required {
        if run.get(name).is_none_or(|value| value.as_str() == Some("")) {
            walk.fault(path, &format!("missing required field: {name}"));
        }
    }
    unknown(walk, path, run, |name| name == "type" || required.contains(&name) || optional.contains(&name));
    if let Some(style) = run["style"].as_object() {
        for (name, value) in style {
            if !STYLES.contains(&name.as_str()) || !value.is_boolean() {
                walk.fault(path, &format!("unknown style: {name}"));
            }
        }
    }
}

fn unknown(walk: &mut Walk, path: &str, value: &Value, known: impl Fn(&str) -> bool) {
    for name in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
        if !known(name) {
            walk.fault(path, &format!("unknown field: {name}"));
        }
    }
}
