//! The tool server: chooses the instance, and hands the call to its tool.

use crate::backend::Backend;
use crate::config::TempoConfig;
use crate::tools;
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use std::time::Duration;
use tools_common::instances::Instances;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec};

/// The MCP server `tempo`.
#[derive(Debug)]
pub struct Server {
    backends: Instances<Backend>,
    call_deadline: Duration,
}

impl Server {
    /// Makes the clients; nothing is sent yet.
    ///
    /// # Errors
    /// `BadRequest` that names the instance and what is wrong with its settings.
    pub fn new(config: TempoConfig) -> Result<Self, Failure> {
        let configured = config.instances.into_iter().map(|instance| (instance.name, instance.endpoint)).collect();
        let make = |name: &str, endpoint, several| Backend::new(name, &endpoint, several);
        let backends = Instances::new("Tempo", "TEMPO_URL", configured, make)?;
        Ok(Self { backends, call_deadline: config.limits.call_deadline })
    }
}

#[async_trait]
impl ToolServer for Server {
    fn info(&self) -> ServerInfo {
        ServerInfo {
            name: "tempo",
            version: env!("CARGO_PKG_VERSION"),
            instructions: "Traces. Find some with `search` or `sample_fast_slow`, read one with `trace_summary`, compare two with `trace_diff`.",
        }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        self.backends.offer(tools::specs())
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
        let backend = self.backends.choose(&mut arguments)?;
        let what = format!("`{tool}` on {}", backend.source());
        let mut envelope = context.bounded(&what, tools::run(tool, backend, arguments, &context)).await?;
        envelope.source = Some(backend.source().to_owned());
        Ok(envelope)
    }
}
