//! The bus for those who begin before it could be started: they hear of each other from when it is.

use super::health::StartedBus;
use async_trait::async_trait;
use chrono::Utc;
use domain::envelope::Failure;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _};
use ports::bus::{Bus, BusError, BusHealth, Cached, Event, Live, Subscription};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// Stands for a bus that may not be there yet.
pub struct LateBus(StartedBus);

impl LateBus {
    /// For the bus that starts here.
    pub fn new(started: StartedBus) -> Self {
        Self(started)
    }

    fn started(&self) -> Result<&Arc<dyn Bus>, BusError> {
        self.0.get().ok_or_else(|| BusError::Unavailable("the bus has not started yet".to_owned()))
    }
}

#[async_trait]
impl Bus for LateBus {
    async fn publish(&self, topic: &str, event: Event) -> Result<(), BusError> {
        self.started()?.publish(topic, event).await
    }

    async fn subscribe(&self, topic: &str, group: &str, consumer: &str) -> Result<Box<dyn Subscription>, BusError> {
        self.started()?.subscribe(topic, group, consumer).await
    }

    /// Before the start no other view can be there but of this process, and it begins with the start.
    async fn announce(&self, channel: &str, message: Value) {
        if let Some(bus) = self.0.get() {
            bus.announce(channel, message).await;
        }
    }

    /// Begins when the bus starts.
    async fn watch(&self, channel: &str) -> BoxStream<'static, Live> {
        let (started, channel) = (Arc::clone(&self.0), channel.to_owned());
        let begun = async move { started.wait().await.watch(&channel).await };
        stream::once(begun).flatten().boxed()
    }

    async fn cached(
        &self,
        key: &str,
        keep: Duration,
        fetch: BoxFuture<'static, Result<Value, Failure>>,
    ) -> Result<Cached, Failure> {
        match self.0.get() {
            Some(bus) => bus.cached(key, keep, fetch).await,
            None => fetch.await.map(|value| Cached { value, hit: false }),
        }
    }

    async fn count(&self, key: &str, window: Duration) -> Result<u64, BusError> {
        self.started()?.count(key, window).await
    }

    fn health(&self) -> BusHealth {
        match self.0.get() {
            Some(bus) => bus.health(),
            None => BusHealth {
                place: "this process".to_owned(),
                engine: None,
                degraded: Some("it has not started yet".to_owned()),
                since: Utc::now(),
                waiting: 0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::talk;
    use bus::{InProcess, Limits};
    use serde_json::json;
    use tokio::sync::SetOnce;

    #[tokio::test]
    async fn a_view_that_began_before_the_bus_hears_what_is_announced_after_its_start() {
        let started = Arc::new(SetOnce::new());
        let late = LateBus::new(Arc::clone(&started));
        let mut view = late.watch("stop").await;
        assert!(late.count("k", Duration::from_secs(1)).await.is_err());
        late.announce("stop", json!("lost: nobody could hear it")).await;
        assert!(futures::poll!(view.next()).is_pending());
        let real: Arc<dyn Bus> =
            Arc::new(InProcess::with_outbox(Limits::default(), talk::in_memory(), "test").await.unwrap());
        assert!(started.set(real).is_ok());
        // The view begins when it is polled; until then nothing is announced to it.
        let heard = tokio::spawn(async move { view.next().await });
        while !heard.is_finished() {
            late.announce("stop", json!("e1")).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(heard.await.unwrap(), Some(Live::Message(json!("e1"))));
        assert_eq!(late.count("k", Duration::from_secs(60)).await.unwrap(), 1);
    }
}
