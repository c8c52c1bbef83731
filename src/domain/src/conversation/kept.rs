//! Tool results as they are kept: whole, each a document of its own.

use super::turn::redact_arguments;
use crate::envelope::{Envelope, Failure};
use crate::evidence::{Evidence, EvidenceId, ToolCall};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What came of a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was seen.
    Seen(Envelope),
    /// Why nothing was.
    Failed(Failure),
}

/// One look of a turn or an incident. It was redacted when it left its tool server (invariant 8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptEvidence {
    /// The turn or incident that rests on it.
    pub owner: String,
    /// Who asked.
    pub person: String,
    /// When the owner was answered.
    pub taken_at: DateTime<Utc>,
    /// The id that the owner's claims cite.
    pub cited_as: EvidenceId,
    /// What was asked.
    pub call: ToolCall,
    /// What came back.
    pub outcome: Outcome,
}

impl KeptEvidence {
    /// A look of an owner. Secrets in what was asked are taken out; those in what came back were already.
    pub fn of(owner: &str, person: &str, taken_at: DateTime<Utc>, mut look: Evidence) -> Self {
        redact_arguments(&mut look.call.arguments);
        let outcome = match look.result {
            Ok(envelope) => Outcome::Seen(envelope),
            Err(failure) => Outcome::Failed(failure),
        };
        let (owner, person) = (owner.to_owned(), person.to_owned());
        Self { owner, person, taken_at, cited_as: look.id, call: look.call, outcome }
    }

    /// Its own id: `OWNER.e1`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.owner, self.cited_as)
    }

    /// The look as the turn had it.
    pub fn into_evidence(self) -> Evidence {
        let result = match self.outcome {
            Outcome::Seen(envelope) => Ok(envelope),
            Outcome::Failed(failure) => Err(failure),
        };
        Evidence { id: self.cited_as, call: self.call, result }
    }
}
