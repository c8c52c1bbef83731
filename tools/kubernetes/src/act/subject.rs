//! The object of an action, as it is before anything is done to it.

use crate::backend::{Cluster, WriteForm, WriteRequest};
use crate::query::kinds::Kind;
use crate::query::reference::Reference;
use crate::query::request::{self, Asked};
use crate::server::Server;
use crate::tools::target;
use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use serde_json::{Map, Value};
use tools_common::act::Act;

/// An object that was read to be changed.
pub struct Subject<'a> {
    /// Where it is.
    pub cluster: &'a Cluster,
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub object: ObjectRef,
    /// It, as it was read.
    pub manifest: Value,
}

/// Which object is meant.
pub struct Wanted<'a> {
    /// `cluster`.
    pub cluster: Option<&'a str>,
    /// The kind's word, where the tool takes one.
    pub kind: Option<&'a str>,
    /// The kinds that the action is for, the default first.
    pub kinds: &'a [&'a str],
    /// `namespace`.
    pub namespace: Option<&'a str>,
    /// `name`, also as `deployment/checkout`.
    pub name: &'a str,
}

/// A node belongs to all namespaces: whoever may change only some of them may not change it.
fn shared_by_all(cluster: &Cluster, kind: &Kind) -> Result<(), Failure> {
    if kind.namespaced || cluster.first_namespace().is_none() {
        return Ok(());
    }
    let message = format!(
        "a {} belongs to all namespaces of cluster {}, and only some of them are open by the settings",
        kind.kind,
        cluster.name()
    );
    Err(Failure::new(FailureKind::Refused, message).with_hint("somebody who is responsible for the cluster can do it"))
}

impl<'a> Subject<'a> {
    /// Reads the object, and holds it to the version that the caller expects.
    ///
    /// # Errors
    /// `BadRequest` for a kind that the action is not for, `Conflict` for another version, `NotFound`, and whatever
    /// keeps it from being read.
    pub async fn read(server: &'a Server, wanted: &Wanted<'_>, act: &Act) -> Result<Self, Failure> {
        let cluster = server.cluster(wanted.cluster)?;
        let reference = Reference::parse(wanted.name);
        let default = wanted.kinds.first().copied().unwrap_or("Deployment");
        let word = wanted.kind.or(reference.kind.as_deref()).unwrap_or(default);
        let kind = cluster.resolve(word).await?;
        if !wanted.kinds.contains(&kind.kind.as_str()) {
            let message = format!("this action is not for a {}", kind.kind);
            return Err(Failure::new(FailureKind::BadRequest, message)
                .with_hint(format!("it is for {}", wanted.kinds.join(", "))));
        }
        shared_by_all(cluster, &kind)?;
        let namespace = wanted.namespace.or(reference.namespace.as_deref());
        let (object, manifest) = target::read(cluster, &kind, namespace, &reference.name).await?;
        let subject = Self { cluster, kind, object, manifest };
        subject.hold_version(act)?;
        if !subject.text("/metadata/deletionTimestamp").is_empty() {
            let message = format!("{} is already being deleted", subject.object);
            return Err(Failure::new(FailureKind::Conflict, message).with_hint("look what is to take its place"));
        }
        Ok(subject)
    }

    fn hold_version(&self, act: &Act) -> Result<(), Failure> {
        let Some(expected) = act.expected_resource_version() else { return Ok(()) };
        let found = self.version();
        if found == expected {
            return Ok(());
        }
        let message =
            format!("{} has resource version {found}, and {expected} was expected; nothing was done", self.object);
        Err(Failure::new(FailureKind::Conflict, message).with_hint("look at it again, and decide anew"))
    }

    /// The object as it is now.
    ///
    /// # Errors
    /// Why it could not be read.
    pub async fn read_again(&self) -> Result<Value, Failure> {
        let request = request::get(&self.kind, self.object.namespace.as_deref(), &self.object.name);
        self.cluster.fetch_json(&request).await
    }

    /// Whether a later look shows the same object, asked for the same: only its status may differ.
    pub fn is_still(&self, later: &Value) -> bool {
        ["/metadata/uid", "/metadata/deletionTimestamp", "/spec"]
            .iter()
            .all(|pointer| self.manifest.pointer(pointer) == later.pointer(pointer))
    }

    /// The controller that made it, `Deployment web`.
    pub fn owner(&self) -> Option<String> {
        let owners = self.manifest.pointer("/metadata/ownerReferences")?.as_array()?;
        let owner = owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
        Some(format!("{} {}", owner.get("kind")?.as_str()?, owner.get("name")?.as_str()?))
    }

    /// The version that was read.
    pub fn version(&self) -> &str {
        self.text("/metadata/resourceVersion")
    }

    /// A text of the manifest, empty where there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the manifest.
    pub fn number(&self, pointer: &str) -> Option<u32> {
        self.manifest.pointer(pointer).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
    }

    /// A request on the object, or on a part of it (`scale`).
    pub fn request(&self, form: WriteForm, subresource: &str, body: Value) -> WriteRequest {
        let collection = request::collection(&self.kind, self.object.namespace.as_deref());
        let mut path = format!("{collection}/{}", request::encode(&self.object.name));
        let mut resource = self.kind.resource();
        if !subresource.is_empty() {
            path.push_str(&format!("/{subresource}"));
            resource.push_str(&format!("/{subresource}"));
        }
        let verb = match form {
            WriteForm::Create => "create",
            WriteForm::Delete => "delete",
            _ => "patch",
        };
        let name = Some(self.object.name.clone());
        let asked = Asked { verb, resource, namespace: self.object.namespace.clone(), name };
        WriteRequest { path, form, body, asked }
    }

    /// The arguments that name it again, for the call that takes the change back.
    pub fn arguments(&self, more: impl IntoIterator<Item = (&'static str, Value)>) -> Map<String, Value> {
        let mut arguments = Map::new();
        arguments.insert("cluster".to_owned(), Value::from(self.cluster.name()));
        if let Some(namespace) = &self.object.namespace {
            arguments.insert("namespace".to_owned(), Value::from(namespace.as_str()));
        }
        arguments.insert("name".to_owned(), Value::from(self.object.name.as_str()));
        arguments.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
        arguments
    }
}
