//! Responses kept for a while within one process, and one fetch for all who ask at the same moment.
//!
//! Guarantees: entries and bytes are bounded, the oldest go first; failures are never kept; a caller that stops waiting
//! ends the fetch only when nobody else waits for it. Deliberately absent: the choice of what may be kept.

use domain::envelope::Failure;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use ports::bus::Cached;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

type Landed = Result<Cached, Failure>;
type Fetch = BoxFuture<'static, Landed>;

/// What is kept and what is under way.
pub struct Flights {
    entries: usize,
    bytes: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    kept: BTreeMap<String, Kept>,
    /// Age to key: what goes first.
    ages: BTreeMap<u64, String>,
    bytes: usize,
    under_way: BTreeMap<String, (u64, WeakShared<Fetch>)>,
    counter: u64,
}

struct Kept {
    value: Value,
    bytes: usize,
    until: Instant,
    age: u64,
}

impl Flights {
    /// Keeps at most so many entries of so many bytes together.
    pub fn new(entries: usize, bytes: usize) -> Arc<Self> {
        Arc::new(Self { entries, bytes, inside: Mutex::default() })
    }

    /// What is kept, or what the fetch that is under way brings, or what this one brings; kept for so long, not at all
    /// for no time.
    pub async fn through(self: &Arc<Self>, key: &str, keep: Duration, fetch: Fetch) -> Landed {
        let (flight, joined) = {
            let mut inside = self.lock();
            if let Some(value) = inside.fresh(key) {
                return Ok(Cached { value, hit: true });
            }
            match inside.under_way.get(key).and_then(|(_, flight)| flight.upgrade()) {
                Some(flight) => (flight, true),
                None => (self.begin(&mut inside, key, keep, fetch), false),
            }
        };
        let landed = flight.await?;
        Ok(Cached { hit: landed.hit || joined, ..landed })
    }

    fn begin(self: &Arc<Self>, inside: &mut Inside, key: &str, keep: Duration, fetch: Fetch) -> Shared<Fetch> {
        let number = inside.next();
        let landing = Landing { flights: Arc::clone(self), key: key.to_owned(), number };
        let flight = async move {
            let landed = fetch.await;
            if let Ok(fetched) = &landed
                && !keep.is_zero()
            {
                landing.flights.keep(&landing.key, &fetched.value, keep);
            }
            landed
        };
        let flight = flight.boxed().shared();
        if let Some(weak) = flight.downgrade() {
            inside.under_way.insert(key.to_owned(), (number, weak));
        }
        flight
    }

    fn keep(&self, key: &str, value: &Value, keep: Duration) {
        let bytes = key.len().saturating_add(json_bytes(value));
        // One response of half of the room would push out everything else.
        if bytes > self.bytes / 2 || self.entries == 0 {
            return;
        }
        let Some(until) = Instant::now().checked_add(keep) else { return };
        let mut inside = self.lock();
        inside.forget(key);
        let age = inside.next();
        inside.bytes += bytes;
        inside.ages.insert(age, key.to_owned());
        inside.kept.insert(key.to_owned(), Kept { value: value.clone(), bytes, until, age });
        while inside.kept.len() > self.entries || inside.bytes > self.bytes {
            let Some(oldest) = inside.ages.first_key_value().map(|(_, key)| key.clone()) else { break };
            inside.forget(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of a value as JSON.
pub fn json_bytes(value: &Value) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len())
}

impl Inside {
    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn fresh(&mut self, key: &str) -> Option<Value> {
        let kept = self.kept.get(key)?;
        if kept.until > Instant::now() {
            return Some(kept.value.clone());
        }
        self.forget(key);
        None
    }

    fn forget(&mut self, key: &str) {
        if let Some(kept) = self.kept.remove(key) {
            self.ages.remove(&kept.age);
            self.bytes -= kept.bytes;
        }
    }
}

/// Takes a fetch off the list of those under way, also when everybody stopped waiting for it.
struct Landing {
    flights: Arc<Flights>,
    key: String,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut inside = self.flights.lock();
        // After everybody left, the same key may have been asked for anew.
        if inside.under_way.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            inside.under_way.remove(&self.key);
        }
    }
}
