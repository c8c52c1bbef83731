//! Declared series that detectors watch, point by point.
//!
//! A [`Detector`] is the place where detectors are plugged in: one that knows a threshold, one that knows what is usual.
//!
//! Guarantees: a series without a point in a look that succeeded is not judged, and what was told of it is not over; as
//! long as a detector learns, it tells nothing and ends nothing; the number of series is bounded, and what is beyond it is
//! told as not looked at.
//!
//! Deliberately absent: choosing the series.

use super::about::About;
use super::rule::{identities, series};
use super::{Blind, Looked, Origin, State, Trouble};
use crate::anomaly::{self, AlarmRule, Alarms};
use crate::incident::Severity;
use crate::observed::prometheus::{Instant, Labels};
use crate::signal::threshold::{Memory, Side, Threshold};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Series of one watch at most.
pub const SERIES: usize = 50;

/// What a detector says of a point.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It cannot say: it has not seen enough, or the value is no number.
    Unknown,
    /// Nothing is wrong.
    Fine,
    /// Something is wrong, and why in words of ours.
    Strange(String),
}

/// Watches one series.
pub trait Detector: Send + fmt::Debug {
    /// Judges a point. What goes on is told at each of its points.
    fn observe(&mut self, at: DateTime<Utc>, value: f64) -> Verdict;
}

/// Which detector watches, as the settings declare it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Choice {
    /// A fixed threshold.
    Threshold(Threshold),
    /// What was never seen of this series before ([`anomaly`]).
    Anomaly(Unusual),
}

/// When an anomaly is told: one setting for all series. docs/anomalies.md has how many false alarms each `surprise` gives in
/// healthy weeks, and what it misses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unusual {
    /// How rare a point must be, as a power of ten ([`AlarmRule::surprise`]); 0 to 12.
    pub surprise: f64,
    /// So many points after it must stay on its side before it is told; 0 to 1,000.
    pub confirm_points: u32,
    /// So many points are only learned.
    pub learn_points: u64,
    /// For so many points after an alarm it is told as being there.
    pub hold_points: u32,
}

impl Default for Unusual {
    fn default() -> Self {
        let AlarmRule { surprise, confirm_points, quiet_points } = AlarmRule::default();
        Self { surprise, confirm_points, learn_points: 120, hold_points: quiet_points }
    }
}

impl Unusual {
    fn alarms(self) -> Alarms {
        let Self { surprise, confirm_points, hold_points, .. } = self;
        Alarms::new(AlarmRule { surprise, confirm_points, quiet_points: hold_points })
    }

    fn mistakes(self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if !(0.0..=12.0).contains(&self.surprise) {
            mistakes.push(format!("surprise is {}; accepted: 0 to 12", self.surprise));
        }
        if self.confirm_points > 1_000 {
            mistakes.push(format!("confirm_points is {}; accepted: 0 to 1000", self.confirm_points));
        }
        mistakes
    }
}

/// Series that are watched, as the settings declare them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesWatch {
    /// Its name: what its signals are called.
    pub name: String,
    /// PromQL whose result, an instant vector, are the series.
    pub query: String,
    /// Which detector watches each of them.
    pub detector: Choice,
    /// How bad it is.
    pub severity: Severity,
    /// Seconds between two points.
    #[serde(default = "thirty")]
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

fn thirty() -> u32 {
    30
}

impl Choice {
    /// A detector that has seen nothing but, after a restart, knows since when its series is in trouble.
    pub fn make(&self, known_since: Option<DateTime<Utc>>) -> Watching {
        match self {
            Self::Threshold(rule) => {
                let memory = Memory { firing_since: known_since, ..Memory::default() };
                Watching::Threshold(Fixed { rule: *rule, memory })
            }
            Self::Anomaly(unusual) => Watching::Anomaly(Box::new(Anomalies::new(*unusual))),
        }
    }

    /// What is wrong with it, for whoever wrote the settings.
    pub fn mistakes(&self) -> Vec<String> {
        match self {
            Self::Threshold(rule) => rule.check(),
            Self::Anomaly(unusual) => unusual.mistakes(),
        }
    }
}

/// A detector with all that it knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watching {
    /// Of a fixed threshold.
    Threshold(Fixed),
    /// Of what is usual.
    Anomaly(Box<Anomalies>),
}

impl Watching {
    fn is_of(&self, choice: &Choice) -> bool {
        match (self, choice) {
            (Self::Threshold(own), Choice::Threshold(rule)) => own.rule == *rule,
            (Self::Anomaly(own), Choice::Anomaly(rule)) => own.rule == *rule,
            _ => false,
        }
    }
}

impl Detector for Watching {
    fn observe(&mut self, at: DateTime<Utc>, value: f64) -> Verdict {
        match self {
            Self::Threshold(fixed) => fixed.observe(at, value),
            Self::Anomaly(anomalies) => anomalies.observe(at, value),
        }
    }
}

