//! Which servers to ask, and how much.

use std::time::Duration;
pub use tools_common::http::Endpoint;

/// The settings of the server.
#[derive(Debug, Clone)]
pub struct LokiConfig {
    /// At least one; names are unique.
    pub instances: Vec<Instance>,
    /// What one call may cost.
    pub limits: Limits,
}

impl LokiConfig {
    /// One instance named `default` at `url`, with the usual limits.
    pub fn single(url: impl Into<String>) -> Self {
        Self { instances: vec![Instance::new("default", url)], limits: Limits::default() }
    }
}

/// One Loki.
#[derive(Debug, Clone)]
pub struct Instance {
    /// How callers name it.
    pub name: String,
    /// The Loki.
    pub endpoint: Endpoint,
    /// Tenants to read, sent as `X-Scope-OrgID` joined by `|`; none for a server without tenants. A header of that
    /// name in the endpoint's settings wins.
    pub tenants: Vec<String>,
}

impl Instance {
    /// An instance at `url`, without credentials and tenants.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self { name: name.into(), endpoint: Endpoint::new("Loki", url), tenants: Vec::new() }
    }

    /// The same for tenants.
    #[must_use]
    pub fn with_tenants<T: Into<String>>(mut self, tenants: impl IntoIterator<Item = T>) -> Self {
        self.tenants = tenants.into_iter().map(Into::into).collect();
        self
    }
}

/// What one call may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a call may take, all its requests together.
    pub call_deadline: Duration,
    /// Bytes of chunks that one query may read, by Loki's index.
    pub budget_bytes: u64,
    /// Lines that `patterns` and `new_errors` read of one window.
    pub sample_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call_deadline: Duration::from_secs(20), budget_bytes: 2 * 1024 * 1024 * 1024, sample_lines: 5_000 }
    }
}
