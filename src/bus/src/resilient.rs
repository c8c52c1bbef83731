//! The bus on Redis that goes on while Redis is away.
//!
//! While Redis is there, everything goes over it. While it is away (gone, silent, or answering errors to writes), which
//! is noticed within a second, this process serves itself: an event is put into the store's outbox before `publish`
//! answers, and handed to the consumers of this process; live views, cache and counters are this process's own. When
//! Redis is back, what is in the outbox goes to it in the order in which each topic got it, and then everything does
//! again. Nothing has to be restarted.
//!
//! Guarantees: an event that was taken is in Redis or in the outbox until every group has handled it. Before a consumer
//! gets an event, its group asks the store for it (collection `handled`), which gives it to one at a time and to nobody
//! once it was handled, whichever way it came and whichever process has it: so an outage doubles nothing, as long as the
//! store remembers ([`crate::Limits::remember`]) and can be asked. Where the store is away too, events are delivered at
//! least once, and `publish` fails. **Without a store, `publish` fails while Redis is away**: nothing is taken that could
//! be lost.
//!
//! A group that is new during an outage may, besides what comes from then on, get what was waiting in the outbox.
//!
//! What a process left in the outbox when it died is handed over by its next life under the same instance name, or,
//! after [`ADOPT_AFTER`], by any other process on the same store.

mod repair;
mod subscription;

use crate::handled::Handled;
use crate::in_process::InProcess;
use crate::limits::{check_name, checked_json};
use crate::outbox::{Found, Outbox};
use crate::redis::{Redis, RedisSettings, is_away};
use async_trait::async_trait;
use domain::envelope::Failure;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use ports::bus::{Bus, BusError, BusHealth, Cached, Event, Live, Subscription};
use ports::store::Store;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use subscription::Consumer;
use tokio::sync::{Notify, RwLock};
use tokio_util::sync::CancellationToken;

/// After so long in the outbox an event is handed over by any process, since the one that put it there is gone.
pub const ADOPT_AFTER: Duration = Duration::from_secs(300);

/// The bus on Redis that goes on while Redis is away. Dropping it stops it.
pub struct Resilient {
    shared: Arc<Shared>,
}

struct Shared {
    redis: Redis,
    /// Who serves while Redis is away.
    local: InProcess,
    durable: Option<Durable>,
    instance: String,
    idle: Duration,
    event_bytes: usize,
    /// Held to read while an event is taken or a group joins, and to write while the way changes.
    way: RwLock<Way>,
    /// Whether something was put into the outbox that has not been handed over since; also where Redis was away too
    /// shortly for the way to change.
    kept: AtomicBool,
    nudge: Notify,
    consumers: AtomicU64,
    stopped: CancellationToken,
}

struct Durable {
    outbox: Outbox,
    handled: Handled,
}

/// Which way events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Redis,
    Outbox,
}

impl Resilient {
    /// Starts, with Redis or without: it waits for it no longer than connecting may take. The instance names this process
    /// among those that share the store, and is the same after a restart.
    ///
    /// # Errors
    /// When the settings are wrong or the store cannot be read.
    pub async fn start(
        settings: RedisSettings,
        store: Option<Arc<dyn Store>>,
        instance: &str,
    ) -> Result<Self, BusError> {
        let (limits, wait) = (settings.limits.clone(), settings.connect_timeout);
        let (durable, found) = match store {
            Some(store) => {
                let (outbox, found) = Outbox::open(Arc::clone(&store), instance, limits.waiting).await?;
                (Some(Durable { outbox, handled: Handled::new(store, limits.remember) }), found)
            }
            None => (None, Found::default()),
        };
        let local = InProcess::new(limits.clone());
        // Until it is known whether Redis is there.
        local.queues().pause(true);
        let shared = Arc::new(Shared {
            redis: Redis::start(settings)?,
            local,
            durable,
            instance: instance.to_owned(),
            idle: limits.idle,
            event_bytes: limits.event_bytes,
            way: RwLock::new(Way::Outbox),
            kept: AtomicBool::new(false),
            nudge: Notify::new(),
            consumers: AtomicU64::new(0),
            stopped: CancellationToken::new(),
        });
        shared.take_up(found)?;
        if shared.redis.wait(wait).await.is_ok()
            && let Err(error) = shared.repair().await
        {
            tracing::warn!(%error, "what waits in the outbox is handed over later");
        }
        tokio::spawn(Arc::clone(&shared).supervise());
        Ok(Self { shared })
    }
}

impl Drop for Resilient {
    fn drop(&mut self) {
        self.shared.stopped.cancel();
    }
}

