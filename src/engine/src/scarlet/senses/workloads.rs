//! Clusters, by their health checks: objects and events, read through the tool that knows both.

use super::Sense;
use super::ask::{ask, typed};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::observed::kubernetes::Health;
use domain::sense::declared::ClusterWatch;
use domain::sense::{Blind, Looked, Origin, State, cluster};
use ports::toolbox::Toolbox;
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// One cluster, or one namespace of it.
pub(super) struct Clusters {
    tools: Arc<dyn Toolbox>,
    watch: ClusterWatch,
    origin: Origin,
}

impl Clusters {
    pub(super) fn new(
        tools: &Arc<dyn Toolbox>,
        watch: &ClusterWatch,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self { tools: Arc::clone(&tools), watch: watch.clone(), origin: origin.clone() }
    }
}

#[async_trait]
impl Sense for Clusters {
    async fn look(&mut self, state: &State, _: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let arguments =
            json!({"namespace": self.watch.namespace, "cluster": self.watch.cluster, "budget_tokens": 8_000});
        let answer = ask(self.tools.as_ref(), "kubernetes_cluster_health", arguments, cancel).await?;
        let health: Health = typed(serde_json::from_value(answer.data()))?;
        let cluster = self.watch.cluster.as_deref().unwrap_or(&self.watch.name);
        let mut looked = cluster::read(&self.origin, cluster, &health, self.watch.least, state);
        if answer.envelope.truncated {
            // The least bad findings are left out first; nobody knows which of what was there before is among them.
            looked.blind = Blind::Wholly;
            looked.not_looked.push("there are more findings than are read: watch single namespaces".to_owned());
        }
        Ok(answer.fresh(looked))
    }
}
