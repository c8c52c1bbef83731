//! One group: what waits, what is held, what was handled.

use super::memory::Memory;
use ports::bus::{Delivery, Event};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Where an event stands in the order of its topic. The id makes it unique.
type Place = (i64, String);

/// One event that the group has not acknowledged.
struct Owed {
    event: Arc<Event>,
    bytes: usize,
    attempts: u32,
    order: i64,
    /// The receipt of the consumer that has it in hand.
    held: Option<u64>,
}

struct Held {
    id: String,
    consumer: u64,
    since: Instant,
}

/// One group of consumers.
pub struct Group {
    /// By id: what waits and what is held.
    owed: BTreeMap<String, Owed>,
    /// What waits, in order.
    ready: BTreeSet<Place>,
    /// By receipt, so the one that is held for longest comes first.
    held: BTreeMap<u64, Held>,
    handled: Memory,
    woken: Arc<Notify>,
}

impl Group {
    pub fn new(remembered: usize) -> Self {
        Self {
            owed: BTreeMap::new(),
            ready: BTreeSet::new(),
            held: BTreeMap::new(),
            handled: Memory::new(remembered),
            woken: Arc::default(),
        }
    }

    pub fn woken(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }

    pub fn wake(&self) {
        self.woken.notify_waiters();
    }

    pub fn len(&self) -> usize {
        self.owed.len()
    }

    pub fn knows(&self, id: &str) -> bool {
        self.owed.contains_key(id) || self.handled.has(id)
    }

    /// Answers whether it was new to the group.
    pub fn put(&mut self, order: i64, event: Arc<Event>, bytes: usize) -> bool {
        if self.knows(&event.id) {
            return false;
        }
        self.ready.insert((order, event.id.clone()));
        self.owed.insert(event.id.clone(), Owed { event, bytes, attempts: 0, order, held: None });
        self.wake();
        true
    }

    pub fn take(&mut self, receipt: u64, consumer: u64, now: Instant) -> Option<Delivery> {
        let (_, id) = self.ready.pop_first()?;
        let owed = self.owed.get_mut(&id)?;
        owed.attempts = owed.attempts.saturating_add(1);
        owed.held = Some(receipt);
        self.held.insert(receipt, Held { id, consumer, since: now });
        Some(Delivery { event: owed.event.as_ref().clone(), attempt: owed.attempts, receipt: receipt.to_string() })
    }

    /// Answers with the bytes that it gave free, or `None` where it did not have the event.
    pub fn acknowledge(&mut self, id: &str) -> Option<usize> {
        self.handled.put(id);
        self.withdraw(id)
    }

    pub fn withdraw(&mut self, id: &str) -> Option<usize> {
        let owed = self.owed.remove(id)?;
        self.ready.remove(&(owed.order, id.to_owned()));
        if let Some(receipt) = owed.held {
            self.held.remove(&receipt);
        }
        Some(owed.bytes)
    }

    pub fn leave(&mut self, consumer: u64) {
        let of_consumer = |(receipt, held): (&u64, &Held)| (held.consumer == consumer).then_some(*receipt);
        let receipts: Vec<u64> = self.held.iter().filter_map(of_consumer).collect();
        self.give_back(&receipts);
    }

    pub fn give_back_idle(&mut self, now: Instant, idle: Duration) {
        let is_idle = |held: &Held| now.saturating_duration_since(held.since) >= idle;
        let receipts: Vec<u64> =
            self.held.iter().take_while(|(_, held)| is_idle(held)).map(|(receipt, _)| *receipt).collect();
        self.give_back(&receipts);
    }

    fn give_back(&mut self, receipts: &[u64]) {
        for receipt in receipts {
            let Some(held) = self.held.remove(receipt) else { continue };
            let Some(owed) = self.owed.get_mut(&held.id) else { continue };
            owed.held = None;
            self.ready.insert((owed.order, held.id));
        }
        if !receipts.is_empty() {
            self.wake();
        }
    }

    pub fn oldest_held(&self) -> Option<Instant> {
        self.held.first_key_value().map(|(_, held)| held.since)
    }

    pub fn owes(&self, id: &str) -> bool {
        self.owed.contains_key(id)
    }

    pub fn holds(&self, id: &str) -> bool {
        self.owed.get(id).is_some_and(|owed| owed.held.is_some())
    }
}
