//! The tool server: chooses the instance, and hands the call to its tool.

use crate::backend::Backend;
use crate::config::{Instance, PrometheusConfig};
use crate::recipes::Recipes;
use crate::tools;
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tools_common::instances::Instances;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec};

/// The MCP server `prometheus`.
#[derive(Debug)]
pub struct Server {
    instances: Instances<Backend>,
    call_deadline: Duration,
}

impl Server {
    /// Makes the clients; nothing is sent yet.
    ///
    /// # Errors
    /// `BadRequest` that names the instance, or the file of recipes, and what is wrong with it.
    pub fn new(config: PrometheusConfig) -> Result<Self, Failure> {
        let recipes = Arc::new(Recipes::with_own(&config.recipes)?);
        let configured = config.instances.into_iter().map(|instance| (instance.name.clone(), instance)).collect();
        let make = |_: &str, instance: Instance, several| Backend::new(&instance, Arc::clone(&recipes), several);
        let instances = Instances::new("Prometheus", "PROMETHEUS_URL", configured, make)?;
        Ok(Self { instances, call_deadline: config.limits.call_deadline })
    }
}

#[async_trait]
impl ToolServer for Server {
    fn info(&self) -> ServerInfo {
        ServerInfo {
            name: "prometheus",
            version: env!("CARGO_PKG_VERSION"),
            instructions: "Metrics, alerts and scrape targets. Start with `alerts` or `golden_signals`; find names with `find_metrics` before writing PromQL.",
        }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        let mut tools = self.instances.offer(tools::specs());
        tools.extend(self.instances.offer_acting(tools::act_specs()));
        tools
    }

    fn call_deadline(&self) -> Duration {
        self.call_deadline
    }

    async fn call(
        &self,
        tool: &str,
        mut arguments: Map<String, Value>,
        context: CallContext,
    ) -> Result<Envelope, Failure> {
        let backend = match context.act().is_ok() {
            true => self.instances.choose_for_change(&mut arguments)?,
            false => self.instances.choose(&mut arguments)?,
        };
        let what = format!("`{tool}` on {}", backend.source());
        let mut envelope = context.bounded(&what, tools::run(tool, backend, arguments, &context)).await?;
        envelope.source = Some(backend.source().to_owned());
        Ok(envelope)
    }
}
