//! Deciding what waits, batch by batch: one swap of the head decides a batch, for all processes on the store.

use super::SignalIntake;
use crate::incidents::not_over;
use crate::kept::{bounded, first, page};
use chrono::{DateTime, TimeDelta, Utc};
use domain::backoff::{Backoff, draw};
use domain::correlation::Rules;
use domain::incident::{Incident, State};
use domain::intake_queue::{Fate, HEAD, Head, Kept, Look, Stand, decide, unite};
use domain::signal::Status;
use domain::topology::Topology;
use ports::store::collections::{INCIDENTS, SIGNALS};
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use ports::store::record::{self, Versioned};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Signals of a batch at most.
const BATCH: usize = 256;

/// How often it is looked whether another process has left something to do.
const POLL: Duration = Duration::from_secs(1);

/// How often it is looked which incidents are one, where none came to be.
const COMPARED_EVERY: Duration = Duration::from_secs(10);

/// Between two batches it rests as long as the one before took, so that keeping goes before deciding; at most so long.
const LONGEST_REST: Duration = Duration::from_millis(250);

/// How long the first signals are held for the first look around, and between two looks whether it was had.
const FIRST_LOOK: Duration = Duration::from_secs(45);
const FIRST_LOOK_POLL: Duration = Duration::from_millis(100);

/// Pauses after something went wrong.
const PAUSES: Backoff =
    Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(30), longest_wish: Duration::ZERO };

/// The signals of a batch by their ids, with the versions that they were read at.
pub(super) type AtHand = BTreeMap<String, Versioned<Kept>>;

/// What is remembered from one batch to the next.
#[derive(Debug)]
pub(super) struct Working {
    /// The last batch that is known to be carried out.
    finished: u64,
    /// Incidents, or what is known of the topology, may have changed since it was last looked which incidents are one.
    may_be_one: bool,
}

impl Default for Working {
    fn default() -> Self {
        Self { finished: 0, may_be_one: true }
    }
}

/// How a look at what waits ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    /// Nothing waits.
    Idle,
    /// Something was done, or another process was faster: look again.
    More,
}

impl Passed {
    pub(super) fn is_more(self) -> bool {
        self == Self::More
    }
}

