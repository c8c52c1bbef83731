//! The desk of incidents: what surfaces see of them, and what people do to them.
//!
//! Guarantees: a deed is decided by `domain::incident` over the stored value, compared and swapped; an incident is not
//! resolved while the action that it asked for could still be started: that is withdrawn first.
//!
//! Deliberately absent: how an incident comes to be and what Scarlet does to it; what is shown where.

use crate::approvals::ApprovalDesk;
use crate::kept::{bounded, first};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::incident::{self, Deed, Incident, Refusal, State};
use domain::person::Person;
use ports::clock::Clock;
use ports::incidents::Incidents;
use ports::store::Store;
use ports::store::collections::INCIDENTS;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use ports::store::record;
use std::sync::Arc;

/// The desk.
pub struct IncidentDesk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    approvals: Arc<ApprovalDesk>,
}

impl IncidentDesk {
    /// A desk over a store. The approvals that incidents ask for are kept at the other desk.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, approvals: Arc<ApprovalDesk>) -> Self {
        Self { store, clock, approvals }
    }

    /// Withdraws what waits for people, where this deed ends the incident and its doer may. Where that fails nothing was
    /// resolved; where the incident is not resolved afterwards, the action is asked for anew.
    async fn give_up_what_was_asked(&self, id: &str, person: &Person, deed: &Deed) -> Result<(), StoreError> {
        if !matches!(deed, Deed::Resolve(_)) {
            return Ok(());
        }
        let Some(found) = self.get(id).await? else { return Ok(()) };
        let Some(pending) = &found.pending else { return Ok(()) };
        if incident::act(&found, person, deed, self.clock.now()).is_ok() {
            let why = format!("The incident {id} was resolved.");
            self.approvals.withdraw(&pending.approval, &why).await?;
        }
        Ok(())
    }
}

/// The condition that an incident is not over.
pub(crate) fn not_over() -> Condition {
    Condition::OneOf(State::ALL.iter().filter(|state| state.is_open()).map(|state| Key::from(state.name())).collect())
}

#[async_trait]
impl Incidents for IncidentDesk {
    async fn get(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        let found = bounded(record::load::<Incident>(&*self.store, id)).await?;
        Ok(found.map(|found| found.value))
    }

    async fn open(&self) -> Result<Vec<Incident>, StoreError> {
        // The newest first: of more than a list holds, the old ones are left out.
        let query = Query::of(&INCIDENTS).with("state", not_over()).by("changed_at", Direction::Descending);
        let mut open = first::<Incident>(&*self.store, query, usize::MAX).await?;
        open.sort_by(Incident::worst_first);
        Ok(open)
    }

    async fn changed_since(&self, since: DateTime<Utc>, most: usize) -> Result<Vec<Incident>, StoreError> {
        let query = Query::of(&INCIDENTS)
            .with("changed_at", Condition::AtLeast(since.into()))
            .by("changed_at", Direction::Ascending);
        first(&*self.store, query, most).await
    }

    async fn act(
        &self,
        id: &str,
        person: &Person,
        deed: Deed,
    ) -> Result<Option<Result<Incident, Refusal>>, StoreError> {
        self.give_up_what_was_asked(id, person, &deed).await?;
        let decide =
            |found: Option<Incident>| match found.map(|found| incident::act(&found, person, &deed, self.clock.now())) {
                Some(Ok(next)) => (Some(next.clone()), Some(Ok(next))),
                Some(Err(refusal)) => (None, Some(Err(refusal))),
                None => (None, None),
            };
        bounded(record::change(&*self.store, id, decide)).await
    }
}
