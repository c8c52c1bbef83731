//! The server itself: its clusters, and which tool answers a call.

use crate::backend::{Cluster, told};
use crate::config::{ClusterConfig, IgnoreRule, KubernetesConfig};
use crate::permissions::Permissions;
use crate::query::names;
use crate::{act, tools};
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec, args};

/// The `kubernetes` server. Nothing is connected before the first call.
#[derive(Debug)]
pub struct Server {
    clusters: Vec<Arc<Cluster>>,
    ignore: Vec<IgnoreRule>,
    call_deadline: Duration,
    is_acting: bool,
}

impl Server {
    /// A server over these clusters.
    pub fn new(config: KubernetesConfig) -> Self {
        let limits = config.limits;
        let clusters = config.clusters.into_iter().map(|cluster| Cluster::shared(cluster, limits)).collect();
        Self { clusters, ignore: config.ignore, call_deadline: limits.call_deadline, is_acting: false }
    }

    /// A server that reaches each cluster with its credentials for acting, and only with those. It keeps no lists:
    /// what is about to be changed is read anew.
    pub fn for_acting(mut config: KubernetesConfig) -> Self {
        config.clusters = config.clusters.into_iter().map(ClusterConfig::for_acting).collect();
        config.limits.watch = None;
        Self { is_acting: true, ..Self::new(config) }
    }

    /// Asks every cluster for its version, in parallel: name, and version or why it is away.
    pub async fn probe(&self) -> Vec<(String, Result<String, Failure>)> {
        let looks =
            self.clusters.iter().map(|cluster| async move { (cluster.name().to_owned(), cluster.version().await) });
        futures::future::join_all(looks).await
    }

    /// What the credentials of each cluster lack: of a server for reading for the looks, of one for acting for the
    /// changes.
    pub async fn missing_permissions(&self) -> Vec<(String, Result<Permissions, Failure>)> {
        let looks = self.clusters.iter().map(|cluster| async move {
            let missing = match self.is_acting {
                true => cluster.missing_for_acting().await,
                false => cluster.missing_for_reading().await,
            };
            (cluster.name().to_owned(), missing)
        });
        futures::future::join_all(looks).await
    }

    /// The cluster that an argument means; without one, the first.
    pub(crate) fn cluster(&self, name: Option<&str>) -> Result<&Cluster, Failure> {
        let found = match name {
            None => self.clusters.first(),
            Some(name) => self.clusters.iter().find(|cluster| cluster.name() == name),
        };
        if let Some(cluster) = found {
            return Ok(cluster);
        }
        let known: Vec<String> = self.clusters.iter().map(|cluster| cluster.name().to_owned()).collect();
        let failure = match name {
            None => Failure::new(FailureKind::BadRequest, "no cluster is configured"),
            Some(name) => Failure::new(FailureKind::BadRequest, format!("there is no cluster {name:?}")),
        };
        Err(if known.is_empty() {
            failure.with_hint("set KUBECONFIG, or name a cluster in the settings")
        } else {
            failure.with_hint(format!("clusters are: {}", names::either(&known)))
        })
    }

    /// Known noise.
    pub(crate) fn ignore(&self) -> &[IgnoreRule] {
        &self.ignore
    }
}

#[async_trait]
impl ToolServer for Server {
    fn info(&self) -> ServerInfo {
        ServerInfo {
            name: "kubernetes",
            version: env!("CARGO_PKG_VERSION"),
            instructions: "Reads Kubernetes clusters. Start with cluster_health; then events, logs, rollout_history and owner_tree of what it names.",
        }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        let names: Vec<String> = self.clusters.iter().map(|cluster| cluster.name().to_owned()).collect();
        // Kept for a single cluster too: a caller that names it says nothing wrong.
        tools::specs().into_iter().chain(act::specs()).map(|spec| spec.with_choices("cluster", &names)).collect()
    }

    fn call_deadline(&self) -> Duration {
        self.call_deadline
    }

    fn deadline_of(&self, tool: &str) -> Duration {
        if tool == "drain" { act::LONGEST } else { self.call_deadline }
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        if act::is_one(tool) {
            // Not cut at the deadline here: an action that is stopped half way tells what it did. The kit holds the end.
            return Box::pin(act::call(self, tool, arguments, &context)).await;
        }
        let work = async {
            match tool {
                "cluster_health" => tools::cluster_health::call(self, arguments, &context).await,
                "list" => tools::list::call(self, arguments, &context).await,
                "get" => tools::get::call(self, arguments).await,
                "count" => tools::count::call(self, arguments, &context).await,
                "events" => tools::events::call(self, arguments, &context).await,
                "logs" => tools::logs::call(self, arguments, &context).await,
                "rollout_status" => tools::rollout_status::call(self, arguments, &context).await,
                "rollout_history" => tools::rollout_history::call(self, arguments).await,
                "owner_tree" => tools::owner_tree::call(self, arguments).await,
                "who_can_reach" => tools::who_can_reach::call(self, arguments, &context).await,
                "recent_changes" => tools::recent_changes::call(self, arguments, &context).await,
                "top" => tools::top::call(self, arguments).await,
                "storage" => tools::storage::call(self, arguments).await,
                "can_i" => tools::can_i::call(self, arguments).await,
                other => Err(args::unknown_tool(other)),
            }
        };
        // Boxed, because it has room for the largest of the tools.
        let (what, work) = (format!("kubernetes {tool}"), Box::pin(work));
        if act::is_one(tool) {
            return context.bounded(&what, work).await;
        }
        let (result, told) = told::noting(context.bounded(&what, work)).await;
        result.map(|envelope| told.onto(envelope))
    }
}
