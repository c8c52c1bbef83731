//! What several processes share in passing: the Redis or Valkey server.

use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::types::state::BusSettings;
use async_trait::async_trait;
use bus::{Redis, RedisSettings};
use domain::secret::Secret;
use ports::bus::Bus as _;

/// The probe of the server.
pub struct RedisServer {
    url: Secret,
    prefix: String,
}

impl RedisServer {
    /// The probe of the server that the settings name, where they do.
    pub fn of(settings: &BusSettings) -> Option<Self> {
        Some(Self { url: settings.redis_url.clone()?, prefix: settings.prefix.clone() })
    }
}

#[async_trait]
impl Probe for RedisServer {
    fn subject(&self) -> Subject {
        Subject::Bus
    }

    fn name(&self) -> String {
        "redis".to_owned()
    }

    fn target(&self) -> String {
        super::place_of(&self.url)
    }

    async fn look(&self) -> Sight {
        let away = |error: ports::bus::BusError| {
            Sight::away(error.to_string()).with_hint(
                "until it is back `serve` goes on from its own process; what guards actions does not need it",
            )
        };
        let mut settings = match RedisSettings::from_url(self.url.reveal()) {
            Ok(settings) => settings,
            Err(error) => return Sight::away(error.to_string()),
        };
        self.prefix.clone_into(&mut settings.prefix);
        match Redis::connect(settings).await {
            Ok(redis) => answers(redis.health().engine),
            Err(error) => away(error),
        }
    }
}

/// The engine tells its version, and after a comma what is wrong with how it keeps things.
fn answers(engine: Option<String>) -> Sight {
    let engine = engine.unwrap_or_else(|| "answers, tells no version".to_owned());
    match engine.split_once(", ").filter(|(_, note)| note.contains("append-only")) {
        Some((version, note)) => Sight::answers(version, vec![Detail::lacking("durability", note)])
            .with_hint("set appendonly yes and appendfsync always in the server's configuration (docs/state-redis.md)"),
        None => Sight::answers(engine, Vec::new()),
    }
}
