//! How much there is in a store, and the hash of it.

use super::TransferError;
use super::export::walk;
use crate::packing::fingerprint;
use domain::chain::{Line, hexadecimal};
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::document::Stored;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Of one collection or log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Documents that do not end by themselves, or records.
    pub count: u64,
    /// SHA-256 over ids, bodies and words in the order of the ids, or over the records in their order; hexadecimal.
    pub hash: String,
}

/// What there is in a store, but for documents that end by themselves. Empty collections and logs are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// By name.
    pub collections: BTreeMap<String, Total>,
    /// By name.
    pub logs: BTreeMap<String, Total>,
}

impl Tally {
    /// The first difference, told.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let parts = [(&self.collections, &other.collections), (&self.logs, &other.logs)];
        parts.iter().find_map(|(ours, theirs)| first_difference(ours, theirs))
    }

    /// Documents and records together.
    pub fn count(&self) -> u64 {
        self.collections.values().chain(self.logs.values()).map(|total| total.count).sum()
    }
}

fn first_difference(ours: &BTreeMap<String, Total>, theirs: &BTreeMap<String, Total>) -> Option<String> {
    let nothing = Total::default();
    let names = ours.keys().chain(theirs.keys());
    names.map(|name| (name, ours.get(name).unwrap_or(&nothing), theirs.get(name).unwrap_or(&nothing))).find_map(
        |(name, ours, theirs)| {
            if ours.count != theirs.count {
                return Some(format!("{name}: {} were sent, {} arrived", ours.count, theirs.count));
            }
            (ours.hash != theirs.hash).then(|| format!("{name}: {} arrived, but their hash differs", theirs.count))
        },
    )
}

/// Counts and hashes while documents or records pass by.
#[derive(Debug, Default)]
pub struct Running {
    count: u64,
    hash: Sha256,
}

impl Running {
    pub fn document(&mut self, stored: &Stored) {
        self.count = self.count.saturating_add(1);
        self.hash.update(&stored.id);
        self.hash.update([0]);
        self.hash.update(fingerprint(&stored.document.body));
        let words = stored.document.words.as_ref();
        let words = words.map(|words| serde_json::json!([words.names, words.title, words.text]));
        self.hash.update(words.as_ref().map(fingerprint).unwrap_or_else(|| "-".to_owned()));
    }

    pub fn record(&mut self, line: &Line) {
        self.count = self.count.saturating_add(1);
        self.hash.update(line.to_json());
        self.hash.update([b'\n']);
    }

    /// `None` where nothing passed by.
    pub fn total(self) -> Option<Total> {
        (self.count > 0).then(|| Total { count: self.count, hash: hexadecimal(&self.hash.finalize()) })
    }
}

/// Reads a whole store and counts it.
///
/// # Errors
/// When it cannot be read.
pub async fn tally(store: &dyn Store, collections: &[&'static Collection]) -> Result<Tally, TransferError> {
    walk(store, collections, async |_| Ok(())).await
}
