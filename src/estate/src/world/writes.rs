//! Every change of an object: by the API (create, update, delete with their rules) and by the controllers (put).

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::fields::record_manager;
use super::object::{array, flag, integer, is_deleting, name, namespace, set, text, timestamp, uid, unset};
use super::{World, concerns, resources};

/// Who writes, and whether it counts.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// The field manager.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: &'static str,
    /// Only say what would be.
    pub dry_run: bool,
}

impl WriteOptions {
    /// An update by a manager.
    pub fn by(manager: &str) -> Self {
        Self { manager: manager.to_owned(), operation: "Update", dry_run: false }
    }
}

/// Why a write was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is none of that name.
    #[error("{resource} \"{name}\" not found")]
    NotFound {
        /// Plural resource.
        resource: String,
        /// Its name.
        name: String,
    },
    /// One of that name exists.
    #[error("{resource} \"{name}\" already exists")]
    AlreadyExists {
        /// Plural resource.
        resource: String,
        /// Its name.
        name: String,
    },
    /// It was changed in between.
    #[error(
        "Operation cannot be fulfilled on {resource} \"{name}\": the object has been modified; please apply your changes to the latest version and try again"
    )]
    Conflict {
        /// Plural resource.
        resource: String,
        /// Its name.
        name: String,
    },
    /// It does not make sense.
    #[error("{kind} \"{name}\" is invalid: {field}: {problem}")]
    Invalid {
        /// Kind.
        kind: String,
        /// Its name.
        name: String,
        /// Which field.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl World {
    /// Makes an object as the API does: uid, timestamps, defaults, then the controllers.
    ///
    /// # Errors
    /// When it exists already, has no name, or makes no sense.
    pub fn create(
        &mut self,
        resource: &'static str,
        mut object: Value,
        options: &WriteOptions,
    ) -> Result<Arc<Value>, Rejection> {
        if name(&object).is_empty() && !text(&object, "/metadata/generateName").is_empty() {
            let generated = format!("{}{}", text(&object, "/metadata/generateName"), self.random.suffix(5));
            set(&mut object, &["metadata", "name"], json!(generated));
        }
        self.check(resource, &object)?;
        let (ns, own_name) = (namespace(&object).to_owned(), name(&object).to_owned());
        if self.store.get(resource, &ns, &own_name).is_some() {
            return Err(Rejection::AlreadyExists { resource: resource.to_owned(), name: own_name });
        }
        if !ns.is_empty() && self.store.get("namespaces", "", &ns).is_none() {
            return Err(Rejection::NotFound { resource: "namespaces".to_owned(), name: ns });
        }
        let uid = self.random.uid();
        let created = timestamp(self.now);
        set(&mut object, &["metadata", "uid"], json!(uid));
        set(&mut object, &["metadata", "creationTimestamp"], json!(created));
        unset(&mut object, &["metadata", "resourceVersion"]);
        unset(&mut object, &["metadata", "managedFields"]);
        if object.get("spec").is_some() && resource != "pods" {
            set(&mut object, &["metadata", "generation"], json!(1));
        }
        super::pods::fill_defaults(resource, &mut object);
        record_manager(&mut object, None, options, self.now);
        if options.dry_run {
            return Ok(Arc::new(object));
        }
        let made = self.put(resource, object);
        self.settle();
        Ok(self.get(resource, &ns, &own_name).unwrap_or(made))
    }

    /// Replaces an object as the API does. `expected` is the resource version that the writer has seen, if it says one.
    ///
    /// # Errors
    /// When it does not exist, was changed in between, or makes no sense.
    pub fn update(
        &mut self,
        resource: &'static str,
        mut object: Value,
        expected: Option<&str>,
        options: &WriteOptions,
    ) -> Result<Arc<Value>, Rejection> {
        let (ns, own_name) = (namespace(&object).to_owned(), name(&object).to_owned());
        let Some(before) = self.store.get(resource, &ns, &own_name) else {
            return Err(Rejection::NotFound { resource: resource.to_owned(), name: own_name });
        };
        if expected
            .is_some_and(|expected| !expected.is_empty() && expected != text(&before, "/metadata/resourceVersion"))
        {
            return Err(Rejection::Conflict { resource: resource.to_owned(), name: own_name });
        }
        self.check(resource, &object)?;
        for kept in ["uid", "creationTimestamp", "resourceVersion", "generation", "managedFields", "deletionTimestamp"]
        {
            match before.pointer(&format!("/metadata/{kept}")) {
                Some(value) => set(&mut object, &["metadata", kept], value.clone()),
                None => unset(&mut object, &["metadata", kept]),
            }
        }
        super::pods::fill_defaults(resource, &mut object);
        check_immutable(resource, &before, &object)?;
        if object == *before {
            return Ok(before);
        }
        if object.get("spec") != before.get("spec")
            && let Some(generation) = integer(&before, "/metadata/generation")
        {
            set(&mut object, &["metadata", "generation"], json!(generation + 1));
        }
        record_manager(&mut object, Some(&before), options, self.now);
        if options.dry_run {
            return Ok(Arc::new(object));
        }
        let made = self.put(resource, object);
        self.settle();
        Ok(self.get(resource, &ns, &own_name).unwrap_or(made))
    }

    /// Changes an object in place as a person with `manager` would; false when there is none.
    pub fn edit(
        &mut self,
        resource: &'static str,
        namespace: &str,
        name: &str,
        manager: &str,
        change: impl FnOnce(&mut Value),
    ) -> bool {
        let Some(before) = self.store.get(resource, namespace, name) else { return false };
        let mut object = Value::clone(&before);
        change(&mut object);
        self.update(resource, object, None, &WriteOptions::by(manager)).is_ok()
    }

    /// Deletes an object as the API does: pods stop first, dependants go with their owner unless `orphan`.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete(
        &mut self,
        resource: &'static str,
        namespace: &str,
        name: &str,
        grace_seconds: Option<i64>,
        orphan: bool,
    ) -> Result<Arc<Value>, Rejection> {
        let Some(object) = self.store.get(resource, namespace, name) else {
            return Err(Rejection::NotFound { resource: resource.to_owned(), name: name.to_owned() });
        };
        if resource == "pods" {
            self.delete_pod(namespace, name, grace_seconds);
        } else {
            self.forget(resource, namespace, name, orphan);
        }
        self.settle();
        Ok(self.store.get(resource, namespace, name).unwrap_or(object))
    }

    /// Asks a pod to stop; with a grace of zero it is gone at once.
    pub(crate) fn delete_pod(&mut self, namespace: &str, name: &str, grace_seconds: Option<i64>) {
        let Some(pod) = self.store.get("pods", namespace, name) else { return };
        let grace = grace_seconds.or_else(|| integer(&pod, "/spec/terminationGracePeriodSeconds")).unwrap_or(30);
        if grace == 0 || text(&pod, "/spec/nodeName").is_empty() {
            self.pod_gone(uid(&pod));
            self.forget("pods", namespace, name, false);
            return;
        }
        if !is_deleting(&pod) {
            let mut stopping = Value::clone(&pod);
            set(
                &mut stopping,
                &["metadata", "deletionTimestamp"],
                json!(timestamp(self.now + TimeDelta::seconds(grace))),
            );
            set(&mut stopping, &["metadata", "deletionGracePeriodSeconds"], json!(grace));
            self.put("pods", stopping);
            self.begin_stop(uid(&pod));
        }
    }

    /// Takes an object away with all that it owns.
    pub(crate) fn forget(&mut self, resource: &'static str, namespace: &str, name: &str, orphan: bool) {
        let Some(object) = self.store.remove(resource, namespace, name) else { return };
        self.mark_concerns(resource, &object);
        self.track_removal(resource, &object);
        if resource == "namespaces" {
            self.empty_namespace(name);
        }
        if orphan {
            return;
        }
        for dependant in ["replicasets", "jobs", "pods", "controllerrevisions", "endpointslices"] {
            for owned in self.store.list(dependant, Some(namespace)) {
                let is_owned =
                    array(&owned, "/metadata/ownerReferences").iter().any(|owner| text(owner, "/uid") == uid(&object));
                if !is_owned {
                    continue;
                }
                if dependant == "pods" {
                    self.delete_pod(namespace, super::object::name(&owned), None);
                } else {
                    self.forget(dependant, namespace, super::object::name(&owned), false);
                }
            }
        }
        if resource == "services" {
            self.forget("endpoints", namespace, name, true);
        }
    }

    fn empty_namespace(&mut self, emptied: &str) {
        for resource in
            resources::RESOURCES.iter().filter(|resource| resource.namespaced && resource.group != "events.k8s.io")
        {
            for object in self.store.list(resource.plural, Some(emptied)) {
                if resource.plural == "pods" {
                    self.delete_pod(emptied, name(&object), None);
                } else {
                    self.forget(resource.plural, emptied, name(&object), true);
                }
            }
        }
    }

    /// Writes an object for a controller. An equal one changes nothing.
    pub(crate) fn put(&mut self, resource: &'static str, object: Value) -> Arc<Value> {
        if let Some(before) = self.store.get(resource, namespace(&object), name(&object))
            && *before == object
        {
            return before;
        }
        let (before, object) = self.store.put(resource, object);
        match &before {
            Some(before) if resource == "pods" && concerns::outside(before) == concerns::outside(&object) => {
                self.mark_pod(&object)
            }
            Some(before) if resource == "pods" => {
                self.mark_concerns(resource, before);
                self.mark_concerns(resource, &object);
            }
            _ => self.mark_concerns(resource, &object),
        }
        self.track_write(resource, &object);
        object
    }

    fn check(&self, resource: &'static str, object: &Value) -> Result<(), Rejection> {
        let kind = resources::stored(resource).map_or("Object", |resource| resource.kind);
        let invalid = |field: &str, problem: &str| {
            Err(Rejection::Invalid {
                kind: kind.to_owned(),
                name: name(object).to_owned(),
                field: field.to_owned(),
                problem: problem.to_owned(),
            })
        };
        if name(object).is_empty() {
            return invalid("metadata.name", "Required value: name or generateName is required");
        }
        let sound = name(object)
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || ".-:".contains(letter));
        if !sound {
            return invalid(
                "metadata.name",
                "Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'",
            );
        }
        if let Some(replicas) = object.pointer("/spec/replicas") {
            match replicas.as_i64() {
                Some(replicas) if replicas >= 0 => {}
                _ => return invalid("spec.replicas", "Invalid value: must be greater than or equal to 0"),
            }
        }
        if matches!(resource, "deployments" | "replicasets" | "statefulsets" | "daemonsets") {
            if array(object, "/spec/template/spec/containers").is_empty() {
                return invalid("spec.template.spec.containers", "Required value");
            }
            let selector =
                super::selector::LabelSelector::from_object(object.pointer("/spec/selector").unwrap_or(&Value::Null));
            if !selector.matches_labels(object.pointer("/spec/template/metadata/labels")) {
                return invalid(
                    "spec.template.metadata.labels",
                    "Invalid value: `selector` does not match template `labels`",
                );
            }
        }
        Ok(())
    }
}

fn check_immutable(resource: &str, before: &Value, after: &Value) -> Result<(), Rejection> {
    let frozen: &[&str] = match resource {
        "deployments" | "replicasets" | "daemonsets" => &["/spec/selector"],
        "statefulsets" => &["/spec/selector", "/spec/serviceName", "/spec/volumeClaimTemplates"],
        "jobs" => &["/spec/template"],
        "pods" => &["/spec/nodeName", "/spec/volumes", "/spec/serviceAccountName"],
        "configmaps" | "secrets" if flag(before, "/immutable") => &["/data"],
        _ => &[],
    };
    match frozen.iter().find(|path| before.pointer(path) != after.pointer(path)) {
        None => Ok(()),
        Some(path) => Err(Rejection::Invalid {
            kind: resources::stored(resource).map_or("Object", |resource| resource.kind).to_owned(),
            name: name(before).to_owned(),
            field: path.trim_start_matches('/').replace('/', "."),
            problem: "Invalid value: field is immutable".to_owned(),
        }),
    }
}
