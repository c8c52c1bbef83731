//! What to say of names that do not exist: the nearest ones that do.

use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::names;
use crate::query::request::{Form, Selection};
use crate::shape::api::Named;
use domain::envelope::{Failure, FailureKind};

/// Names of a kind, read by metadata alone.
pub async fn names_of(
    cluster: &Cluster,
    kind: &Kind,
    namespace: Option<&str>,
) -> Result<Vec<(Option<String>, String)>, Failure> {
    let keep = |named: Named| (named.metadata.namespace, named.metadata.name);
    Ok(cluster.list_as(kind, namespace, &Selection::default(), Form::Metadata, keep).await?.items)
}

/// An object that was not found, with the nearest names in its namespace, or the namespaces that have the name.
pub async fn object(cluster: &Cluster, kind: &Kind, namespace: Option<&str>, name: &str, failure: Failure) -> Failure {
    if failure.kind != FailureKind::NotFound {
        return failure;
    }
    let place = namespace.map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
    let failure =
        Failure::new(FailureKind::NotFound, format!("cluster {} has no {} {name}{place}", cluster.name(), kind.kind));
    // One look over all namespaces answers both: a wrong name, and a right name in the wrong place.
    let known = match names_of(cluster, kind, None).await {
        Ok(known) => known,
        Err(_) => names_of(cluster, kind, namespace).await.unwrap_or_default(),
    };
    let elsewhere: Vec<String> = known
        .iter()
        .filter(|(_, known)| known == name)
        .map(|(namespace, _)| namespace.clone().unwrap_or_default())
        .collect();
    if !elsewhere.is_empty() {
        return failure.with_hint(format!("it is in namespace {}", names::either(&elsewhere)));
    }
    let here = known.iter().filter(|(place, _)| namespace.is_none() || place.as_deref() == namespace);
    let mut near = names::nearest(name, here.map(|(_, name)| name.as_str()), 3);
    if near.is_empty() {
        let paths: Vec<String> =
            known.iter().map(|(place, name)| format!("{}/{name}", place.clone().unwrap_or_default())).collect();
        near = paths
            .iter()
            .filter(|path| !names::nearest(name, [path.rsplit('/').next().unwrap_or_default()], 1).is_empty())
            .take(3)
            .cloned()
            .collect();
    }
    match (near.is_empty(), namespace) {
        (false, _) => failure.with_hint(format!("did you mean {}?", names::either(&near))),
        (true, Some(namespace)) => match missing_namespace(cluster, namespace).await {
            Some(hint) => failure.with_hint(hint),
            None => failure.with_hint(format!("`list` with kind {} tells what there is", kind.plural)),
        },
        (true, None) => failure.with_hint(format!("`list` with kind {} tells what there is", kind.plural)),
    }
}

/// A sentence, where the namespace does not exist.
pub async fn missing_namespace(cluster: &Cluster, namespace: &str) -> Option<String> {
    let known = names_of(cluster, &Kind::built_in("Namespace"), None).await.ok()?;
    if known.iter().any(|(_, name)| name == namespace) {
        return None;
    }
    let near = names::nearest(namespace, known.iter().map(|(_, name)| name.as_str()), 3);
    Some(if near.is_empty() {
        let some: Vec<String> = known.iter().take(8).map(|(_, name)| name.clone()).collect();
        format!("There is no namespace {namespace}; there are {}.", some.join(", "))
    } else {
        format!("There is no namespace {namespace}; did you mean {}?", names::either(&near))
    })
}
