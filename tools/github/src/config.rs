//! Which GitHub to ask, about which repositories, and how much.

use domain::secret::Secret;
use std::time::Duration;
use tools_common::http::{Credentials, Endpoint};

/// The API of github.com.
pub const PUBLIC_API: &str = "https://api.github.com";

/// The settings of the server.
#[derive(Debug, Clone)]
pub struct GithubConfig {
    /// The API: `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server.
    pub endpoint: Endpoint,
    /// Repositories that may be read: `owner/name`, or `owner/*`. Empty: all that the token sees.
    pub repositories: Vec<String>,
    /// The repository of a call that names none: `owner/name`.
    pub default_repository: Option<String>,
    /// What one call may cost.
    pub limits: Limits,
}

impl GithubConfig {
    /// All that `token` sees at `url`, with the usual limits. Without a token: public repositories, 60 requests an hour.
    pub fn new(url: impl Into<String>, token: Option<Secret>) -> Self {
        let mut endpoint = Endpoint::new("GitHub", url);
        if let Some(token) = token {
            endpoint.settings.credentials = Credentials::Bearer(token);
        }
        Self { endpoint, repositories: Vec::new(), default_repository: None, limits: Limits::default() }
    }
}

impl Default for GithubConfig {
    fn default() -> Self {
        Self::new(PUBLIC_API, None)
    }
}

/// What one call may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a call may take, all its requests together.
    pub call_deadline: Duration,
    /// The most that is read of a job's log; of a longer one, the end is read.
    pub log_bytes: usize,
    /// Answers that are remembered for conditional requests, at most.
    pub cached_answers: usize,
    /// Bytes of the same, together.
    pub cached_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_deadline: Duration::from_secs(20),
            log_bytes: 16 * 1024 * 1024,
            cached_answers: 256,
            cached_bytes: 8 * 1024 * 1024,
        }
    }
}
