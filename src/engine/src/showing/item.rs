//! What is shown: an incident or an approval, and what both have in common.

use crate::incidents::not_over;
use chrono::{DateTime, Utc};
use domain::approval::{Approval, State};
use domain::incident::Incident;
use ports::store::collection::Collection;
use ports::store::collections::{APPROVALS, INCIDENTS};
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Key as Value};
use ports::store::record;
use std::fmt;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Incidents first: an approval is told in the thread of its incident.
    Incident,
    /// Approvals.
    Approval,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Incident, Self::Approval];

    pub(super) fn collection(self) -> &'static Collection {
        match self {
            Self::Incident => &INCIDENTS,
            Self::Approval => &APPROVALS,
        }
    }

    /// The condition that one of them is not over.
    pub(super) fn not_over(self) -> Condition {
        match self {
            Self::Incident => not_over(),
            Self::Approval => Condition::OneOf(vec![Value::from("pending"), Value::from("granted")]),
        }
    }
}

/// One of them by its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) id: String,
}

/// `incidents/INC-17`.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind.collection().name, self.id)
    }
}

/// What is shown.
pub(super) enum Item {
    Incident(Box<Incident>),
    Approval(Box<Approval>),
}

impl Item {
    /// The value of a document, with its version.
    pub(super) fn of(kind: Kind, stored: Stored) -> Result<(u64, Self), StoreError> {
        Ok(match kind {
            Kind::Incident => {
                let found = record::value::<Incident>(stored)?;
                (found.version, Self::Incident(Box::new(found.value)))
            }
            Kind::Approval => {
                let found = record::value::<Approval>(stored)?;
                (found.version, Self::Approval(Box::new(found.value)))
            }
        })
    }

    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Incident(incident) => incident.is_open(),
            Self::Approval(approval) => approval.state.is_open(),
        }
    }

    pub(super) fn changed_at(&self) -> DateTime<Utc> {
        match self {
            Self::Incident(incident) => incident.changed_at,
            Self::Approval(approval) => approval.changed_at,
        }
    }

    /// Whether people watch the seconds until it begins.
    pub(super) fn counts_down(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Incident(_) => false,
            Self::Approval(approval) => {
                approval.state == State::Granted && approval.starts_at.is_some_and(|start| now < start)
            }
        }
    }
}
