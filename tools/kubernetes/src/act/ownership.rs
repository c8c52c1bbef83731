//! Who else says how a field should be: the managers that apply it again and again, and will set it back.
//!
//! Read from `metadata.managedFields` (Kubernetes API reference, "Server-Side Apply", field management). Guarantee: a
//! manager is named only where it owns a field that the patch names. Deliberately absent: our own field manager, and
//! managers that wrote a field once and do not watch it (`kubectl edit`).

use crate::backend::FIELD_MANAGER;
use serde_json::Value;
use std::collections::BTreeMap;

/// Parts of the names of controllers that keep applying what a repository says, although they note an update.
const RECONCILERS: &[&str] = &["argocd", "flux", "kustomize-controller", "helm-controller", "terraform", "pulumi"];

/// A sentence for each manager that owns something that the patch names.
pub fn warnings(manifest: &Value, patch: &Value) -> Vec<String> {
    let entries = manifest.pointer("/metadata/managedFields").and_then(Value::as_array);
    let mut owned: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in entries.into_iter().flatten() {
        let manager = entry.get("manager").and_then(Value::as_str).unwrap_or_default();
        if manager == FIELD_MANAGER || !reconciles(entry, manager) {
            continue;
        }
        let Some(fields) = entry.get("fieldsV1") else { continue };
        let mut paths = Vec::new();
        named_by(patch, fields, "", &mut paths);
        paths.retain(|path| path != "metadata.resourceVersion");
        if !paths.is_empty() {
            owned.entry(manager).or_default().extend(paths);
        }
    }
    let sentence = |(manager, paths): (&str, Vec<String>)| {
        format!("{} is kept by {manager}, which may set it back: change it there too", paths.join(", "))
    };
    owned.into_iter().map(sentence).collect()
}

fn reconciles(entry: &Value, manager: &str) -> bool {
    let applies = entry.get("operation").and_then(Value::as_str) == Some("Apply");
    applies || RECONCILERS.iter().any(|part| manager.contains(part))
}

/// The leaves of the patch that the field set holds.
fn named_by(patch: &Value, fields: &Value, path: &str, found: &mut Vec<String>) {
    match patch {
        Value::Object(members) => {
            for (key, value) in members {
                let Some(inner) = fields.get(format!("f:{key}")) else { continue };
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                named_by(value, inner, &path, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                let Some(name) = item.get("name").and_then(Value::as_str) else { continue };
                let key = format!("k:{{\"name\":\"{name}\"}}");
                let Some(inner) = fields.get(&key) else { continue };
                named_by(&without_name(item), inner, &format!("{path}[{name}]"), found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// The key of a list item is no change of it.
fn without_name(item: &Value) -> Value {
    let mut item = item.clone();
    if let Value::Object(members) = &mut item {
        members.remove("name");
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_manager_is_named_where_it_applies_what_the_patch_names() {
        let fields = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"app\"}": {".": {}, "f:name": {}, "f:image": {}}}}}, "f:replicas": {}}});
        let entry =
            |manager: &str, operation: &str| json!({"manager": manager, "operation": operation, "fieldsV1": fields});
        let manifest = json!({"metadata": {"managedFields": [
            entry("argocd-controller", "Apply"), entry("kubectl-edit", "Update"), entry(FIELD_MANAGER, "Apply"),
            entry("flux-client-side", "Update")]}});
        let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "x:2"}]}}}});
        assert_eq!(
            warnings(&manifest, &image),
            [
                "spec.template.spec.containers[app].image is kept by argocd-controller, which may set it back: change it there too",
                "spec.template.spec.containers[app].image is kept by flux-client-side, which may set it back: change it there too",
            ]
        );
        let other = json!({"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "image": "y"}]}}}});
        assert!(warnings(&manifest, &other).is_empty());
    }
}
