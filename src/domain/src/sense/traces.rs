//! Shifts of latency and of errors in traces as troubles: a service now against the same service before.
//!
//! The bound beyond which a service is in trouble is fixed when the trouble begins, from the time before it: a trouble
//! that lasts does not become what is usual. A share of failures counts as grown only where chance would hardly make it so
//! ([`crate::trace_shift::more_often`]). Beside the two windows, and where the settings say so, each half minute's requests
//! are learned and judged by [`crate::trace_shift`] ([`requests`]): what one of the two sees is a trouble, and it is over when
//! neither sees it.
//!
//! Guarantees: a service without requests in a window is not judged, and what was told of it is not over; a service that
//! the settings do not declare gets into words and labels and never into [`crate::signal::Signal::service`].
//!
//! Deliberately absent: reading traces.

pub mod requests;

use self::requests::Requests;
use super::{Blind, Known, Looked, Origin, Reference, State, Trouble};
use crate::incident::Severity;
use crate::observed::tempo::ServiceRow;
use crate::trace_shift::more_often;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A trouble is over below this share of its bound, so that a value that swings around it does not come and go.
const OVER_BELOW: f64 = 0.8;

/// The label that names the service as its traces do.
const TRACED_SERVICE: &str = "traced_service";

/// A share of failures has grown when chance makes one like it once in ten to this power.
const BEYOND_CHANCE: f64 = 3.0;

/// Traces that are watched, as the settings declare them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceWatch {
    /// Its name.
    pub name: String,
    /// The services of the environment: of these, traces are believed who they are.
    #[serde(default)]
    pub services: BTreeSet<String>,
    /// The Tempo, where the environment has several.
    #[serde(default)]
    pub instance: Option<String>,
    /// Seconds between two looks.
    #[serde(default = "sixty")]
    pub every_seconds: u32,
    /// Length of the window that is looked at, in minutes.
    #[serde(default = "five")]
    pub window_minutes: u32,
    /// Length of the time before it that it is held against, in minutes.
    #[serde(default = "sixty")]
    pub baseline_minutes: u32,
    /// What counts as a shift.
    #[serde(default)]
    pub shift: Shift,
    /// Whether how the requests of each declared service are spread is learned, and told when it shifts.
    #[serde(default)]
    pub learns: bool,
    /// How bad it is.
    #[serde(default = "medium")]
    pub severity: Severity,
}

/// What counts as a shift.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shift {
    /// The 95th percentile is so many times what it was.
    pub latency_factor: f64,
    /// And longer than it was by so many milliseconds.
    pub latency_milliseconds: f64,
    /// The share of failed requests is larger than it was by so much, of 1.
    pub error_ratio: f64,
    /// With fewer requests a second in either window a service is not judged.
    pub least_requests_per_second: f64,
}

impl Default for Shift {
    fn default() -> Self {
        Self { latency_factor: 2.0, latency_milliseconds: 100.0, error_ratio: 0.05, least_requests_per_second: 0.05 }
    }
}

fn sixty() -> u32 {
    60
}

fn five() -> u32 {
    5
}

fn medium() -> Severity {
    Severity::Medium
}

/// What is measured of a service.
#[derive(Clone, Copy)]
enum Measure {
    Latency,
    Errors,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Latency => "trace-latency-shift",
            Self::Errors => "trace-error-shift",
        }
    }

    fn of(self, row: &ServiceRow) -> Option<f64> {
        match self {
            Self::Latency => row.p95_ms,
            Self::Errors => row.error_ratio,
        }
        .filter(|value| value.is_finite())
    }

    /// The value from which it is a shift.
    fn bound(self, before: f64, shift: &Shift) -> f64 {
        match self {
            Self::Latency => (before * shift.latency_factor).max(before + shift.latency_milliseconds),
            Self::Errors => before + shift.error_ratio,
        }
    }

    fn words(self, service: &str, now: f64, before: Option<f64>) -> String {
        let value = |value: f64| match self {
            Self::Latency => format!("{value:.0} ms"),
            Self::Errors => format!("{:.1} %", value * 100.0),
        };
        let what = match self {
            Self::Latency => "takes (95th percentile)",
            Self::Errors => "fails",
        };
        let before = before.map_or(String::new(), |before| format!(", before it was {}", value(before)));
        format!("{service} {what} {}{before}", value(now))
    }
}

