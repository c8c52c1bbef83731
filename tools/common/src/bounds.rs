//! The last bound of a result: no text so long and no nesting so deep that a reader could not take it.
//!
//! Tools cut what they show by their own budgets; this holds where a backend sends what nobody expected. Guarantee: a
//! result that passed can be read by any JSON reader with the usual limit of 128 levels. Deliberately absent: the size of
//! the whole, which [`crate::wire`] holds.

use domain::redaction::redacted_head;
use serde_json::Value;

/// The longest text of a result: a file that was asked for with the largest budget.
const MOST_CHARS: usize = 33_000;

/// The deepest nesting, well under what readers refuse.
const MOST_LEVELS: usize = 64;

/// What stands for deeper levels.
const DEEPER: &str = "[deeper levels are left out]";

/// Cuts where a text is too long or a level too deep; says whether something was cut.
pub(crate) fn hold(value: &mut Value) -> bool {
    hold_at(value, 0)
}

fn hold_at(value: &mut Value, level: usize) -> bool {
    match value {
        Value::String(text) if text.len() > MOST_CHARS => {
            *text = redacted_head(text, MOST_CHARS);
            true
        }
        Value::Array(_) | Value::Object(_) if level >= MOST_LEVELS => {
            *value = Value::from(DEEPER);
            true
        }
        // Each is held, also behind one that was cut: `any` would stop there.
        Value::Array(items) => items.iter_mut().filter_map(|item| hold_at(item, level + 1).then_some(())).count() > 0,
        Value::Object(members) => {
            members.values_mut().filter_map(|member| hold_at(member, level + 1).then_some(())).count() > 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_of_many_levels_and_endless_texts_can_be_read_by_anybody() {
        let mut deep = json!("x".repeat(100_000));
        for _ in 0..200 {
            deep = json!([deep]);
        }
        assert!(hold(&mut deep));
        let text = deep.to_string();
        assert!(serde_json::from_str::<Value>(&text).is_ok() && text.contains(DEEPER));
        let mut long = json!({"a": ["é".repeat(100_000)]});
        assert!(hold(&mut long));
        assert!(long.to_string().len() < 70_000);
        let mut small = json!({"a": [1, "b", null]});
        assert!(!hold(&mut small));
        assert_eq!(small, json!({"a": [1, "b", null]}));
    }
}
