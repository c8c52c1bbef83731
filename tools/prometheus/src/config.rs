//! Which servers to ask, and how much.

use std::time::Duration;
pub use tools_common::http::Endpoint;

/// The settings of the server.
#[derive(Debug, Clone)]
pub struct PrometheusConfig {
    /// At least one; names are unique.
    pub instances: Vec<Instance>,
    /// Recipes of `golden_signals` beside those of the product, and before them.
    pub recipes: Vec<RecipeFile>,
    /// What one call may cost.
    pub limits: Limits,
}

/// Recipes of one's own, in the form of the product's (`recipes/golden_signals.toml`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeFile {
    /// The file, for messages.
    pub name: String,
    /// Its TOML.
    pub text: String,
}

impl PrometheusConfig {
    /// One instance named `default` at `url`, with the usual limits.
    pub fn single(url: impl Into<String>) -> Self {
        Self { instances: vec![Instance::new("default", url)], recipes: Vec::new(), limits: Limits::default() }
    }
}

/// One Prometheus, with the Alertmanager that it notifies.
#[derive(Debug, Clone)]
pub struct Instance {
    /// How callers name it.
    pub name: String,
    /// The Prometheus.
    pub prometheus: Endpoint,
    /// Its Alertmanager, where one is configured.
    pub alertmanager: Option<Endpoint>,
}

impl Instance {
    /// An instance at `url`, without credentials and without Alertmanager.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self { name: name.into(), prometheus: Endpoint::new("Prometheus", url), alertmanager: None }
    }

    /// The same with the Alertmanager at `url`.
    #[must_use]
    pub fn with_alertmanager(mut self, url: impl Into<String>) -> Self {
        self.alertmanager = Some(Endpoint::new("Alertmanager", url));
        self
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
        Self { call_deadline: Duration::from_secs(15) }
    }
}
