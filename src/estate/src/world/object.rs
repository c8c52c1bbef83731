//! Reading and writing Kubernetes objects kept as JSON values: paths, owners, timestamps and quantities.
//!
//! Nothing here fails: what is absent reads as empty, as a controller that meets a thin object must cope with it anyway.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// The value at a JSON pointer. Controllers read some thousand of them in a step, so the usual ones, without escapes, cost no allocation.
pub fn at<'a>(object: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.contains('~') {
        return object.pointer(pointer);
    }
    let mut place = object;
    for key in pointer.split('/').skip(1) {
        place = match place {
            Value::Object(map) => map.get(key)?,
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(place)
}

/// The text at a JSON pointer, or nothing.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    at(object, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn integer(object: &Value, pointer: &str) -> Option<i64> {
    at(object, pointer).and_then(Value::as_i64)
}

/// Whether the value at a JSON pointer is `true`.
pub fn flag(object: &Value, pointer: &str) -> bool {
    at(object, pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The array at a JSON pointer, or an empty one.
pub fn array<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    at(object, pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The entries of the map at a JSON pointer.
pub fn entries<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    at(object, pointer).and_then(Value::as_object).into_iter().flatten()
}

/// The object's name.
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The object's namespace, empty for what belongs to the cluster.
pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// The object's uid.
pub fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// Whether it is on its way out.
pub fn is_deleting(object: &Value) -> bool {
    at(object, "/metadata/deletionTimestamp").is_some()
}

/// The controlling owner: kind, name, uid.
pub fn controller(object: &Value) -> Option<(&str, &str, &str)> {
    let owner = array(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"))?;
    Some((text(owner, "/kind"), text(owner, "/name"), text(owner, "/uid")))
}

/// Whether the object of this uid controls it.
pub fn is_controlled_by(object: &Value, owner: &str) -> bool {
    controller(object).is_some_and(|(_, _, uid)| uid == owner)
}

/// An owner reference to `object` for what it controls.
pub fn owner_reference(object: &Value) -> Value {
    json!({
        "apiVersion": text(object, "/apiVersion"), "kind": text(object, "/kind"), "name": name(object), "uid": uid(object),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// Puts a value at a path of map keys, making the maps on the way.
pub fn set(object: &mut Value, path: &[&str], value: Value) {
    let Some((last, way)) = path.split_last() else { return };
    let mut place = object;
    for key in way {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(map) = place.as_object_mut() else { return };
        place = map.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Some(map) = place.as_object_mut() {
        map.insert((*last).to_owned(), value);
    }
}

/// Removes what stands at a path of map keys.
pub fn unset(object: &mut Value, path: &[&str]) {
    let Some((last, way)) = path.split_last() else { return };
    let mut place = object;
    for key in way {
        let Some(next) = place.get_mut(*key) else { return };
        place = next;
    }
    if let Some(map) = place.as_object_mut() {
        map.remove(*last);
    }
}

/// A time as Kubernetes writes it: whole seconds, `Z`.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A time with microseconds, as leases and new events write it.
pub fn fine_timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The time at a JSON pointer.
pub fn time(object: &Value, pointer: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text(object, pointer)).ok().map(|at| at.with_timezone(&Utc))
}

/// A resource quantity (`250m`, `1.5`, `512Mi`, `2G`) as a plain number; zero when it is none.
pub fn quantity(text: &str) -> f64 {
    let split = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "m" => 0.001,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => 1.0,
    };
    number.parse::<f64>().unwrap_or_default() * factor
}

/// The quantity at a JSON pointer; it may be written as text or number.
pub fn quantity_at(object: &Value, pointer: &str) -> f64 {
    match at(object, pointer) {
        Some(Value::String(text)) => quantity(text),
        Some(Value::Number(number)) => number.as_f64().unwrap_or_default(),
        _ => 0.0,
    }
}

/// `25%` or `2` of a total; `up` says which way a part is rounded.
pub fn share(value: Option<&Value>, total: i64, default_percent: i64, up: bool) -> i64 {
    let percent = |percent: i64| {
        let product = percent * total;
        if up { (product + 99) / 100 } else { product / 100 }
    };
    match value {
        Some(Value::Number(number)) => number.as_i64().unwrap_or_default(),
        Some(Value::String(text)) => match text.strip_suffix('%') {
            Some(number) => percent(number.parse().unwrap_or_default()),
            None => text.parse().unwrap_or_default(),
        },
        _ => percent(default_percent),
    }
}

/// The condition of a type in `status.conditions`.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    array(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == kind)
}

/// Whether that condition holds.
pub fn has_condition(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| text(condition, "/status") == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_shares_are_read() {
        for (text, wanted) in
            [("250m", 0.25), ("2", 2.0), ("1.5Gi", 1_610_612_736.0), ("64Mi", 67_108_864.0), ("3k", 3000.0), ("x", 0.0)]
        {
            assert_eq!(quantity(text), wanted, "{text}");
        }
        assert_eq!(share(Some(&json!("25%")), 3, 0, true), 1);
        assert_eq!(share(Some(&json!("25%")), 3, 0, false), 0);
        assert_eq!(share(Some(&json!(2)), 3, 0, false), 2);
        assert_eq!(share(None, 4, 25, true), 1);
    }

    #[test]
    fn paths_are_made_and_followed() {
        let mut object = json!({});
        set(&mut object, &["a", "b/c"], json!([{"d": "e"}]));
        assert_eq!(text(&object, "/a/b~1c/0/d"), "e");
        unset(&mut object, &["a", "b/c"]);
        assert_eq!(object, json!({"a": {}}));
    }
}
