//! How full volumes are, from the kubelets of the nodes that mount them (`/stats/summary`).
//!
//! The way there, `nodes/proxy`, is a right that opens more of a kubelet than its numbers, and a careful role does not
//! give it. Then the use is not told, and nothing advises to widen the role: Prometheus has the same numbers.

use super::super::common::Hints;
use super::Mounted;
use crate::backend::Cluster;
use crate::parallel;
use crate::query::request::{self, Asked, Form, Request};
use crate::shape::api::lenient;
use domain::envelope::{Failure, FailureKind};
use futures::FutureExt as _;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Nodes that are asked.
const NODES: usize = 12;

/// Bytes of a file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// In use.
    pub used: u64,
    /// In all.
    pub capacity: u64,
}

/// By the namespace and name of the claim.
pub type Usage = BTreeMap<(String, String), Used>;

/// Without `pods` (which may be `null`) it is no summary.
#[derive(Debug, Deserialize)]
struct Summary {
    #[serde(deserialize_with = "lenient")]
    pods: Vec<PodStats>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PodStats {
    #[serde(deserialize_with = "lenient")]
    volume: Vec<VolumeStats>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VolumeStats {
    used_bytes: Option<u64>,
    capacity_bytes: Option<u64>,
    pvc_ref: Option<ClaimReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClaimReference {
    #[serde(deserialize_with = "lenient")]
    name: String,
    #[serde(deserialize_with = "lenient")]
    namespace: String,
}

/// Asks the kubelets of the nodes on which claims are mounted. What cannot be asked is told once.
pub async fn read(cluster: &Cluster, mounted: &Mounted<'_>, hints: &mut Hints) -> Usage {
    let nodes: BTreeSet<&str> = mounted.values().flatten().filter_map(|pod| pod.spec.node_name.as_deref()).collect();
    let asked: Vec<&str> = nodes.iter().copied().take(NODES).collect();
    if nodes.len() > asked.len() {
        hints.miss(format!(
            "How full volumes are was asked of {} of {} nodes: name a namespace.",
            asked.len(),
            nodes.len()
        ));
    }
    let looks = asked.iter().map(|node| summary(cluster, node).boxed()).collect();
    let answers: Vec<Result<Summary, Failure>> = parallel::in_order(looks, 4).await;
    let mut usage = Usage::new();
    let mut away: Vec<&str> = Vec::new();
    for (node, answer) in asked.iter().zip(answers) {
        match answer {
            Ok(summary) => gather(summary, mounted, &mut usage),
            Err(failure) if failure.kind == FailureKind::Forbidden => {
                hints.miss("How full volumes are is not told: verb \"get\" on resource \"nodes/proxy\" is not permitted. It opens more than these numbers; Prometheus has them as kubelet_volume_stats_used_bytes.");
                return usage;
            }
            Err(_) => away.push(node),
        }
    }
    if !away.is_empty() {
        hints.miss(format!("How full volumes are is not told by the kubelets of {}.", away.join(", ")));
    }
    usage
}

async fn summary(cluster: &Cluster, node: &str) -> Result<Summary, Failure> {
    let asked = Asked { verb: "get", resource: "nodes/proxy".to_owned(), namespace: None, name: Some(node.to_owned()) };
    let uri = format!("/api/v1/nodes/{}/proxy/stats/summary", request::encode(node));
    cluster.fetch_json(&Request { uri, form: Form::Json, asked }).await
}

/// A kubelet tells of all its pods: only claims that were asked about count, for others may lie in closed namespaces.
fn gather(summary: Summary, mounted: &Mounted<'_>, usage: &mut Usage) {
    for volume in summary.pods.into_iter().flat_map(|pod| pod.volume) {
        let (Some(claim), Some(used), Some(capacity)) = (volume.pvc_ref, volume.used_bytes, volume.capacity_bytes)
        else {
            continue;
        };
        if mounted.contains_key(&(claim.namespace.as_str(), claim.name.as_str())) {
            usage.insert((claim.namespace, claim.name), Used { used, capacity });
        }
    }
}
