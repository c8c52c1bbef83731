//! A lane: what came in for one thread, in the order in which it is handled, kept until it was handled.
//!
//! One lane is one document, so that a store that swaps single documents gives all of this to several processes: what is
//! delivered again is known; one process at a time works on a lane; what it had in hand when it died is handled by the
//! next; nothing is left behind by a process that lets go.
//!
//! Guarantees: an entry is there until its holder says that it was handled, so that it is begun at least once; an id that
//! waits or was handled lately is taken once; entries are in hand in the order of `(order, id)`, save one that came in
//! after a later one was begun; as long as clocks differ by no more than `guard::clock_margin`, one process at a time
//! holds the lane. Where they differ by more, two may work on it: whatever handles an entry must bear that it is done
//! twice. All functions change a value and answer with what came of it; the caller compares and swaps.
//!
//! Deliberately absent: what an entry means, and how it is handled.

mod entries;
mod holding;
#[cfg(test)]
mod tests;

pub use entries::{HANDLED_REMEMBERED, MOST_WAITING, MOST_WAITING_BYTES, Put};
pub use holding::{LONGEST_HOLD_SECONDS, Released};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The same however often it is delivered.
    pub id: String,
    /// What it is ordered by; compared as text. Slack's `ts` has a fixed width for the next 200 years.
    pub order: String,
    /// When it came in first.
    pub at: DateTime<Utc>,
    /// How often it was begun.
    #[serde(default)]
    pub begun: u32,
    /// What its handler needs.
    pub body: Value,
}

/// Which process works on the lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the process.
    pub process: String,
    /// Until when, unless it renews.
    pub until: DateTime<Utc>,
}

/// One lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// `slack:C123/1699.42`.
    pub id: String,
    /// What waits or is in hand, in its order.
    pub entries: Vec<Entry>,
    /// Ids of what was handled, the newest last, as many as are remembered.
    pub handled: Vec<String>,
    /// Who works on it.
    #[serde(default)]
    pub holder: Option<Holder>,
    /// 1 while something waits, else 0: a field that stores can look for.
    pub waiting: i64,
    /// When anything changed last.
    pub changed_at: DateTime<Utc>,
}
