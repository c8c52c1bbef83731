//! Responses that all processes share, and counted requests.
//!
//! A cache may never be the reason why something cannot be looked up: where Redis fails, the caller fetches for itself.

use super::Shared;
use super::connection::{Connection, milliseconds, number};
use super::scripts;
use crate::flights::json_bytes;
use domain::envelope::Failure;
use fred::types::Value as Answer;
use futures::FutureExt;
use futures::future::BoxFuture;
use ports::bus::{BusError, Cached};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks of one who waits for another process, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));

type Fetch = BoxFuture<'static, Result<Value, Failure>>;

/// What is kept, or what one of all the processes fetches.
pub async fn through(shared: &Arc<Shared>, key: &str, keep: Duration, fetch: Fetch) -> Result<Cached, Failure> {
    let place = Place {
        shared: Arc::clone(shared),
        value: shared.settings.key("cache", &digest(key)),
        lock: shared.settings.key("lock", &digest(key)),
        token: shared.unique(),
    };
    // Within this process first, so that one of it asks Redis.
    shared.flights.through(key, Duration::ZERO, place.fetch(keep, fetch).boxed()).await
}

/// Counts a request.
pub async fn count(shared: &Shared, key: &str, window: Duration) -> Result<u64, BusError> {
    let microseconds = i64::try_from(window.as_micros()).unwrap_or(i64::MAX).clamp(1, i64::MAX / 1_000_000);
    let bound = number(shared.settings.limits.rate_count);
    let arguments = vec![microseconds.into(), bound, shared.unique().into()];
    let keys = vec![shared.settings.key("rate", &digest(key))];
    let answer = shared.link.connection()?.run("counting a request", scripts::COUNT, keys, arguments).await;
    let counted = shared.link.judge(answer)?.as_i64().and_then(|counted| u64::try_from(counted).ok());
    counted.ok_or_else(|| BusError::Unreadable("counting a request: the answer is no number".to_owned()))
}

/// Keys may be long and hold arguments of calls: a digest is neither.
fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Where one response is.
struct Place {
    shared: Arc<Shared>,
    value: String,
    lock: String,
    token: String,
}

/// What a look found.
enum Look {
    Kept(Value),
    Ours,
    Theirs,
}

impl Place {
    async fn fetch(self, keep: Duration, fetch: Fetch) -> Result<Cached, Failure> {
        let fresh = |value| Cached { value, hit: false };
        match self.look_or_wait().await {
            Ok(Look::Kept(value)) => Ok(Cached { value, hit: true }),
            Ok(Look::Ours) => {
                let held = Held { place: Some(self) };
                let value = fetch.await?;
                held.land(&value, keep).await;
                Ok(fresh(value))
            }
            // Whoever holds the lock takes too long; or Redis is away.
            Ok(Look::Theirs) => fetch.await.map(fresh),
            Err(error) => {
                tracing::debug!(%error, "the shared cache is left out");
                fetch.await.map(fresh)
            }
        }
    }

    /// Looks until there is a value or the lock is ours, but no longer than a lock holds.
    async fn look_or_wait(&self) -> Result<Look, BusError> {
        let until = Instant::now() + self.shared.settings.lock;
        let mut pause = PAUSE.0;
        loop {
            let looked = self.look().await?;
            if !matches!(looked, Look::Theirs) || Instant::now() >= until {
                return Ok(looked);
            }
            tokio::time::sleep(pause).await;
            pause = PAUSE.1.min(pause.saturating_mul(2));
        }
    }

    async fn look(&self) -> Result<Look, BusError> {
        let arguments = vec![self.token.as_str().into(), milliseconds(self.shared.settings.lock)];
        let keys = vec![self.value.clone(), self.lock.clone()];
        let what = "looking into the shared cache";
        let answer = self.connection()?.run(what, scripts::LOOK, keys, arguments).await;
        match self.shared.link.judge(answer)? {
            Answer::Integer(0) => Ok(Look::Theirs),
            Answer::Integer(_) => Ok(Look::Ours),
            kept => match kept.as_str().and_then(|json| serde_json::from_str(&json).ok()) {
                Some(value) => Ok(Look::Kept(value)),
                None => {
                    tracing::warn!(key = self.value, "what is kept in Redis is nothing of ours; it is removed");
                    let arguments = vec![self.value.as_str().into()];
                    let timeout = self.shared.settings.command_timeout;
                    let _ = self.connection()?.ask(timeout, "DEL", arguments).await;
                    Ok(Look::Theirs)
                }
            },
        }
    }

    fn connection(&self) -> Result<Arc<Connection>, BusError> {
        self.shared.link.connection()
    }

    async fn let_go(&self) {
        let Ok(connection) = self.connection() else { return };
        let (keys, arguments) = (vec![self.lock.clone()], vec![self.token.as_str().into()]);
        let _ = connection.run("letting go of a lock", scripts::LET_GO, keys, arguments).await;
    }

    async fn land(&self, value: &Value, keep: Duration) {
        let bytes = json_bytes(value);
        // The bound of one process for all its entries bounds one entry for all processes.
        if keep.is_zero() || bytes > self.shared.settings.limits.cache_bytes / 8 {
            return self.let_go().await;
        }
        let Ok(connection) = self.connection() else { return };
        let keys = vec![self.value.clone(), self.lock.clone()];
        let arguments = vec![self.token.as_str().into(), value.to_string().into(), milliseconds(keep)];
        let landed = connection.run("keeping a response", scripts::LAND, keys, arguments).await;
        if let Err(error) = self.shared.link.judge(landed) {
            tracing::debug!(%error, "a response was not kept");
        }
    }
}

/// The lock on a response; let go of when the fetch fails or nobody waits for it any more.
struct Held {
    place: Option<Place>,
}

impl Held {
    async fn land(mut self, value: &Value, keep: Duration) {
        if let Some(place) = self.place.take() {
            place.land(value, keep).await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(place) = self.place.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { place.let_go().await });
        }
    }
}
