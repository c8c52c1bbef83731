//! A series from a file, run through the detectors of the sense rules: which signals and incidents it would have made, when.
//!
//! The points go one by one, each at its own time, through the same detectors, the same memory of what was told and the same
//! correlation as live ones. No point is looked at before its turn.
//!
//! Guarantees: a line that is no point is counted and told, and never taken for one; bounded, whatever the file holds.
//!
//! Deliberately absent: PromQL, for there is no Prometheus that could evaluate it; diagnosis, for there is nothing to look at.

mod read;
#[cfg(test)]
mod tests;

pub use read::{Point, Read, read};

use crate::correlation::{Placement, Rules, apply_as, open, place, settle};
use crate::incident::{Incident, State as IncidentState};
use crate::observed::prometheus::{Instant, Labels, Sample};
use crate::sense::series::{Detectors, SeriesWatch, read as judge};
use crate::sense::{Origin, State, Telling, observe};
use crate::signal::{Signal, Source, SourceKind, Status};
use crate::topology::Topology;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Events that are told at most; what is beyond them is counted.
const EVENTS: usize = 10_000;

/// What happened at a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When: the time of the point.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What,
    /// The rule.
    pub rule: String,
    /// Id of the incident, as it would be counted in this run.
    pub incident: Option<String>,
    /// The value of the point.
    pub value: Option<f64>,
    /// In words.
    pub text: String,
}

/// Sorts of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A signal that opened an incident.
    Opened,
    /// A signal that joined one.
    Joined,
    /// A signal that opened one again.
    Reopened,
    /// A signal that is over.
    RightAgain,
    /// The incident is over.
    Over,
    /// A signal that was known noise or told nothing new.
    Nothing,
}

impl What {
    /// As people read it.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Opened => "opens",
            Self::Joined => "joins",
            Self::Reopened => "opens again",
            Self::RightAgain => "right again in",
            Self::Over => "over:",
            Self::Nothing => "nothing:",
        }
    }
}

/// What a series would have made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Points that went through.
    pub points: usize,
    /// Time of the first and of the last point.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// What happened, in the order of the points.
    pub events: Vec<Event>,
    /// Events that found no room.
    pub more: usize,
    /// Incidents that were opened.
    pub incidents: usize,
    /// Incidents that are not over at the end.
    pub still_open: usize,
}

struct Running<'a> {
    watch: &'a SeriesWatch,
    origin: Origin,
    detectors: Detectors,
    state: State,
}

/// Runs the points of one series through the watches.
pub fn run(name: &str, points: &[Point], watches: &[SeriesWatch]) -> Run {
    let labels = Labels::from([("series".to_owned(), name.to_owned())]);
    let environment = || "replay".to_owned();
    let of = |watch: &SeriesWatch| Origin {
        environment: environment(),
        source: Source { kind: SourceKind::Anomaly, name: watch.name.clone() },
    };
    let mut running: Vec<Running<'_>> = watches
        .iter()
        .map(|watch| Running { watch, origin: of(watch), detectors: Detectors::default(), state: State::default() })
        .collect();
    let mut book = Book::default();
    for point in points {
        book.settle(point.at);
        for one in &mut running {
            let sample = Sample { labels: labels.clone(), value: point.value };
            let result = Instant {
                query: one.watch.query.clone(),
                at: point.at,
                result_type: "vector".to_owned(),
                samples: vec![sample],
            };
            let looked = judge(&one.origin, one.watch, &result, &mut one.detectors, &one.state);
            let (next, signals) = observe(&one.state, Ok(&looked), &one.origin, &Telling::default(), point.at);
            one.state = next;
            signals.iter().for_each(|signal| book.take(signal, point.at));
        }
    }
    let times = || points.iter().map(|point| point.at);
    Run {
        points: points.len(),
        span: times().min().zip(times().max()),
        events: book.events,
        more: book.more,
        incidents: book.number,
        still_open: book.incidents.iter().filter(|incident| incident.is_open()).count(),
    }
}

/// The incidents of a run.
#[derive(Default)]
struct Book {
    incidents: Vec<Incident>,
    number: usize,
    events: Vec<Event>,
    more: usize,
}

impl Book {
    fn take(&mut self, signal: &Signal, now: DateTime<Utc>) {
        let rules = Rules::default();
        let placement = place(signal, &self.incidents, &Topology::default(), &rules, now);
        match placement {
            Placement::Open => {
                self.number = self.number.saturating_add(1);
                let id = format!("#{}", self.number);
                self.incidents.push(open(signal, id.as_str(), now));
                self.tell(What::Opened, Some(id), signal, now);
            }
            Placement::Join { incident, as_what } => {
                let is_news = as_what != crate::correlation::AsWhat::Repeat;
                self.change(&incident, |found| apply_as(found, signal, as_what, now));
                if is_news {
                    self.tell(What::Joined, Some(incident), signal, now);
                }
            }
            Placement::Reopen { incident } => {
                self.change(&incident, |found| crate::correlation::apply(found, signal, now));
                self.tell(What::Reopened, Some(incident), signal, now);
            }
            Placement::RightAgain { incident } => {
                self.change(&incident, |found| crate::correlation::apply(found, signal, now));
                self.tell(What::RightAgain, Some(incident), signal, now);
                self.settle(now);
            }
            Placement::Ignore { .. } | Placement::Quiet { .. } | Placement::NothingToEnd => {
                if signal.status == Status::Firing {
                    self.tell(What::Nothing, None, signal, now);
                }
            }
        }
    }

    fn change(&mut self, id: &str, next: impl FnOnce(Incident) -> Incident) {
        if let Some(place) = self.incidents.iter_mut().find(|incident| incident.id == id) {
            *place = next(place.clone());
        }
    }

    /// Ends what is over, and forgets what cannot come back.
    fn settle(&mut self, now: DateTime<Utc>) {
        let rules = Rules::default();
        let mut ended = Vec::new();
        for incident in &mut self.incidents {
            if let Some(next) = settle(incident, &rules, now) {
                if incident.is_open() && !next.is_open() {
                    ended.push((next.id.clone(), next.title.clone()));
                }
                *incident = next;
            }
        }
        for (id, title) in ended {
            self.push(Event {
                at: now,
                what: What::Over,
                rule: String::new(),
                incident: Some(id),
                value: None,
                text: title,
            });
        }
        let keeps = chrono::TimeDelta::minutes(rules.reopen_minutes.into());
        self.incidents.retain(|incident| match (incident.state, incident.resolved_at) {
            (IncidentState::Resolved, Some(at)) => now.signed_duration_since(at) < keeps,
            _ => true,
        });
    }

    fn tell(&mut self, what: What, incident: Option<String>, signal: &Signal, now: DateTime<Utc>) {
        self.push(Event {
            at: now,
            what,
            rule: signal.name.clone(),
            incident,
            value: signal.value,
            text: signal.text.clone(),
        });
    }

    fn push(&mut self, event: Event) {
        if self.events.len() < EVENTS {
            self.events.push(event);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}
