//! The bus of one process, without any server.
//!
//! Guarantees: those of the port, within the process, bounded everywhere by [`Limits`]. With an outbox
//! ([`InProcess::with_outbox`]) an event is in the store before `publish` answers, stays there until every group that
//! lacks it has acknowledged it, and is delivered again after a restart; groups outlive the process, and what they
//! handled is remembered in the store. **Without an outbox nothing outlives the process**: an event that was taken and
//! not yet handled is lost with it.
//!
//! An event of a topic that has no groups is taken and forgotten: nobody waits for it.
//!
//! Deliberately absent: other processes. Two that share a store do not see each other's events; that takes Redis.

mod durable;
mod subscription;

pub(crate) use subscription::Consumer;

use crate::flights::Flights;
use crate::limits::{Limits, check_name, checked_json};
use crate::live::LiveViews;
use crate::queues::Queues;
use crate::rates::Rates;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use durable::Durable;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use ports::bus::{Bus, BusError, BusHealth, Cached, Event, Live, Subscription};
use ports::store::Store;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The bus of one process. Dropping it stops it: its subscriptions are told that it is closed.
pub struct InProcess {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    queues: Mutex<Queues>,
    live: LiveViews,
    flights: Arc<Flights>,
    rates: Mutex<Rates>,
    durable: Option<Durable>,
    consumers: AtomicU64,
    since: DateTime<Utc>,
    stopped: CancellationToken,
}

impl InProcess {
    /// A bus whose events are lost with the process.
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, None)
    }

    /// A bus whose events are in the store's outbox until they are handled. What an earlier life of the same instance
    /// left there is delivered again. The instance names this process among those that share the store, and is the
    /// same after a restart.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub async fn with_outbox(limits: Limits, store: Arc<dyn Store>, instance: &str) -> Result<Self, BusError> {
        let (durable, found) = Durable::open(store, instance, &limits).await?;
        let bus = Self::with(limits, Some(durable));
        bus.shared.take_up(found).await?;
        Ok(bus)
    }

    fn with(limits: Limits, durable: Option<Durable>) -> Self {
        let shared = Shared {
            queues: Mutex::new(Queues::new(limits.clone())),
            live: LiveViews::new(limits.live_waiting, limits.live_channels),
            flights: Flights::new(limits.cache_entries, limits.cache_bytes),
            rates: Mutex::new(Rates::new(limits.rate_keys, limits.rate_count)),
            durable,
            consumers: AtomicU64::new(0),
            since: Utc::now(),
            stopped: CancellationToken::new(),
            limits,
        };
        Self { shared: Arc::new(shared) }
    }

    /// What is queued, for the bus that uses this one while its server is away.
    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        self.shared.queues()
    }

    /// Joins a group, without the checks and the store.
    pub(crate) fn consumer(&self, topic: &str, group: &str) -> Result<Consumer, BusError> {
        let woken = self.queues().join(topic, group)?;
        let number = self.shared.consumers.fetch_add(1, Ordering::Relaxed);
        Ok(Consumer::new(Arc::clone(&self.shared), topic, group, number, woken))
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.shared.stopped.cancel();
    }
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Bus for InProcess {
    async fn publish(&self, topic: &str, event: Event) -> Result<(), BusError> {
        check_name("topic", topic)?;
        let bytes = checked_json(&event, self.shared.limits.event_bytes)?.len();
        self.shared.publish(topic, event, bytes).await
    }

    async fn subscribe(&self, topic: &str, group: &str, consumer: &str) -> Result<Box<dyn Subscription>, BusError> {
        for (what, name) in [("topic", topic), ("group", group), ("consumer", consumer)] {
            check_name(what, name)?;
        }
        if let Some(durable) = &self.shared.durable {
            durable.outbox.register(topic, group).await?;
        }
        Ok(Box::new(self.consumer(topic, group)?))
    }

    async fn announce(&self, channel: &str, message: Value) {
        self.shared.live.tell(channel, Live::Message(message));
    }

    async fn watch(&self, channel: &str) -> BoxStream<'static, Live> {
        self.shared.live.watch(channel)
    }

    async fn cached(
        &self,
        key: &str,
        keep: Duration,
        fetch: BoxFuture<'static, Result<Value, Failure>>,
    ) -> Result<Cached, Failure> {
        let fetch = fetch.map(|fetched| fetched.map(|value| Cached { value, hit: false })).boxed();
        self.shared.flights.through(key, keep, fetch).await
    }

    async fn count(&self, key: &str, window: Duration) -> Result<u64, BusError> {
        let mut rates = self.shared.rates.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(rates.count(key, window, Instant::now()))
    }

    fn health(&self) -> BusHealth {
        let durable = self.shared.durable.as_ref();
        let place = if durable.is_some() { "in process, outbox in the store" } else { "in process" };
        let waiting = durable.map_or(0, |durable| durable.outbox.waiting());
        BusHealth { place: place.to_owned(), engine: None, degraded: None, since: self.shared.since, waiting }
    }
}
