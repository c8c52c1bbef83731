//! Which object a name means, where the namespace was not given.

use super::gone;
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::names;
use crate::query::request::{self, Form, Selection};
use crate::shape::api::Named;
use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use serde_json::Value;

/// The namespace of an object: the one given, or the only one that has an object of the name.
///
/// # Errors
/// `NotFound` with the nearest names, `BadRequest` where several namespaces have it.
pub async fn find(
    cluster: &Cluster,
    kind: &Kind,
    namespace: Option<&str>,
    name: &str,
) -> Result<Option<String>, Failure> {
    cluster.permit(kind, namespace)?;
    if !kind.namespaced || namespace.is_some() {
        return Ok(namespace.filter(|_| kind.namespaced).map(str::to_owned));
    }
    let selection = Selection { labels: None, fields: Some(format!("metadata.name={name}")) };
    let keep = |named: Named| (named.metadata.namespace, named.metadata.name);
    let found = cluster.list_as(kind, None, &selection, Form::Metadata, keep).await?;
    let mut places: Vec<String> =
        found.items.into_iter().filter(|(_, found)| found == name).filter_map(|(namespace, _)| namespace).collect();
    match places.len() {
        0 => {
            let missing = Failure::new(FailureKind::NotFound, "");
            Err(gone::object(cluster, kind, None, name, missing).await)
        }
        1 => Ok(places.pop()),
        _ => Err(Failure::new(
            FailureKind::BadRequest,
            format!("{} {name} exists in several namespaces of cluster {}", kind.kind, cluster.name()),
        )
        .with_hint(format!("name one: {}", names::either(&places)))),
    }
}

/// The manifest of an object, with the nearest names where there is none.
///
/// # Errors
/// Why it could not be read.
pub async fn read(
    cluster: &Cluster,
    kind: &Kind,
    namespace: Option<&str>,
    name: &str,
) -> Result<(ObjectRef, Value), Failure> {
    let namespace = find(cluster, kind, namespace, name).await?;
    let request = request::get(kind, namespace.as_deref(), name);
    match cluster.fetch_json(&request).await {
        Ok(found) => Ok((ObjectRef { kind: kind.kind.clone(), namespace, name: name.to_owned() }, found)),
        Err(failure) => Err(gone::object(cluster, kind, namespace.as_deref(), name, failure).await),
    }
}
