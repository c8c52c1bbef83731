//! The bus on Redis 7 or Valkey: streams with consumer groups, pub/sub, a shared response cache, counters.
//!
//! Guarantees: an event is taken when the server says so, which is durable as far as the server is (`appendonly yes`,
//! `appendfsync always`; [`BusHealth::engine`] says where it is not append-only). An id is in a stream once, however
//! often it is published, and is not delivered to a group that has acknowledged it, both for as long as
//! [`RedisSettings::remember`] says. What a consumer did not acknowledge is given to another after
//! [`crate::Limits::idle`]. A stream is bounded, and nothing that a group has not handled is ever trimmed: a topic whose
//! slowest group is too far behind takes nothing more, and the error names the group. Every command has a deadline.
//!
//! What somebody else wrote into our keys is told in the log and passed over, or refused with the key's name.
//!
//! Deliberately absent: what to do while the server is away ([`crate::resilient`]), clusters of Redis (scripts use
//! several keys at once), and handling of events that fail every time: consumers see how often one was delivered.

mod cache;
mod connection;
mod errors;
mod link;
mod live;
mod reader;
mod scripts;
mod settings;
mod stream;

pub use settings::RedisSettings;

pub(crate) use errors::is_away;
pub(crate) use link::State;
pub(crate) use reader::Reader;

use crate::flights::Flights;
use crate::limits::{check_name, checked_json};
use async_trait::async_trait;
use domain::envelope::Failure;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use link::Link;
use live::Live as LiveLane;
use ports::bus::{Bus, BusError, BusHealth, Cached, Event, Live, Subscription};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stream::Stream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The bus on Redis. Dropping it stops it.
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Arc<RedisSettings>,
    link: Arc<Link>,
    live: LiveLane,
    flights: Arc<Flights>,
    /// What no other process has, for tokens and members.
    mark: String,
    marks: AtomicU64,
    stopped: CancellationToken,
}

impl Redis {
    /// Connects, and waits until the server is there.
    ///
    /// # Errors
    /// When it is not there within the time for connecting and a command, or refuses.
    pub async fn connect(settings: RedisSettings) -> Result<Self, BusError> {
        let wait = settings.connect_timeout.saturating_add(settings.command_timeout);
        let redis = Self::start(settings)?;
        redis.wait(wait).await?;
        Ok(redis)
    }

    /// Begins to connect, and goes on trying for as long as it lives.
    ///
    /// # Errors
    /// When the settings are wrong.
    pub fn start(settings: RedisSettings) -> Result<Self, BusError> {
        settings.check()?;
        let (settings, stopped) = (Arc::new(settings), CancellationToken::new());
        let link = Link::start(Arc::clone(&settings), stopped.clone());
        let live = LiveLane::start(Arc::clone(&settings), stopped.clone());
        // Nothing is kept here: what is kept is in Redis.
        let flights = Flights::new(0, 0);
        let now = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
        let mark = format!("{}-{now}-{:p}", std::process::id(), Arc::as_ptr(&settings));
        let shared = Shared { settings, link, live, flights, mark, marks: AtomicU64::new(0), stopped };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Waits until the server is there.
    pub(crate) async fn wait(&self, wait: Duration) -> Result<(), BusError> {
        let mut state = self.shared.link.state();
        let there = tokio::time::timeout(wait, state.wait_for(|state| state.away.is_none())).await;
        if matches!(there, Ok(Ok(_))) {
            return Ok(());
        }
        drop(there);
        let away = self.shared.link.state().borrow().away.clone();
        Err(away.unwrap_or(BusError::Closed))
    }

    /// How the server stands, and what it becomes.
    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.shared.link.state()
    }

    /// Publishes, where these groups are made first.
    pub(crate) async fn publish_to(&self, topic: &str, groups: &[String], event: &Event) -> Result<(), BusError> {
        let json = checked_json(event, self.shared.settings.limits.event_bytes)?;
        self.shared.stream(topic).publish(&event.id, json, groups).await
    }

    /// Makes a group.
    pub(crate) async fn join(&self, topic: &str, group: &str) -> Result<(), BusError> {
        self.shared.stream(topic).join(group).await
    }

    /// A consumer that joins its group as soon as the server is there.
    pub(crate) fn reader(&self, topic: &str, group: &str, consumer: &str) -> Reader {
        Reader::start(Arc::clone(&self.shared), topic, group, consumer)
    }

    /// Announces, or tells why it could not.
    pub(crate) async fn tell(&self, channel: &str, message: &Value) -> Result<(), BusError> {
        live::tell(&self.shared, channel, message).await
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.shared.stopped.cancel();
    }
}

impl Shared {
    fn stream<'a>(&'a self, topic: &'a str) -> Stream<'a> {
        Stream { shared: self, topic }
    }

    /// Something that no other caller has, here or elsewhere.
    fn unique(&self) -> String {
        format!("{}-{}", self.mark, self.marks.fetch_add(1, Ordering::Relaxed))
    }
}

#[async_trait]
impl Bus for Redis {
    async fn publish(&self, topic: &str, event: Event) -> Result<(), BusError> {
        check_name("topic", topic)?;
        self.publish_to(topic, &[], &event).await
    }

    async fn subscribe(&self, topic: &str, group: &str, consumer: &str) -> Result<Box<dyn Subscription>, BusError> {
        for (what, name) in [("topic", topic), ("group", group), ("consumer", consumer)] {
            check_name(what, name)?;
        }
        self.shared.stream(topic).join(group).await?;
        Ok(Box::new(self.reader(topic, group, consumer)))
    }

    async fn announce(&self, channel: &str, message: Value) {
        if let Err(error) = self.tell(channel, &message).await {
            tracing::debug!(%error, "a live message was not told");
        }
    }

    async fn watch(&self, channel: &str) -> BoxStream<'static, Live> {
        self.shared.live.watch(channel).await
    }

    async fn cached(
        &self,
        key: &str,
        keep: Duration,
        fetch: BoxFuture<'static, Result<Value, Failure>>,
    ) -> Result<Cached, Failure> {
        cache::through(&self.shared, key, keep, fetch).await
    }

    async fn count(&self, key: &str, window: Duration) -> Result<u64, BusError> {
        cache::count(&self.shared, key, window).await
    }

    fn health(&self) -> BusHealth {
        let state = self.shared.link.state();
        let state = state.borrow();
        BusHealth {
            place: self.shared.settings.place.clone(),
            engine: state.engine.clone(),
            degraded: state.away.as_ref().map(ToString::to_string),
            since: state.since,
            waiting: 0,
        }
    }
}
