//! The buses under test, each with all that it stands on.

use crate::server::RedisServer;
use bus::{InProcess, Limits, Redis, RedisSettings, Resilient};
use chrono::Utc;
use fakes::FaultProxy;
use ports::bus::{Bus, Delivery, Event, Subscription};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections;
use serde_json::json;
use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// No test waits for longer for what must come.
pub const SOON: Duration = Duration::from_secs(30);

/// An idle time that no test reaches.
pub const NEVER: Duration = Duration::from_secs(3_600);

/// An idle time that a test waits for.
pub const SHORT: Duration = Duration::from_millis(300);

/// A bus, once more as another process sees it, and what they stand on.
pub struct World {
    pub bus: Arc<dyn Bus>,
    pub other: Arc<dyn Bus>,
    pub _ground: Box<dyn Any + Send>,
}

pub fn limits(idle: Duration) -> Limits {
    Limits { idle, live_waiting: 16, ..Limits::default() }
}

pub fn memory() -> Arc<dyn Store> {
    store::memory::Memory::new(collections::ALL, Arc::new(SystemClock))
}

pub fn settings(address: SocketAddr, idle: Duration) -> RedisSettings {
    let mut settings = RedisSettings::from_url(&format!("redis://{address}")).unwrap();
    settings.limits = limits(idle);
    settings
}

pub async fn in_process(idle: Duration) -> World {
    let bus: Arc<dyn Bus> = Arc::new(InProcess::new(limits(idle)));
    World { other: Arc::clone(&bus), bus, _ground: Box::new(()) }
}

pub async fn with_outbox(idle: Duration) -> World {
    let bus: Arc<dyn Bus> = Arc::new(InProcess::with_outbox(limits(idle), memory(), "one").await.unwrap());
    World { other: Arc::clone(&bus), bus, _ground: Box::new(()) }
}

pub async fn redis(idle: Duration) -> World {
    let server = RedisServer::start();
    let bus = Arc::new(Redis::connect(settings(server.address(), idle)).await.unwrap());
    let other = Arc::new(Redis::connect(settings(server.address(), idle)).await.unwrap());
    World { bus, other, _ground: Box::new(server) }
}

pub async fn resilient(idle: Duration) -> World {
    let (server, store) = (RedisServer::start(), memory());
    let bus = Resilient::start(settings(server.address(), idle), Some(Arc::clone(&store)), "one").await.unwrap();
    let other = Resilient::start(settings(server.address(), idle), Some(store), "two").await.unwrap();
    World { bus: Arc::new(bus), other: Arc::new(other), _ground: Box::new(server) }
}

/// Redis is there, and slow: each read in either direction comes up to 3 ms late.
pub async fn resilient_behind_a_slow_line(idle: Duration) -> World {
    let (server, store) = (RedisServer::start(), memory());
    let proxy = FaultProxy::start(server.address()).await;
    proxy.delay_with_jitter(Duration::from_millis(1), Duration::from_millis(2), 11);
    let bus = Resilient::start(settings(proxy.address(), idle), Some(Arc::clone(&store)), "one").await.unwrap();
    let other = Resilient::start(settings(proxy.address(), idle), Some(store), "two").await.unwrap();
    World { bus: Arc::new(bus), other: Arc::new(other), _ground: Box::new((proxy, server)) }
}

/// Redis was never there.
pub async fn resilient_without_redis(idle: Duration) -> World {
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let bus: Arc<dyn Bus> = Arc::new(Resilient::start(settings(gone, idle), Some(memory()), "one").await.unwrap());
    World { other: Arc::clone(&bus), bus, _ground: Box::new(()) }
}

/// An event of this id.
pub fn event(id: &str) -> Event {
    Event { id: id.to_owned(), at: Utc::now(), kind: "test".to_owned(), body: json!({ "of": id }) }
}

/// The next delivery, which must come.
pub async fn next(subscription: &mut Box<dyn Subscription>) -> Delivery {
    tokio::time::timeout(SOON, subscription.next()).await.expect("a delivery within the time").unwrap()
}

/// The next so many ids, each acknowledged.
pub async fn handle(subscription: &mut Box<dyn Subscription>, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let delivery = next(subscription).await;
        subscription.acknowledge(&delivery).await.unwrap();
        ids.push(delivery.event.id);
    }
    ids
}

/// Waits until something holds; it must.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(SOON, waiting).await.is_ok(), "not within the time: {what}");
}
