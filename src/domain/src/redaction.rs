//! Keeps secrets from leaving a tool (invariant 8): known token shapes, private keys, passwords in URLs, and values
//! under names that say what they are.
//!
//! Guarantees: what is replaced becomes `[redacted]` and the shape around it stays; redacting twice gives the same as
//! once; nothing is judged by how random it looks, so image digests, trace ids, commit hashes and uids live.
//!
//! Deliberately absent: secrets without a known shape or a telling name. The place that reads them (a Secret's data)
//! must not fetch them at all.

mod keys;
mod lists;
mod text;
mod urls;

pub use keys::{NameVerdict, judge_name};
pub use text::redact_text;

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What stands in place of a secret.
pub const REPLACEMENT: &str = "[redacted]";

/// Redacts a text where it stands; most texts hold nothing and are not copied.
pub fn redact_in_place(text: &mut String) {
    if let std::borrow::Cow::Owned(redacted) = redact_text(text) {
        *text = redacted;
    }
}

/// The text without secrets and at most so many characters long, with an ellipsis where something was cut.
///
/// Redacted first and cut afterwards: a secret that is cut in its middle has no known shape any more. Of a very long
/// text only what may be shown is looked at, and some way beyond.
pub fn redacted_head(text: &str, at_most_chars: usize) -> String {
    const BEYOND_BYTES: usize = 8 * 1024;
    const LONGEST_CHAR_BYTES: usize = 4;
    let reach = at_most_chars.saturating_mul(LONGEST_CHAR_BYTES).saturating_add(BEYOND_BYTES);
    let head = text.get(..text.floor_char_boundary(reach)).unwrap_or(text);
    let redacted = redact_text(head);
    let is_whole = head.len() == text.len();
    // The last word of a head may be the beginning of a secret; not one that is longer than any secret is.
    let sure = match redacted.rsplit_once(char::is_whitespace) {
        Some((before, last)) if !is_whole && last.len() < BEYOND_BYTES => before,
        _ => redacted.as_ref(),
    };
    match sure.char_indices().nth(at_most_chars) {
        Some((end, _)) => format!("{}…", sure.get(..end).unwrap_or_default()),
        None if is_whole => sure.to_owned(),
        None => format!("{sure}…"),
    }
}

/// Redacts the lines of one text where they stand, a private key that is spread over several of them too. For lines of
/// which some will be left out: what is left of a key says no more that it is one.
pub fn redact_lines<'a>(lines: impl Iterator<Item = &'a mut String>) {
    let mut places: Vec<&mut String> = lines.collect();
    let mut texts = Value::Array(places.iter_mut().map(|line| Value::String(std::mem::take(*line))).collect());
    redact_value(&mut texts);
    let Value::Array(texts) = texts else { return };
    for (place, text) in places.into_iter().zip(texts) {
        if let Value::String(text) = text {
            *place = text;
        }
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
        Value::Array(items) => {
            lists::after_flags(items);
            hide_keys(items);
            items.iter_mut().for_each(|item| walk(item, labels));
        }
        Value::Object(object) => walk_object(object, labels),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Hides the lines of private keys in a list: of texts, of rows of cells, or of objects, each by its place in the item.
fn hide_keys(items: &mut [Value]) {
    let places: BTreeSet<Place> = items.iter().flat_map(places).collect();
    for place in places {
        let found = lists::key_lines(items.iter().map(|item| place.of(item)));
        for at in found {
            if let Some(text) = items.get_mut(at).and_then(|item| place.of_mut(item)) {
                lists::hide_key(text);
            }
        }
    }
}

/// Where in an item of a list a text stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Itself,
    Cell(usize),
    Field(String),
}

impl Place {
    fn of<'a>(&self, item: &'a Value) -> Option<&'a str> {
        match self {
            Self::Itself => item.as_str(),
            Self::Cell(at) => item.as_array()?.get(*at)?.as_str(),
            Self::Field(name) => item.as_object()?.get(name)?.as_str(),
        }
    }

    fn of_mut<'a>(&self, item: &'a mut Value) -> Option<&'a mut String> {
        let text = match self {
            Self::Itself => item,
            Self::Cell(at) => item.as_array_mut()?.get_mut(*at)?,
            Self::Field(name) => item.as_object_mut()?.get_mut(name)?,
        };
        match text {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Where an item has a first or last line of a private key; nearly none has.
fn places(item: &Value) -> Vec<Place> {
    let tells = |value: &Value| value.as_str().is_some_and(|text| text.contains("PRIVATE KEY-----"));
    match item {
        Value::String(_) if tells(item) => vec![Place::Itself],
        Value::Array(cells) => {
            let found = cells.iter().enumerate().filter(|(_, cell)| tells(cell));
            found.map(|(at, _)| Place::Cell(at)).collect()
        }
        Value::Object(object) => {
            let found = object.iter().filter(|(_, value)| tells(value));
            found.map(|(name, _)| Place::Field(name.clone())).collect()
        }
        _ => Vec::new(),
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
    hide_keys(rows);
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
