//! The patch formats: JSON merge patch, strategic merge patch, JSON patch. Pure functions over values.

use serde_json::{Map, Value};

/// JSON merge patch (RFC 7396).
pub fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// The key by which the items of a list field are told apart; none for lists that are replaced as a whole.
fn merge_key(field: &str, items: &[Value]) -> Option<&'static str> {
    let candidates: &[&'static str] = match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "secrets"
        | "volumeDevices" => &["name"],
        "ports" => &["containerPort", "port"],
        "volumeMounts" => &["mountPath"],
        "conditions" | "addresses" => &["type"],
        "ownerReferences" => &["uid"],
        "taints" => &["key"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey"],
        _ => &[],
    };
    candidates.iter().copied().find(|key| items.iter().any(|item| item.get(*key).is_some()))
}

/// Strategic merge patch: like a merge patch, but the items of known lists are merged by their key.
pub fn strategic(target: &mut Value, patch: Value) {
    let Value::Object(mut patch) = patch else {
        *target = patch;
        return;
    };
    if patch.get("$patch").is_some_and(|directive| directive == "replace") {
        patch.remove("$patch");
        *target = Value::Object(patch);
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    if let Some(Value::Array(kept)) = patch.remove("$retainKeys") {
        fields.retain(|key, _| kept.iter().any(|name| name == key));
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            let gone = value.as_array().cloned().unwrap_or_default();
            if let Some(items) = fields.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| !gone.contains(item));
            }
        } else if key.starts_with('$') {
            // Orders of elements are hints that change nothing here.
        } else if value.is_null() {
            fields.remove(&key);
        } else if let Value::Array(items) = value {
            merge_list(fields.entry(key.clone()).or_insert(Value::Null), &key, items);
        } else {
            strategic(fields.entry(key).or_insert(Value::Null), value);
        }
    }
}

fn merge_list(target: &mut Value, field: &str, items: Vec<Value>) {
    let replace = items.iter().any(|item| item.get("$patch").is_some_and(|directive| directive == "replace"));
    let existing = target.as_array().cloned().unwrap_or_default();
    if field == "finalizers" {
        let mut all = existing;
        for item in items {
            if !all.contains(&item) {
                all.push(item);
            }
        }
        *target = Value::Array(all);
        return;
    }
    let every: Vec<Value> = existing.iter().chain(&items).cloned().collect();
    let Some(key) = merge_key(field, &every).filter(|_| !replace) else {
        *target = Value::Array(items.into_iter().filter(|item| item.get("$patch").is_none()).collect());
        return;
    };
    let mut merged = existing;
    for mut item in items {
        let place = merged.iter().position(|old| old.get(key).is_some() && old.get(key) == item.get(key));
        let deleting = item.get("$patch").is_some_and(|directive| directive == "delete");
        match place {
            Some(place) if deleting => {
                merged.remove(place);
            }
            Some(place) => {
                if let Some(old) = merged.get_mut(place) {
                    strategic(old, item);
                }
            }
            None if deleting => {}
            None => {
                if let Some(map) = item.as_object_mut() {
                    map.retain(|key, _| !key.starts_with('$'));
                }
                merged.push(item);
            }
        }
    }
    *target = Value::Array(merged);
}

/// JSON patch (RFC 6902).
///
/// # Errors
/// Says which operation could not be done.
pub fn json_patch(target: &mut Value, operations: &[Value]) -> Result<(), String> {
    for operation in operations {
        let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
        let value = || operation.get("value").cloned().ok_or_else(|| format!("operation {operation} has no value"));
        let missing = |path: &str| format!("the path {path:?} of operation {:?} does not exist", text("op"));
        match text("op") {
            "add" => add(target, text("path"), value()?).ok_or_else(|| missing(text("path")))?,
            "replace" => *target.pointer_mut(text("path")).ok_or_else(|| missing(text("path")))? = value()?,
            "remove" => drop(remove(target, text("path")).ok_or_else(|| missing(text("path")))?),
            "test" => {
                if target.pointer(text("path")) != Some(&value()?) {
                    return Err(format!("testing path {:?} failed", text("path")));
                }
            }
            "copy" => {
                let copied = target.pointer(text("from")).cloned().ok_or_else(|| missing(text("from")))?;
                add(target, text("path"), copied).ok_or_else(|| missing(text("path")))?;
            }
            "move" => {
                let moved = remove(target, text("from")).ok_or_else(|| missing(text("from")))?;
                add(target, text("path"), moved).ok_or_else(|| missing(text("path")))?;
            }
            other => return Err(format!("unexpected operation {other:?}")),
        }
    }
    Ok(())
}

fn split(path: &str) -> Option<(&str, String)> {
    let (parent, key) = path.rsplit_once('/')?;
    Some((parent, key.replace("~1", "/").replace("~0", "~")))
}

fn add(target: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *target = value;
        return Some(());
    }
    let (parent, key) = split(path)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => drop(map.insert(key, value)),
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().filter(|index| *index <= items.len())?;
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(target: &mut Value, path: &str) -> Option<Value> {
    let (parent, key) = split(path)?;
    match target.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&key),
        Value::Array(items) => {
            let index = key.parse::<usize>().ok().filter(|index| *index < items.len())?;
            Some(items.remove(index))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_strategic_patch_merges_containers_and_their_environment_by_name() {
        let mut target = json!({"spec": {"containers": [
            {"name": "a", "image": "x:1", "env": [{"name": "ONE", "value": "1"}, {"name": "TWO", "value": "2"}]}, {"name": "b", "image": "y"}]}});
        let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "a"}], "containers": [
            {"name": "a", "image": "x:2", "env": [{"name": "TWO", "$patch": "delete"}, {"name": "THREE", "value": "3"}]}]}});
        strategic(&mut target, patch);
        let wanted = json!({"spec": {"containers": [
            {"name": "a", "image": "x:2", "env": [{"name": "ONE", "value": "1"}, {"name": "THREE", "value": "3"}]}, {"name": "b", "image": "y"}]}});
        assert_eq!(target, wanted);
    }

    #[test]
    fn a_merge_patch_replaces_lists_and_removes_nulls() {
        let mut target = json!({"a": [1, 2], "b": {"c": 1, "d": 2}});
        merge(&mut target, json!({"a": [3], "b": {"c": null}}));
        assert_eq!(target, json!({"a": [3], "b": {"d": 2}}));
    }

    #[test]
    fn a_json_patch_does_each_operation_or_says_why_not() {
        let mut target = json!({"a": {"x/y": 1}, "l": [1, 2]});
        let operations = [
            json!({"op": "test", "path": "/a/x~1y", "value": 1}),
            json!({"op": "replace", "path": "/a/x~1y", "value": 5}),
            json!({"op": "add", "path": "/l/-", "value": 3}),
            json!({"op": "remove", "path": "/l/0"}),
            json!({"op": "move", "from": "/l/0", "path": "/first"}),
        ];
        json_patch(&mut target, &operations).unwrap();
        assert_eq!(target, json!({"a": {"x/y": 5}, "l": [3], "first": 2}));
        assert!(
            json_patch(&mut target, &[json!({"op": "remove", "path": "/nothing"})]).unwrap_err().contains("/nothing")
        );
    }
}
