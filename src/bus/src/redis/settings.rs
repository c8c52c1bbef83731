//! Where the server is, and how it is used.

use crate::limits::{Limits, check_name};
use fred::types::config::{Config, ServerConfig};
use ports::bus::BusError;
use std::fmt;
use std::time::Duration;

/// Where the server is, and how it is used. Its `Debug` and the errors that name its place hold no credentials.
#[derive(Clone)]
pub struct RedisSettings {
    pub(crate) config: Config,
    pub(crate) place: String,
    /// What every key begins with; a server may be shared by several installations with different ones.
    pub prefix: String,
    /// The bounds.
    pub limits: Limits,
    /// Entries of one topic's stream at most, the handled ones that are not trimmed yet counted in.
    pub stream_length: usize,
    /// How long ids are remembered in Redis, published and handled ones.
    pub remember: Duration,
    /// How long a command may take.
    pub command_timeout: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// How often the server is asked whether it is there.
    pub heartbeat: Duration,
    /// How long it may take to answer that.
    pub heartbeat_timeout: Duration,
    /// How long one process may fetch a response while others wait for it.
    pub lock: Duration,
}

impl RedisSettings {
    /// Of a URL: `redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE]`, or `rediss://` for TLS with the certificates of
    /// the system.
    ///
    /// # Errors
    /// [`BusError::Denied`] where it is no such URL. The URL is not repeated, since it may hold a password.
    pub fn from_url(url: &str) -> Result<Self, BusError> {
        const SHAPE: &str = "it must be redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE], or rediss:// for TLS";
        let tls = url.starts_with("rediss://");
        if !tls && !url.starts_with("redis://") {
            return Err(BusError::Denied(format!("the URL of Redis is none that is served: {SHAPE}")));
        }
        let config = Config::from_url_centralized(url)
            .map_err(|_| BusError::Denied(format!("the URL of Redis cannot be read: {SHAPE}")))?;
        let ServerConfig::Centralized { server } = &config.server else {
            return Err(BusError::Denied(format!("the URL of Redis names no single server: {SHAPE}")));
        };
        let scheme = if tls { "rediss" } else { "redis" };
        let place = format!("{scheme}://{}:{}/{}", server.host, server.port, config.database.unwrap_or_default());
        Ok(Self {
            place,
            config,
            prefix: "auto-devops".to_owned(),
            limits: Limits::default(),
            stream_length: 100_000,
            remember: Duration::from_secs(3_600),
            command_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(1),
            heartbeat: Duration::from_millis(250),
            heartbeat_timeout: Duration::from_millis(500),
            lock: Duration::from_secs(30),
        })
    }

    /// Whether the prefix is one.
    pub(crate) fn check(&self) -> Result<(), BusError> {
        check_name("prefix of Redis", &self.prefix)
    }

    /// Where the server is, without credentials.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// A key of ours.
    pub(crate) fn key(&self, what: &str, name: &str) -> String {
        format!("{}:{what}:{name}", self.prefix)
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RedisSettings")
            .field("place", &self.place)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::RedisSettings;

    #[test]
    fn no_password_is_printed() {
        let settings = RedisSettings::from_url("redis://jamie:hunter2@cache.local:6380/3").unwrap();
        assert_eq!(settings.place(), "redis://cache.local:6380/3");
        assert!(!format!("{settings:?}").contains("hunter2"));
        for wrong in ["http://jamie:hunter2@x", "redis://jamie:hunter2@x:port", "redis-cluster://jamie:hunter2@x", ""] {
            let error = RedisSettings::from_url(wrong).unwrap_err().to_string();
            assert!(!error.contains("hunter2") && error.contains("redis://"), "{error}");
        }
    }
}
