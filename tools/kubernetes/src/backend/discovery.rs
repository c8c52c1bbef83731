//! Which kinds a cluster has beyond those that every cluster has.
//!
//! One request where the server aggregates its discovery (1.27 and later); otherwise the index of groups and then the
//! groups in parallel. A group whose server is down is left out, as `kubectl` does. Kept for five minutes.

use super::{Cluster, failure};
use crate::parallel;
use crate::query::kinds::{self, Kind};
use crate::query::names;
use crate::query::request::{Asked, Form, Request};
use crate::shape::api::lenient;
use domain::envelope::{Failure, FailureKind};
use futures::FutureExt as _;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const KEPT_FOR: Duration = Duration::from_secs(300);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Index {
    /// Aggregated.
    items: Option<Vec<AggregatedGroup>>,
    /// The old index.
    groups: Option<Vec<Group>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "lenient")]
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AggregatedGroup {
    metadata: Named,
    #[serde(deserialize_with = "lenient")]
    versions: Vec<AggregatedVersion>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AggregatedVersion {
    version: String,
    #[serde(deserialize_with = "lenient")]
    resources: Vec<AggregatedResource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AggregatedResource {
    resource: String,
    response_kind: ResponseKind,
    scope: String,
    #[serde(deserialize_with = "lenient")]
    short_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ResponseKind {
    kind: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Group {
    name: String,
    preferred_version: Version,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Version {
    group_version: String,
    version: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServerVersion {
    git_version: String,
}

#[derive(Debug, Deserialize)]
struct Resources {
    #[serde(deserialize_with = "lenient")]
    resources: Vec<Resource>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    name: String,
    kind: String,
    namespaced: bool,
    #[serde(deserialize_with = "lenient")]
    short_names: Vec<String>,
}

impl Cluster {
    /// The kind that a word means.
    ///
    /// # Errors
    /// `BadRequest` with the nearest kinds, or why the cluster could not be asked.
    pub async fn resolve(&self, word: &str) -> Result<Kind, Failure> {
        if let Some(kind) = kinds::resolve(word) {
            return Ok(kind);
        }
        let discovered = self.discover().await?;
        if let Some(kind) = discovered.iter().find(|kind| kind.answers_to(word)) {
            return Ok(kind.clone());
        }
        let near = kinds::suggestions(word, &discovered);
        let failure = Failure::new(FailureKind::BadRequest, format!("cluster {} has no kind {word:?}", self.name()));
        Err(match near.is_empty() {
            true => {
                failure.with_hint("`list` with kind `customresourcedefinitions` tells which kinds were added to it")
            }
            false => failure.with_hint(format!("did you mean {}?", names::either(&near))),
        })
    }

    /// The server's version, `v1.34.2`; the cheapest way to know that it answers.
    ///
    /// # Errors
    /// Why it could not be asked.
    pub async fn version(&self) -> Result<String, Failure> {
        let answer: ServerVersion = self.fetch_json(&ask("/version", Form::Json)).await?;
        Ok(answer.git_version)
    }

    /// The kinds of the cluster beyond the core group.
    ///
    /// # Errors
    /// Why the index could not be read.
    pub async fn discover(&self) -> Result<Arc<Vec<Kind>>, Failure> {
        let mut kept = self.discovered.lock().await;
        if let Some((at, kinds)) = kept.as_ref()
            && at.elapsed() < KEPT_FOR
        {
            return Ok(Arc::clone(kinds));
        }
        let index: Index = self.fetch_json(&ask("/apis", Form::Discovery)).await?;
        let found = match (index.items, index.groups) {
            (Some(items), _) => aggregated(items),
            (None, Some(groups)) => self.discover_groups(groups).await,
            (None, None) => {
                let message =
                    format!("cluster {} answered get the kinds of the API with JSON that tells no groups", self.name());
                return Err(Failure::new(FailureKind::BadAnswer, message).with_hint(failure::NO_API_SERVER));
            }
        };
        let found = Arc::new(found);
        *kept = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }

    async fn discover_groups(&self, groups: Vec<Group>) -> Vec<Kind> {
        let looks = groups.into_iter().filter(|group| !group.preferred_version.group_version.is_empty());
        let looks = looks.map(|group| self.discover_group(group).boxed()).collect();
        parallel::in_order(looks, 8).await.into_iter().flatten().collect()
    }

    async fn discover_group(&self, group: Group) -> Vec<Kind> {
        let path = format!("/apis/{}", group.preferred_version.group_version);
        let answer: Result<Resources, Failure> = self.fetch_json(&ask(&path, Form::Json)).await;
        match answer {
            Ok(found) => of_group(&group, found.resources),
            Err(failure) => {
                tracing::warn!(cluster = self.name(), group = group.name, %failure, "a group could not be discovered");
                Vec::new()
            }
        }
    }
}

fn ask(path: &str, form: Form) -> Request {
    let asked = Asked {
        verb: "get",
        resource: "the kinds of the API".to_owned(),
        namespace: None,
        name: Some(path.to_owned()),
    };
    Request { uri: path.to_owned(), form, asked }
}

fn of_group(group: &Group, resources: Vec<Resource>) -> Vec<Kind> {
    let objects = resources.into_iter().filter(|resource| !resource.name.contains('/'));
    let kind = |resource: Resource| Kind {
        kind: resource.kind,
        plural: resource.name,
        group: group.name.clone(),
        version: group.preferred_version.version.clone(),
        namespaced: resource.namespaced,
        short_names: resource.short_names,
    };
    objects.map(kind).collect()
}

/// The first version of a group is the preferred one; a resource that only a later version has is taken from there.
fn aggregated(groups: Vec<AggregatedGroup>) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    for group in groups {
        for version in group.versions {
            for resource in version.resources {
                let known =
                    kinds.iter().any(|kind| kind.plural == resource.resource && kind.group == group.metadata.name);
                if !known {
                    kinds.push(Kind {
                        kind: resource.response_kind.kind,
                        plural: resource.resource,
                        group: group.metadata.name.clone(),
                        version: version.version.clone(),
                        namespaced: resource.scope == "Namespaced",
                        short_names: resource.short_names,
                    });
                }
            }
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn aggregated_discovery_is_read() {
        let index: Index = serde_json::from_value(json!({"kind": "APIGroupDiscoveryList", "items": [
            {"metadata": {"name": "cert-manager.io", "creationTimestamp": null}, "versions": [{"version": "v1", "resources": [
                {"resource": "certificates", "responseKind": {"group": "", "version": "", "kind": "Certificate"},
                 "scope": "Namespaced", "singularResource": "certificate", "shortNames": ["cert", "certs"],
                 "verbs": ["get", "list"]}]}]}]}))
        .unwrap();
        let kinds = aggregated(index.items.unwrap());
        let kind = kinds.first().unwrap();
        assert!(kind.answers_to("certs") && kind.answers_to("certificates.cert-manager.io") && kind.namespaced);
    }
}
