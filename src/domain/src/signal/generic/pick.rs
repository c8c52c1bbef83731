//! One value of a body: where it stands, or what it always is.
//!
//! Guarantees: nothing is evaluated; a value of another type than wanted is none.
//!
//! Deliberately absent: joining several values.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where one value stands. Exactly one of `pointer` and `constant` is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// A JSON pointer: `/alert/title`. In the item, where the mapping has `each`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Whether the pointer begins at the whole body in spite of `each`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_root: bool,
    /// What it always is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// What other words mean: `triggered = "firing"`. A word that is not here stays as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
}

impl Pick {
    /// What stands at a pointer.
    pub fn at(pointer: &str) -> Self {
        Self { pointer: Some(pointer.to_owned()), ..Self::default() }
    }

    /// Always the same.
    pub fn always(constant: &str) -> Self {
        Self { constant: Some(constant.to_owned()), ..Self::default() }
    }

    pub(super) fn check(&self, what: &str) -> Vec<String> {
        let mut mistakes = Vec::new();
        match (&self.pointer, &self.constant) {
            (Some(pointer), None) => mistakes.extend(check_pointer(what, pointer).err()),
            (None, Some(_)) if self.from_root => mistakes.push(format!("{what}: from_root speaks of no pointer")),
            (None, Some(_)) => {}
            (None, None) => mistakes.push(format!("{what}: it has neither a pointer nor a constant")),
            (Some(_), Some(_)) => mistakes.push(format!("{what}: it has a pointer and a constant: name one of them")),
        }
        mistakes
    }

    pub(super) fn value(&self, item: &Value, root: &Value) -> Option<Value> {
        match (&self.pointer, &self.constant) {
            (Some(pointer), None) => (if self.from_root { root } else { item }).pointer(pointer).cloned(),
            (None, Some(constant)) => Some(Value::String(constant.clone())),
            _ => None,
        }
    }

    pub(super) fn text(&self, item: &Value, root: &Value) -> Option<String> {
        let text = scalar(&self.value(item, root)?)?;
        Some(self.values.get(&text).cloned().unwrap_or(text))
    }

    /// A number, also one that is written as a text. What is no number, or none that can be compared, is none.
    pub(super) fn number(&self, item: &Value, root: &Value) -> Option<f64> {
        let number = match self.value(item, root)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }
}

/// A pointer is empty or begins with a slash, and a tilde in it is an escape.
pub(super) fn check_pointer(what: &str, pointer: &str) -> Result<(), String> {
    let is_escaped = pointer.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if (pointer.is_empty() || pointer.starts_with('/')) && is_escaped {
        return Ok(());
    }
    Err(format!("{what}: `{pointer}` is no JSON pointer: it begins with a slash, as in /alert/title"))
}

/// A text, number or truth value as a text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