/// The detectors of one watch, by the identity of their series. Saved and restored they go on without learning anew.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Detectors(BTreeMap<String, Watching>);

impl Detectors {
    /// What was saved, as far as it still is what the settings declare; at most [`SERIES`] of them.
    #[must_use]
    pub fn restored(self, choice: &Choice) -> Self {
        Self(self.0.into_iter().filter(|(_, watching)| watching.is_of(choice)).take(SERIES).collect())
    }
}

/// The troubles in one result; every point is judged and learned.
pub fn read(
    origin: &Origin,
    watch: &SeriesWatch,
    result: &Instant,
    detectors: &mut Detectors,
    state: &State,
) -> Looked {
    let mut troubles = Vec::new();
    let mut judged: BTreeSet<String> = BTreeSet::new();
    let (mut seen, mut beyond) = (BTreeSet::new(), 0_usize);
    for sample in &result.samples {
        let (print, _) = identities(origin, &watch.name, &sample.labels, &watch.identity);
        if seen.contains(&print) || (!detectors.0.contains_key(&print) && detectors.0.len() >= SERIES) {
            beyond += 1;
            continue;
        }
        let known_since = state.known.get(&print).map(|known| known.first_seen);
        let detector = detectors.0.entry(print.clone()).or_insert_with(|| watch.detector.make(known_since));
        seen.insert(print.clone());
        match detector.observe(result.at, sample.value.unwrap_or(f64::NAN)) {
            Verdict::Unknown => continue,
            Verdict::Fine => {}
            Verdict::Strange(why) => troubles.push(trouble(origin, watch, &sample.labels, sample.value, &why)),
        }
        judged.insert(print);
    }
    let unjudged = state.known.keys().filter(|key| !judged.contains(*key)).cloned().collect();
    let silent = detectors.0.keys().filter(|print| !seen.contains(*print)).count();
    let mut not_looked = Vec::new();
    if beyond > 0 {
        not_looked.push(format!("{beyond} series are beyond the {SERIES} that are watched: aggregate in the query"));
    }
    if silent > 0 {
        not_looked.push(format!("{silent} series that were watched have no sample now"));
    }
    Looked { troubles, blind: Blind::To(unjudged), not_looked }
}

fn trouble(origin: &Origin, watch: &SeriesWatch, labels: &Labels, value: Option<f64>, why: &str) -> Trouble {
    let (print, _) = identities(origin, &watch.name, labels, &watch.identity);
    let words = format!("{}: {why} ({})", watch.name, series(labels));
    Trouble {
        key: print.clone(),
        fingerprint: print,
        object: watch.about.object(labels),
        service: watch.about.service(labels),
        value,
        query: Some(watch.query.clone()),
        ..Trouble::new(origin, &watch.name, watch.severity, labels).saying(&words)
    }
}

/// A threshold with what it remembers of its series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fixed {
    rule: Threshold,
    memory: Memory,
}

impl Detector for Fixed {
    fn observe(&mut self, at: DateTime<Utc>, value: f64) -> Verdict {
        let (memory, _) = self.rule.step(&self.memory, Some(value), at);
        self.memory = memory;
        let side = if self.rule.side == Side::Above { "above" } else { "below" };
        match self.memory.firing_since {
            _ if !value.is_finite() => Verdict::Unknown,
            Some(_) => Verdict::Strange(format!("{side} {}", self.rule.bound)),
            None => Verdict::Fine,
        }
    }
}

/// Anomalies of a series, held for a while: a detector tells where one begins and not where it ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Anomalies {
    detector: anomaly::Detector,
    alarms: Alarms,
    rule: Unusual,
    points: u64,
    /// Points since the last alarm, and its reason.
    last: Option<(u32, anomaly::Reason)>,
}

impl Anomalies {
    fn new(rule: Unusual) -> Self {
        // The alarms are the rule's: the detector hides nothing from it.
        let judging = anomaly::Settings { alarm_score: 2.0, ..anomaly::Settings::default() };
        Self { detector: anomaly::Detector::new(judging), alarms: rule.alarms(), rule, points: 0, last: None }
    }
}

impl Detector for Anomalies {
    fn observe(&mut self, at: DateTime<Utc>, value: f64) -> Verdict {
        if !value.is_finite() {
            return Verdict::Unknown;
        }
        let judgement = self.detector.observe(at.timestamp(), value);
        self.points = self.points.saturating_add(1);
        if self.points <= self.rule.learn_points {
            return Verdict::Unknown;
        }
        let held = self.last.map(|(ago, why)| (ago.saturating_add(1), why));
        self.last = held.filter(|(ago, _)| *ago < self.rule.hold_points);
        if let Some(reason) = self.alarms.observe(&judgement, value) {
            self.last = Some((0, reason));
        }
        match self.last {
            Some((_, why)) => Verdict::Strange(format!("unusual: {}", why.words())),
            None => Verdict::Fine,
        }
    }
}

#[cfg(test)]
mod tests;
