//! The objects, one resource version counter over all of them, and a bounded log of changes for watches and paged lists.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::object::{name, namespace, set};

/// How many changes are remembered; who asks for older ones is told `410 Gone`.
const REMEMBERED_CHANGES: usize = 4096;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It differs.
    Modified,
    /// It is gone.
    Deleted,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Change {
    /// The resource version that it made.
    pub version: u64,
    /// Under which resource.
    pub resource: &'static str,
    /// What happened.
    pub kind: ChangeKind,
    /// The object after it (for a deletion: the last state, with the version of the deletion).
    pub object: Arc<Value>,
    /// The object before it.
    pub before: Option<Arc<Value>>,
}

/// The changes asked for are no longer remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {asked} ({oldest})")]
pub struct Gone {
    /// The version asked for.
    pub asked: u64,
    /// The oldest one that can be asked for.
    pub oldest: u64,
}

type Objects = BTreeMap<(String, String), Arc<Value>>;

/// All objects.
#[derive(Debug, Default)]
pub struct Store {
    objects: BTreeMap<&'static str, Objects>,
    version: u64,
    forgotten: u64,
    changes: VecDeque<Change>,
}

impl Store {
    /// Starts counting at a number as an older cluster has it.
    pub fn new(version: u64) -> Self {
        Self { version, forgotten: version, ..Self::default() }
    }

    /// The newest resource version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// One object.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.objects.get(resource)?.get(&(namespace.to_owned(), name.to_owned())).cloned()
    }

    /// All objects of a resource, in one namespace or (`None`) in all, by namespace and name.
    pub fn list(&self, resource: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let Some(objects) = self.objects.get(resource) else { return Vec::new() };
        match namespace {
            None => objects.values().cloned().collect(),
            Some(wanted) => objects
                .range((wanted.to_owned(), String::new())..)
                .take_while(|((namespace, _), _)| namespace == wanted)
                .map(|(_, object)| Arc::clone(object))
                .collect(),
        }
    }

    /// The same list as it was at an earlier version, by taking the later changes back.
    ///
    /// # Errors
    /// `Gone` when those changes are no longer remembered.
    pub fn list_at(&self, resource: &str, namespace: Option<&str>, version: u64) -> Result<Vec<Arc<Value>>, Gone> {
        if version < self.forgotten {
            return Err(Gone { asked: version, oldest: self.forgotten });
        }
        let key = |object: &Arc<Value>| (object_namespace(object), name(object).to_owned());
        let mut objects: Objects =
            self.list(resource, namespace).into_iter().map(|object| (key(&object), object)).collect();
        for change in self.changes.iter().rev().take_while(|change| change.version > version) {
            if change.resource != resource || namespace.is_some_and(|wanted| wanted != object_namespace(&change.object))
            {
                continue;
            }
            match &change.before {
                Some(before) => objects.insert(key(before), Arc::clone(before)),
                None => objects.remove(&key(&change.object)),
            };
        }
        Ok(objects.into_values().collect())
    }

    /// The changes after a version.
    ///
    /// # Errors
    /// `Gone` when some of them are no longer remembered.
    pub fn changes_since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Gone> {
        if version < self.forgotten {
            return Err(Gone { asked: version, oldest: self.forgotten });
        }
        let first = self.changes.partition_point(|change| change.version <= version);
        Ok(self.changes.range(first..))
    }

    /// Puts an object (new or changed) and gives it the next resource version. Returns the state before and after.
    pub fn put(&mut self, resource: &'static str, mut object: Value) -> (Option<Arc<Value>>, Arc<Value>) {
        self.version += 1;
        set(&mut object, &["metadata", "resourceVersion"], json!(self.version.to_string()));
        let object = Arc::new(object);
        let key = (object_namespace(&object), name(&object).to_owned());
        let before = self.objects.entry(resource).or_default().insert(key, Arc::clone(&object));
        let kind = if before.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        self.remember(Change {
            version: self.version,
            resource,
            kind,
            object: Arc::clone(&object),
            before: before.clone(),
        });
        (before, object)
    }

    /// Takes an object away. Returns its last state.
    pub fn remove(&mut self, resource: &'static str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        let before = self.objects.get_mut(resource)?.remove(&(namespace.to_owned(), name.to_owned()))?;
        self.version += 1;
        let mut last = Value::clone(&before);
        set(&mut last, &["metadata", "resourceVersion"], json!(self.version.to_string()));
        let object = Arc::new(last);
        self.remember(Change {
            version: self.version,
            resource,
            kind: ChangeKind::Deleted,
            object: Arc::clone(&object),
            before: Some(before),
        });
        Some(object)
    }

    fn remember(&mut self, change: Change) {
        if self.changes.len() == REMEMBERED_CHANGES
            && let Some(oldest) = self.changes.pop_front()
        {
            self.forgotten = oldest.version;
        }
        self.changes.push_back(change);
    }
}

fn object_namespace(object: &Value) -> String {
    namespace(object).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(name: &str, value: u64) -> Value {
        json!({"metadata": {"name": name, "namespace": "a"}, "value": value})
    }

    #[test]
    fn an_earlier_list_is_the_list_as_it_was() {
        let mut store = Store::new(100);
        store.put("configmaps", thing("one", 1));
        store.put("configmaps", thing("two", 1));
        let before = store.list("configmaps", None);
        let version = store.version();
        store.put("configmaps", thing("one", 2));
        store.remove("configmaps", "a", "two");
        store.put("configmaps", thing("three", 1));
        assert_eq!(store.list_at("configmaps", None, version), Ok(before));
        assert_eq!(store.changes_since(version).unwrap().count(), 3);
    }

    #[test]
    fn forgotten_changes_are_refused() {
        let mut store = Store::new(0);
        for value in 0..REMEMBERED_CHANGES as u64 + 10 {
            store.put("configmaps", thing("one", value));
        }
        assert_eq!(store.list_at("configmaps", None, 3), Err(Gone { asked: 3, oldest: 10 }));
        assert!(store.changes_since(10).is_ok());
    }
}
