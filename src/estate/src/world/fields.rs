//! `managedFields`: who changed which field when. Kept per manager and operation, from the difference that each write makes.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::object::{array, set, text, timestamp};
use super::writes::WriteOptions;

const DEPTH: usize = 7;

/// Notes the difference between two states under the manager who made it.
pub fn record_manager(object: &mut Value, before: Option<&Value>, options: &WriteOptions, now: DateTime<Utc>) {
    if options.manager.is_empty() {
        return;
    }
    let empty = Value::Null;
    let mut changed = Map::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" | "status" => continue,
            "metadata" => {
                let mut part = Map::new();
                for inner in ["labels", "annotations"] {
                    let (after, old) = (
                        value.get(inner).unwrap_or(&empty),
                        before.and_then(|b| b.pointer(&format!("/metadata/{inner}"))),
                    );
                    if let Some(fields) = difference(after, old.unwrap_or(&empty), 1) {
                        part.insert(format!("f:{inner}"), fields);
                    }
                }
                if !part.is_empty() {
                    changed.insert("f:metadata".to_owned(), Value::Object(part));
                }
            }
            _ => {
                if let Some(fields) = difference(value, before.and_then(|before| before.get(key)).unwrap_or(&empty), 1)
                {
                    changed.insert(format!("f:{key}"), fields);
                }
            }
        }
    }
    if changed.is_empty() {
        return;
    }
    let mut managers: Vec<Value> = array(object, "/metadata/managedFields").to_vec();
    let mut fields = Value::Object(changed);
    let mine =
        |entry: &Value| text(entry, "/manager") == options.manager && text(entry, "/operation") == options.operation;
    if let Some(previous) = managers.iter().position(mine) {
        let mut merged = managers.remove(previous).get_mut("fieldsV1").map(Value::take).unwrap_or_default();
        unite(&mut merged, fields);
        fields = merged;
    }
    managers.push(json!({
        "manager": options.manager, "operation": options.operation, "apiVersion": text(object, "/apiVersion"),
        "time": timestamp(now), "fieldsType": "FieldsV1", "fieldsV1": fields,
    }));
    set(object, &["metadata", "managedFields"], Value::Array(managers));
}

fn difference(after: &Value, before: &Value, depth: usize) -> Option<Value> {
    if after == before {
        return None;
    }
    let mut fields = Map::new();
    if depth < DEPTH {
        match after {
            Value::Object(map) => {
                for (key, value) in map {
                    if let Some(inner) = difference(value, before.get(key).unwrap_or(&Value::Null), depth + 1) {
                        fields.insert(format!("f:{key}"), inner);
                    }
                }
            }
            Value::Array(items) => {
                for item in items.iter().filter(|item| item.get("name").is_some()) {
                    let own = text(item, "/name");
                    let old = before.as_array().into_iter().flatten().find(|old| text(old, "/name") == own);
                    if let Some(inner) = difference(item, old.unwrap_or(&Value::Null), depth + 1) {
                        fields.insert(format!("k:{{\"name\":\"{own}\"}}"), inner);
                    }
                }
            }
            _ => {}
        }
    }
    Some(Value::Object(fields))
}

fn unite(into: &mut Value, other: Value) {
    match (into, other) {
        (Value::Object(into), Value::Object(other)) => {
            for (key, value) in other {
                unite(into.entry(key).or_insert_with(|| json!({})), value);
            }
        }
        (into, other) if into.is_null() => *into = other,
        _ => {}
    }
}
