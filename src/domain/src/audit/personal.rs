//! Personal data beside the chain. The chain holds its id and its salted hash: what is erased leaves a chain that holds,
//! and what was altered is told.

use super::record::Record;
use crate::chain::{Line, personal_hash};
use crate::redaction::redact_value;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Personal data of one record. Made by [`Personal::new`] alone, so that nobody's words are kept with a secret in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Personal {
    /// Its id, which the record in the chain names.
    pub id: String,
    /// Whose data it is, as everywhere in the store.
    pub person: String,
    /// Random, of its own: without it the hash in the chain tells nothing about the data, not even by guessing.
    pub salt: String,
    /// What is personal: a name, an address, a text in a person's own words.
    pub data: Value,
    /// When the record was made; it ages as the trail does.
    pub at: DateTime<Utc>,
}

/// What the chain knows of personal data beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The id of the data.
    pub id: String,
    /// Its salted hash.
    pub hash: String,
}

/// How the personal data of a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalState {
    /// The record has none.
    None,
    /// It is there, as it was.
    Whole,
    /// It is not there any more: erased, or too old.
    Erased,
    /// It is there, and is not what it was.
    Altered,
}

impl Personal {
    /// Personal data of a record that is made now; every text of `data` is without its secrets. `id` and `salt` are drawn
    /// for it alone.
    pub fn new(
        id: impl Into<String>,
        salt: impl Into<String>,
        person: impl Into<String>,
        mut data: Value,
        at: DateTime<Utc>,
    ) -> Self {
        redact_value(&mut data);
        Self { id: id.into(), person: person.into(), salt: salt.into(), data, at }
    }

    /// What the chain is told of it.
    pub fn beside(&self) -> Beside {
        Beside { id: self.id.clone(), hash: personal_hash(&self.salt, &self.data) }
    }
}

impl PersonalState {
    /// Holds what stands beside the chain (`None` for nothing) against the record.
    pub fn of(line: &Line, found: Option<&Personal>) -> Self {
        let Some(hash) = &line.personal else { return Self::None };
        let Some(found) = found else { return Self::Erased };
        // A hash without an id is of data that could not be found: what was found is another record's.
        let named = Record::of(line).and_then(|record| record.personal).map(|beside| beside.id);
        let same = personal_hash(&found.salt, &found.data) == *hash && named.as_deref() == Some(found.id.as_str());
        if same { Self::Whole } else { Self::Altered }
    }
}
