//! One consumer of a group within the process.

use super::Shared;
use async_trait::async_trait;
use ports::bus::{BusError, Delivery, Subscription};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::Instant;

/// One consumer. What it holds goes back to its group when it is dropped.
pub struct Consumer {
    shared: Arc<Shared>,
    topic: String,
    group: String,
    number: u64,
    woken: Arc<Notify>,
}

impl Consumer {
    pub(super) fn new(shared: Arc<Shared>, topic: &str, group: &str, number: u64, woken: Arc<Notify>) -> Self {
        Self { shared, topic: topic.to_owned(), group: group.to_owned(), number, woken }
    }

    /// Gives back what this consumer holds.
    pub fn leave(&self) {
        self.shared.queues().leave(&self.topic, &self.group, self.number);
    }
}

#[async_trait]
impl Subscription for Consumer {
    async fn next(&mut self) -> Result<Delivery, BusError> {
        loop {
            // Before the look, so that what comes in between wakes it.
            let woken = self.woken.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            if self.shared.stopped.is_cancelled() {
                return Err(BusError::Closed);
            }
            let idle = {
                let mut queues = self.shared.queues();
                if let Some(delivery) = queues.take(&self.topic, &self.group, self.number, Instant::now()) {
                    return Ok(delivery);
                }
                queues.next_idle(&self.topic, &self.group)
            };
            let idle = async {
                match idle {
                    Some(idle) => tokio::time::sleep_until(idle).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.shared.stopped.cancelled() => return Err(BusError::Closed),
                () = woken => {}
                () = idle => {}
            }
        }
    }

    async fn acknowledge(&mut self, delivery: &Delivery) -> Result<(), BusError> {
        self.shared.acknowledge(&self.topic, &self.group, &delivery.event).await
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.leave();
    }
}
