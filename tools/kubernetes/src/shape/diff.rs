//! What changed between two pod templates, as short lines: `containers[app].image: v1 -> v2`.
//!
//! List items are told by their name, so that a container that moved is no change. Values under sensitive names are
//! replaced before they are compared for display.

use super::manifest;
use domain::redaction;
use serde_json::Value;
use std::collections::BTreeMap;

const AT_MOST: usize = 24;

/// The differences, oldest value first; at most a screenful.
pub fn templates(old: &Value, new: &Value) -> Vec<String> {
    // Compared as they are, shown without secrets: what tells of a secret may stand beside it (`--token`, then its value).
    let (old_shown, new_shown) = (flatten(&redacted(old)), flatten(&redacted(new)));
    let (old, new) = (flatten(old), flatten(new));
    let mut paths: Vec<&String> = old.keys().chain(new.keys()).collect();
    paths.sort_by_key(|path| (rank(path), (*path).clone()));
    paths.dedup();
    let changed: Vec<String> = paths
        .into_iter()
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| line(path, old_shown.get(path), new_shown.get(path)))
        .collect();
    let left_out = changed.len().saturating_sub(AT_MOST);
    let mut lines: Vec<String> = changed.into_iter().take(AT_MOST).collect();
    if left_out > 0 {
        lines.push(format!("… and {left_out} more"));
    }
    lines
}

fn redacted(template: &Value) -> Value {
    let mut template = template.clone();
    redaction::redact_value(&mut template);
    template
}

/// Images first, then what configures the process, the rest after them.
fn rank(path: &str) -> u8 {
    if path.ends_with(".image") {
        0
    } else if path.contains(".env") || path.contains(".resources") || path.contains(".args") {
        1
    } else {
        2
    }
}

fn line(path: &str, old: Option<&String>, new: Option<&String>) -> String {
    let old_shown = old.map(|value| shown(path, value));
    let new_shown = new.map(|value| shown(path, value));
    match (old_shown, new_shown) {
        (Some(old), Some(new)) if old == new => format!("{path}: changed ({old})"),
        (Some(old), Some(new)) => format!("{path}: {old} -> {new}"),
        (None, Some(new)) => format!("{path}: added {new}"),
        (Some(old), None) => format!("{path}: removed {old}"),
        (None, None) => path.to_owned(),
    }
}

fn shown(path: &str, value: &str) -> String {
    // `env[DB_PASSWORD].value`: the name that decides is in the brackets; `valueFrom…` is only a reference.
    let is_reference = path.contains("valueFrom") || path.contains("secretRef") || path.contains("volumes");
    let sensitive = !is_reference && path.split(['[', ']', '.', '/']).any(manifest::is_sensitive);
    if sensitive {
        return manifest::REDACTED.to_owned();
    }
    super::lines::cut(&manifest::clean_text(value).unwrap_or_else(|| value.to_owned()), 80)
}

fn flatten(template: &Value) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    walk(template, String::new(), &mut flat);
    flat.retain(|path, _| !is_noise(path));
    flat.into_iter()
        .map(|(path, value)| (path.strip_prefix("spec.").map_or(path.clone(), str::to_owned), value))
        .collect()
}

fn is_noise(path: &str) -> bool {
    path.ends_with("labels[pod-template-hash]") || path == "metadata.creationTimestamp" || path == "$patch"
}

fn walk(value: &Value, path: String, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            let keyed = ["labels", "annotations", "matchLabels"].iter().any(|key| path.ends_with(key));
            for (name, value) in object {
                let next = if keyed {
                    format!("{path}[{name}]")
                } else if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                walk(value, next, flat);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, format!("{path}[{}]", item_key(item, index)), flat);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            flat.insert(path, text.clone());
        }
        other => {
            flat.insert(path, other.to_string());
        }
    }
}

fn item_key(item: &Value, index: usize) -> String {
    let named = ["name", "mountPath", "containerPort", "key"].iter().find_map(|key| item.get(key));
    match named {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => match item.get("configMapRef").or_else(|| item.get("secretRef")).and_then(|r| r.get("name")) {
            Some(Value::String(name)) => name.clone(),
            _ => index.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn changes_are_told_by_name_and_secrets_stay() {
        let old = json!({"metadata": {"labels": {"app": "checkout", "pod-template-hash": "a"}}, "spec": {"containers": [
            {"name": "app", "image": "checkout:1.4.2", "env": [
                {"name": "DB_PASSWORD", "value": "canary-old"},
                {"name": "ORDERS_DB_URL", "value": "postgres://u:canary@orders-db.data:5432/x"}],
             "resources": {"limits": {"memory": "256Mi"}}}]}});
        let new = json!({"metadata": {"labels": {"app": "checkout", "pod-template-hash": "b"},
            "annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-21T02:00:00Z"}}, "spec": {"containers": [
            {"name": "sidecar", "image": "proxy:1"},
            {"name": "app", "image": "checkout:1.5.0", "env": [
                {"name": "DB_PASSWORD", "value": "canary-new"},
                {"name": "ORDERS_DB_URL", "value": "postgres://u:canary@orders-db-new.data:5432/x"}],
             "resources": {"limits": {"memory": "128Mi"}}}]}});
        expect![[r#"
            containers[app].image: checkout:1.4.2 -> checkout:1.5.0
            containers[sidecar].image: added proxy:1
            containers[app].env[DB_PASSWORD].value: changed ([redacted])
            containers[app].env[ORDERS_DB_URL].value: postgres://[redacted]@orders-db.data:5432/x -> postgres://[redacted]@orders-db-new.data:5432/x
            containers[app].resources.limits.memory: 256Mi -> 128Mi
            containers[sidecar].name: added sidecar
            metadata.annotations[kubectl.kubernetes.io/restartedAt]: added 2026-11-21T02:00:00Z"#]]
        .assert_eq(&templates(&old, &new).join("\n"));
    }
}
