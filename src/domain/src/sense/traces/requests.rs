//! What each declared service was asked in each half minute, for the detector that learns how its requests are spread
//! ([`crate::trace_shift`]).
//!
//! Guarantees: a half minute is counted once and whole; one that could not be read is asked for again at the next look, for
//! five minutes; what is older is left out and never taken for health; saved and restored, it goes on as if nothing had happened.
//!
//! Deliberately absent: asking for it; calls between services and shares of the critical path, of which sums know nothing.

use super::{Measure, TraceWatch, trouble};
use crate::observed::tempo::{MetricSeries, TraceMetrics};
use crate::sense::{Origin, Trouble};
use crate::trace_shift::{Bounds, Histogram, Kind, Place, Rule, Shift, Shifts};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seconds that are counted together.
pub const STEP_SECONDS: i64 = 30;
/// Spans arrive late: a half minute is asked for when it has been over for so many seconds.
const SETTLED_SECONDS: i64 = 30;
/// Half minutes that are asked for at once.
const MOST: i64 = 10;
/// Services of one watch.
pub const MOST_SERVICES: usize = 20;
/// A clock that is set back by more begins anew.
const SET_BACK_SECONDS: i64 = 600;
/// The label of a histogram's buckets: their longest duration in seconds.
const BUCKET: &str = "__bucket";

/// From when to when, at whole half minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The beginning of the first half minute.
    pub start: DateTime<Utc>,
    /// The end of the last.
    pub end: DateTime<Utc>,
}

/// What was learned of the services of one watch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Requests {
    shifts: Shifts,
    /// Up to when each service was read, in unix seconds.
    read_until: BTreeMap<String, i64>,
    /// Whether the source ever gave a point where a stretch begins.
    begins_at_start: bool,
}

impl Default for Requests {
    fn default() -> Self {
        let rule = Rule { bucket_seconds: STEP_SECONDS, ..Rule::default() };
        Self {
            shifts: Shifts::new(rule, Bounds { places: MOST_SERVICES }),
            read_until: BTreeMap::new(),
            begins_at_start: false,
        }
    }
}

impl Requests {
    /// Up to when a service was read, in unix seconds; the least of all numbers where it never was.
    pub fn read_until(&self, service: &str) -> i64 {
        self.read_until.get(service).copied().unwrap_or(i64::MIN)
    }

    /// What is to be read of a service now; `None` where no two half minutes are over: a single one Tempo answers in another way.
    pub fn due(&self, service: &str, now: DateTime<Utc>) -> Option<Stretch> {
        let end = (now.timestamp() - SETTLED_SECONDS).div_euclid(STEP_SECONDS) * STEP_SECONDS;
        let earliest = end - MOST * STEP_SECONDS;
        let read = self.read_until.get(service).copied().filter(|read| read - end <= SET_BACK_SECONDS);
        let start = read.map_or(earliest, |read| read.max(earliest));
        let at = |seconds| DateTime::from_timestamp(seconds, 0);
        (start + 2 * STEP_SECONDS <= end).then_some(Stretch { start: at(start)?, end: at(end)? })
    }

    /// Learns what a service was asked: a histogram of durations (seconds), and how many requests failed, each in steps of half
    /// a minute.
    pub fn learn(&mut self, service: &str, stretch: Stretch, durations: &TraceMetrics, failures: &TraceMetrics) {
        let place = Place::Service(service.to_owned());
        for (at_unix_seconds, histogram) in self.steps(stretch, durations, failures) {
            self.shifts.observe_histogram(&place, &Histogram { at_unix_seconds, ..histogram });
        }
        let end = stretch.end.timestamp();
        self.read_until.insert(service.to_owned(), end);
        // What the settings no longer name makes room.
        self.read_until.retain(|_, read| end - *read <= SET_BACK_SECONDS);
    }

    /// The half minutes of a stretch by their beginnings.
    ///
    /// Tempo until 2.8 sets a point at the beginning of its step, from 2.9 on at its end, with one more step before the first
    /// (its upgrade guide, "Bucket calculation changes"). Both have a point where the stretch begins, and none tells which it
    /// is: so the points from there on are taken, up to the last but one, which counts each half minute once with either, and
    /// with the newer half a minute late. Where a source has no such point, its points are taken to stand at the end.
    fn steps(
        &mut self,
        stretch: Stretch,
        durations: &TraceMetrics,
        failures: &TraceMetrics,
    ) -> BTreeMap<i64, Histogram> {
        let (start, end) = (stretch.start.timestamp(), stretch.end.timestamp());
        let all = durations.series.iter().chain(&failures.series).flat_map(|series| &series.points);
        self.begins_at_start |= all.clone().any(|(at, _)| *at == start);
        let late_by = if self.begins_at_start { 0 } else { STEP_SECONDS };
        let mut steps: BTreeMap<i64, Histogram> = BTreeMap::new();
        let of = |series: &MetricSeries| {
            let begun = series.points.clone().into_iter().map(move |(at, count)| (at - late_by, count));
            begun.filter(move |(at, count)| (start..end).contains(at) && *count > 0.0)
        };
        for series in &durations.series {
            let longest = series.labels.get(BUCKET).and_then(|longest| longest.parse::<f64>().ok());
            let Some(longest) = longest.filter(|seconds| seconds.is_finite()) else { continue };
            for (at, count) in of(series) {
                steps.entry(at).or_default().buckets.push((longest * 1e9, count));
            }
        }
        for (at, count) in failures.series.iter().flat_map(of) {
            steps.entry(at).or_default().failed += count;
        }
        steps
    }

    /// The shifts that are there, one trouble a service and measure: the worst of it in words.
    pub(super) fn troubles(&self, origin: &Origin, watch: &TraceWatch) -> Vec<Trouble> {
        let mut worst: BTreeMap<(&str, &str), (Measure, Shift)> = BTreeMap::new();
        for (place, shift) in self.shifts.there() {
            let Place::Service(service) = place else { continue };
            if !watch.services.contains(service) {
                continue;
            }
            let measure = match shift.kind {
                Kind::Failing => Measure::Errors,
                Kind::Slower | Kind::SlowTail => Measure::Latency,
                Kind::Path => continue,
            };
            let grown = |shift: &Shift| shift.share_now - shift.share_before;
            let known = worst.entry((service, measure.name())).or_insert((measure, shift));
            if grown(&shift) > grown(&known.1) {
                known.1 = shift;
            }
        }
        let told = |((service, _), (measure, shift)): ((&str, &str), (Measure, Shift))| {
            let since = DateTime::from_timestamp(shift.since_unix_seconds, 0).unwrap_or_default();
            let since = since.format("%H:%M:%S UTC");
            trouble(origin, watch, measure, service).saying(&format!("{service}: since {since} {}", shift.words()))
        };
        worst.into_iter().map(told).collect()
    }

    /// Whether the absence of a shift of this service says something: enough of it was learned, and all of it was read.
    pub(super) fn can_tell(&self, service: &str, now: DateTime<Utc>) -> bool {
        self.due(service, now).is_none() && self.shifts.knows(&Place::Service(service.to_owned()))
    }
}

#[cfg(test)]
mod tests;
