//! Keeps secrets from leaving a tool (invariant 8): known token shapes, private keys, passwords in URLs, and values
//! under names that say what they are.
//!
//! Guarantees: what is replaced becomes `[redacted]` and the shape around it stays; redacting twice gives the same as
//! once; nothing is judged by how random it looks, so image digests, trace ids, commit hashes and uids live.
//!
//! Deliberately absent: secrets without a known shape or a telling name. The place that reads them (a Secret's data)
//! must not fetch them at all.

mod keys;
mod text;
mod urls;

pub use keys::{NameVerdict, judge_name};
pub use text::redact_text;

use serde_json::{Map, Value};

/// What stands in place of a secret.
pub const REPLACEMENT: &str = "[redacted]";

/// Redacts a text where it stands; most texts hold nothing and are not copied.
pub fn redact_in_place(text: &mut String) {
    if let std::borrow::Cow::Owned(redacted) = redact_text(text) {
        *text = redacted;
    }
}

/// Redacts all texts of a JSON value, and the values under sensitive names whatever they look like.
pub fn redact_value(value: &mut Value) {
    walk(value, false);
}

/// `labels` tells that the object holds metric or Kubernetes labels, where `secret` is the name of an object.
fn walk(value: &mut Value, labels: bool) {
    match value {
        Value::String(text) => redact_in_place(text),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, labels)),
        Value::Object(object) => walk_object(object, labels),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn walk_object(object: &mut Map<String, Value>, labels: bool) {
    if let Some(name) = named_pair(object) {
        redact_under(judge_name(&name), object.get_mut("value"));
    }
    let is_secret_object = object.get("kind").and_then(Value::as_str) == Some("Secret");
    let columns = table_columns(object);
    for (key, value) in object.iter_mut() {
        if is_secret_object && (key == "data" || key == "stringData") {
            redact_all(value);
            continue;
        }
        if let (Some(columns), "rows") = (&columns, key.as_str()) {
            walk_rows(columns, value);
            continue;
        }
        let verdict = if labels && key == "secret" { NameVerdict::Harmless } else { judge_name(key) };
        redact_under(verdict, Some(&mut *value));
        walk(value, is_label_map(key));
    }
}

/// The name of an environment entry or header: `{"name": "DB_PASSWORD", "value": …}`.
fn named_pair(object: &Map<String, Value>) -> Option<String> {
    object.get("value")?;
    let name = object.get("name").or_else(|| object.get("key"))?;
    name.as_str().map(str::to_owned)
}

/// The columns of a [`crate::observed::Table`], whose cells stand apart from their names.
fn table_columns(object: &Map<String, Value>) -> Option<Vec<String>> {
    let columns = object.get("columns")?.as_array()?;
    columns.iter().map(|column| column.as_str().map(str::to_owned)).collect()
}

fn walk_rows(columns: &[String], rows: &mut Value) {
    let Value::Array(rows) = rows else { return walk(rows, false) };
    let place = |wanted: &str| columns.iter().position(|column| column == wanted);
    let pair = place("name").or_else(|| place("key")).zip(place("value"));
    let told: Vec<(NameVerdict, bool)> =
        columns.iter().map(|column| (judge_name(column), is_label_map(column))).collect();
    for row in rows {
        let Value::Array(cells) = row else {
            walk(row, false);
            continue;
        };
        if let Some((name_at, value_at)) = pair {
            let name = cells.get(name_at).and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
            redact_under(judge_name(&name), cells.get_mut(value_at));
        }
        for ((verdict, labels), cell) in told.iter().zip(cells.iter_mut()) {
            redact_under(*verdict, Some(&mut *cell));
            walk(cell, *labels);
        }
    }
}

fn is_label_map(key: &str) -> bool {
    matches!(key, "labels" | "metric" | "matchLabels" | "selector" | "annotations")
}

fn redact_under(verdict: NameVerdict, value: Option<&mut Value>) {
    let Some(value) = value else { return };
    match (verdict, value) {
        (NameVerdict::Harmless, _) => {}
        (_, Value::String(text)) if keys::is_placeholder(text) => {}
        (_, Value::String(text)) => REPLACEMENT.clone_into(text),
        (NameVerdict::Password, value @ Value::Number(_)) => *value = Value::from(REPLACEMENT),
        (verdict, Value::Array(items)) => items.iter_mut().for_each(|item| redact_under(verdict, Some(item))),
        _ => {}
    }
}

fn redact_all(value: &mut Value) {
    match value {
        Value::Object(object) => object.values_mut().for_each(redact_all),
        Value::Array(items) => items.iter_mut().for_each(redact_all),
        Value::Null => {}
        other => *other = Value::from(REPLACEMENT),
    }
}

#[cfg(test)]
mod tests;
