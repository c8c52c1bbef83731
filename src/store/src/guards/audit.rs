//! What the audit trail is told of a freeze or a pause and its end.
//!
//! A person's name and words stand beside the chain, where they can be erased; the chain has an opaque reference.

use super::{Lifting, NotDone, swap};
use chrono::{DateTime, Utc};
use domain::audit::{Actor, Kind, Outcome, Personal, Record};
use domain::guard::Scope;
use ports::store::collections::PERSONAL;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::{Log, Store};

/// How the audit trail names whoever freezes or lifts.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// Who.
    pub who: Actor,
    /// The name and the words of a person, with salt and id of their own. Where it is there, the chain holds no reason.
    pub personal: Option<Personal>,
}

impl Signature {
    /// The signature of a part of the program: there is nothing personal.
    pub fn of(who: Actor) -> Self {
        Self { who, personal: None }
    }

    fn record(&self, kind: Kind, at: DateTime<Utc>, why: &str) -> Record {
        let record = Record::new(at, kind, self.who.clone());
        match &self.personal {
            Some(personal) => record.beside(personal.beside()),
            // A person's own words never get into the chain.
            None if why.is_empty() || matches!(self.who, Actor::Person(_)) => record,
            None => record.because(why),
        }
    }
}

pub(super) fn frozen(scope: &Scope, signed: &Signature, why: &str, at: DateTime<Utc>) -> Record {
    signed.record(Kind::FreezeOn, at, why).on(scope.to_string()).ended(Outcome::Done)
}

pub(super) fn paused(
    environment: &str,
    until: Option<DateTime<Utc>>,
    signed: &Signature,
    why: &str,
    at: DateTime<Utc>,
) -> Record {
    let record = signed.record(Kind::PauseOn, at, why).on(Scope::Environment(environment.to_owned()).to_string());
    let record = record.ended(Outcome::Done);
    match until {
        Some(until) => record.with("until", until.to_rfc3339()),
        None => record,
    }
}

/// Told before it is done: without an outcome.
pub(super) fn lifted(lifting: &Lifting, signed: &Signature, why: &str, at: DateTime<Utc>) -> Record {
    signed.record(lifting.kind(), at, why).on(lifting.to_string())
}

/// That what was told before did not happen, or may not have.
pub(super) fn not_lifted(lifting: &Lifting, signed: &Signature, error: &NotDone, at: DateTime<Utc>) -> Record {
    let outcome = match error {
        NotDone::Refused(_) | NotDone::Lease { .. } | NotDone::Audit { .. } => Outcome::Refused(error.to_string()),
        NotDone::Store { source: StoreError::Unknown { .. }, .. } => Outcome::Unknown(error.to_string()),
        NotDone::Store { .. } => Outcome::Failed(error.to_string()),
    };
    Record::new(at, lifting.kind(), signed.who.clone()).on(lifting.to_string()).ended(outcome)
}

impl Lifting {
    fn kind(&self) -> Kind {
        match self {
            Self::Freeze(_) | Self::Plan(_) => Kind::FreezeOff,
            Self::Pause(_) => Kind::PauseOff,
        }
    }
}

/// Writes what is personal, then the record.
pub(super) async fn tell(store: &dyn Store, signed: &Signature, record: Record) -> Result<(), StoreError> {
    if let Some(personal) = signed.personal.as_ref().filter(|_| record.personal.is_some()) {
        let body = serde_json::to_value(personal)
            .map_err(|error| StoreError::Invalid { message: format!("personal data cannot be written: {error}") })?;
        let write = Write::put(&PERSONAL, personal.id.clone(), Expect::Any, Document::plain(body));
        swap::bounded(store.write(write)).await?;
    }
    swap::bounded(store.append(Log::Audit, vec![record.entry()])).await.map(|_| ())
}
