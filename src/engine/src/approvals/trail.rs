//! What the audit trail is told of approvals.

use super::Draw;
use crate::kept::bounded;
use domain::approval::{Approval, Proposer};
use domain::audit::{Actor, Kind, Outcome, PersonReference, Personal, Record};
use domain::person::Person;
use ports::clock::Clock;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::{Log, Store, record};
use std::sync::Arc;

/// Who a record is by, with what stands beside the chain of a person.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    who: Actor,
    personal: Option<Personal>,
}

impl From<Actor> for Signed {
    fn from(who: Actor) -> Self {
        Self { who, personal: None }
    }
}

/// A record that stands in the trail.
#[derive(Debug)]
pub(super) struct Told(Record);

/// Writes to the audit trail.
pub(super) struct Trail {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    draw: Draw,
}

impl Trail {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, draw: Draw) -> Self {
        Self { store, clock, draw }
    }

    /// A person's signature. The salt is of this record alone, so that records tell nothing about each other.
    pub(super) fn person(&self, person: &Person) -> Signed {
        self.named(&person.id, serde_json::json!({"person": person.id, "name": person.name}))
    }

    pub(super) fn proposer(&self, proposer: &Proposer) -> Signed {
        match proposer {
            Proposer::Scarlet => Actor::Scarlet.into(),
            Proposer::Person(id) => self.named(id, serde_json::json!({"person": id})),
        }
    }

    fn named(&self, id: &str, data: serde_json::Value) -> Signed {
        let personal = Personal::new((self.draw)(), (self.draw)(), id, data, self.clock.now());
        let who = Actor::Person(PersonReference::of(&personal.salt, id));
        Signed { who, personal: Some(personal) }
    }

    /// Writes what is personal, then the record: without an outcome, since it is told before it is done.
    pub(super) async fn tell(
        &self,
        kind: Kind,
        approval: &Approval,
        signed: Signed,
        by_way_of: Option<&str>,
    ) -> Result<Told, StoreError> {
        let record = self.record(kind, approval, &signed, by_way_of);
        self.write(&record, signed.personal.as_ref()).await.map(|()| Told(record))
    }

    /// Tells what stands already. A trail that is away does not take it back.
    pub(super) async fn tell_after(&self, kind: Kind, approval: &Approval, signed: Signed, by_way_of: Option<&str>) {
        let record = self.record(kind, approval, &signed, by_way_of).ended(Outcome::Done);
        if let Err(error) = self.write(&record, signed.personal.as_ref()).await {
            tracing::error!(
                approval = approval.id, what = %record.kind, %error,
                "what was decided on an approval stands, but could not be written to the audit trail"
            );
        }
    }

    /// Tells that what was told did not happen, or may not have.
    pub(super) async fn contradict(&self, told: &Told, ended: Outcome) {
        let record = Record { at: self.clock.now(), personal: None, ..told.0.clone() }.ended(ended);
        if let Err(error) = self.write(&record, None).await {
            tracing::error!(
                on = told.0.on, what = %record.kind, %error,
                "the audit trail tells a word on an approval that did not count, and this could not be written"
            );
        }
    }

    fn record(&self, kind: Kind, approval: &Approval, signed: &Signed, by_way_of: Option<&str>) -> Record {
        let record = Record::new(self.clock.now(), kind, signed.who.clone())
            .on(format!("approval {}", approval.id))
            .with("plan", approval.plan.clone())
            .with("environment", approval.shown.environment.clone())
            .with("object", approval.shown.object.to_string())
            .with("does", approval.shown.action.clone())
            .with("people_needed", approval.permitted.people_needed);
        let record = match by_way_of {
            Some(by_way_of) => record.with("by_way_of", by_way_of),
            None => record,
        };
        let record = match &approval.incident {
            Some(incident) => record.with("incident", incident.clone()),
            None => record,
        };
        match &signed.personal {
            Some(personal) => record.beside(personal.beside()),
            None => record,
        }
    }

    async fn write(&self, record: &Record, personal: Option<&Personal>) -> Result<(), StoreError> {
        if let Some(personal) = personal {
            bounded(record::save(&*self.store, personal, Expect::Any)).await?;
        }
        bounded(self.store.append(Log::Audit, vec![record.entry()])).await.map(|_| ())
    }
}

/// It was not allowed any more when its turn came.
pub(super) fn refused(why: &str) -> Outcome {
    Outcome::Refused(why.to_owned())
}

/// The store failed.
pub(super) fn failed(error: &StoreError) -> Outcome {
    match error {
        StoreError::Unknown { .. } => Outcome::Unknown(error.to_string()),
        _ => Outcome::Failed(error.to_string()),
    }
}
