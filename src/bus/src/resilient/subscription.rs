//! One consumer that gets events both ways: over Redis, and from this process while Redis is away.

use super::Shared;
use crate::handled::{Claim, Owed};
use crate::in_process::Consumer as Local;
use crate::redis::Reader;
use async_trait::async_trait;
use ports::bus::{BusError, Delivery, Subscription};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What a receipt begins with, by the way on which the delivery came.
const LOCAL: &str = "local:";
const REDIS: &str = "redis:";

/// One consumer. What it did not acknowledge goes to others: at once where it came within this process, after the idle
/// time where it came over Redis.
pub struct Consumer {
    shared: Arc<Shared>,
    topic: String,
    group: String,
    /// In whose name events are claimed.
    claimant: String,
    /// Taken only when it is dropped.
    local: Option<Local>,
    redis: Reader,
    /// What came, while it is asked whether it may be handled; kept here for a caller that stops waiting meanwhile.
    asking: Option<Delivery>,
    /// Ids that are claimed and not handled.
    claimed: BTreeSet<String>,
}

impl Consumer {
    pub(super) fn start(shared: Arc<Shared>, topic: &str, group: &str, consumer: &str) -> Result<Self, BusError> {
        let local = Some(shared.local.consumer(topic, group)?);
        let redis = shared.redis.reader(topic, group, consumer);
        let claimant = shared.claimant(consumer);
        let (topic, group) = (topic.to_owned(), group.to_owned());
        Ok(Self { shared, topic, group, claimant, local, redis, asking: None, claimed: BTreeSet::new() })
    }

    /// What comes next, on either way.
    async fn come(&mut self) -> Result<Delivery, BusError> {
        let local = async {
            match &mut self.local {
                Some(local) => local.next().await,
                None => Err(BusError::Closed),
            }
        };
        tokio::select! {
            biased;
            () = self.shared.stopped.cancelled() => Err(BusError::Closed),
            delivery = local => marked(LOCAL, delivery?),
            delivery = self.redis.next() => marked(REDIS, delivery?),
        }
    }

    /// Whether this consumer may handle an event.
    async fn claim(&self, id: &str) -> Claim {
        let Some(durable) = &self.shared.durable else { return Claim::Yours };
        let owed = Owed { topic: &self.topic, group: &self.group, id };
        // Shorter than the idle time, after which the next one asks.
        let hold = (self.shared.idle / 4).saturating_mul(3).max(Duration::from_millis(1));
        match durable.handled.claim(owed, &self.claimant, hold).await {
            Ok(claim) => claim,
            Err(error) => {
                tracing::warn!(%error, "an event is delivered without asking the store, perhaps twice");
                Claim::Yours
            }
        }
    }

    /// Says on the way on which it came that it was handled.
    async fn settle(&mut self, delivery: &Delivery) -> Result<(), BusError> {
        let mut inner = delivery.clone();
        if let Some(receipt) = delivery.receipt.strip_prefix(LOCAL) {
            inner.receipt = receipt.to_owned();
            return match &mut self.local {
                Some(local) => local.acknowledge(&inner).await,
                None => Err(BusError::Closed),
            };
        }
        inner.receipt = delivery.receipt.trim_start_matches(REDIS).to_owned();
        self.redis.acknowledge(&inner).await
    }
}

fn marked(way: &str, mut delivery: Delivery) -> Result<Delivery, BusError> {
    delivery.receipt.insert_str(0, way);
    Ok(delivery)
}

#[async_trait]
impl Subscription for Consumer {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        loop {
            let delivery = match self.asking.take() {
                Some(delivery) => delivery,
                None => self.come().await?,
            };
            let id = delivery.event.id.clone();
            self.asking = Some(delivery.clone());
            let claim = self.claim(&id).await;
            match claim {
                Claim::Yours => {
                    self.asking = None;
                    self.claimed.insert(id);
                    return Ok(delivery);
                }
                // Another way, or another process, was faster.
                Claim::Handled => {
                    if let Err(error) = self.settle(&delivery).await {
                        tracing::debug!(%error, id, "an event that was handled comes again");
                    }
                    self.asking = None;
                }
                // It comes again after the idle time, by when they handled it or are gone.
                Claim::Theirs => self.asking = None,
            }
        }
    }

    async fn acknowledge(&mut self, delivery: &Delivery) -> Result<(), BusError> {
        let kept = match &self.shared.durable {
            Some(durable) => {
                let owed = Owed { topic: &self.topic, group: &self.group, id: &delivery.event.id };
                Some(durable.handled.put(owed).await)
            }
            None => None,
        };
        let local = delivery.receipt.starts_with(LOCAL);
        match kept {
            // Only the store would know of it after a restart.
            Some(Err(error)) if local => return Err(error),
            // The store knows; where Redis does not, the event comes again and is found handled.
            Some(Ok(())) => {
                if let Err(error) = self.settle(delivery).await {
                    tracing::debug!(%error, id = delivery.event.id, "Redis is not told that an event was handled");
                }
            }
            _ => self.settle(delivery).await?,
        }
        self.claimed.remove(&delivery.event.id);
        Ok(())
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let (shared, local) = (Arc::clone(&self.shared), self.local.take());
        let claimed = std::mem::take(&mut self.claimed);
        let (topic, group) = (std::mem::take(&mut self.topic), std::mem::take(&mut self.group));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if claimed.is_empty() {
            return;
        }
        // The claims first: whoever gets the events next asks for them at once.
        runtime.spawn(async move {
            if let Some(durable) = &shared.durable {
                for id in claimed {
                    durable.handled.let_go(&topic, &group, &id).await;
                }
            }
            drop(local);
        });
    }
}
