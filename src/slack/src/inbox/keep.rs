//! Keeping what comes in.

use super::{Inbox, Key, Place, Taken};
use crate::incoming::Received;
use domain::lane::{Entry, Lane, Put};
use ports::store::collections;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key as Field, Query};
use ports::store::record;
use std::collections::{BTreeSet, VecDeque};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// For how long a store that did not answer is not asked again.
const AWAY: Duration = Duration::from_secs(2);

/// Entries that are remembered as kept lately: more than come in while Slack delivers one again.
const LATELY: usize = 4_096;

/// Ids of entries, the oldest first.
#[derive(Default)]
pub(super) struct Lately {
    ids: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Lately {
    fn add(&mut self, id: String) {
        if !self.ids.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > LATELY
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    fn knows(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

/// Lanes in which something waits, those that wait longest first.
pub(super) fn waiting_lanes() -> Query {
    Query::of(&collections::LANES)
        .with("waiting", Condition::Is(Field::Integer(1)))
        .by("changed_at", Direction::Ascending)
}

impl Inbox {
    /// Keeps an event. Once this answers with [`Taken::Kept`] or [`Taken::Known`] it may be acknowledged.
    ///
    /// # Errors
    /// Where it could be kept nowhere: it is not to be acknowledged, and Slack delivers it again.
    pub async fn take(&self, received: Received) -> Result<Taken, StoreError> {
        let body = serde_json::to_value(&received)
            .map_err(|error| StoreError::Invalid { message: format!("an event cannot be written as JSON: {error}") })?;
        let entry = Entry::new(received.id, received.order, self.clock.now(), body);
        if self.is_known_in_memory(&received.lane, &entry.id).await {
            return Ok(Taken::Known);
        }
        if self.fallback.is_some() && self.is_away() {
            return self.put_into_memory(&received.lane, &entry).await;
        }
        let kept = timeout(self.settings.patience, self.put(Place::Main, &received.lane, &entry)).await;
        let error = match kept {
            Ok(Ok(taken)) => {
                if taken != Taken::Full {
                    self.lately.lock().unwrap_or_else(PoisonError::into_inner).add(entry.id);
                }
                return Ok(taken);
            }
            Ok(Err(error)) if !error.may_pass() && !matches!(error, StoreError::Conflict { .. }) => return Err(error),
            Ok(Err(error)) => error,
            Err(_) => StoreError::Unavailable {
                message: format!("the store did not answer within {} ms", self.settings.patience.as_millis()),
            },
        };
        if self.fallback.is_none() {
            return Err(error);
        }
        tracing::warn!(%error, lane = received.lane, "the store is away: events are kept in memory only");
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + AWAY);
        self.put_into_memory(&received.lane, &entry).await
    }

    async fn put_into_memory(&self, lane: &str, entry: &Entry) -> Result<Taken, StoreError> {
        if self.lately.lock().unwrap_or_else(PoisonError::into_inner).knows(&entry.id) {
            return Ok(Taken::Known);
        }
        self.put(Place::Memory, lane, entry).await
    }

    fn is_away(&self) -> bool {
        self.away_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| until > Instant::now())
    }

    async fn put(&self, place: Place, lane: &str, entry: &Entry) -> Result<Taken, StoreError> {
        let now = self.clock.now();
        let put = record::change::<Lane, Put>(self.at(place), lane, |found| {
            let mut lane = found.unwrap_or_else(|| Lane::new(lane, now));
            match lane.put(entry.clone(), now) {
                Put::Taken => (Some(lane), Put::Taken),
                other => (None, other),
            }
        })
        .await?;
        // A wake-up that does not fit is no loss: the sweep finds the lane.
        let _ = self.wake.try_send(key(place, lane));
        Ok(match put {
            Put::Taken => Taken::Kept,
            Put::Known => Taken::Known,
            Put::Full => Taken::Full,
        })
    }

    /// Whether an event waits or was handled in the store in memory: the same event may be in the main store too, where
    /// that went away while it wrote.
    pub(super) async fn is_known_in_memory(&self, lane: &str, id: &str) -> bool {
        let Some(fallback) = &self.fallback else { return false };
        let found = record::load::<Lane>(fallback.as_ref(), lane).await;
        found.is_ok_and(|found| found.is_some_and(|found| found.value.knows(id)))
    }
}

fn key(place: Place, lane: &str) -> Key {
    (place, lane.to_owned())
}
