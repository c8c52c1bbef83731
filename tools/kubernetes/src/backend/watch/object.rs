//! One cached object: its JSON without what nobody reads, beside what selecting needs.
//!
//! Kept as trimmed JSON and not as a typed struct, because the tools read the same object into different structs. Left
//! out are `apiVersion` and `kind` (items of a list have none either), the field sets of `managedFields` and the
//! annotation with the last applied configuration, which together are often half of an object.

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What an object costs beside its JSON: map entries, counters, the allocator's rounding (measured on 5,000 pods).
const OVERHEAD_BYTES: usize = 256;

/// Most objects are smaller.
const USUAL_BYTES: usize = 8 << 10;

/// A cached object.
#[derive(Debug, PartialEq, Eq)]
pub struct Object {
    /// `namespace/name`, or the name alone: the order of keys is the order in which a server lists.
    pub key: Arc<str>,
    /// Its resource version.
    pub version: Box<str>,
    labels: Box<[(Box<str>, Box<str>)]>,
    json: Box<[u8]>,
}

impl Object {
    /// Takes what a list or a watch gave; `None` for what is no object with a name.
    pub fn of(mut value: Value) -> Option<Self> {
        let metadata = value.get("metadata")?;
        let name = text(metadata, "name").filter(|name| !name.is_empty())?;
        let key: Arc<str> = match text(metadata, "namespace").filter(|namespace| !namespace.is_empty()) {
            Some(namespace) => Arc::from(format!("{namespace}/{name}")),
            None => Arc::from(name),
        };
        let version = text(metadata, "resourceVersion").unwrap_or_default().into();
        let labels = metadata.get("labels").and_then(Value::as_object).into_iter().flatten();
        let labels = labels.map(|(key, value)| (key.as_str().into(), value.as_str().unwrap_or_default().into()));
        let labels = labels.collect();
        trim(&mut value);
        // Written elsewhere first and copied to its size: a buffer that grew and shrank in place would leave holes.
        let mut json = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut json, &value).ok()?;
        Some(Self { key, version, labels, json: Box::from(json.as_slice()) })
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| &**known == key).map(|(_, value)| &**value)
    }

    /// Name and namespace, the latter empty for cluster-scoped objects.
    pub fn name(&self) -> (&str, &str) {
        match self.key.split_once('/') {
            Some((namespace, name)) => (name, namespace),
            None => (&self.key, ""),
        }
    }

    /// The object in the form that somebody wants.
    ///
    /// # Errors
    /// When it does not fit that form.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.json)
    }

    /// What it takes of the memory, in bytes, estimated.
    pub fn bytes(&self) -> usize {
        let labels: usize = self.labels.iter().map(|(key, value)| key.len() + value.len() + 64).sum();
        self.json.len() + self.key.len() + labels + OVERHEAD_BYTES
    }
}

/// The items of a list, each turned into an object before the next is read: a page of parsed JSON takes ten times the
/// memory of its text, and what is kept would lie between it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Items(pub Vec<Object>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneByOne)
    }
}

struct OneByOne;

impl<'de> Visitor<'de> for OneByOne {
    type Value = Items;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Items, A::Error> {
        let mut objects = Vec::new();
        while let Some(value) = items.next_element()? {
            objects.push(Object::of(value).ok_or_else(|| A::Error::custom("an item without a name"))?);
        }
        Ok(Items(objects))
    }

    /// An empty list of a Go server.
    fn visit_unit<E>(self) -> Result<Items, E> {
        Ok(Items::default())
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn trim(value: &mut Value) {
    let Some(object) = value.as_object_mut() else { return };
    object.remove("apiVersion");
    object.remove("kind");
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for field in metadata.get_mut("managedFields").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = field.as_object_mut() {
            field.remove("fieldsV1");
            field.remove("fieldsType");
        }
    }
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_nobody_reads_is_not_kept() {
        let object = Object::of(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": "web", "namespace": "shop", "resourceVersion": "7", "labels": {"app": "web"},
            "annotations": {LAST_APPLIED: "canary", "team": "a"},
            "managedFields": [{"manager": "argocd", "time": "2026-11-21T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}}]},
            "spec": {"nodeName": "one"}}))
        .unwrap();
        assert_eq!((object.name(), &*object.version, object.label("app")), (("web", "shop"), "7", Some("web")));
        let kept: Value = object.read().unwrap();
        let expected = json!({"metadata": {"name": "web", "namespace": "shop", "resourceVersion": "7", "labels": {"app": "web"},
            "annotations": {"team": "a"}, "managedFields": [{"manager": "argocd", "time": "2026-11-21T00:00:00Z"}]},
            "spec": {"nodeName": "one"}});
        assert_eq!(kept, expected);
    }

    #[test]
    fn items_of_a_list_may_be_null_but_not_nameless() {
        let read = |text: &str| serde_json::from_str::<Items>(text).map(|items| items.0.len()).ok();
        for (text, expected) in [
            ("[]", Some(0)),
            ("null", Some(0)),
            (r#"[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]"#, Some(2)),
            (r#"[{"metadata":{}}]"#, None),
            ("7", None),
            ("{}", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_not_taken() {
        for value in [json!(null), json!([]), json!({"metadata": {}}), json!({"metadata": {"name": ""}})] {
            assert_eq!(Object::of(value.clone()), None, "{value}");
        }
    }
}
