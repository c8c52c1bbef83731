//! Shifts of behaviour in traces: a service or a call between two services gets slower, fails more, or takes more of the
//! time that requests wait for.
//!
//! Everything is asked as a share of the requests: how many fail, how many are slower than the median was, how many are
//! slower than the 95th percentile was, how many wait longer for this place than three quarters did. For each share a sequential test (`evidence`)
//! adds up what speaks for a shift, half a minute at a time, against a slowly forgetting past (`past`). Heavy tails, few requests and
//! changing load thus need no rules of their own. docs/trace-shifts.md has the method, its false alarms and its delay.
//!
//! Guarantees: memory is bounded by [`Bounds`]; what finds no room is counted; any times and durations in any order are
//! taken; the same requests in the same order give the same shifts; what lasts does not become what is usual before
//! [`Rule::adopt_after_seconds`]; saved and restored, it goes on as if nothing had happened.
//!
//! Deliberately absent: reading traces from a source, what caused a shift, shifts for the better.

mod evidence;
mod past;
mod place;
mod reading;
#[cfg(test)]
mod tests;

pub use evidence::more_often;
pub use place::{Detector, Rule};

use crate::traces::Tree;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where requests are measured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// What a service serves.
    Service(String),
    /// What one service asks of another.
    Edge {
        /// The service that asks.
        caller: String,
        /// The service that is asked, or the peer as the caller names it.
        callee: String,
    },
}

/// One request at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// When it ended, in unix seconds.
    pub at_unix_seconds: i64,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// Whether it failed.
    pub failed: bool,
    /// The share of its trace's critical path that was spent here, in 0..=1; `None` where it is not known.
    pub path_share: Option<f64>,
}

/// Requests at one place, counted by their durations: what a source tells that has sums and no single requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    /// When they ended, in unix seconds: anywhere in the half minute that they are counted of.
    pub at_unix_seconds: i64,
    /// Longest duration of a bucket in nanoseconds, and the requests in it. A bucket begins at half of its longest duration, as
    /// those of TraceQL's `histogram_over_time` do.
    pub buckets: Vec<(f64, f64)>,
    /// How many of them failed.
    pub failed: f64,
}

/// What shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// More requests fail.
    Failing,
    /// Requests take longer.
    Slower,
    /// The slow ones are more.
    SlowTail,
    /// Traces wait longer for this place.
    Path,
}

/// A shift.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// What shifted.
    pub kind: Kind,
    /// Since when, in unix seconds: the half minute in which the evidence began.
    pub since_unix_seconds: i64,
    /// The bound that is counted by: nanoseconds for durations, a share for the path; `None` for failures.
    pub bound: Option<f64>,
    /// The share of requests beyond the bound, or that failed, before; in 0..=1.
    pub share_before: f64,
    /// The same since then.
    pub share_now: f64,
}

impl Shift {
    /// The shift in words.
    pub fn words(&self) -> String {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let (before, now) = (percent(self.share_before), percent(self.share_now));
        let bound = self.bound.unwrap_or_default();
        match self.kind {
            Kind::Failing => format!("{now} of the requests fail, before it was {before}"),
            Kind::Slower | Kind::SlowTail => {
                format!("{now} of the requests take longer than {:.1} ms, before it was {before}", bound / 1e6)
            }
            Kind::Path => {
                let share = percent(bound);
                format!("{now} of the traces wait here for more than {share} of their time, before it was {before}")
            }
        }
    }
}

/// What changed at a place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A shift was found.
    Begun(Shift),
    /// A shift of this kind is over.
    Over(Kind),
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Places at most; the one that was silent the longest makes room.
    pub places: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { places: 2_000 }
    }
}

/// The detectors of all places.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Shifts {
    rule: Rule,
    bounds: Bounds,
    /// As a list: JSON has no maps by place.
    #[serde(with = "place::listed")]
    places: BTreeMap<Place, Detector>,
    forgotten: u64,
}

impl Shifts {
    /// Detectors that have seen nothing.
    pub fn new(rule: Rule, bounds: Bounds) -> Self {
        Self { rule, bounds, ..Self::default() }
    }

    /// Counts a request. Changes come when a later request closes the half minute that shows them.
    pub fn observe(&mut self, place: &Place, request: Request) -> Vec<(Place, Change)> {
        self.at(place, |detector| detector.observe(request))
    }

    /// Counts the requests of a histogram, as [`Shifts::observe`] does.
    pub fn observe_histogram(&mut self, place: &Place, histogram: &Histogram) -> Vec<(Place, Change)> {
        self.at(place, |detector| detector.observe_histogram(histogram))
    }

    fn at(&mut self, place: &Place, observe: impl FnOnce(&mut Detector) -> Vec<Change>) -> Vec<(Place, Change)> {
        if !self.places.contains_key(place) {
            self.make_room();
            self.places.insert(place.clone(), Detector::new(self.rule));
        }
        let changes = self.places.get_mut(place).map(observe).unwrap_or_default();
        changes.into_iter().map(|change| (place.clone(), change)).collect()
    }

    /// Counts all requests of a trace.
    pub fn observe_trace(&mut self, tree: &Tree) -> Vec<(Place, Change)> {
        reading::requests(tree).iter().flat_map(|(place, request)| self.observe(place, *request)).collect()
    }

    /// Whether enough was learned of a place to judge it.
    pub fn knows(&self, place: &Place) -> bool {
        self.places.get(place).is_some_and(Detector::knows)
    }

    /// The shifts that are there, by place.
    pub fn there(&self) -> Vec<(&Place, Shift)> {
        self.places
            .iter()
            .flat_map(|(place, detector)| detector.there().into_iter().map(move |shift| (place, shift)))
            .collect()
    }

    /// How many places made room for others.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// How many bytes of memory this takes, about.
    pub fn memory_bytes(&self) -> usize {
        let names = |place: &Place| match place {
            Place::Service(name) => name.len(),
            Place::Edge { caller, callee } => caller.len() + callee.len(),
        };
        self.places.iter().map(|(place, detector)| 64 + names(place) + detector.memory_bytes()).sum()
    }

    fn make_room(&mut self) {
        while self.places.len() >= self.bounds.places.max(1) {
            let silent =
                self.places.iter().min_by_key(|(_, detector)| detector.last_at()).map(|(place, _)| place.clone());
            let Some(silent) = silent else { return };
            self.places.remove(&silent);
            self.forgotten = self.forgotten.saturating_add(1);
        }
    }
}
