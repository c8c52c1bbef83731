//! Carrying out what was decided of a batch. Whatever of it is done already, by whomever, is not done again.
//!
//! The order matters: incidents first, and the signals are marked when all of them stand.

use super::SignalIntake;
use super::deciding::AtHand;
use crate::kept::bounded;
use domain::correlation::{AsWhat, Rules};
use domain::incident::{Incident, State};
use domain::intake_queue::{Fate, Growth, Head, Kept, United, closed, grown, united};
use domain::signal::Signal;
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::record::{self, Record as _};
use std::collections::BTreeSet;

/// Incidents that are written side by side.
const SIDE_BY_SIDE: usize = 16;

/// Signals that are marked with one write: few enough that whoever hands signals over does not wait for it.
const MARKED: usize = 64;

/// What is told of a signal whose incident was written up between the decision and now.
const CLOSED_MEANWHILE: &str = "its incident was closed meanwhile";

impl SignalIntake {
    /// Carries a batch out. Signals that are not at hand are read.
    pub(super) async fn carry_out(&self, head: &Head, at_hand: AtHand) -> Result<(), StoreError> {
        let signals = self.gathered(head, at_hand).await?;
        let rules = self.surroundings.rules();
        let growing = head.growth().into_iter().map(|growth| self.grow(head, growth, &signals, &rules).boxed());
        let growing: Vec<BoxFuture<'_, _>> = growing.collect();
        let gone: Vec<Option<String>> =
            futures::stream::iter(growing).buffer_unordered(SIDE_BY_SIDE).try_collect().await?;
        for one in &head.united {
            self.unite(head, one).await?;
        }
        self.mark(head, &signals, &gone.into_iter().flatten().collect()).await?;
        self.tell(&head.incidents()).await;
        Ok(())
    }

    async fn gathered(&self, head: &Head, mut at_hand: AtHand) -> Result<AtHand, StoreError> {
        let missing = head.decided.iter().filter(|decided| !at_hand.contains_key(&decided.kept));
        let reading = missing.map(|decided| bounded(record::load::<Kept>(&*self.store, &decided.kept)).boxed());
        let reading: Vec<BoxFuture<'_, _>> = reading.collect();
        let read: Vec<_> = futures::stream::iter(reading).buffer_unordered(SIDE_BY_SIDE).collect().await;
        for found in read {
            match found {
                // Forgotten: the batch is a week old, and was carried out.
                Ok(None) => {}
                Ok(Some(found)) => drop(at_hand.insert(found.value.id.clone(), found)),
                Err(error @ (StoreError::Corrupt { .. } | StoreError::Newer { .. })) => {
                    tracing::error!(%error, "a kept signal cannot be read and is left out");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(at_hand)
    }

    /// Puts an incident's signals into it. Answers with the id of one that takes nothing any more.
    async fn grow(
        &self,
        head: &Head,
        growth: Growth<'_>,
        signals: &AtHand,
        rules: &Rules,
    ) -> Result<Option<String>, StoreError> {
        let (id, batch) = (growth.incident, head.batch);
        let signals = growth.signals.iter().filter_map(|(kept, as_what)| Some((signals.get(*kept)?, *as_what)));
        let signals: Vec<(&Signal, AsWhat)> = signals.map(|(found, as_what)| (&found.value.signal, as_what)).collect();
        let is_gone = |found: &Incident| found.state == State::Closed && found.batch < batch;
        let decide = |found: Option<Incident>| match found {
            Some(found) if is_gone(&found) => (None, true),
            found => (grown(found, id, batch, &signals, rules, head.decided_at), false),
        };
        let is_gone = bounded(record::change(&*self.store, id, decide)).await?;
        Ok(is_gone.then(|| id.to_owned()))
    }

    /// Makes one incident of several: the parts are closed, then the whole takes them in.
    async fn unite(&self, head: &Head, one: &United) -> Result<(), StoreError> {
        let Some(into) = bounded(record::load::<Incident>(&*self.store, &one.into)).await? else { return Ok(()) };
        if into.value.batch >= head.batch {
            return Ok(());
        }
        let mut parts = Vec::with_capacity(one.from.len());
        for id in &one.from {
            let decide = |found: Option<Incident>| {
                let next = found.clone().and_then(|part| closed(part, &into.value, head.batch, head.decided_at));
                (next.clone(), next.or(found))
            };
            parts.extend(bounded(record::change(&*self.store, id, decide)).await?);
        }
        let decide =
            |found: Option<Incident>| (found.and_then(|into| united(into, &parts, head.batch, head.decided_at)), ());
        bounded(record::change(&*self.store, &one.into, decide)).await
    }

    /// Marks what was decided of each signal. Those of an incident that takes nothing any more are decided again.
    async fn mark(&self, head: &Head, signals: &AtHand, gone: &BTreeSet<String>) -> Result<(), StoreError> {
        let again = Fate::PutOff { why: CLOSED_MEANWHILE.to_owned(), until: head.decided_at };
        let mut writes = Vec::with_capacity(head.decided.len());
        for decided in &head.decided {
            let Some(found) = signals.get(&decided.kept) else { continue };
            let fate = match &decided.fate {
                Fate::Grows { incident, .. } if gone.contains(incident) => &again,
                fate => fate,
            };
            let Some(next) = found.value.after(head.batch, fate, head.decided_at) else { continue };
            let expect = Expect::Version(found.version);
            writes.push(Write::put(Kept::COLLECTION, next.id.clone(), expect, next.document()?));
        }
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(MARKED));
            let marked = bounded(async { Ok(self.store.write_all(writes).await) }).await?;
            writes = rest;
            for answer in marked {
                match answer {
                    // A conflict: another process marked it.
                    Ok(_) | Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}
