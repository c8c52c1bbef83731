//! What a model makes of an incident: at most three possible causes with what would confirm and refute each, and an
//! explanation of at most three sentences.
//!
//! A model reads text that anybody may have written. So what it says is a place to look, and nothing more: code reads its
//! reply ([`reply`]), drops whatever names another tool than those for reading typed fields, another object than those around
//! the incident, or arguments that the tool does not take ([`check`]), and says so; the look is made, and typed fields alone
//! decide whether a hypothesis stands ([`expected`], the proofs of `heal`, the rules of `diagnosis`). What it explains is
//! bound to what was seen ([`explained`]).
//!
//! Guarantees: pure; nothing here has a confidence, so that none is raised; a hypothesis that no code confirmed is told as
//! open, with what would confirm it; every text of a model is on one line, short, without secrets and without characters that
//! nobody sees.
//!
//! Deliberately absent: asking the model and making the looks (`engine::scarlet::diagnose`), and anything that acts.

pub mod check;
pub mod expected;
pub mod explained;
pub mod plain;
pub mod reply;
pub mod surroundings;

#[cfg(test)]
mod tests;

use crate::heal::Standing;
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Hypotheses of one reply that are looked into.
pub const MOST: usize = 3;

/// Sentences of an explanation.
pub const SENTENCES: usize = 3;

/// Characters of one sentence of a model.
pub const TEXT_CHARS: usize = 240;

/// Things that were left out of a reply and are told.
pub const DROPPED: usize = 6;

/// The sorts of trouble that a hypothesis may be of: the names of the diagnosis rules.
pub const SYMPTOMS: &[&str] = &[
    "certificate",
    "crash",
    "crash-on-configuration",
    "errors-after-rollout",
    "image-pull",
    "missing-reference",
    "network-policy",
    "node-not-ready",
    "out-of-memory",
    "readiness",
    "slow-by-itself",
    "slow-dependency",
    "unschedulable",
    "volume-filling",
];

/// One hypothesis of a model, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thought {
    /// The cause in the model's words. Tainted: to be told, and nothing else.
    pub cause: String,
    /// The object that it is about; one of those around the incident.
    pub object: ObjectRef,
    /// One of [`SYMPTOMS`].
    pub symptom: String,
    /// What would confirm it: the look, and what it must show.
    pub confirmed_by: String,
    /// What would refute it.
    pub refuted_by: String,
    /// What code made of it: `Confirmed` and `Refuted` come from typed fields alone.
    pub standing: Standing,
    /// Why it stands so, in our own words.
    pub because: String,
    /// Ids of the kept evidence: `INC-7.e402`.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// What a model made of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thoughts {
    /// When.
    pub at: DateTime<Utc>,
    /// The model: `NAME at ENDPOINT`.
    pub model: String,
    /// Its hypotheses, those that code confirmed first. At most [`MOST`].
    #[serde(default)]
    pub hypotheses: Vec<Thought>,
    /// Its explanation, a sentence each; what code could not bind to what was seen ends with `(unconfirmed)`.
    #[serde(default)]
    pub explanation: Vec<String>,
    /// What of its reply was left out, and why.
    #[serde(default)]
    pub dropped: Vec<String>,
}

impl Thoughts {
    /// Whether there is anything to tell.
    pub fn is_empty(&self) -> bool {
        self.hypotheses.is_empty() && self.explanation.is_empty()
    }

    /// The confirmed first, then the open, then the refuted; all within their bounds.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        self.hypotheses.sort_by_key(|thought| match thought.standing {
            Standing::Confirmed => 0,
            Standing::Open => 1,
            Standing::Refuted => 2,
        });
        self.hypotheses.truncate(MOST);
        self.explanation.truncate(SENTENCES);
        self.dropped.truncate(DROPPED);
        self
    }
}

/// How a hypothesis stands, in a word for people.
pub const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "unconfirmed",
        Standing::Confirmed => "confirmed",
        Standing::Refuted => "refuted",
    }
}
