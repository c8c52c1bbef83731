//! The tool server: chooses the instance, and hands the call to its tool.

use crate::backend::Backend;
use crate::config::PrometheusConfig;
use crate::tools;
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec, args};

/// The MCP server `prometheus`.
#[derive(Debug)]
pub struct Server {
    backends: Vec<Backend>,
    call_deadline: Duration,
}

impl Server {
    /// Makes the clients; nothing is sent yet.
    ///
    /// # Errors
    /// `BadRequest` that names the instance and what is wrong with its settings.
    pub fn new(config: PrometheusConfig) -> Result<Self, Failure> {
        if config.instances.is_empty() {
            return Err(Failure::new(FailureKind::BadRequest, "no Prometheus is configured")
                .with_hint("set PROMETHEUS_URL or name one in the settings"));
        }
        let several = config.instances.len() > 1;
        let mut backends: Vec<Backend> = Vec::new();
        for instance in &config.instances {
            if backends.iter().any(|backend| backend.name() == instance.name) {
                let message = format!("two Prometheus instances are named {:?}", instance.name);
                return Err(Failure::new(FailureKind::BadRequest, message).with_hint("give each its own name"));
            }
            backends.push(Backend::new(instance, several).map_err(|failure| Failure {
                message: format!("Prometheus instance {:?}: {}", instance.name, failure.message),
                ..failure
            })?);
        }
        Ok(Self { backends, call_deadline: config.limits.call_deadline })
    }

    fn choose(&self, arguments: &mut Map<String, Value>) -> Result<&Backend, Failure> {
        let asked = arguments.remove("instance");
        let name = asked.as_ref().and_then(Value::as_str);
        let found = match name {
            None => self.backends.first(),
            Some(name) => self.backends.iter().find(|backend| backend.name() == name),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = self.backends.iter().map(Backend::name).collect();
            args::invalid("instance", format!("{:?}", name.unwrap_or_default()), &names.join(", "))
        })
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
        let names: Vec<&str> = self.backends.iter().map(Backend::name).collect();
        let specs = tools::specs().into_iter().chain(tools::act_specs()).collect::<Vec<_>>();
        if names.len() < 2 {
            return specs;
        }
        let schema = json!({"type": "string", "enum": names, "description": "Which Prometheus; the first by default."});
        specs.into_iter().map(|spec| spec.with_argument("instance", schema.clone())).collect()
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
        let backend = self.choose(&mut arguments)?;
        let what = format!("`{tool}` on {}", backend.source());
        let mut envelope = context.bounded(&what, tools::run(tool, backend, arguments, &context)).await?;
        envelope.source = Some(backend.source().to_owned());
        Ok(envelope)
    }
}
