//! Forecasts as troubles: a series that will soon be at its bound ([`crate::forecast`]).
//!
//! Guarantees: only what reaches the bound sooner than declared, and surely enough, is told; it is over when it is no longer
//! foretold within a quarter more than that time, so that a forecast that swings does not come and go; a series of which
//! nothing can be said (too short, too old, no sample) is not judged, and what was told of it is not over.
//!
//! Deliberately absent: the forecast itself; evaluating PromQL.

use super::about::About;
use super::rule::{identities, series};
use super::{Blind, Looked, Origin, State, Trouble};
use crate::forecast::Silence;
use crate::incident::Severity;
use crate::observed::prometheus::RunsOut;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest history and longest time ahead, in hours.
const MOST_HOURS: u32 = 90 * 24;

/// Series whose future is watched, as the settings declare them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastWatch {
    /// Its name: what its signals are called.
    pub name: String,
    /// PromQL whose result, an instant vector, are the series. They must be what accumulates: bytes used, not bytes a second.
    pub query: String,
    /// Where they are used up, in the unit of the query.
    pub bound: f64,
    /// Whether they fall to the bound (bytes free, seconds left); they rise to it otherwise.
    #[serde(default)]
    pub falls: bool,
    /// Hours of history from which is concluded.
    #[serde(default = "fourteen_days")]
    pub history_hours: u32,
    /// What is at its bound within so many hours, as likely earlier as later, is told.
    #[serde(default = "three_days")]
    pub within_hours: u32,
    /// The share of the possible futures that must reach the bound, from 0.5 to 1.
    #[serde(default = "four_fifths")]
    pub least_chance: f64,
    /// How bad it is.
    pub severity: Severity,
    /// Seconds between two looks.
    #[serde(default = "ten_minutes")]
    pub every_seconds: u32,
    /// The Prometheus, where the environment has several.
    #[serde(default)]
    pub instance: Option<String>,
    /// What the series speak of.
    #[serde(default)]
    pub about: About,
    /// Labels that identify a series; where none are named, all but those that change from run to run.
    #[serde(default)]
    pub identity: Vec<String>,
}

fn fourteen_days() -> u32 {
    14 * 24
}

fn three_days() -> u32 {
    3 * 24
}

fn four_fifths() -> f64 {
    0.8
}

fn ten_minutes() -> u32 {
    600
}

impl ForecastWatch {
    /// What cannot be meant, by the name of the key.
    pub fn mistakes(&self) -> Vec<(&'static str, String)> {
        let mut mistakes = Vec::new();
        if !self.bound.is_finite() {
            mistakes.push(("bound", "is no number".to_owned()));
        }
        for (key, hours) in [("history_hours", self.history_hours), ("within_hours", self.within_hours)] {
            if !(1..=MOST_HOURS).contains(&hours) {
                mistakes.push((key, format!("is {hours}; accepted: 1 to {MOST_HOURS}")));
            }
        }
        if !(0.5..=1.0).contains(&self.least_chance) {
            mistakes.push(("least_chance", format!("is {}; accepted: 0.5 to 1", self.least_chance)));
        }
        mistakes
    }
}

/// The troubles in one look at the future of the series.
pub fn read(origin: &Origin, watch: &ForecastWatch, rows: &[RunsOut], state: &State, now: DateTime<Utc>) -> Looked {
    let (mut troubles, mut judged, mut unsaid) = (Vec::new(), BTreeSet::new(), 0_usize);
    for row in rows {
        let (print, _) = identities(origin, &watch.name, &row.labels, &watch.identity);
        // One identity of several series: the soonest, which comes first, speaks for all.
        if judged.contains(&print) {
            continue;
        }
        match (row.at_median, row.silence) {
            (Some(at), _) => {
                if is_soon(watch, row, at - now, state.known.contains_key(&print)) {
                    troubles.push(trouble(origin, watch, row, at, &print));
                }
            }
            (None, Some(Silence::NoTrend | Silence::TooFar | Silence::FreedInTime)) => {}
            (None, _) => {
                unsaid += 1;
                continue;
            }
        }
        judged.insert(print);
    }
    let unjudged = state.known.keys().filter(|key| !judged.contains(*key)).cloned().collect();
    let told = (unsaid > 0).then(|| format!("of {unsaid} series nothing can be foretold: too few or too old points"));
    Looked { troubles, blind: Blind::To(unjudged), not_looked: told.into_iter().collect() }
}

/// Whether it is told: soon and sure enough, and where it was told already until it is clearly later.
fn is_soon(watch: &ForecastWatch, row: &RunsOut, left: TimeDelta, is_known: bool) -> bool {
    let within = TimeDelta::hours(watch.within_hours.into());
    if row.is_reached {
        return true;
    }
    if is_known {
        left <= within + within / 4
    } else {
        left <= within && row.chance.unwrap_or(0.0) >= watch.least_chance
    }
}

fn trouble(origin: &Origin, watch: &ForecastWatch, row: &RunsOut, at: DateTime<Utc>, print: &str) -> Trouble {
    let moment = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let when = if row.is_reached {
        format!("is at {} already", watch.bound)
    } else {
        let earliest = row.earliest.map_or_else(|| "now".to_owned(), moment);
        let latest = row.latest.map_or_else(|| "an open end".to_owned(), moment);
        format!("reaches {} about {} (between {earliest} and {latest})", watch.bound, moment(at))
    };
    let words = format!("{}: {when}; {} ({})", watch.name, row.how.as_deref().unwrap_or_default(), series(&row.labels));
    Trouble {
        key: print.to_owned(),
        fingerprint: print.to_owned(),
        object: watch.about.object(&row.labels),
        service: watch.about.service(&row.labels),
        value: Some(row.last),
        query: Some(watch.query.clone()),
        ..Trouble::new(origin, &watch.name, watch.severity, &row.labels).saying(&words)
    }
}

#[cfg(test)]
mod tests;