impl SignalIntake {
    pub(super) async fn decide_until(&self, stop: &CancellationToken) {
        self.hold(stop).await;
        let mut working = Working::default();
        let mut failures = 0_u32;
        let mut compared = Instant::now();
        while !stop.is_cancelled() {
            let began = Instant::now();
            if compared.elapsed() >= COMPARED_EVERY {
                (working.may_be_one, compared) = (true, began);
            }
            let passed = self.pass(&mut working).await;
            let pause = match &passed {
                Ok(Passed::More) => began.elapsed().min(LONGEST_REST),
                Ok(Passed::Idle) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "signals that are kept cannot be put into incidents; it is tried again");
                    let seed = self.clock.now().timestamp_millis().unsigned_abs();
                    PAUSES.wait(failures, 0.5 + draw(seed, failures.into()) / 2.0)
                }
            };
            failures = if passed.is_err() { failures.saturating_add(1) } else { 0 };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.arrived.notified(), if passed == Ok(Passed::Idle) => {}
            }
        }
    }

    /// Waits for the first look around, for as long as it may take. What comes meanwhile is kept.
    async fn hold(&self, stop: &CancellationToken) {
        let until = Instant::now() + FIRST_LOOK;
        while !self.surroundings.has_looked() && Instant::now() < until && !stop.is_cancelled() {
            tokio::time::sleep(FIRST_LOOK_POLL).await;
        }
    }

    /// Ends the last batch, whoever decided it, and decides and carries out the next.
    pub(super) async fn pass(&self, working: &mut Working) -> Result<Passed, StoreError> {
        // The head is read before anything else: whatever is found afterwards is at least as new, and if a batch comes
        // between, the swap fails.
        let found = bounded(record::load::<Head>(&*self.store, HEAD)).await?;
        let expect = found.as_ref().map_or(Expect::Absent, |found| Expect::Version(found.version));
        let last = found.map(|found| found.value).unwrap_or_default();
        if last.batch > working.finished {
            self.carry_out(&last, AtHand::new()).await?;
            working.finished = last.batch;
        }
        let rules = self.surroundings.rules();
        let now = self.clock.now();
        if working.may_be_one {
            let open = self.incidents(&rules, now).await?;
            if let Some(next) = unite(&last, &open, &self.topologies(&open, &AtHand::new()), &rules, now) {
                return self.swap(working, next, expect, AtHand::new()).await;
            }
            working.may_be_one = false;
        }
        let at_hand = self.due(now).await?;
        if at_hand.is_empty() {
            return Ok(Passed::Idle);
        }
        let incidents = self.incidents(&rules, now).await?;
        let topologies = self.topologies(&incidents, &at_hand);
        let signals: Vec<Kept> = at_hand.values().map(|found| found.value.clone()).collect();
        let (put_off, at_hand) = self.with_put_off(&signals, at_hand).await?;
        let look =
            Look { signals: &signals, put_off: &put_off, incidents, topologies: &topologies, rules: &rules, now };
        let next = decide(&last, look);
        working.may_be_one = next.incidents > last.incidents;
        self.swap(working, next, expect, at_hand).await
    }

    /// Makes a batch the decided one, and carries it out.
    async fn swap(
        &self,
        working: &mut Working,
        next: Head,
        expect: Expect,
        at_hand: AtHand,
    ) -> Result<Passed, StoreError> {
        match bounded(record::save(&*self.store, &next, expect)).await {
            Ok(_) => {}
            // Another process decided; what it left is looked at first.
            Err(StoreError::Conflict { .. }) => {
                working.may_be_one = true;
                return Ok(Passed::More);
            }
            Err(error) => return Err(error),
        }
        let decided = next.decided.iter().filter(|decided| !matches!(decided.fate, Fate::PutOff { .. })).count();
        self.carry_out(&next, at_hand).await?;
        working.finished = next.batch;
        let decided = u64::try_from(decided).unwrap_or(u64::MAX);
        let _ = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| Some(waiting.saturating_sub(decided)));
        Ok(Passed::More)
    }

    /// The signals that wait, and those that were put off until now; the oldest of both.
    async fn due(&self, now: DateTime<Utc>) -> Result<AtHand, StoreError> {
        let waiting = Query::of(&SIGNALS).with("stand", Condition::Is(Stand::Waiting.name().into()));
        let waiting = waiting.by("order", Direction::Ascending);
        let put_off = Query::of(&SIGNALS).with("stand", Condition::Is(Stand::PutOff.name().into()));
        let put_off = put_off.with("due_at", Condition::Below((now + TimeDelta::milliseconds(1)).into()));
        let put_off = put_off.by("due_at", Direction::Ascending);
        let mut due = self.signals(&waiting).await?;
        due.extend(self.signals(&put_off).await?);
        Ok(due)
    }

    /// The first signals that a query wants. What cannot be read is left where it is.
    async fn signals(&self, query: &Query) -> Result<AtHand, StoreError> {
        let read = page(&*self.store, &query.clone().limited(BATCH)).await?;
        let values = read.documents.into_iter().filter_map(|stored| {
            let value = record::value::<Kept>(stored);
            value.inspect_err(|error| tracing::error!(%error, "a kept signal cannot be read and is left out")).ok()
        });
        Ok(values.take(BATCH).map(|found| (found.value.id.clone(), found)).collect())
    }

    /// What was put off of the troubles that end in this batch, beside the batch itself.
    async fn with_put_off(&self, signals: &[Kept], mut at_hand: AtHand) -> Result<(Vec<Kept>, AtHand), StoreError> {
        let ended = signals.iter().filter(|kept| kept.signal.status == Status::Resolved);
        let ended: BTreeSet<&str> = ended.map(|kept| kept.fingerprint.as_str()).collect();
        if ended.is_empty() {
            return Ok((Vec::new(), at_hand));
        }
        let query = Query::of(&SIGNALS)
            .with("stand", Condition::Is(Stand::PutOff.name().into()))
            .with("fingerprint", Condition::OneOf(ended.into_iter().map(Key::from).collect()));
        let mut put_off = Vec::new();
        for (id, found) in self.signals(&query).await? {
            if let Entry::Vacant(place) = at_hand.entry(id) {
                put_off.push(found.value.clone());
                place.insert(found);
            }
        }
        Ok((put_off, at_hand))
    }

    /// The incidents that are not over, and those that have not been for long.
    pub(super) async fn incidents(&self, rules: &Rules, now: DateTime<Utc>) -> Result<Vec<Incident>, StoreError> {
        let open = Query::of(&INCIDENTS).with("state", not_over()).by("changed_at", Direction::Descending);
        let since = now - TimeDelta::minutes(rules.reopen_minutes.into());
        let over = Query::of(&INCIDENTS)
            .with("state", Condition::Is(State::Resolved.name().into()))
            .with("changed_at", Condition::AtLeast(since.into()))
            .by("changed_at", Direction::Descending);
        let mut incidents = first::<Incident>(&*self.store, open, usize::MAX).await?;
        let known: BTreeSet<String> = incidents.iter().map(|incident| incident.id.clone()).collect();
        let over = first::<Incident>(&*self.store, over, usize::MAX).await?;
        incidents.extend(over.into_iter().filter(|incident| !known.contains(&incident.id)));
        Ok(incidents)
    }

    fn topologies(&self, incidents: &[Incident], at_hand: &AtHand) -> BTreeMap<String, Arc<Topology>> {
        let of_incidents = incidents.iter().map(|incident| &incident.environment);
        let of_signals = at_hand.values().map(|found| &found.value.signal.environment);
        let environments: BTreeSet<&String> = of_incidents.chain(of_signals).collect();
        environments.into_iter().map(|name| (name.clone(), self.surroundings.topology(name))).collect()
    }
}
