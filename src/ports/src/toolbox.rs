//! The merged tools of all MCP servers, for reading.
//!
//! Guarantee: an implementation refuses every tool whose effect class is not a read (invariant 2) and every tool that
//! has no class (invariant 4).

mod environments;

pub use environments::Toolboxes;

use async_trait::async_trait;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure};
use domain::evidence::ToolCall;
use serde_json::Value;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// One tool of the merged catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolDescription {
    /// `SERVER_TOOL`, unique, of the form that model endpoints accept (`[a-zA-Z0-9_-]{1,64}`).
    pub name: String,
    /// The server that it comes from.
    pub server: String,
    /// One or two sentences.
    pub description: String,
    /// JSON schema of the arguments.
    pub input_schema: Value,
    /// What it may do, by our table or by the settings for foreign servers.
    pub effect: EffectClass,
}

/// How a declared server stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerStatus {
    /// Its name in the settings.
    pub name: String,
    /// Name and version that it gave, or why it is away.
    pub state: Result<String, Failure>,
    /// Tools on offer.
    pub tools: usize,
    /// Tools that it has and that are not offered, with the reason (no grade, not a read).
    pub withheld: Vec<(String, String)>,
    /// How long its start took.
    pub start: Duration,
}

/// A result with what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// What came back.
    pub result: Result<Envelope, Failure>,
    /// Whether it was answered from the cache.
    pub cached: bool,
    /// Bytes of the result as JSON.
    pub bytes: u64,
}

/// The tools of all servers under one roof.
#[async_trait]
pub trait Toolbox: Send + Sync {
    /// The tools on offer now, in a fixed order.
    async fn catalogue(&self) -> Vec<ToolDescription>;

    /// Every declared server, started or not.
    async fn servers(&self) -> Vec<ServerStatus>;

    /// Calls one tool. Never waits past the tool's deadline; failures are values.
    async fn call(&self, call: ToolCall, cancel: CancellationToken) -> ToolOutcome;
}
