//! `top`: what pods or nodes use now, beside their limits.

use super::common::{self, Hints};
use super::gone;
use crate::backend::{Cluster, Listing};
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::api::{Node, Pod};
use crate::shape::usage::{self, NodeMetrics, PodMetrics};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::kubernetes::UsageRow;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tools_common::{ToolSpec, args, budget};

#[derive(Deserialize, JsonSchema)]
struct Args {
    kind: Option<What>,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(length(max = 500))]
    selector: Option<String>,
    sort_by: Option<SortBy>,
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    cluster: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum What {
    Pods,
    Nodes,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SortBy {
    Memory,
    Cpu,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "top",
        "Usage now",
        "CPU and memory that pods or nodes use now (metrics API), with memory limits.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let selection = Selection { labels: asked.selector.clone(), fields: None };
    let mut hints = Hints::default();
    let mut listing = match asked.kind.unwrap_or(What::Pods) {
        What::Pods => pods(cluster, asked.namespace.as_deref(), &selection, &mut hints).await?,
        What::Nodes => nodes(cluster, &selection, &mut hints).await?,
    };
    let by_memory = !matches!(asked.sort_by, Some(SortBy::Cpu));
    listing.items.sort_by_key(|row| {
        let used = if by_memory { row.memory_bytes } else { row.cpu_millicores };
        (std::cmp::Reverse(used), row.namespace.clone(), row.name.clone())
    });
    if listing.items.is_empty() {
        hints.add("The metrics API has no usage for this yet; new pods show up after a minute.");
        if let Some(namespace) = &asked.namespace
            && let Some(hint) = gone::missing_namespace(cluster, namespace).await
        {
            hints.add(hint);
        }
    }
    let total = listing.items.len() as u64 + listing.left_out;
    let cut = budget::cut(listing.items, asked.limit.unwrap_or(20), budget::DEFAULT_TOKENS);
    if cut.is_cut() {
        hints.add(format!("The {} that use most; {} more use less.", cut.kept.len(), cut.left.len()));
    }
    Ok(hints.with(Envelope {
        source: Some(cluster.source()),
        total: Some(total),
        truncated: total > cut.kept.len() as u64,
        ..Envelope::whole(common::data(&Table::of(&cut.kept)), cut.kept.len() as u64)
    }))
}

fn metrics_kind(kind: &str, plural: &str, namespaced: bool) -> Kind {
    Kind {
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        group: "metrics.k8s.io".to_owned(),
        version: "v1beta1".to_owned(),
        namespaced,
        short_names: Vec::new(),
    }
}

/// A cluster without a metrics server answers 404, one whose metrics server is down 503.
fn explained(cluster: &Cluster, failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::NotFound => Failure::new(
            FailureKind::NotFound,
            format!("cluster {} has no metrics API (metrics.k8s.io)", cluster.name()),
        )
        .with_hint("install metrics-server, or ask Prometheus for container_memory_working_set_bytes"),
        FailureKind::Unreachable => failure.with_hint("the metrics server does not answer; Prometheus may know more"),
        _ => failure,
    }
}

async fn pods(
    cluster: &Cluster,
    namespace: Option<&str>,
    selection: &Selection,
    hints: &mut Hints,
) -> Result<Listing<UsageRow>, Failure> {
    let (kind, pod_kind) = (metrics_kind("PodMetrics", "pods", true), Kind::built_in("Pod"));
    let (metrics, pods) = futures::join!(
        cluster.list::<PodMetrics>(&kind, namespace, selection),
        cluster.list::<Pod>(&pod_kind, namespace, selection)
    );
    let metrics = metrics.map_err(|failure| explained(cluster, failure))?;
    let pods = pods.unwrap_or_else(|failure| {
        hints.miss(format!("Limits and owners are not told: {failure}."));
        Listing::default()
    });
    let by_name: BTreeMap<(&str, &str), &Pod> =
        pods.items.iter().map(|pod| ((pod.metadata.namespace(), pod.metadata.name.as_str()), pod)).collect();
    let row = |metrics: &PodMetrics| {
        usage::pod_row(metrics, by_name.get(&(metrics.metadata.namespace(), metrics.metadata.name.as_str())).copied())
    };
    Ok(Listing { items: metrics.items.iter().map(row).collect(), left_out: metrics.left_out })
}

async fn nodes(cluster: &Cluster, selection: &Selection, hints: &mut Hints) -> Result<Listing<UsageRow>, Failure> {
    let (kind, node_kind) = (metrics_kind("NodeMetrics", "nodes", false), Kind::built_in("Node"));
    let (metrics, nodes) = futures::join!(
        cluster.list::<NodeMetrics>(&kind, None, selection),
        cluster.list::<Node>(&node_kind, None, selection)
    );
    let metrics = metrics.map_err(|failure| explained(cluster, failure))?;
    let nodes = nodes.unwrap_or_else(|failure| {
        hints.miss(format!("Allocatable memory is not told: {failure}."));
        Listing::default()
    });
    let by_name: BTreeMap<&str, &Node> = nodes.items.iter().map(|node| (node.metadata.name.as_str(), node)).collect();
    let row = |metrics: &NodeMetrics| {
        usage::node_row(metrics, by_name.get(metrics.metadata.name.as_str()).map(|node| &node.status.allocatable))
    };
    Ok(Listing { items: metrics.items.iter().map(row).collect(), left_out: metrics.left_out })
}
