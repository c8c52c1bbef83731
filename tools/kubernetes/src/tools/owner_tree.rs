//! `owner_tree`: what an object belongs to, what hangs below, what its pods need, and what points at them.

mod members;
mod needs;
mod pointers;
mod users;

use super::common::{self, Hints};
use super::target;
use crate::backend::Cluster;
use crate::query::kinds::{self, Kind};
use crate::query::reference::Reference;
use crate::query::request::{self, Selection};
use crate::server::Server;
use crate::shape::api::{Meta, OwnerReference, Service};
use crate::shape::services;
use domain::envelope::{Envelope, Failure};
use domain::object::ObjectRef;
use domain::observed::kubernetes::OwnerTree;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tools_common::{ToolSpec, args};

/// Owners above one another; more would be a circle.
const LEVELS: usize = 6;

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 253))]
    kind: String,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "owner_tree",
        "Owners and references",
        "An object's workload, its pods, the config, secrets, volumes and services they need (and whether these exist, when changed), and what points at them.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let reference = Reference::parse(&asked.name);
    let kind = cluster.resolve(&asked.kind).await?;
    let namespace = asked.namespace.clone().or(reference.namespace);
    let (object, manifest) = target::read(cluster, &kind, namespace.as_deref(), &reference.name).await?;
    let mut hints = Hints::default();
    let (start, start_manifest) = match behind_service(cluster, &object, &manifest, &mut hints).await {
        Some(pod) => pod,
        None => (object.clone(), manifest),
    };
    let (root, root_manifest) = climb(cluster, start, start_manifest, &mut hints).await;
    let found = members::below(cluster, &root, &root_manifest, &mut hints).await;
    let subject = Subject::of(&root, &root_manifest, &found.templates);
    let mut tree = OwnerTree { object, root, members: found.members, refers_to: Vec::new(), referred_by: Vec::new() };
    if let Some(subject) = subject {
        let services = pointers::services(cluster, &subject.namespace, &mut hints).await;
        let (refers_to, referred_by) = futures::join!(
            needs::of(cluster, &subject, &services),
            pointers::of(cluster, &tree.root, &subject, &services)
        );
        tree.refers_to = refers_to;
        let (referred_by, unseen) = referred_by;
        tree.referred_by = referred_by;
        for failure in unseen {
            hints.miss(format!("Not looked at: {failure}."));
        }
    } else {
        tree.referred_by = users::of(cluster, &tree.object, &mut hints).await;
        hints.add("It has no pods of its own: owners and users are told.");
    }
    let returned = (tree.members.len() + tree.refers_to.len() + tree.referred_by.len()) as u64;
    let missing: Vec<String> = tree
        .refers_to
        .iter()
        .filter(|reference| reference.exists == Some(false))
        .map(|reference| reference.object.to_string())
        .collect();
    if !missing.is_empty() {
        hints.add(format!("Missing: {}.", missing.join(", ")));
    }
    let mut envelope = Envelope::whole(common::data(&tree), returned + found.left_out);
    envelope.returned = returned;
    envelope.truncated = found.left_out > 0;
    envelope.source = Some(cluster.source());
    Ok(hints.with(envelope))
}

/// The pods that a tree is about.
pub struct Subject {
    namespace: String,
    /// The pods' spec.
    spec: Value,
    /// The pods' labels.
    labels: BTreeMap<String, String>,
}

impl Subject {
    /// From the root's template, or from the first pod below it.
    fn of(root: &ObjectRef, manifest: &Value, pods: &[Value]) -> Option<Self> {
        let of_template = |template: &Value| {
            let labels = template.pointer("/metadata/labels").cloned().unwrap_or(Value::Null);
            Some(Self {
                namespace: root.namespace.clone()?,
                spec: template.get("spec")?.clone(),
                labels: serde_json::from_value(labels).unwrap_or_default(),
            })
        };
        if root.kind == "Pod" {
            return of_template(manifest);
        }
        let pointers = ["/spec/jobTemplate/spec/template", "/spec/template"];
        let template = pointers.into_iter().find_map(|pointer| manifest.pointer(pointer));
        template.filter(|template| template.get("spec").is_some()).or_else(|| pods.first()).and_then(of_template)
    }
}

/// A pod that a service selects: the tree of a service is that of the workload behind it.
async fn behind_service(
    cluster: &Cluster,
    object: &ObjectRef,
    manifest: &Value,
    hints: &mut Hints,
) -> Option<(ObjectRef, Value)> {
    if object.kind != "Service" {
        return None;
    }
    let service: Service = serde_json::from_value(manifest.clone()).ok()?;
    let labels = services::selector(&service.spec.selector)?;
    let selection = Selection { labels: Some(labels.clone()), fields: None };
    let pods = cluster.list::<Value>(&Kind::built_in("Pod"), object.namespace.as_deref(), &selection).await;
    let first = pods.ok()?.items.into_iter().next();
    let Some(pod) = first else {
        hints.add(format!("Its selector {labels} matches no pod."));
        return None;
    };
    let name = pod.pointer("/metadata/name").and_then(Value::as_str)?.to_owned();
    Some((ObjectRef { kind: "Pod".to_owned(), namespace: object.namespace.clone(), name }, pod))
}

/// Follows the controlling owners to the top. An owner that cannot be read ends the climb and is told.
async fn climb(cluster: &Cluster, object: ObjectRef, manifest: Value, hints: &mut Hints) -> (ObjectRef, Value) {
    let (mut object, mut manifest) = (object, manifest);
    for _ in 0..LEVELS {
        let meta: Meta =
            manifest.get("metadata").cloned().and_then(|meta| serde_json::from_value(meta).ok()).unwrap_or_default();
        let Some(owner) = meta.controller() else { break };
        // Static pods belong to their node, and claims to no workload: neither is a workload.
        if owner.kind == "Node" {
            break;
        }
        let Some(kind) = kind_of(cluster, owner).await else { break };
        let request = request::get(&kind, object.namespace.as_deref(), &owner.name);
        match cluster.fetch_json(&request).await {
            Ok(found) => {
                let namespace = object.namespace.clone().filter(|_| kind.namespaced);
                object = ObjectRef { kind: kind.kind, namespace, name: owner.name.clone() };
                manifest = found;
            }
            Err(failure) => {
                hints.miss(format!("Its owner {} {} could not be read: {failure}.", owner.kind, owner.name));
                break;
            }
        }
    }
    (object, manifest)
}

async fn kind_of(cluster: &Cluster, owner: &OwnerReference) -> Option<Kind> {
    let (group, version) = owner.api_version.rsplit_once('/').unwrap_or(("", &owner.api_version));
    if let Some(kind) =
        kinds::known().find(|kind| kind.kind == owner.kind && (kind.group == group || owner.api_version.is_empty()))
    {
        return Some(kind);
    }
    let discovered = cluster.discover().await.ok()?;
    discovered
        .iter()
        .find(|kind| kind.kind == owner.kind && kind.group == group)
        .cloned()
        .map(|kind| Kind { version: version.to_owned(), ..kind })
}
