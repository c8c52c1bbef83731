//! How events of the in-process bus outlive the process.

use super::Shared;
use crate::handled::{Handled, Owed};
use crate::limits::Limits;
use crate::outbox::{Found, Outbox};
use ports::bus::{BusError, Event};
use ports::store::Store;
use std::sync::Arc;

/// What is behind a bus with an outbox.
pub struct Durable {
    pub outbox: Outbox,
    pub handled: Handled,
}

impl Durable {
    pub async fn open(store: Arc<dyn Store>, instance: &str, limits: &Limits) -> Result<(Self, Found), BusError> {
        let (outbox, found) = Outbox::open(Arc::clone(&store), instance, limits.waiting).await?;
        Ok((Self { outbox, handled: Handled::new(store, limits.remember) }, found))
    }
}

impl Shared {
    /// Takes an event in; it is durable before any consumer sees it.
    pub async fn publish(&self, topic: &str, event: Event, bytes: usize) -> Result<(), BusError> {
        let mut groups = self.queues().lacking(topic, &event.id);
        if let Some(durable) = &self.durable {
            groups = durable.lacking(topic, groups, &event.id).await?;
        }
        if groups.is_empty() {
            return Ok(());
        }
        self.queues().room(topic, &groups, bytes)?;
        let event = Arc::new(event);
        let Some(durable) = &self.durable else {
            let mut queues = self.queues();
            let order = queues.next_order();
            queues.offer(topic, &groups, order, &event, bytes);
            return Ok(());
        };
        let entry = durable.outbox.put(topic, &event).await?;
        self.queues().offer(topic, &groups, entry.order, &event, bytes);
        // The same event, told at the same moment, may have been handled before it came here.
        self.settle(topic, &event).await;
        Ok(())
    }

    /// Puts what an earlier life left into the queues of its groups.
    pub async fn take_up(&self, found: Found) -> Result<(), BusError> {
        let Some(durable) = &self.durable else { return Ok(()) };
        for (topic, groups) in &found.topics {
            for group in groups.keys() {
                self.queues().join(topic, group)?;
            }
        }
        for entry in found.entries {
            let groups = found.topics.get(&entry.topic).into_iter().flatten();
            let then = groups.filter(|(_, since)| **since <= entry.order).map(|(group, _)| group.clone()).collect();
            let groups = durable.lacking(&entry.topic, then, &entry.event.id).await?;
            let bytes = serde_json::to_vec(&entry.event).map_or(0, |json| json.len());
            let event = Arc::new(entry.event);
            self.queues().offer(&entry.topic, &groups, entry.order, &event, bytes);
            self.settle(&entry.topic, &event).await;
        }
        Ok(())
    }

    /// Notes that a group has handled an event, durably where there is a store.
    pub async fn acknowledge(&self, topic: &str, group: &str, event: &Event) -> Result<(), BusError> {
        if let Some(durable) = &self.durable {
            durable.handled.put(Owed { topic, group, id: &event.id }).await?;
        }
        self.queues().acknowledge(topic, group, &event.id);
        self.settle(topic, event).await;
        Ok(())
    }

    /// Takes an event out of the outbox when no group waits for it any more.
    async fn settle(&self, topic: &str, event: &Event) {
        let Some(durable) = &self.durable else { return };
        if self.queues().is_owed(topic, &event.id) {
            return;
        }
        // Where it stays, it is looked at after a restart, and found handled.
        if let Err(error) = durable.outbox.remove_event(topic, event).await {
            tracing::warn!(%error, "a handled event stays in the outbox");
        }
    }
}

impl Durable {
    /// Those of the groups that have not handled the event, also not in an earlier life.
    async fn lacking(&self, topic: &str, groups: Vec<String>, id: &str) -> Result<Vec<String>, BusError> {
        let mut lacking = Vec::with_capacity(groups.len());
        for group in groups {
            if !self.handled.has(Owed { topic, group: &group, id }).await? {
                lacking.push(group);
            }
        }
        Ok(lacking)
    }
}