/// The troubles in one look at the services `now` and in the time `before`.
pub fn read(origin: &Origin, watch: &TraceWatch, now: &[ServiceRow], before: &[ServiceRow], state: &State) -> Looked {
    let is_judged = |row: &&ServiceRow| row.requests_per_second >= watch.shift.least_requests_per_second;
    let before: BTreeMap<&str, &ServiceRow> =
        before.iter().filter(is_judged).map(|row| (row.service.as_str(), row)).collect();
    let mut troubles = Vec::new();
    let mut judged: BTreeSet<String> = BTreeSet::new();
    for row in now.iter().filter(is_judged) {
        for measure in [Measure::Latency, Measure::Errors] {
            let Some(value) = measure.of(row) else { continue };
            let mut trouble = Trouble { value: Some(value), ..trouble(origin, watch, measure, &row.service) };
            let earlier = before.get(row.service.as_str()).and_then(|row| measure.of(row));
            let known = state.known.get(&trouble.key).and_then(|known| match known.trouble.reference {
                Some(Reference::Bound(bound)) => Some(bound),
                _ => None,
            });
            let Some(bound) = known.or_else(|| Some(measure.bound(earlier?, &watch.shift))) else { continue };
            judged.insert(trouble.key.clone());
            let needed = if known.is_some() { bound * OVER_BELOW } else { bound };
            // Of a few requests one that failed is a large share, and chance.
            let is_chance = known.is_none() && matches!(measure, Measure::Errors) && {
                let before =
                    before.get(row.service.as_str()).map_or((0.0, 0.0), |row| failed(row, watch.baseline_minutes));
                more_often(failed(row, watch.window_minutes), before) < BEYOND_CHANCE
            };
            if value >= needed && !is_chance {
                trouble = trouble.saying(&measure.words(&row.service, value, earlier.filter(|_| known.is_none())));
                trouble.reference = Some(Reference::Bound(bound));
                troubles.push(trouble);
            }
        }
    }
    let unseen = state.known.keys().filter(|key| !judged.contains(*key)).cloned().collect();
    Looked { troubles, blind: Blind::To(unseen), not_looked: Vec::new() }
}

/// How many requests failed, of how many.
fn failed(row: &ServiceRow, minutes: u32) -> (f64, f64) {
    let requests = (row.requests_per_second * f64::from(minutes) * 60.0).max(0.0);
    (row.error_ratio.unwrap_or_default().clamp(0.0, 1.0) * requests, requests)
}

fn trouble(origin: &Origin, watch: &TraceWatch, measure: Measure, service: &str) -> Trouble {
    let labels =
        BTreeMap::from([("traces".to_owned(), watch.name.clone()), (TRACED_SERVICE.to_owned(), service.to_owned())]);
    Trouble {
        service: watch.services.contains(service).then(|| service.to_owned()),
        ..Trouble::new(origin, measure.name(), watch.severity, &labels)
    }
}

/// The look at the two windows, and what the requests of each half minute tell beside it.
pub fn joined(
    origin: &Origin,
    watch: &TraceWatch,
    mut looked: Looked,
    requests: &Requests,
    state: &State,
    now: DateTime<Utc>,
) -> Looked {
    let seen: BTreeSet<String> = looked.troubles.iter().map(|trouble| trouble.key.clone()).collect();
    let more = requests.troubles(origin, watch).into_iter().filter(|trouble| !seen.contains(&trouble.key));
    looked.troubles.extend(more);
    // What only they have seen, which has no bound of windows, is over only when they can tell.
    let cannot_tell = |known: &Known| {
        let service = known.trouble.labels.get(TRACED_SERVICE).map_or("", String::as_str);
        let is_learned = watch.services.contains(service) && known.trouble.reference.is_none();
        is_learned && !requests.can_tell(service, now)
    };
    let hidden = state.known.iter().filter(|(_, known)| cannot_tell(known)).map(|(key, _)| key.clone());
    if let Blind::To(keys) = &mut looked.blind {
        keys.extend(hidden);
    }
    looked
}

#[cfg(test)]
mod tests;
