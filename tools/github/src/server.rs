//! The tool server: the backend, the repositories that may be read, and the way from a call to its tool.

use crate::backend::Backend;
use crate::config::GithubConfig;
use crate::query::repository::Scope;
use crate::tools;
use async_trait::async_trait;
use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use std::time::Duration;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec};

/// The MCP server `github`.
#[derive(Debug)]
pub struct Server {
    pub(crate) backend: Backend,
    pub(crate) scope: Scope,
    call_deadline: Duration,
}

impl Server {
    /// Makes the client; nothing is sent yet.
    ///
    /// # Errors
    /// `BadRequest` that names what is wrong in the settings.
    pub fn new(config: GithubConfig) -> Result<Self, Failure> {
        let scope = Scope::new(&config.repositories, config.default_repository.as_deref())?;
        let backend = Backend::new(&config.endpoint, config.limits)?;
        Ok(Self { backend, scope, call_deadline: config.limits.call_deadline })
    }
}

#[async_trait]
impl ToolServer for Server {
    fn info(&self) -> ServerInfo {
        ServerInfo {
            name: "github",
            version: env!("CARGO_PKG_VERSION"),
            instructions: "What changed and what CI says. From a running image to its change: `deployments` with image_tag. A failed build: `workflow_runs` with run.",
        }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        tools::specs()
    }

    fn call_deadline(&self) -> Duration {
        self.call_deadline
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        let what = format!("`{tool}` on {}", self.backend.source());
        let mut envelope = context.bounded(&what, tools::run(tool, self, arguments, &context)).await?;
        envelope.source.get_or_insert_with(|| self.backend.source().to_owned());
        Ok(envelope)
    }
}
