//! Makes a derived JSON schema small enough to be read by a model on every request.
//!
//! Guarantees: references are inlined (a recursive one ends in an open schema), enums, bounds, defaults and
//! descriptions survive, `$schema`, `$defs`, `title`, number formats and the `null` of optional arguments go.
//! Deliberately absent: schemas that only a validator could need (`patternProperties`, `if`/`then`).

use serde_json::{Map, Value};

const DEPTH_LIMIT: usize = 8;

/// The trimmed form of a schema.
pub fn trim(mut schema: Value) -> Value {
    let definitions = match schema.as_object_mut().and_then(|root| root.remove("$defs")) {
        Some(Value::Object(definitions)) => definitions,
        _ => Map::new(),
    };
    let mut trimmed = trim_node(schema, &definitions, 0);
    if let Value::Object(root) = &mut trimmed {
        root.entry("type").or_insert_with(|| Value::from("object"));
        root.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        root.remove("description");
        root.insert("additionalProperties".to_owned(), Value::from(false));
    }
    trimmed
}

fn trim_node(node: Value, definitions: &Map<String, Value>, depth: usize) -> Value {
    let Value::Object(object) = node else { return node };
    if depth > DEPTH_LIMIT {
        return Value::Object(Map::new());
    }
    let object = inline_reference(object, definitions);
    let object = without_null(object);
    let mut kept = Map::new();
    for (key, value) in object {
        match key.as_str() {
            "$schema" | "$id" | "title" | "format" | "$defs" | "examples" => {}
            "default" if value.is_null() => {}
            "properties" => {
                kept.insert(key, trim_properties(value, definitions, depth));
            }
            "items" | "additionalProperties" => {
                kept.insert(key, trim_node(value, definitions, depth + 1));
            }
            "anyOf" | "oneOf" | "allOf" => {
                let members = match value {
                    Value::Array(members) => members,
                    other => vec![other],
                };
                let members = members.into_iter().map(|member| trim_node(member, definitions, depth + 1)).collect();
                kept.insert(key, Value::Array(members));
            }
            "minimum" if value.as_f64() == Some(0.0) => {}
            _ => {
                kept.insert(key, value);
            }
        }
    }
    Value::Object(flatten_constants(flatten_single(kept)))
}

fn trim_properties(value: Value, definitions: &Map<String, Value>, depth: usize) -> Value {
    let Value::Object(properties) = value else { return value };
    let trimmed = properties.into_iter().map(|(name, schema)| (name, trim_node(schema, definitions, depth + 1)));
    Value::Object(trimmed.collect())
}

/// `{"$ref": "#/$defs/X", "description": d}` becomes the definition of X with `d` in place of its own description.
fn inline_reference(mut object: Map<String, Value>, definitions: &Map<String, Value>) -> Map<String, Value> {
    let Some(Value::String(reference)) = object.remove("$ref") else { return object };
    let name = reference.rsplit('/').next().unwrap_or_default();
    if let Some(Value::Object(definition)) = definitions.get(name) {
        for (key, value) in definition {
            object.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    object
}

/// Optional arguments are said by `required`; their `null` only costs bytes.
fn without_null(mut object: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if types.len() == 1 {
            let only = types.remove(0);
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(members)) = object.get_mut("anyOf") {
        members.retain(|member| member.get("type") != Some(&Value::from("null")));
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    object
}

/// An `anyOf` (`allOf`, `oneOf`) of one member is that member.
fn flatten_single(mut object: Map<String, Value>) -> Map<String, Value> {
    for key in ["anyOf", "allOf", "oneOf"] {
        let single = matches!(object.get(key), Some(Value::Array(members)) if members.len() == 1);
        if !single {
            continue;
        }
        if let Some(Value::Array(mut members)) = object.remove(key)
            && let Some(Value::Object(member)) = members.pop()
        {
            for (name, value) in member {
                object.entry(name).or_insert(value);
            }
        }
    }
    object
}

/// A documented enum is derived as `oneOf` of constants; the words alone say it in a fraction of the bytes.
fn flatten_constants(mut object: Map<String, Value>) -> Map<String, Value> {
    let Some(Value::Array(members)) = object.get("oneOf") else { return object };
    let mut words = Vec::new();
    for member in members {
        match (member.get("const"), member.get("enum")) {
            (Some(word), _) => words.push(word.clone()),
            (None, Some(Value::Array(more))) => words.extend(more.iter().cloned()),
            _ => return object,
        }
    }
    object.remove("oneOf");
    object.insert("type".to_owned(), Value::from("string"));
    object.insert("enum".to_owned(), Value::Array(words));
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use schemars::JsonSchema;

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Order {
        /// Largest first.
        Largest,
        /// Smallest first.
        Smallest,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Arguments {
        /// PromQL.
        query: String,
        /// At most this many.
        #[schemars(range(min = 1, max = 50))]
        limit: Option<u32>,
        /// Which first.
        order: Option<Order>,
        /// Jobs.
        #[serde(default)]
        jobs: Vec<String>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Tree {
        children: Vec<Tree>,
    }

    fn trimmed<T: JsonSchema>() -> Value {
        trim(schemars::SchemaGenerator::default().into_root_schema_for::<T>().to_value())
    }

    #[test]
    fn enums_bounds_and_words_survive_and_noise_goes() {
        expect![[r#"{"additionalProperties":false,"properties":{"jobs":{"default":[],"description":"Jobs.","items":{"type":"string"},"type":"array"},"limit":{"description":"At most this many.","maximum":50,"minimum":1,"type":"integer"},"order":{"description":"Which first.","enum":["largest","smallest"],"type":"string"},"query":{"description":"PromQL.","type":"string"}},"required":["query"],"type":"object"}"#]]
        .assert_eq(&trimmed::<Arguments>().to_string());
    }

    #[test]
    fn a_recursive_schema_ends() {
        assert!(trimmed::<Tree>().to_string().len() < 1_000);
    }
}
