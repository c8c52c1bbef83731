//! Puts the types of arguments right by the tool's JSON schema: numbers and booleans written as text, one value where a
//! list is wanted, an object written as text, the case of an enum's member, null for what may be left out.
//!
//! A value that fits its schema is never touched, and doing it twice changes nothing more. Validation is the
//! tool's own.

#[cfg(test)]
mod tests;

use super::json;
use serde_json::{Map, Number, Value};

const MAX_DEPTH: usize = 16;

/// The value as the schema wants it, as far as that is without doubt, and what was changed.
pub fn coerce(schema: &Value, value: Value) -> (Value, Vec<String>) {
    let mut coercion = Coercion { root: schema, notes: Vec::new() };
    let value = coercion.apply(schema, value, "arguments", 0);
    (value, coercion.notes)
}

struct Coercion<'a> {
    root: &'a Value,
    notes: Vec<String>,
}

impl<'a> Coercion<'a> {
    fn apply(&mut self, schema: &'a Value, value: Value, path: &str, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return value;
        }
        let schema = self.resolved(schema);
        if let Some(choices) = choices(schema) {
            return self.choose(choices, value, path, depth);
        }
        let types = types_of(schema);
        let value = if types.is_empty() || types.iter().any(|wanted| fits(wanted, &value)) {
            value
        } else {
            self.converted(&types, value, path)
        };
        let value = self.enumerated(schema, value, path);
        match value {
            Value::Object(members) => Value::Object(self.members(schema, members, path, depth)),
            Value::Array(items) => match schema.get("items") {
                Some(wanted) => {
                    let item = |(index, item)| self.apply(wanted, item, &format!("{path}[{index}]"), depth + 1);
                    Value::Array(items.into_iter().enumerate().map(item).collect())
                }
                None => Value::Array(items),
            },
            other => other,
        }
    }

    /// Follows references into the document itself.
    fn resolved(&self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..8 {
            let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            match pointer.and_then(|pointer| self.root.pointer(pointer)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn choose(&mut self, choices: &'a [Value], value: Value, path: &str, depth: usize) -> Value {
        let matching = choices.iter().map(|choice| self.resolved(choice)).find(|choice| {
            let types = types_of(choice);
            types.iter().any(|wanted| fits(wanted, &value)) && listed(choice, &value)
        });
        if let Some(choice) = matching {
            return self.apply(choice, value, path, depth + 1);
        }
        for choice in choices {
            let before = self.notes.len();
            let tried = self.apply(choice, value.clone(), path, depth + 1);
            if tried != value {
                return tried;
            }
            self.notes.truncate(before);
        }
        value
    }

    fn members(
        &mut self,
        schema: &'a Value,
        members: Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Map<String, Value> {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return members };
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |key: &str| required.is_some_and(|keys| keys.iter().any(|known| known == key));
        let mut kept = Map::new();
        for (key, value) in members {
            let Some(wanted) = properties.get(&key) else {
                kept.insert(key, value);
                continue;
            };
            let place = format!("{path}.{key}");
            if !is_required(&key) && self.means_nothing(wanted, &value) {
                self.notes.push(format!("{place}: {value} left out"));
                continue;
            }
            let value = self.apply(wanted, value, &place, depth + 1);
            kept.insert(key, value);
        }
        kept
    }

    /// Null (or its spelling) for an optional member whose schema has no null.
    fn means_nothing(&self, schema: &'a Value, value: &Value) -> bool {
        let schema = self.resolved(schema);
        let mut types = types_of(schema);
        for choice in choices(schema).unwrap_or_default() {
            types.extend(types_of(self.resolved(choice)));
        }
        let takes_text = types.contains(&"string") && schema.get("enum").is_none();
        match value {
            Value::Null => !types.is_empty() && !types.contains(&"null"),
            Value::String(text) => match text.as_str() {
                "null" | "None" => !types.is_empty(),
                "" => !types.is_empty() && !takes_text,
                _ => false,
            },
            _ => false,
        }
    }

    fn converted(&mut self, types: &[&str], value: Value, path: &str) -> Value {
        for wanted in types {
            if let Some(converted) = convert(wanted, &value) {
                self.notes.push(format!("{path}: {} read as {wanted}", super::excerpt(&value.to_string(), 60)));
                return converted;
            }
        }
        value
    }

    fn enumerated(&mut self, schema: &Value, value: Value, path: &str) -> Value {
        let (Some(members), Value::String(text)) = (schema.get("enum").and_then(Value::as_array), &value) else {
            return value;
        };
        if members.contains(&value) {
            return value;
        }
        let plain = |text: &str| text.trim().replace(['-', ' '], "_").to_ascii_lowercase();
        let mut fitting =
            members.iter().filter(|known| known.as_str().is_some_and(|known| plain(known) == plain(text)));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => {
                self.notes.push(format!("{path}: {value} read as {only}"));
                only.clone()
            }
            _ => value,
        }
    }
}

fn choices(schema: &Value) -> Option<&[Value]> {
    ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)).and_then(Value::as_array).map(Vec::as_slice)
}

fn types_of(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

fn listed(schema: &Value, value: &Value) -> bool {
    schema.get("enum").and_then(Value::as_array).is_none_or(|members| members.contains(value))
}

fn fits(wanted: &str, value: &Value) -> bool {
    match wanted {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        // A type that JSON schema does not have: nothing to put right.
        _ => true,
    }
}

fn convert(wanted: &str, value: &Value) -> Option<Value> {
    match (wanted, value) {
        ("integer", Value::String(text)) => integer(text.trim()),
        ("integer", Value::Number(number)) => whole(number.as_f64()?),
        ("number", Value::String(text)) => {
            let number = serde_json::from_str::<Number>(text.trim()).ok()?;
            Some(Value::Number(number))
        }
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" | "on" => Some(Value::Bool(true)),
            "false" | "no" | "0" | "off" => Some(Value::Bool(false)),
            _ => None,
        },
        ("boolean", Value::Number(number)) => match number.as_i64() {
            Some(0) => Some(Value::Bool(false)),
            Some(1) => Some(Value::Bool(true)),
            _ => None,
        },
        ("string", Value::Number(number)) => Some(Value::String(number.to_string())),
        ("string", Value::Bool(truth)) => Some(Value::String(truth.to_string())),
        ("string", Value::Array(items)) => match items.as_slice() {
            [Value::String(only)] => Some(Value::String(only.clone())),
            _ => None,
        },
        ("object" | "array", Value::String(text)) => packed(wanted, text.trim()),
        ("array", Value::Object(_) | Value::Number(_) | Value::Bool(_)) => Some(Value::Array(vec![value.clone()])),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Value> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::from(number));
    }
    whole(text.parse::<f64>().ok()?)
}

fn whole(number: f64) -> Option<Value> {
    // Beyond 2^53 a double no longer tells neighbours apart.
    let exact = number.is_finite() && number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then(|| Value::from(number as i64))
}

fn packed(wanted: &str, text: &str) -> Option<Value> {
    let opener = if wanted == "object" { '{' } else { '[' };
    if text.starts_with(opener) {
        return json::read_all(text).map(|read| read.value).filter(|value| fits(wanted, value));
    }
    (wanted == "array" && !text.is_empty()).then(|| Value::Array(vec![Value::String(text.to_owned())]))
}
