//! The queue between taking signals in and correlation, as pure values: what is kept, and what was decided of it.
//!
//! Signals are decided in batches, and all processes on a store share one [`Head`]: its swap is the only moment in which
//! anything is decided. So a batch is decided by one process, of what all batches before it have left behind; whoever
//! comes later, after a crash too, carries out what stands there and decides nothing anew. Each incident holds the number
//! of the last batch that it took in, so that carrying out twice does nothing.
//!
//! Guarantees: a signal is in one batch, unless it was put off by maintenance or a silence, or is reported anew; it grows one
//! incident, once a batch; numbers of incidents go up by one and are given once. A trouble that was put off and ended
//! meanwhile opens nothing.
//!
//! Deliberately absent: the store, and what a signal means for an incident (`correlation`).

mod decide;
mod grow;
mod heard;
mod unite;

#[cfg(test)]
mod tests;

pub use decide::{Look, decide};
pub use grow::grown;
pub use heard::{HeardBook, SourceStatus};
pub use unite::{closed, unite, united};

use crate::correlation::AsWhat;
use crate::signal::Signal;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Id of the one [`Head`].
pub const HEAD: &str = "head";

/// Days for which a signal is known after it was handled.
const KNOWN_DAYS: i64 = 7;

/// Minutes after which a report that comes again is no repeated delivery but a renewed report: the trouble is still there,
/// though somebody may have called it over meanwhile. Alertmanager renews after `group_interval`, five minutes by itself.
const RENEWED_MINUTES: i64 = 4;

/// Bytes of an id that is kept as it is.
const ID_BYTES: usize = 128;

/// Where a signal stands in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Nobody has decided about it.
    Waiting,
    /// It is decided again at the end of a maintenance or a silence.
    PutOff,
    /// It was handled.
    Done,
}

impl Stand {
    /// As it is stored and asked for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::PutOff => "put_off",
            Self::Done => "done",
        }
    }
}

/// A signal that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// [`key`] of the signal's id.
    pub id: String,
    /// Where it stands.
    pub stand: Stand,
    /// Its place in the queue: microseconds since 1970, and never twice the same of one process.
    pub order: i64,
    /// The signal's, for queries.
    pub fingerprint: String,
    /// The incident that it grew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The last batch that it was in.
    #[serde(default)]
    pub batch: u64,
    /// When it is decided again, where it was put off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Why it grew no incident, for whoever asks where the alert went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it is forgotten; never before it was handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What was observed.
    pub signal: Signal,
}

impl Kept {
    /// A signal that was just taken in.
    pub fn new(signal: Signal, order: i64) -> Self {
        Self {
            id: key(&signal.id),
            stand: Stand::Waiting,
            order,
            fingerprint: signal.fingerprint.clone(),
            incident: None,
            batch: 0,
            due_at: None,
            why: None,
            expires_at: None,
            signal,
        }
    }

    /// What becomes of it when it comes once more: `None` where that is a repeated delivery, or it still waits.
    #[must_use]
    pub fn renewed(&self, signal: Signal, order: i64) -> Option<Self> {
        let is_late = signal.seen_at >= self.signal.seen_at + TimeDelta::minutes(RENEWED_MINUTES);
        (is_late && self.stand == Stand::Done).then(|| Self { batch: self.batch, ..Self::new(signal, order) })
    }

    /// What it is after a batch that was decided then. `None` where it has been through that batch already.
    #[must_use]
    pub fn after(&self, batch: u64, fate: &Fate, decided_at: DateTime<Utc>) -> Option<Self> {
        if self.batch >= batch {
            return None;
        }
        let forgotten = decided_at + TimeDelta::days(KNOWN_DAYS);
        let next = Self { batch, due_at: None, why: None, ..self.clone() };
        Some(match fate {
            Fate::Grows { incident, .. } => {
                Self { stand: Stand::Done, incident: Some(incident.clone()), expires_at: Some(forgotten), ..next }
            }
            Fate::Aside { why } => {
                Self { stand: Stand::Done, why: Some(why.clone()), expires_at: Some(forgotten), ..next }
            }
            Fate::PutOff { why, until } => {
                Self { stand: Stand::PutOff, why: Some(why.clone()), due_at: Some(*until), ..next }
            }
        })
    }
}

/// What is decided of a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It grows this incident, the first one of a new incident too.
    Grows {
        /// Its id.
        incident: String,
        /// Why it belongs there.
        as_what: AsWhat,
    },
    /// It is decided again then.
    PutOff {
        /// Which maintenance or silence.
        why: String,
        /// Its end.
        until: DateTime<Utc>,
    },
    /// Nothing is done.
    Aside {
        /// Why.
        why: String,
    },
}

/// One signal of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Id of the [`Kept`].
    pub kept: String,
    /// What is decided.
    pub fate: Fate,
}

/// The last batch, and the counter of incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many incidents were given a number.
    #[serde(default)]
    pub incidents: u64,
    /// Its number, from 1; 0 before the first.
    #[serde(default)]
    pub batch: u64,
    /// When it was decided.
    #[serde(default)]
    pub decided_at: DateTime<Utc>,
    /// What was decided of signals, in the order in which it is carried out.
    #[serde(default)]
    pub decided: Vec<Decided>,
    /// Which incidents are one, in a batch without signals.
    #[serde(default)]
    pub united: Vec<United>,
}

/// Incidents that are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct United {
    /// Id of the one that stays.
    pub into: String,
    /// Ids of those that become part of it.
    pub from: Vec<String>,
}

/// The signals of a batch that grow one incident, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth<'a> {
    /// Id of the incident.
    pub incident: &'a str,
    /// Ids of the [`Kept`], with why each belongs there.
    pub signals: Vec<(&'a str, AsWhat)>,
}

impl Head {
    /// The incidents that the batch grows, in the order of the batch.
    pub fn growth(&self) -> Vec<Growth<'_>> {
        let mut growth: Vec<Growth<'_>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for decided in &self.decided {
            let Fate::Grows { incident, as_what } = &decided.fate else { continue };
            let place = *places.entry(incident).or_insert(growth.len());
            if place == growth.len() {
                growth.push(Growth { incident, signals: Vec::new() });
            }
            if let Some(known) = growth.get_mut(place) {
                known.signals.push((&decided.kept, *as_what));
            }
        }
        growth
    }

    /// Ids of the incidents that the batch changes.
    pub fn incidents(&self) -> Vec<&str> {
        let grown = self.growth().into_iter().map(|growth| growth.incident);
        let united = self.united.iter().flat_map(|one| one.from.iter().chain([&one.into])).map(String::as_str);
        grown.chain(united).collect()
    }
}

/// The id under which a signal is kept: its own, or the digest of one that no store would take.
pub fn key(signal: &str) -> String {
    let is_plain = !signal.is_empty() && signal.len() <= ID_BYTES && !signal.chars().any(char::is_control);
    if is_plain { signal.to_owned() } else { crate::chain::hexadecimal(&Sha256::digest(signal)) }
}

/// How an incident is called: short enough to be said aloud.
pub fn incident_id(number: u64) -> String {
    format!("INC-{number}")
}
