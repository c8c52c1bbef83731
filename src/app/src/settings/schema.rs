//! `config schema`: the definitions as JSON schema, for editors.

use super::definition::{self, Definition, Place};
use serde_json::{Map, Value, json};

/// The schema of a settings file.
pub fn schema() -> Value {
    let mut root = table("");
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!("Auto-DevOps settings"));
    Value::Object(root)
}

/// The table at a pattern with all that lies under it.
fn table(pattern: &str) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in definition::children(pattern) {
        let below = definition::join(pattern, name);
        let schema = match definition::place(&below) {
            Place::Leaf(definition) => {
                if definition.required {
                    required.push(name);
                }
                leaf(definition)
            }
            Place::Entries => json!({"type": "array", "items": table(&format!("{below}[]"))}),
            Place::Section | Place::Unknown => Value::Object(table(&below)),
        };
        properties.insert(name.to_owned(), schema);
    }
    let named = definition::join(pattern, "NAME");
    let others = match definition::place(&named) {
        Place::Section => Value::Object(table(&named)),
        _ => Value::Bool(false),
    };
    let mut fields = Map::new();
    fields.insert("type".to_owned(), json!("object"));
    if !properties.is_empty() {
        fields.insert("properties".to_owned(), Value::Object(properties));
    }
    if !required.is_empty() {
        fields.insert("required".to_owned(), json!(required));
    }
    fields.insert("additionalProperties".to_owned(), others);
    fields
}

fn leaf(definition: &Definition) -> Value {
    let mut schema = definition.kind.schema();
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), json!(definition.doc));
        if definition.kind.is_secret() {
            fields.insert("writeOnly".to_owned(), json!(true));
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::schema;

    #[test]
    fn names_lists_and_secrets_are_there() {
        let schema = schema();
        let at = |pointer: &str| schema.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/properties/turn/properties/max_steps/maximum"), 100);
        assert_eq!(at("/properties/prometheus/additionalProperties/required/0"), "url");
        assert_eq!(at("/properties/prometheus/additionalProperties/properties/bearer/writeOnly"), true);
        assert_eq!(at("/properties/ignore/items/properties/expires/format"), "date");
        assert_eq!(at("/properties/model/properties/egress/items/properties/endpoint/type"), "string");
        let services = "/properties/environments/additionalProperties/properties/services/additionalProperties";
        assert_eq!(at(&format!("{services}/properties/impact/type")), "string");
        assert_eq!(at("/additionalProperties"), false);
    }
}
