//! `rollout_history`: the revisions of a workload, and what changed between them.

use super::common::{self, Hints};
use super::target;
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::reference::Reference;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::api::{LabelSelector, Meta};
use crate::shape::revisions::{self, ControllerRevision, ReplicaSet, Source};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::kubernetes::Revision;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{ToolSpec, args, budget};

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Deployment (default), StatefulSet, DaemonSet.
    #[schemars(length(max = 253))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(range(min = 1, max = 50))]
    limit: Option<usize>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "rollout_history",
        "Rollout history",
        "Revisions of a workload, newest first, with what each changed.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let reference = Reference::parse(&asked.name);
    let word = asked.kind.as_deref().or(reference.kind.as_deref()).unwrap_or("Deployment");
    let kind = cluster.resolve(word).await?;
    let namespace = asked.namespace.clone().or(reference.namespace);
    let (object, manifest) = target::read(cluster, &kind, namespace.as_deref(), &reference.name).await?;
    let meta: Meta = part(&manifest, "/metadata");
    let rows = match kind.kind.as_str() {
        "Deployment" => of_deployment(cluster, &meta, &manifest).await?,
        "StatefulSet" | "DaemonSet" => of_controller(cluster, &meta, &manifest).await?,
        other => {
            return Err(Failure::new(FailureKind::BadRequest, format!("a {other} has no rollout history"))
                .with_hint("ask for a Deployment, a StatefulSet or a DaemonSet"));
        }
    };
    let total = rows.len();
    let cut = budget::cut(rows, asked.limit.unwrap_or(10), budget::DEFAULT_TOKENS);
    let mut hints = Hints::default();
    if total == 1 {
        hints.add(format!("{object} has one revision: nothing to compare with."));
    }
    if cut.is_cut() {
        hints.add(format!("{} older revisions are left out: raise limit.", cut.left.len()));
    }
    Ok(hints.with(Envelope {
        source: Some(cluster.source()),
        total: Some(total as u64),
        truncated: cut.is_cut(),
        ..Envelope::whole(common::data(&Table::of(&cut.kept)), cut.kept.len() as u64)
    }))
}

fn part<T: serde::de::DeserializeOwned + Default>(manifest: &Value, pointer: &str) -> T {
    manifest.pointer(pointer).and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
}

/// The selector of a workload as a query; expressions are left to the owner check.
fn selection(manifest: &Value) -> Selection {
    let selector: LabelSelector = part(manifest, "/spec/selector");
    let labels: Vec<String> = selector.match_labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    Selection { labels: Some(labels.join(",")), fields: None }
}

/// The revisions that a Deployment's ReplicaSets keep.
pub async fn deployment_sources(cluster: &Cluster, meta: &Meta, manifest: &Value) -> Result<Vec<Source>, Failure> {
    let sets = cluster
        .list::<ReplicaSet>(&Kind::built_in("ReplicaSet"), meta.namespace.as_deref(), &selection(manifest))
        .await?
        .items;
    let own = sets.into_iter().filter(|set| owned(&set.metadata, meta));
    Ok(own.filter_map(Source::of_replica_set).collect())
}

async fn of_deployment(cluster: &Cluster, meta: &Meta, manifest: &Value) -> Result<Vec<Revision>, Failure> {
    let sources = deployment_sources(cluster, meta, manifest).await?;
    let wanted = revisions::number(meta).or_else(|| sources.iter().map(|source| source.revision).max());
    Ok(revisions::rows(sources, |source| Some(source.revision) == wanted))
}

/// The revisions that a StatefulSet's or DaemonSet's ControllerRevisions keep.
pub async fn controller_sources(cluster: &Cluster, meta: &Meta, manifest: &Value) -> Result<Vec<Source>, Failure> {
    let kept = cluster
        .list::<ControllerRevision>(
            &Kind::built_in("ControllerRevision"),
            meta.namespace.as_deref(),
            &selection(manifest),
        )
        .await?
        .items;
    let own = kept.into_iter().filter(|revision| owned(&revision.metadata, meta));
    Ok(own.map(Source::of_controller_revision).collect())
}

async fn of_controller(cluster: &Cluster, meta: &Meta, manifest: &Value) -> Result<Vec<Revision>, Failure> {
    let sources = controller_sources(cluster, meta, manifest).await?;
    let newest = sources.iter().map(|source| source.revision).max();
    let update: Option<String> = part(manifest, "/status/updateRevision");
    Ok(revisions::rows(sources, |source| match &update {
        Some(name) => source.name == *name,
        None => Some(source.revision) == newest,
    }))
}

fn owned(meta: &Meta, owner: &Meta) -> bool {
    meta.owner_references.iter().any(|reference| {
        if owner.uid.is_empty() || reference.uid.is_empty() {
            reference.name == owner.name
        } else {
            reference.uid == owner.uid
        }
    })
}
