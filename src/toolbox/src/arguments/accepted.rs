//! What a part of a schema accepts, in words.
//!
//! Guarantee: bounded output and bounded work for any schema, circular references included.

use serde_json::Value;

/// References that are followed in a row.
const MAX_HOPS: usize = 8;

/// Values of an enum, or members of an object, that are listed.
const MAX_LISTED: usize = 14;

/// The part of the schema that governs a place in the instance (`/filters/0/name`).
pub fn part<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    let mut here = resolved(schema, schema);
    for step in path.split('/').skip(1) {
        let name = step.replace("~1", "/").replace("~0", "~");
        let inner = alternatives(schema, here).find_map(|of| {
            let properties = of.get("properties").and_then(|all| all.get(&name));
            properties.or_else(|| of.get("items").filter(|_| name.parse::<usize>().is_ok()))
        });
        here = resolved(schema, inner?);
    }
    Some(here)
}

/// The schema itself, or what a chain of local references leads to.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut here = schema;
    for _ in 0..MAX_HOPS {
        let target = here.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix('#'));
        match target.and_then(|pointer| root.pointer(pointer)) {
            Some(next) => here = next,
            None => break,
        }
    }
    here
}

/// The schema and what it offers under `anyOf`, `oneOf` and `allOf`.
fn alternatives<'a>(root: &'a Value, schema: &'a Value) -> impl Iterator<Item = &'a Value> {
    let nested = ["anyOf", "oneOf", "allOf"]
        .into_iter()
        .filter_map(|key| schema.get(key).and_then(Value::as_array))
        .flatten()
        .map(move |inner| resolved(root, inner));
    std::iter::once(schema).chain(nested)
}

/// What is accepted here: `one of "pods", "services"`, `integer from 1 to 500`.
pub fn accepted(root: &Value, schema: &Value) -> String {
    let mut texts: Vec<String> = Vec::new();
    for of in alternatives(root, resolved(root, schema)) {
        let text = simple(of);
        if let Some(text) = text.filter(|text| !texts.contains(text)) {
            texts.push(text);
        }
    }
    if texts.is_empty() { "any value".to_owned() } else { texts.join(" or ") }
}

/// One schema without its alternatives.
fn simple(schema: &Value) -> Option<String> {
    if let Some(only) = schema.get("const") {
        return Some(only.to_string());
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let listed: Vec<String> = values.iter().take(MAX_LISTED).map(Value::to_string).collect();
        let rest =
            if values.len() > MAX_LISTED { format!(" and {} more", values.len() - MAX_LISTED) } else { String::new() };
        return Some(format!("one of {}{rest}", listed.join(", ")));
    }
    let kinds = match schema.get("type")? {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => return None,
    };
    let limits = [
        ("minimum", " from ", ""),
        ("exclusiveMinimum", " above ", ""),
        ("maximum", " to ", ""),
        ("exclusiveMaximum", " below ", ""),
        ("minLength", " of at least ", " characters"),
        ("maxLength", " of at most ", " characters"),
        ("minItems", " of at least ", " items"),
        ("maxItems", " of at most ", " items"),
        ("pattern", " matching ", ""),
        ("format", " of the format ", ""),
    ];
    let mut text = kinds;
    for (key, words, unit) in limits {
        match schema.get(key) {
            Some(Value::String(limit)) => text.push_str(&format!("{words}{}{unit}", crate::failures::cut(limit, 80))),
            Some(Value::Number(limit)) => text.push_str(&format!("{words}{limit}{unit}")),
            _ => {}
        }
    }
    Some(text)
}

/// The fields of an object, the required ones marked; `None` where it has none.
pub fn members(root: &Value, schema: &Value) -> Option<String> {
    let schema = resolved(root, schema);
    let properties = schema.get("properties").and_then(Value::as_object).filter(|all| !all.is_empty())?;
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut names: Vec<&String> = properties.keys().collect();
    names.sort_by_key(|name| (!required.contains(&name.as_str()), name.as_str()));
    let listed: Vec<String> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`{}", if required.contains(&name.as_str()) { " (required)" } else { "" }))
        .collect();
    let rest = if names.len() > MAX_LISTED { format!(" and {} more", names.len() - MAX_LISTED) } else { String::new() };
    Some(listed.join(", ") + &rest)
}