impl Shared {
    /// Puts what an earlier life left into the queues of this process.
    fn take_up(&self, found: Found) -> Result<(), BusError> {
        let mut queues = self.local.queues();
        for (topic, group) in
            found.topics.iter().flat_map(|(topic, groups)| groups.keys().map(move |group| (topic, group)))
        {
            queues.join(topic, group)?;
        }
        for entry in found.entries {
            let groups = found.topics.get(&entry.topic).into_iter().flatten();
            let then: Vec<String> =
                groups.filter(|(_, since)| **since <= entry.order).map(|(group, _)| group.clone()).collect();
            let bytes = serde_json::to_vec(&entry.event).map_or(0, |json| json.len());
            queues.offer(&entry.topic, &then, entry.order, &Arc::new(entry.event), bytes);
        }
        Ok(())
    }

    /// Takes an event without Redis.
    async fn keep(&self, topic: &str, event: Event, bytes: usize, why: &BusError) -> Result<(), BusError> {
        let Some(durable) = &self.durable else {
            return Err(BusError::Unavailable(format!(
                "the event {} was not taken: {why}; there is no store to keep it in meanwhile",
                event.id
            )));
        };
        let groups = self.local.queues().lacking(topic, &event.id);
        self.local.queues().room(topic, &groups, bytes)?;
        let entry = durable.outbox.put(topic, &event).await?;
        self.kept.store(true, Ordering::SeqCst);
        self.local.queues().offer(topic, &groups, entry.order, &Arc::new(event), bytes);
        Ok(())
    }

    fn away(&self) -> Option<BusError> {
        self.redis.state().borrow().away.clone()
    }
}

#[async_trait]
impl Bus for Resilient {
    async fn publish(&self, topic: &str, event: Event) -> Result<(), BusError> {
        check_name("topic", topic)?;
        let bytes = checked_json(&event, self.shared.event_bytes)?.len();
        let way = self.shared.way.read().await;
        let why = match *way {
            Way::Redis => match self.shared.redis.publish_to(topic, &[], &event).await {
                Err(error) if is_away(&error) => error,
                told => return told,
            },
            Way::Outbox => BusError::Unavailable("Redis is away".to_owned()),
        };
        let why = self.shared.away().unwrap_or(why);
        let kept = self.shared.keep(topic, event, bytes, &why).await;
        self.shared.nudge.notify_one();
        kept
    }

    async fn subscribe(&self, topic: &str, group: &str, consumer: &str) -> Result<Box<dyn Subscription>, BusError> {
        for (what, name) in [("topic", topic), ("group", group), ("consumer", consumer)] {
            check_name(what, name)?;
        }
        // The way does not change meanwhile: either the group is in Redis, or it is made there before events go there.
        let _way = self.shared.way.read().await;
        let joined = self.shared.redis.join(topic, group).await;
        if let Some(durable) = &self.shared.durable
            && let Err(error) = durable.outbox.register(topic, group).await
        {
            joined?;
            tracing::warn!(%error, "the group is known to Redis only");
        }
        Ok(Box::new(Consumer::start(Arc::clone(&self.shared), topic, group, consumer)?))
    }

    async fn announce(&self, channel: &str, message: Value) {
        if self.shared.redis.tell(channel, &message).await.is_err() {
            self.shared.local.announce(channel, message).await;
        }
    }

    async fn watch(&self, channel: &str) -> BoxStream<'static, Live> {
        let local = self.shared.local.watch(channel).await;
        stream::select(self.shared.redis.watch(channel).await, local).boxed()
    }

    async fn cached(
        &self,
        key: &str,
        keep: Duration,
        fetch: BoxFuture<'static, Result<Value, Failure>>,
    ) -> Result<Cached, Failure> {
        match self.shared.away() {
            Some(_) => self.shared.local.cached(key, keep, fetch).await,
            None => self.shared.redis.cached(key, keep, fetch).await,
        }
    }

    async fn count(&self, key: &str, window: Duration) -> Result<u64, BusError> {
        match self.shared.redis.count(key, window).await {
            Err(error) if is_away(&error) => self.shared.local.count(key, window).await,
            told => told,
        }
    }

    fn health(&self) -> BusHealth {
        let health = self.shared.redis.health();
        let waiting = self.shared.durable.as_ref().map_or(0, |durable| durable.outbox.waiting());
        let meanwhile = match &self.shared.durable {
            Some(_) => "this process serves itself, and keeps events in the store's outbox",
            None => "this process serves itself, and takes no events, since there is no store to keep them in",
        };
        let degraded = match health.degraded {
            Some(why) => Some(format!("Redis is away: {why}; {meanwhile}")),
            None if waiting > 0 => Some(format!("Redis is there; {waiting} events are being handed over to it")),
            None => None,
        };
        BusHealth { degraded, waiting, ..health }
    }
}

impl Shared {
    /// A name for claims that no other consumer has.
    fn claimant(&self, consumer: &str) -> String {
        let number = self.consumers.fetch_add(1, Ordering::Relaxed);
        let now = chrono::Utc::now().timestamp_micros();
        format!("{}/{consumer}/{now}/{number}", self.instance)
    }
}
