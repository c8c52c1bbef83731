//! The queues of one process: which group still owes which event to whom. No IO, no clock; times are handed in.
//!
//! Guarantees, held by property tests against a model: what a group took is delivered until it is acknowledged; it is
//! with one consumer at a time; after an acknowledgement the group is not given the id again, as long as it remembers
//! it; a group gets its events in the order of their numbers; nothing grows beyond the limits.

mod group;
mod memory;

#[cfg(test)]
mod tests;

use crate::limits::Limits;
use group::Group;
use ports::bus::{BusError, Delivery, Event};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::Instant;

/// All topics.
pub struct Queues {
    limits: Limits,
    topics: BTreeMap<String, BTreeMap<String, Group>>,
    /// Of what waits and is held.
    bytes: usize,
    receipts: u64,
    orders: i64,
    paused: bool,
}

impl Queues {
    /// No topics yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, topics: BTreeMap::new(), bytes: 0, receipts: 0, orders: 0, paused: false }
    }

    /// Makes the group where it is not there. Answers with what its consumers wait on.
    pub fn join(&mut self, topic: &str, group: &str) -> Result<Arc<Notify>, BusError> {
        if !self.topics.contains_key(topic) && self.topics.len() >= self.limits.topics {
            return Err(BusError::Full(format!("{} topics are there already, which is the most", self.limits.topics)));
        }
        let groups = self.topics.entry(topic.to_owned()).or_default();
        if !groups.contains_key(group) && groups.len() >= self.limits.groups {
            let most = self.limits.groups;
            return Err(BusError::Full(format!("the topic {topic} has {most} groups already, which is the most")));
        }
        let remembered = self.limits.remembered;
        let group = groups.entry(group.to_owned()).or_insert_with(|| Group::new(remembered));
        Ok(group.woken())
    }

    /// The groups of each topic that has any.
    pub fn all_groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        let names = |groups: &BTreeMap<String, Group>| groups.keys().cloned().collect();
        self.topics.iter().map(|(topic, groups)| (topic.clone(), names(groups))).collect()
    }

    /// The groups of a topic that neither have this event nor remember it.
    pub fn lacking(&self, topic: &str, id: &str) -> Vec<String> {
        let groups = self.topics.get(topic).into_iter().flatten();
        groups.filter(|(_, group)| !group.knows(id)).map(|(name, _)| name.clone()).collect()
    }

    /// Whether so many bytes more have room in all these groups.
    pub fn room(&self, topic: &str, groups: &[String], bytes: usize) -> Result<(), BusError> {
        let waiting = |name: &String| self.topics.get(topic)?.get(name).map(Group::len);
        if let Some(full) = groups.iter().find(|name| waiting(name).is_some_and(|len| len >= self.limits.waiting)) {
            let most = self.limits.waiting;
            return Err(BusError::Full(format!(
                "{most} events of the topic {topic} wait for the group {full}: its consumers are stopped or too slow"
            )));
        }
        if self.bytes.saturating_add(bytes.saturating_mul(groups.len())) > self.limits.waiting_bytes {
            let most = self.limits.waiting_bytes;
            return Err(BusError::Full(format!("{most} bytes of events wait already, which is the most")));
        }
        Ok(())
    }

    /// A place in the order, for an event that has none of the outbox.
    pub fn next_order(&mut self) -> i64 {
        self.orders += 1;
        self.orders
    }

    /// Puts an event into those of these groups that lack it.
    pub fn offer(&mut self, topic: &str, groups: &[String], order: i64, event: &Arc<Event>, bytes: usize) {
        let Some(there) = self.topics.get_mut(topic) else { return };
        for name in groups {
            let Some(group) = there.get_mut(name) else { continue };
            if group.put(order, Arc::clone(event), bytes) {
                self.bytes += bytes;
            }
        }
    }

    /// The next event for a consumer of the group; it is held until it is acknowledged, given back or idle.
    pub fn take(&mut self, topic: &str, group: &str, consumer: u64, now: Instant) -> Option<Delivery> {
        let idle = self.limits.idle;
        let group = self.topics.get_mut(topic)?.get_mut(group)?;
        group.give_back_idle(now, idle);
        if self.paused {
            return None;
        }
        self.receipts += 1;
        group.take(self.receipts, consumer, now)
    }

    /// When something that is held becomes idle.
    pub fn next_idle(&self, topic: &str, group: &str) -> Option<Instant> {
        let since = self.topics.get(topic)?.get(group)?.oldest_held()?;
        since.checked_add(self.limits.idle)
    }

    /// The group has handled the event, whoever holds it by now. Answers whether it had it.
    pub fn acknowledge(&mut self, topic: &str, group: &str, id: &str) -> bool {
        let Some(group) = self.topics.get_mut(topic).and_then(|groups| groups.get_mut(group)) else { return false };
        let freed = group.acknowledge(id);
        self.bytes -= freed.unwrap_or_default();
        freed.is_some()
    }

    /// Gives back all that a consumer holds.
    pub fn leave(&mut self, topic: &str, group: &str, consumer: u64) {
        if let Some(group) = self.topics.get_mut(topic).and_then(|groups| groups.get_mut(group)) {
            group.leave(consumer);
        }
    }

    /// Takes an event out of all groups of its topic, without saying that it was handled.
    pub fn withdraw(&mut self, topic: &str, id: &str) {
        for group in self.topics.get_mut(topic).into_iter().flat_map(BTreeMap::values_mut) {
            self.bytes -= group.withdraw(id).unwrap_or_default();
        }
    }

    /// Whether any group waits for the event or has it in hand.
    pub fn is_owed(&self, topic: &str, id: &str) -> bool {
        self.topics.get(topic).into_iter().flat_map(BTreeMap::values).any(|group| group.owes(id))
    }

    /// Whether a consumer of any group has the event in hand. What is idle is given back first.
    pub fn is_held(&mut self, topic: &str, id: &str, now: Instant) -> bool {
        let idle = self.limits.idle;
        let mut held = false;
        for group in self.topics.get_mut(topic).into_iter().flat_map(BTreeMap::values_mut) {
            group.give_back_idle(now, idle);
            held |= group.holds(id);
        }
        held
    }

    /// While paused nothing is handed out; what is held may be acknowledged.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
        if !paused {
            self.topics.values().flat_map(BTreeMap::values).for_each(Group::wake);
        }
    }

    /// Bytes that wait or are held, as they are counted.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
