//! What happens when Redis goes and when it comes back.

use super::{ADOPT_AFTER, Durable, Shared, Way};
use crate::outbox::Entry;
use crate::redis::is_away;
use chrono::Utc;
use ports::bus::BusError;
use ports::store::record::Record as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// How often it is looked whether something is to be done.
const TICK: Duration = Duration::from_millis(250);

/// Between two attempts to hand over, at most.
const TRY_AT_MOST: Duration = Duration::from_secs(2);

/// After so long what could not be handed over is tried again, and what others left is looked for.
const AGAIN: Duration = Duration::from_secs(30);

/// Between two rounds while consumers of this process still have something in hand.
const ROUND: Duration = Duration::from_millis(50);

/// Entries of a page.
const PAGE: usize = 100;

/// What a round over the outbox left there.
#[derive(Default)]
struct Left {
    /// A consumer of this process has an event in hand.
    held: bool,
    /// Redis takes a topic's events no more than that of anybody: too full, or somebody else's key.
    refused: bool,
    /// The ids of the entries of this process.
    own: BTreeSet<String>,
}

impl Shared {
    /// Follows Redis until the bus stops.
    pub(super) async fn supervise(self: Arc<Self>) {
        let mut state = self.redis.state();
        let mut again = Instant::now() + AGAIN;
        let (mut pause, mut not_before) = (TICK, Instant::now());
        loop {
            let away = state.borrow_and_update().away.is_some();
            if away {
                self.serve_locally().await;
            } else if Instant::now() >= not_before
                && (self.kept.load(Ordering::SeqCst)
                    || *self.way.read().await == Way::Outbox
                    || self.left_over(&mut again))
            {
                let repaired = tokio::select! {
                    () = self.stopped.cancelled() => return,
                    repaired = self.repair() => repaired,
                };
                match repaired {
                    Ok(()) => pause = TICK,
                    Err(error) => {
                        tracing::warn!(%error, "what waits in the outbox is handed over later");
                        // Consumers of this process go on with it meanwhile.
                        self.local.queues().pause(false);
                        not_before = Instant::now() + pause;
                        pause = TRY_AT_MOST.min(pause.saturating_mul(2));
                    }
                }
            }
            tokio::select! {
                () = self.stopped.cancelled() => return,
                _ = state.changed() => {}
                () = self.nudge.notified() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }

    /// From now on events go into the outbox and to the consumers of this process.
    async fn serve_locally(&self) {
        if *self.way.read().await == Way::Redis {
            *self.way.write().await = Way::Outbox;
        }
        self.local.queues().pause(false);
    }

    /// Whether it is time to look at what lies in the outbox although events go to Redis.
    fn left_over(&self, again: &mut Instant) -> bool {
        let due = Instant::now() >= *again;
        if due {
            *again = Instant::now() + AGAIN;
        }
        due && self.durable.is_some()
    }

    /// Hands over what is in the outbox, then lets events go to Redis. Nobody of this process begins anything that came
    /// by the outbox meanwhile; what is in hand is waited for.
    pub(super) async fn repair(&self) -> Result<(), BusError> {
        let Some(durable) = &self.durable else {
            let mut way = self.way.write().await;
            self.make_groups(*way).await?;
            *way = Way::Redis;
            return Ok(());
        };
        self.local.queues().pause(true);
        loop {
            if let Some(away) = self.away() {
                return Err(away);
            }
            if !self.hand_over(durable).await?.held {
                // Nobody publishes now: what came since the round before goes too.
                let mut way = self.way.write().await;
                let left = self.hand_over(durable).await?;
                if !left.held {
                    self.make_groups(*way).await?;
                    durable.outbox.forget_all_but(&left.own);
                    *way = Way::Redis;
                    self.kept.store(false, Ordering::SeqCst);
                    if left.refused {
                        tracing::error!(
                            "events stay in the outbox because Redis refuses their topics; tried again later"
                        );
                    }
                    self.local.queues().pause(false);
                    return Ok(());
                }
            }
            tokio::time::sleep(ROUND).await;
        }
    }

    /// Makes every group that joined while Redis was away, before the first event goes there that it must get. A consumer
    /// makes its group only when it reads, which may be after that. Nobody joins meanwhile: the way is held to write.
    async fn make_groups(&self, way: Way) -> Result<(), BusError> {
        if way == Way::Redis {
            return Ok(());
        }
        let mut all = self.local.queues().all_groups();
        if let Some(durable) = &self.durable {
            for (topic, groups) in durable.outbox.all_groups().await? {
                all.entry(topic).or_default().extend(groups);
            }
        }
        for (topic, groups) in &all {
            for group in groups {
                match self.redis.join(topic, group).await {
                    Err(error) if is_away(&error) => return Err(error),
                    Err(error) => tracing::error!(%error, topic, group, "a group is not taken by Redis"),
                    Ok(()) => {}
                }
            }
        }
        Ok(())
    }

    /// One round over the outbox.
    async fn hand_over(&self, durable: &Durable) -> Result<Left, BusError> {
        let mut left = Left::default();
        let mut blocked = BTreeSet::new();
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut cursor = None;
        loop {
            let (entries, next) = durable.outbox.page(cursor, PAGE).await?;
            for entry in entries.into_iter().filter(|entry| durable.outbox.owns(entry) || is_left_behind(entry)) {
                if durable.outbox.owns(&entry) {
                    left.own.insert(entry.id());
                }
                if blocked.contains(&entry.topic) {
                    continue;
                }
                if self.local.queues().is_held(&entry.topic, &entry.event.id, Instant::now()) {
                    left.held = true;
                    blocked.insert(entry.topic);
                    continue;
                }
                if !groups.contains_key(&entry.topic) {
                    groups.insert(entry.topic.clone(), durable.outbox.groups(&entry.topic).await?);
                }
                let known = groups.get(&entry.topic).map(Vec::as_slice).unwrap_or_default();
                match self.redis.publish_to(&entry.topic, known, &entry.event).await {
                    Ok(()) => {
                        durable.outbox.remove(&entry).await?;
                        left.own.remove(&entry.id());
                        self.local.queues().withdraw(&entry.topic, &entry.event.id);
                    }
                    Err(error) if is_away(&error) => return Err(error),
                    Err(error) => {
                        tracing::error!(%error, topic = entry.topic, "an event of the outbox is not taken by Redis");
                        left.refused = true;
                        blocked.insert(entry.topic);
                    }
                }
            }
            let Some(next) = next else { return Ok(left) };
            cursor = Some(next);
        }
    }
}

/// Whether an entry is so old that its owner must be gone.
fn is_left_behind(entry: &Entry) -> bool {
    let micros = i64::try_from(ADOPT_AFTER.as_micros()).unwrap_or(i64::MAX);
    entry.order < Utc::now().timestamp_micros().saturating_sub(micros)
}
