//! Repeated reads: results kept for a short time, and identical calls at one moment made once.
//!
//! Guarantees: entries and bytes are bounded, the oldest go first; failures are never kept; a caller that stops waiting
//! ends the shared call only when nobody else waits for it. Deliberately absent: the choice of what may be kept.

use crate::result::Fetched;
use crate::settings::CacheSettings;
use domain::envelope::{Envelope, Failure};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What all who wait for one call get.
type Landed = Arc<Result<Fetched, Failure>>;

type Flight = Shared<BoxFuture<'static, Landed>>;

/// A result, its size as JSON, and whether another call paid for it.
pub struct Answer {
    /// What came back.
    pub result: Result<Envelope, Failure>,
    /// Bytes as JSON; 0 for a failure.
    pub bytes: u64,
    /// Whether it was kept, or is shared with a call that was already under way.
    pub cached: bool,
}

impl Answer {
    /// An answer that this call paid for.
    pub fn fresh(fetched: Result<Fetched, Failure>) -> Self {
        let bytes = fetched.as_ref().map_or(0, |fetched| length(&fetched.json));
        Self { result: fetched.map(|fetched| fetched.envelope), bytes, cached: false }
    }
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

/// The cache; one for a toolbox.
pub struct Cache {
    limits: CacheSettings,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    kept: BTreeMap<String, Kept>,
    /// Age to key: what goes first when a bound is reached.
    ages: BTreeMap<u64, String>,
    bytes: usize,
    flights: BTreeMap<String, (u64, WeakShared<BoxFuture<'static, Landed>>)>,
    counter: u64,
}

struct Kept {
    json: Arc<str>,
    until: Instant,
    age: u64,
}

impl Cache {
    /// An empty cache with these limits.
    pub fn new(limits: CacheSettings) -> Arc<Self> {
        Arc::new(Self { limits, inside: Mutex::new(Inside::default()) })
    }

    /// The kept result, or that of the same call already under way, or that of `make`.
    pub async fn through(
        self: &Arc<Self>,
        key: String,
        ttl: Duration,
        make: impl Future<Output = Result<Fetched, Failure>> + Send + 'static,
    ) -> Answer {
        let (flight, joined) = match self.join_or_begin(key, ttl, make) {
            Found::Kept(json) => match serde_json::from_str(&json) {
                Ok(envelope) => return Answer { result: Ok(envelope), bytes: length(&json), cached: true },
                Err(error) => {
                    // What is kept was written by this program or parsed by it before.
                    let text = format!("a kept result cannot be read: {error}");
                    let failure = Failure::new(domain::envelope::FailureKind::BadAnswer, text);
                    return Answer { result: Err(failure), bytes: 0, cached: true };
                }
            },
            Found::Flight(flight, joined) => (flight, joined),
        };
        match Arc::try_unwrap(flight.await) {
            Ok(result) => Answer { cached: joined, ..Answer::fresh(result) },
            Err(shared) => match shared.as_ref() {
                Ok(fetched) => {
                    Answer { result: Ok(fetched.envelope.clone()), bytes: length(&fetched.json), cached: joined }
                }
                Err(failure) => Answer { result: Err(failure.clone()), bytes: 0, cached: joined },
            },
        }
    }

    fn join_or_begin(
        self: &Arc<Self>,
        key: String,
        ttl: Duration,
        make: impl Future<Output = Result<Fetched, Failure>> + Send + 'static,
    ) -> Found {
        let mut inside = self.lock();
        if let Some(json) = inside.fresh(&key) {
            return Found::Kept(json);
        }
        if let Some(flight) = inside.flights.get(&key).and_then(|(_, flight)| flight.upgrade()) {
            return Found::Flight(flight, true);
        }
        let number = inside.next();
        let landing = Landing { cache: Arc::clone(self), key: key.clone(), number };
        let flight = async move {
            let landed = make.await;
            if let Ok(fetched) = &landed {
                landing.cache.keep(&landing.key, &fetched.json, ttl);
            }
            Arc::new(landed)
        };
        let flight = flight.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            inside.flights.insert(key, (number, weak));
        }
        Found::Flight(flight, false)
    }

    fn keep(&self, key: &str, json: &str, ttl: Duration) {
        // One result that fills half of the cache would push out everything else.
        if json.len() > self.limits.max_bytes / 2 || self.limits.max_entries == 0 {
            return;
        }
        let mut inside = self.lock();
        inside.forget(key);
        let age = inside.next();
        inside.bytes += json.len();
        inside.ages.insert(age, key.to_owned());
        inside.kept.insert(key.to_owned(), Kept { json: json.into(), until: Instant::now() + ttl, age });
        while inside.kept.len() > self.limits.max_entries || inside.bytes > self.limits.max_bytes {
            let Some(oldest) = inside.ages.first_key_value().map(|(_, key)| key.clone()) else { break };
            inside.forget(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Found {
    Kept(Arc<str>),
    /// The call, and whether somebody else began it.
    Flight(Flight, bool),
}

impl Inside {
    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn fresh(&mut self, key: &str) -> Option<Arc<str>> {
        let kept = self.kept.get(key)?;
        if kept.until > Instant::now() {
            return Some(Arc::clone(&kept.json));
        }
        self.forget(key);
        None
    }

    fn forget(&mut self, key: &str) {
        if let Some(kept) = self.kept.remove(key) {
            self.ages.remove(&kept.age);
            self.bytes -= kept.json.len();
        }
    }
}

/// Takes a call off the list of those under way, also when everybody stopped waiting for it.
struct Landing {
    cache: Arc<Cache>,
    key: String,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut inside = self.cache.lock();
        // After everybody left, the same call may have been begun anew under the same key.
        if inside.flights.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            inside.flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
