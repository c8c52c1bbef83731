//! Which workloads use a ConfigMap, a Secret, a claim or a service account.

use super::super::common::Hints;
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::shape::references;
use domain::object::ObjectRef;
use domain::observed::kubernetes::Reference;
use serde_json::Value;

const USED: &[&str] = &["ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"];

/// Kinds that have pods, and where their template is.
const USERS: &[(&str, &str)] = &[
    ("Deployment", "/spec/template/spec"),
    ("StatefulSet", "/spec/template/spec"),
    ("DaemonSet", "/spec/template/spec"),
    ("CronJob", "/spec/jobTemplate/spec/template/spec"),
];

/// The workloads of its namespace that refer to the object.
pub async fn of(cluster: &Cluster, object: &ObjectRef, hints: &mut Hints) -> Vec<Reference> {
    let Some(namespace) = object.namespace.as_deref().filter(|_| USED.contains(&object.kind.as_str())) else {
        return Vec::new();
    };
    let mut users = Vec::new();
    for (kind, template) in USERS {
        match cluster.list::<Value>(&Kind::built_in(kind), Some(namespace), &Selection::default()).await {
            Ok(listed) => {
                users.extend(listed.items.iter().filter_map(|user| edge(kind, template, user, object, namespace)))
            }
            Err(failure) => hints.miss(format!("Not looked at: {failure}.")),
        }
    }
    users
}

fn edge(kind: &str, template: &str, user: &Value, object: &ObjectRef, namespace: &str) -> Option<Reference> {
    let spec = user.pointer(template)?;
    let referred = references::of_spec(spec, namespace).into_iter().find(|referred| referred.object == *object)?;
    let name = user.pointer("/metadata/name")?.as_str()?;
    Some(Reference {
        object: ObjectRef::namespaced(kind, namespace, name),
        how: format!("uses it: {}", referred.how),
        exists: Some(true),
        changed: None,
    })
}
