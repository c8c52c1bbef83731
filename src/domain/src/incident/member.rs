//! What an incident is made of: one member a trouble, with the places where it is still there.
//!
//! Guarantees: bounded, whatever comes in; what could not be kept track of counts as still there, so that a part that is
//! right again is never told as all being well; repeated reports change no count but that of reports.
//!
//! Deliberately absent: which trouble belongs to which incident (`correlation`).

use super::Severity;
use crate::object::ObjectRef;
use crate::signal::{Signal, Source, Status};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Members of an incident at most.
pub const MEMBERS: usize = 100;

/// Places of one trouble that are kept track of at most.
pub const PLACES: usize = 1_000;

/// Troubles of the crowd, with their places, that are kept track of at most. Much more than of one trouble: the end of one that
/// found no room there is known to nobody, and an incident that waits for it ends by a person's word only.
pub const CROWD: usize = 10_000;

/// Times of a member's changes that are kept at most, the newest.
const CHANGES: usize = 16;

/// One trouble of an incident: all signals with one fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What its signals share.
    pub fingerprint: String,
    /// Who reported it first.
    pub source: Source,
    /// What kind of trouble: the alert's name, the detector's.
    pub name: String,
    /// The object that it speaks of: of the first signal, where it has many pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The service that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Whether it is there: somewhere, where it is in many places.
    pub is_firing: bool,
    /// When it began, by its source; the earliest of all places.
    pub since: DateTime<Utc>,
    /// When a signal of it was taken in last.
    pub last_seen: DateTime<Utc>,
    /// How many signals of it were taken in.
    pub count: u32,
    /// How bad it is: the worst that was reported.
    pub severity: Severity,
    /// The PromQL expression that raised it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Where it is still there: pods of one workload that share a fingerprint end one by one.
    #[serde(default, skip_serializing_if = "Instances::is_empty")]
    pub places: Instances,
    /// When it came or went as a whole, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DateTime<Utc>>,
}

/// A bounded set of what is still firing, and how much there is beyond it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instances {
    /// [`Signal::instance`] of each that fires.
    #[serde(default)]
    pub firing: BTreeSet<u64>,
    /// Reports that found no room in it, less the ends that came for what is not in it. Repeats cannot be told apart from
    /// new ones here: of reports they make it too high, of ends too low. A crowd's never falls, since no end can be known
    /// for one of its own (`correlation::place`): such an incident is over when a person says so.
    #[serde(default)]
    pub more: u32,
    /// How many there ever were; repeats beyond the room are counted again.
    #[serde(default)]
    pub ever: u32,
}

impl Instances {
    /// Whether nothing is still there.
    pub fn is_quiet(&self) -> bool {
        self.firing.is_empty() && self.more == 0
    }

    /// Whether there never was anything.
    pub fn is_empty(&self) -> bool {
        self.is_quiet() && self.ever == 0
    }

    /// How many are still there, as far as it is known.
    pub fn still(&self) -> u32 {
        u32::try_from(self.firing.len()).unwrap_or(u32::MAX).saturating_add(self.more)
    }

    /// Whether this one is known to be there.
    pub fn holds(&self, signal: &Signal) -> bool {
        self.firing.contains(&signal.instance())
    }

    /// Takes a signal in, with room for so many. A repeated one changes nothing; the end of what never was is none.
    pub fn take(&mut self, signal: &Signal, room: usize) {
        let key = signal.instance();
        match signal.status {
            Status::Firing if self.firing.contains(&key) => {}
            Status::Firing => {
                self.ever = self.ever.saturating_add(1);
                if self.firing.len() < room {
                    self.firing.insert(key);
                } else {
                    self.more = self.more.saturating_add(1);
                }
            }
            Status::Resolved => {
                if !self.firing.remove(&key) {
                    self.more = self.more.saturating_sub(1);
                }
            }
        }
    }

    /// Both together, with room for so many, for incidents that turn out to be one.
    #[must_use]
    pub fn with(mut self, other: Self, room: usize) -> Self {
        self.ever = self.ever.saturating_add(other.ever);
        self.more = self.more.saturating_add(other.more);
        for key in other.firing {
            if self.firing.len() < room {
                self.firing.insert(key);
            } else if !self.firing.contains(&key) {
                self.more = self.more.saturating_add(1);
            }
        }
        self
    }
}

impl Member {
    /// The member that a first signal makes.
    pub fn of(signal: &Signal) -> Self {
        let mut member = Self {
            fingerprint: signal.fingerprint.clone(),
            source: signal.source.clone(),
            name: signal.name.clone(),
            object: signal.object.clone(),
            service: signal.service.clone(),
            is_firing: false,
            since: signal.started_at,
            last_seen: signal.seen_at,
            count: 0,
            severity: signal.severity,
            query: signal.query.clone(),
            places: Instances::default(),
            changes: Vec::new(),
        };
        member.take(signal);
        member
    }

    /// Takes in one more signal of it.
    pub fn take(&mut self, signal: &Signal) {
        self.count = self.count.saturating_add(1);
        self.last_seen = self.last_seen.max(signal.seen_at);
        self.places.take(signal, PLACES);
        let is_firing = !self.places.is_quiet();
        if signal.status == Status::Firing {
            // What comes back began anew; what has never gone began with the earliest of its places.
            self.since = if self.is_firing { self.since.min(signal.started_at) } else { signal.started_at };
            self.severity = if self.is_firing { self.severity.max(signal.severity) } else { signal.severity };
            self.query = self.query.take().or_else(|| signal.query.clone());
        }
        if is_firing != self.is_firing {
            self.is_firing = is_firing;
            self.changes.push(signal.seen_at);
            let excess = self.changes.len().saturating_sub(CHANGES);
            self.changes.drain(..excess);
        }
    }

    /// Counts signals that were left out one by one: how often it has changed since then.
    pub fn changes_since(&self, then: DateTime<Utc>) -> usize {
        self.changes.iter().filter(|at| **at > then).count()
    }
}
