//! One record, its hash, and its form as a line of JSON.

use super::canonical::{Canonical, canonical_json};
use chrono::{DateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The hash before the first record.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Bytes of a record as JSON at most, so that whoever reads a damaged log knows when to stop.
pub const LINE_BYTES: usize = 1024 * 1024;

/// What a record is about, before it is chained.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it happened; kept to the millisecond.
    pub at: DateTime<Utc>,
    /// What happened, in the terms of whoever writes it: `freeze`, `action.begun`.
    pub kind: String,
    /// What there is to know, without personal data.
    pub body: Value,
    /// Salted hash of the personal data that stands beside the chain (hexadecimal SHA-256).
    pub personal: Option<String>,
}

impl Entry {
    /// Whether it can be written, and read back as it was written; every log asks this before it takes an entry.
    ///
    /// # Errors
    /// Why not: it is too long, too deep, or its time has no common form.
    pub fn check(&self) -> Result<(), LineError> {
        let line = Line::after(&Anchor { count: u64::MAX, ..Anchor::default() }, self.clone());
        let text = line.to_json();
        if text.len() > LINE_BYTES {
            return Err(LineError(format!("{} bytes, a record has at most {LINE_BYTES}", text.len())));
        }
        if Line::from_json(&text)? == line { Ok(()) } else { Err(LineError("it does not come back as written".into())) }
    }
}

/// The end of a chain: how many records, and the hash of the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Sequence number of the last record; 0 for none.
    pub count: u64,
    /// Its hash, hexadecimal.
    pub hash: String,
}

impl Default for Anchor {
    fn default() -> Self {
        Self { count: 0, hash: NOTHING.to_owned() }
    }
}

/// Where a retention cut begins: everything up to `cut` is gone on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The last record that was cut, with its hash: the record after it goes on from here.
    pub cut: Anchor,
}

impl Checkpoint {
    /// The kind of the record that tells a cut.
    pub const KIND: &'static str = "log.checkpoint";

    /// The record that tells it.
    pub fn entry(&self, at: DateTime<Utc>) -> Entry {
        let body = serde_json::json!({"cut": {"count": self.cut.count, "hash": self.cut.hash}});
        Entry { at, kind: Self::KIND.to_owned(), body, personal: None }
    }

    /// The cut that a record tells; `None` where it is no checkpoint.
    pub fn of(line: &Line) -> Option<Self> {
        (line.kind == Self::KIND).then(|| Self::deserialize(&line.body).ok()).flatten()
    }
}

/// One record of a chain. As JSON it is one line; the order of its members is fixed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// From 1, without gaps.
    pub sequence: u64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: String,
    /// What there is to know.
    pub body: Value,
    /// Salted hash of the personal data beside the chain.
    #[serde(default)]
    pub personal: Option<String>,
    /// Hash of the record before.
    pub previous: String,
    /// Hash of this record.
    pub hash: String,
}

/// How a record is written: what it holds, in the order of its members.
#[derive(Serialize)]
struct Form<'a> {
    sequence: u64,
    at: &'a DateTime<Utc>,
    kind: &'a str,
    body: Canonical<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<&'a str>,
    previous: &'a str,
    hash: &'a str,
}

/// Why some bytes are no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no record of a log: {0}")]
pub struct LineError(pub(super) String);

impl Line {
    /// The record that follows this end of the chain.
    pub fn after(anchor: &Anchor, entry: Entry) -> Self {
        let mut line = Self {
            sequence: anchor.count.saturating_add(1),
            at: entry.at.trunc_subsecs(3),
            kind: entry.kind,
            body: entry.body,
            personal: entry.personal,
            previous: anchor.hash.clone(),
            hash: String::new(),
        };
        line.hash = line.computed_hash();
        line
    }

    /// Whether this record is the one after the end of a chain.
    pub fn follows(&self, anchor: &Anchor) -> bool {
        anchor.count.checked_add(1) == Some(self.sequence) && self.previous == anchor.hash
    }

    /// The end of the chain of which this is the last record.
    pub fn anchor(&self) -> Anchor {
        Anchor { count: self.sequence, hash: self.hash.clone() }
    }

    /// The hash that its content gives: SHA-256 of its JSON with an empty `hash`. The members of objects in the body are
    /// in the order of their names, so that a store that keeps JSON by itself cannot change it.
    pub fn computed_hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.text("").as_bytes()))
    }

    /// As it stands in a file, without the end of the line.
    pub fn to_json(&self) -> String {
        self.text(&self.hash)
    }

    /// Reads what [`Line::to_json`] wrote. The hash is not checked.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn from_json(text: &str) -> Result<Self, LineError> {
        serde_json::from_str(text).map_err(|error| LineError(error.to_string()))
    }

    fn form<'a>(&'a self, hash: &'a str) -> Form<'a> {
        Form {
            sequence: self.sequence,
            at: &self.at,
            kind: &self.kind,
            body: Canonical(&self.body),
            personal: self.personal.as_deref(),
            previous: &self.previous,
            hash,
        }
    }

    fn text(&self, hash: &str) -> String {
        // Strings, whole numbers and a `Value` always have a JSON form.
        serde_json::to_string(&self.form(hash)).unwrap_or_default()
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.form(&self.hash).serialize(serializer)
    }
}

/// Salted hash of personal data: SHA-256 of the salt and the data's JSON.
pub fn personal_hash(salt: &str, data: &Value) -> String {
    hexadecimal(&Sha256::new().chain_update(salt).chain_update([0]).chain_update(canonical_json(data)).finalize())
}

/// Bytes as hexadecimal digits in lower case.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
