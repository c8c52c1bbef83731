//! Fields of structured lines: JSON objects and logfmt pairs, with names made fit for labels.

use serde_json::Value;

/// The fields of a JSON object, nested ones joined by `_`; `None` for anything else.
pub(super) fn json_fields(line: &str) -> Option<Vec<(String, String)>> {
    let Ok(Value::Object(object)) = serde_json::from_str(line) else { return None };
    let mut fields = Vec::new();
    let mut waiting: Vec<(String, Value)> = object.into_iter().collect();
    while let Some((name, value)) = waiting.pop() {
        let name = label_name(&name);
        match value {
            Value::Object(inner) => {
                waiting.extend(inner.into_iter().map(|(key, value)| (format!("{name}_{key}"), value)))
            }
            Value::String(text) => fields.push((name, text)),
            Value::Number(number) => fields.push((name, number.to_string())),
            Value::Bool(flag) => fields.push((name, flag.to_string())),
            Value::Null | Value::Array(_) => {}
        }
    }
    Some(fields)
}

/// The `key=value` pairs of a line; `None` where there is none.
pub(super) fn logfmt_fields(line: &str) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        rest = match after.strip_prefix('=') {
            None => after.trim_start(),
            Some(value) => {
                let (value, after) = logfmt_value(value);
                fields.push((label_name(key), value));
                after.trim_start()
            }
        };
    }
    (!fields.is_empty()).then_some(fields)
}

fn logfmt_value(text: &str) -> (String, &str) {
    let Some(inner) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(' ').unwrap_or(text.len()));
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut escaped = false;
    for (index, character) in inner.char_indices() {
        match character {
            other if escaped => {
                value.push(other);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, inner.get(index.saturating_add(1)..).unwrap_or_default()),
            other => value.push(other),
        }
    }
    (value, "")
}

fn label_name(text: &str) -> String {
    text.chars().map(|character| if character.is_ascii_alphanumeric() { character } else { '_' }).collect()
}
