//! What several processes share in passing: events, live views, cached responses, request rates.
//!
//! Guarantees, which one conformance suite tries on every implementation: an event that was taken is delivered to each
//! group at least once, also when the consumer that had it died; an id that a group has acknowledged is not delivered to
//! it again; one flight at a time fetches what the cache lacks; live views are lossy and say how much they lost.
//!
//! Deliberately absent: whatever guards an action (freeze, rate cap, cool-down, chain lock, lease). That is counted in
//! the store, so that a bus that is away never loosens a guard.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique; the same happening has the same id, however often it is told.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Which sort, as its consumers know it.
    pub kind: String,
    /// What its consumers need.
    pub body: Value,
}

/// An event on its way to one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event.
    pub event: Event,
    /// How often it was delivered to the group, this time counted in; 1 is the first.
    pub attempt: u32,
    /// What the implementation knows it by.
    pub receipt: String,
}

/// One consumer of a group. Dropping it gives back what it has not acknowledged, after the implementation's idle time.
#[async_trait]
pub trait Subscription: Send {
    /// The next event; waits for one. Goes on by itself when the server was away.
    ///
    /// # Errors
    /// [`BusError::Closed`] when the bus stops.
    async fn next(&mut self) -> Result<Delivery, BusError>;

    /// Says that the event was handled; it is not delivered to the group again.
    ///
    /// # Errors
    /// When it could not be told; the event may come again.
    async fn acknowledge(&mut self, delivery: &Delivery) -> Result<(), BusError>;
}

/// What a live view gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// What was announced.
    Message(Value),
    /// So many were missed, because the view was too slow.
    Missed(u64),
    /// What was announced meanwhile may be missing: the server was away.
    Interrupted,
}

/// A response of the cache.
#[derive(Debug, Clone, PartialEq)]
pub struct Cached {
    /// What was fetched.
    pub value: Value,
    /// Whether it was kept, or fetched by somebody else at the same moment.
    pub hit: bool,
}

/// How the bus stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusHealth {
    /// Which implementation at which place, without credentials.
    pub place: String,
    /// Version of the server, where there is one.
    pub engine: Option<String>,
    /// Why it is served from this process only, where it is.
    pub degraded: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Events that wait in the store's outbox.
    pub waiting: u64,
}

/// Why the bus did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The server cannot be reached, or cannot take anything now; nothing was taken.
    #[error("{0}")]
    Unavailable(String),
    /// A bound is reached: the event was not taken.
    #[error("{0}")]
    Full(String),
    /// The server refused the credentials.
    #[error("{0}")]
    Denied(String),
    /// What came back is nothing that this program wrote.
    #[error("{0}")]
    Unreadable(String),
    /// The bus has stopped.
    #[error("the bus has stopped")]
    Closed,
}

/// The bus.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Takes an event: from here on it is delivered, whatever happens to this process, where the bus has a server or a
    /// store behind it.
    ///
    /// # Errors
    /// When it was not taken.
    async fn publish(&self, topic: &str, event: Event) -> Result<(), BusError>;

    /// Joins a group of consumers; each event goes to one of them. A new group gets what is published from now on.
    ///
    /// # Errors
    /// When it could not be joined.
    async fn subscribe(&self, topic: &str, group: &str, consumer: &str) -> Result<Box<dyn Subscription>, BusError>;

    /// Tells all live views of a channel. Nobody may be there.
    async fn announce(&self, channel: &str, message: Value);

    /// A live view of a channel: what is announced from now on.
    async fn watch(&self, channel: &str) -> BoxStream<'static, Live>;

    /// The response kept under this key, or what `fetch` brings, kept for so long. Failures are not kept. Where many ask
    /// at once, one fetches.
    ///
    /// # Errors
    /// What `fetch` told.
    async fn cached(
        &self,
        key: &str,
        keep: Duration,
        fetch: BoxFuture<'static, Result<Value, Failure>>,
    ) -> Result<Cached, Failure>;

    /// Counts one request under this key. Answers with how many there were within the window, this one counted in.
    ///
    /// # Errors
    /// When it could not be counted.
    async fn count(&self, key: &str, window: Duration) -> Result<u64, BusError>;

    /// How it stands now.
    fn health(&self) -> BusHealth;
}
