//! What of a result a reader with little room sees: the model's view, and the excerpt under an answer.

use domain::envelope::Envelope;
use domain::tokens;
use serde_json::{Value, json};

/// Bytes of the excerpt that is shown to people.
const EXCERPT_BYTES: usize = 600;

/// The result as compact JSON of at most about `most_tokens`, what matters first, and what was left out said.
pub fn for_model(envelope: &Envelope, most_tokens: usize) -> String {
    let whole = render(envelope, &envelope.data, false);
    if tokens::estimate(&whole) <= most_tokens {
        return whole;
    }
    for (items, characters) in [(40, 400), (20, 300), (10, 240), (6, 160), (3, 120), (1, 80)] {
        let text = render(envelope, &shrink(&envelope.data, items, characters), true);
        if tokens::estimate(&text) <= most_tokens {
            return text;
        }
    }
    cut(&whole, most_tokens * 4)
}

/// The first part of the result for the evidence list.
pub fn excerpt(envelope: &Envelope) -> String {
    cut(&shrink(&envelope.data, 6, 240).to_string(), EXCERPT_BYTES)
}

fn render(envelope: &Envelope, data: &Value, shortened: bool) -> String {
    let mut view = json!({"data": data, "returned": envelope.returned});
    if let Some(members) = view.as_object_mut() {
        if let Some(total) = envelope.total.filter(|total| *total != envelope.returned) {
            members.insert("total".into(), json!(total));
        }
        if envelope.truncated || shortened {
            members.insert("truncated".into(), json!(true));
        }
        if let Some(window) = envelope.window {
            members.insert("window".into(), json!(window));
        }
        if let Some(hint) = &envelope.hint {
            members.insert("hint".into(), json!(hint));
        }
        if !envelope.not_looked.is_empty() {
            members.insert("not_looked".into(), json!(envelope.not_looked));
        }
    }
    view.to_string()
}

/// Arrays to their first `items`, with a last item that tells how many were left out; strings to `characters`.
fn shrink(value: &Value, items: usize, characters: usize) -> Value {
    match value {
        Value::Array(all) => {
            let mut kept: Vec<Value> = all.iter().take(items).map(|item| shrink(item, items, characters)).collect();
            if all.len() > items {
                kept.push(json!(format!("… {} more", all.len() - items)));
            }
            Value::Array(kept)
        }
        Value::Object(members) => {
            // A table's columns are never cut: its rows would lose their meaning.
            let member = |name: &String, member: &Value| {
                if name == "columns" {
                    member.clone()
                } else if name == "rows" {
                    rows(member, items, characters)
                } else {
                    shrink(member, items, characters)
                }
            };
            Value::Object(members.iter().map(|(name, value)| (name.clone(), member(name, value))).collect())
        }
        Value::String(text) if text.chars().count() > characters => {
            json!(text.chars().take(characters).chain(['…']).collect::<String>())
        }
        other => other.clone(),
    }
}

/// Rows of a table: fewer of them, each with all its cells.
fn rows(value: &Value, items: usize, characters: usize) -> Value {
    let Value::Array(rows) = value else { return shrink(value, items, characters) };
    let row = |row: &Value| match row {
        Value::Array(cells) => Value::Array(cells.iter().map(|cell| shrink(cell, items, characters)).collect()),
        other => shrink(other, items, characters),
    };
    Value::Array(rows.iter().take(items).map(row).collect())
}

fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_keeps_its_budget_and_says_what_it_left_out() {
        let rows: Vec<Value> = (0..500).map(|n| json!(["shop", format!("pod-{n}"), "Running"])).collect();
        let envelope =
            Envelope::whole(json!({"table": {"columns": ["namespace", "name", "status"], "rows": rows}}), 500);
        let view = for_model(&envelope, 300);
        assert!(tokens::estimate(&view) <= 300, "{}", view.len());
        assert!(view.contains("\"truncated\":true") && view.contains("pod-0") && view.contains("\"status\""));
    }

    #[test]
    fn one_huge_string_is_cut_at_a_character() {
        let envelope = Envelope::whole(json!("ä".repeat(10_000)), 1);
        assert!(tokens::estimate(&for_model(&envelope, 100)) <= 101);
    }
}
