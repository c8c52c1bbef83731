//! `config show`: every value that holds, with the place that set it and without secrets.

use super::Loaded;
use super::check::Value;
use super::path::KeyPath;
use super::secret::shown as shown_text;
use domain::secret::HIDDEN;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// One value that holds.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Shown {
    /// The key.
    pub key: KeyPath,
    /// The value; secrets hidden.
    pub value: Json,
    /// Who set it.
    pub origin: String,
}

/// Every value, by key.
pub fn shown(loaded: &Loaded) -> Vec<Shown> {
    let entries = loaded.layers.entries.iter();
    entries
        .map(|(key, entry)| Shown { key: key.clone(), value: value(&entry.value), origin: entry.origin.to_string() })
        .collect()
}

/// A value as JSON, secrets hidden.
pub fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(shown_text(text)),
        Value::Whole(number) => json!(number),
        Value::Flag(flag) => json!(flag),
        Value::List(items) => json!(items),
        Value::File(path) | Value::Path(path) => json!(path),
        Value::Folders(folders) => json!(folders),
        Value::Secret(_) => json!(HIDDEN),
        Value::Secrets(sources) => sources.keys().map(|name| (name.clone(), json!(HIDDEN))).collect(),
        Value::Templates(texts) => json!(shown_text(&texts.join(" "))),
        Value::Grades(grades) => grades.iter().map(|(tool, class)| (tool.clone(), json!(class))).collect(),
        Value::Zone(zone) => json!(zone.name()),
        Value::Date(day) => json!(day.to_string()),
    }
}

/// The document of `config show --json`.
pub fn document(loaded: &Loaded) -> Json {
    json!({
        "profile": loaded.settings.profile,
        "files": loaded.files,
        "model": loaded.settings.model.as_ref().map(|model| shown_text(&model.endpoint)),
        "values": shown(loaded),
        "notes": loaded.notes,
    })
}

/// The text of `config show`: TOML in which each line ends with its origin.
pub fn text(loaded: &Loaded) -> String {
    let values = shown(loaded);
    let lines: Vec<String> = values.iter().map(|shown| format!("{} = {}", shown.key, shown.value)).collect();
    let width = lines.iter().map(|line| line.chars().count()).filter(|length| *length <= 60).max().unwrap_or(0);
    let mut out = String::new();
    for (line, shown) in lines.iter().zip(&values) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line:width$}  # {}", shown.origin);
    }
    for note in &loaded.notes {
        let _ = writeln!(out, "\nnote: {note}");
    }
    out
}
