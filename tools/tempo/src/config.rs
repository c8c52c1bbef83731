//! Which Tempos to ask, and how much.

use std::time::Duration;
pub use tools_common::http::Endpoint;

/// A trace of 10,000 spans is about 12 MB of JSON.
const MOST_BODY_BYTES: usize = 48 * 1024 * 1024;

/// The settings of the server.
#[derive(Debug, Clone)]
pub struct TempoConfig {
    /// At least one; names are unique.
    pub instances: Vec<Instance>,
    /// What one call may cost.
    pub limits: Limits,
}

impl TempoConfig {
    /// One instance named `default` at `url`, with the usual limits.
    pub fn single(url: impl Into<String>) -> Self {
        Self { instances: vec![Instance::new("default", url)], limits: Limits::default() }
    }
}

/// One Tempo. A tenant is a header of the endpoint: `X-Scope-OrgID`.
#[derive(Debug, Clone)]
pub struct Instance {
    /// How callers name it.
    pub name: String,
    /// Where it is, and how to be let in.
    pub endpoint: Endpoint,
}

impl Instance {
    /// An instance at `url` without credentials, with room for large traces.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        let mut endpoint = Endpoint::new("Tempo", url);
        endpoint.settings.max_body_bytes = MOST_BODY_BYTES;
        Self { name: name.into(), endpoint }
    }
}

/// What one call may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a call may take, all its requests together.
    pub call_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call_deadline: Duration::from_secs(20) }
    }
}
