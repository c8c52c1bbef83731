//! The check of arguments against a trimmed schema, with the mending that leaves no doubt.

use super::{bad, nearest};
use domain::envelope::Failure;
use domain::redaction;
use serde_json::{Map, Value};

/// The most of a text whose schema gives no length of its own. Nothing that a backend is asked for is as long, and what
/// is longer would be sent as it is.
const MOST_TEXT_BYTES: usize = 16 * 1024;

/// Of a value that is told back.
const SHOWN_CHARS: usize = 60;

/// Checks `arguments` and returns them mended.
///
/// # Errors
/// `BadRequest` that lists every wrong argument with what was found and what is accepted.
pub fn check(schema: &Value, arguments: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let mut mended = Map::new();
    let mut problems = Vec::new();
    for (name, value) in arguments {
        if value.is_null() {
            continue;
        }
        match properties.get(&name) {
            None => problems.push(unknown(&name, properties)),
            Some(property) => match mend(&name, value, property) {
                Ok(value) => {
                    mended.insert(name, value);
                }
                Err(problem) => problems.push(problem),
            },
        }
    }
    for name in required(schema) {
        if !mended.contains_key(name) && !problems.iter().any(|problem| problem.contains(&format!("`{name}`"))) {
            problems.push(missing(name, properties));
        }
    }
    if problems.is_empty() { Ok(mended) } else { Err(bad(problems.join("; "))) }
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn unknown(name: &str, properties: &Map<String, Value>) -> String {
    let meant = nearest(name, properties.keys().map(String::as_str));
    let meant = meant.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!("argument `{name}` is not known{meant} (accepted: {known})")
}

fn missing(name: &str, properties: &Map<String, Value>) -> String {
    let property = properties.get(name);
    let said = property.and_then(|schema| schema.get("description")).and_then(Value::as_str).unwrap_or_default();
    let said = if said.is_empty() { String::new() } else { format!(" ({said})") };
    let accepted = property.map(accepted).unwrap_or_default();
    format!("argument `{name}`: found nothing; accepted: {accepted}{said}")
}

fn mend(name: &str, value: Value, schema: &Value) -> Result<Value, String> {
    if let Some(bytes) = unbounded_text(&value, schema) {
        return Err(format!(
            "argument `{name}`: found a text of {bytes} bytes; accepted: at most {MOST_TEXT_BYTES} bytes"
        ));
    }
    let value = coerce(value, schema);
    if fits(&value, schema) {
        return parts_fit(name, value, schema);
    }
    let meant = value.as_str().and_then(|word| nearest(word, words(schema)));
    let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(format!("argument `{name}`: found {}; accepted: {}{meant}", shown(&value), accepted(schema)))
}

/// The length of a text that is too long and has no bound in its schema.
fn unbounded_text(value: &Value, schema: &Value) -> Option<usize> {
    let bytes = value.as_str()?.len();
    (schema.get("maxLength").is_none() && bytes > MOST_TEXT_BYTES).then_some(bytes)
}

/// The items of a list, and the values of a map, which has names of its caller's own.
fn parts_fit(name: &str, value: Value, schema: &Value) -> Result<Value, String> {
    let part = |key: &str| schema.get(key).filter(|schema| schema.is_object());
    match (value, part("items"), part("additionalProperties")) {
        (Value::Array(items), Some(schema), _) => {
            let items = items.into_iter().enumerate();
            let mended = items.map(|(index, item)| mend(&format!("{name}[{index}]"), item, schema));
            mended.collect::<Result<Vec<Value>, String>>().map(Value::Array)
        }
        (Value::Object(members), _, Some(schema)) => {
            let mended = members.into_iter().map(|(key, member)| {
                let shown = format!("{name}.{}", redaction::redacted_head(&key, SHOWN_CHARS));
                match key.len() > MOST_TEXT_BYTES {
                    true => Err(format!("argument `{shown}`: found a name of {} bytes", key.len())),
                    false => mend(&shown, member, schema).map(|member| (key, member)),
                }
            });
            mended.collect::<Result<Map<String, Value>, String>>().map(Value::Object)
        }
        (value, ..) => Ok(value),
    }
}

fn coerce(value: Value, schema: &Value) -> Value {
    let wanted = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    match (wanted, value) {
        ("integer" | "number", Value::String(text)) => {
            serde_json::from_str::<serde_json::Number>(text.trim()).map_or(Value::String(text), Value::Number)
        }
        ("boolean", Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Value::Bool(true),
            "false" | "no" => Value::Bool(false),
            _ => Value::String(text),
        },
        ("integer", Value::Number(number)) => whole(number),
        ("string", Value::Number(number)) => Value::String(number.to_string()),
        ("string", Value::String(text)) => {
            let word = words(schema).find(|word| word.eq_ignore_ascii_case(text.trim())).map(str::to_owned);
            Value::String(word.unwrap_or(text))
        }
        ("array", single @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => Value::Array(vec![single]),
        (_, value) => value,
    }
}

/// `5.0` is a whole number to people and models, though not to serde.
fn whole(number: serde_json::Number) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => Value::from(float as i64),
        _ => Value::Number(number),
    }
}

fn words(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn fits(value: &Value, schema: &Value) -> bool {
    let alternatives = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    if let Some(alternatives) = alternatives {
        return alternatives.iter().any(|alternative| fits(value, alternative));
    }
    let type_fits = match schema.get("type").and_then(Value::as_str) {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    let word_fits = words(schema).next().is_none() || words(schema).any(|word| value.as_str() == Some(word));
    type_fits && word_fits && within(value, schema)
}

fn within(value: &Value, schema: &Value) -> bool {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let number_fits = value.as_f64().is_none_or(|number| {
        bound("minimum").is_none_or(|least| number >= least) && bound("maximum").is_none_or(|most| number <= most)
    });
    let length = value.as_str().map(|text| text.chars().count()).or_else(|| value.as_array().map(Vec::len));
    let (least, most) = match value {
        Value::String(_) => (bound("minLength"), bound("maxLength")),
        _ => (bound("minItems"), bound("maxItems")),
    };
    let length_fits = length.is_none_or(|length| {
        least.is_none_or(|least| length as f64 >= least) && most.is_none_or(|most| length as f64 <= most)
    });
    number_fits && length_fits
}

fn accepted(schema: &Value) -> String {
    let words: Vec<&str> = words(schema).collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    let kind = match schema.get("type").and_then(Value::as_str) {
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("string") => "a text",
        Some("array") => "a list",
        Some("object") => "an object",
        _ => "one of the forms in the schema",
    };
    let bound = |names: [&str; 3]| names.iter().find_map(|name| schema.get(*name)).map(Value::to_string);
    match (bound(["minimum", "minLength", "minItems"]), bound(["maximum", "maxLength", "maxItems"])) {
        (Some(least), Some(most)) => format!("{kind}, {least} to {most}"),
        (Some(least), None) => format!("{kind}, at least {least}"),
        (None, Some(most)) => format!("{kind}, at most {most}"),
        (None, None) => kind.to_owned(),
    }
}

fn shown(value: &Value) -> String {
    redaction::redacted_head(&value.to_string(), SHOWN_CHARS)
}

#[cfg(test)]
mod tests;
