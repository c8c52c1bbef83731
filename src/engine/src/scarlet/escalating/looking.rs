//! The loop that tells again what nobody was told, and how the places stand, for `/health`.

use super::{Escalator, Probe};
use crate::kept;
use chrono::{DateTime, TimeDelta, Utc};
use domain::escalation::{Escalation, Standing};
use futures::StreamExt as _;
use ports::store::collections::ESCALATIONS;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Between two passes.
const EVERY: Duration = Duration::from_secs(5);

/// Between two probes of the places.
const PROBES: Duration = Duration::from_secs(300);

/// How long one probe may take.
const PROBE_WAIT: Duration = Duration::from_secs(10);

/// How long one escalation may take in a pass.
const DRIVE: Duration = Duration::from_secs(40);

/// Escalations that are tried in one pass, and at once.
const AT_MOST: usize = 20;
const AT_ONCE: usize = 4;

/// What was given up is told for so long.
const TOLD_FOR: TimeDelta = TimeDelta::hours(24);

/// Somebody who should have been told, and was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// What it is about.
    pub key: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether it is still tried.
    pub is_tried: bool,
    /// Why not, by place.
    pub why: String,
}

/// How the places stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    /// What the last probe of each place found; empty before the first.
    pub places: BTreeMap<String, Probe>,
    /// What nobody was told, the oldest first.
    pub unreached: Vec<Unreached>,
    /// Why the store could not be asked for it, where it could not.
    pub blind: Option<String>,
}

/// What was seen last.
pub(super) type Seen = Overview;

impl Escalator {
    /// How the places stand, as was seen last.
    pub fn overview(&self) -> Overview {
        self.lock().clone()
    }

    /// Probes the places of these environments, and remembers what came of it.
    pub async fn probe(&self, environments: &[String]) -> BTreeMap<String, Probe> {
        let mut places: Vec<String> =
            environments.iter().flat_map(|environment| (self.parts.destinations)(environment)).collect();
        places.sort();
        places.dedup();
        let probes = places.into_iter().map(|place| async move {
            let probed = tokio::time::timeout(PROBE_WAIT, self.parts.delivers.probe(&place)).await;
            let probe = probed.unwrap_or_else(|_| Probe::Broken("no answer in time".to_owned()));
            (place, probe)
        });
        let found: BTreeMap<String, Probe> = futures::future::join_all(probes).await.into_iter().collect();
        self.lock().places.clone_from(&found);
        found
    }

    /// Works until it is stopped: probes the places, and, while this process leads, tells what nobody was told yet.
    pub async fn run(&self, environments: Vec<String>, stop: CancellationToken) {
        let mut next_probe = Instant::now();
        while !stop.is_cancelled() {
            if Instant::now() >= next_probe {
                next_probe = Instant::now() + PROBES;
                self.tell_probes(&environments).await;
            }
            self.pass().await;
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// One pass: what is due is tried, and what nobody was told is looked at.
    pub async fn pass(&self) {
        if (self.parts.leads)() {
            match self.due().await {
                Ok(due) => {
                    let told = due.into_iter().map(|message| async move {
                        let key = message.message.key.clone();
                        match self.drive(&message.message, Instant::now() + DRIVE).await {
                            Ok(Some(place)) => tracing::info!(key, place, "people were told"),
                            Ok(None) => tracing::info!(key, "it is not so any more: nobody is told"),
                            Err(why) => tracing::error!(key, why, "nobody was reached; it is tried again"),
                        }
                    });
                    futures::stream::iter(told).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
                }
                Err(error) => tracing::warn!(%error, "what people are to be told could not be read; it is tried again"),
            }
        }
        let looked = self.unreached().await;
        let mut seen = self.lock();
        match looked {
            Ok(unreached) => (seen.unreached, seen.blind) = (unreached, None),
            Err(error) => seen.blind = Some(error.to_string()),
        }
    }

    async fn tell_probes(&self, environments: &[String]) {
        let before = self.overview().places;
        for (place, probe) in self.probe(environments).await {
            match &probe {
                _ if before.get(&place) == Some(&probe) => {}
                Probe::Verified(what) => tracing::info!(place, what, "people can be told here"),
                Probe::Unverifiable(why) => tracing::info!(place, why, "that people can be told here is not verified"),
                Probe::Broken(why) => tracing::error!(place, why, "people cannot be told here"),
            }
        }
    }

    async fn due(&self) -> Result<Vec<Escalation>, StoreError> {
        let now = self.parts.clock.now();
        let open = vec![Key::from(Standing::Sending.name()), Key::from(Standing::Nobody.name())];
        let query = Query::of(&ESCALATIONS).with("state", Condition::OneOf(open)).by("next_at", Direction::Ascending);
        let mut due = kept::first::<Escalation>(&*self.parts.store, query, AT_MOST).await?;
        due.retain(|escalation| escalation.next_at <= now);
        Ok(due)
    }

    async fn unreached(&self) -> Result<Vec<Unreached>, StoreError> {
        let now = self.parts.clock.now();
        let states = vec![Key::from(Standing::Nobody.name()), Key::from(Standing::GivenUp.name())];
        let query =
            Query::of(&ESCALATIONS).with("state", Condition::OneOf(states)).by("changed_at", Direction::Descending);
        let found = kept::first::<Escalation>(&*self.parts.store, query, AT_MOST).await?;
        let fresh = found
            .into_iter()
            .filter(|one| one.state == Standing::Nobody || now.signed_duration_since(one.changed_at) < TOLD_FOR);
        let mut unreached: Vec<Unreached> = fresh
            .map(|one| Unreached {
                since: one.opened_at,
                is_tried: one.state.is_open(),
                why: one.failures(),
                key: one.message.key,
            })
            .collect();
        unreached.sort_by_key(|one| one.since);
        Ok(unreached)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
