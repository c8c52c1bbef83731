//! A bus that several replicas of one test share: live views only.

use async_trait::async_trait;
use domain::envelope::Failure;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use ports::bus::{Bus, BusError, BusHealth, Cached, Event, Live, Subscription};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};

struct Shared(broadcast::Sender<(String, Value)>);

/// A bus.
pub fn bus() -> Arc<dyn Bus> {
    Arc::new(Shared(broadcast::channel(64).0))
}

#[async_trait]
impl Bus for Shared {
    async fn publish(&self, _topic: &str, _event: Event) -> Result<(), BusError> {
        Err(BusError::Closed)
    }

    async fn subscribe(&self, _topic: &str, _group: &str, _consumer: &str) -> Result<Box<dyn Subscription>, BusError> {
        Err(BusError::Closed)
    }

    async fn announce(&self, channel: &str, message: Value) {
        let _ = self.0.send((channel.to_owned(), message));
    }

    async fn watch(&self, channel: &str) -> BoxStream<'static, Live> {
        let (receiver, channel) = (self.0.subscribe(), channel.to_owned());
        stream::unfold((receiver, channel), |(mut receiver, channel)| async {
            loop {
                match receiver.recv().await {
                    Ok((at, message)) if at == channel => return Some((Live::Message(message), (receiver, channel))),
                    Ok(_) => {}
                    Err(RecvError::Lagged(count)) => return Some((Live::Missed(count), (receiver, channel))),
                    Err(RecvError::Closed) => return None,
                }
            }
        })
        .boxed()
    }

    async fn cached(
        &self,
        _key: &str,
        _keep: Duration,
        fetch: BoxFuture<'static, Result<Value, Failure>>,
    ) -> Result<Cached, Failure> {
        fetch.await.map(|value| Cached { value, hit: false })
    }

    async fn count(&self, _key: &str, _window: Duration) -> Result<u64, BusError> {
        Err(BusError::Closed)
    }

    fn health(&self) -> BusHealth {
        BusHealth { place: "a test".to_owned(), engine: None, degraded: None, since: super::noon(), waiting: 0 }
    }
}
