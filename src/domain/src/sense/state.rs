//! What a sense remembers, and what of a look is news.

use super::standing::Standing;
use super::{Looked, Origin, Trouble};
use crate::envelope::Failure;
use crate::signal::{Signal, Status, fingerprint};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a sense remembers from one look to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// How its source stands.
    pub standing: Standing,
    /// The troubles that are there, by their keys.
    pub known: BTreeMap<String, Known>,
}

/// A trouble that is there, or was at the last look that could see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// As it was first seen, with the severity, the words and the value of the last time.
    pub trouble: Trouble,
    /// When a look first saw it.
    pub first_seen: DateTime<Utc>,
    /// When a look last saw it.
    pub last_seen: DateTime<Utc>,
    /// Since when it has this severity.
    pub severity_since: DateTime<Utc>,
    /// Looks in a row that could have seen it and did not.
    pub missing: u32,
    /// How often it was told.
    pub told: u32,
    /// When it was told last.
    pub told_at: Option<DateTime<Utc>>,
}

/// When a trouble is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// Looks in a row in which it must be missing before it is told as over; at least one.
    pub missing_looks: u32,
    /// After so many seconds what is still there is told again.
    pub repeat_seconds: u32,
    /// Troubles that are kept track of at most.
    pub most: usize,
}

impl Default for Telling {
    fn default() -> Self {
        Self { missing_looks: 2, repeat_seconds: 300, most: 500 }
    }
}

/// The state after a look, and what is to be told of it.
///
/// Where the signals could not be handed on, the old state is kept with the new standing: the next look tells the same.
pub fn observe(
    state: &State,
    look: Result<&Looked, &Failure>,
    origin: &Origin,
    telling: &Telling,
    now: DateTime<Utc>,
) -> (State, Vec<Signal>) {
    let looked = match look {
        Ok(looked) => looked,
        Err(failure) => {
            return (State { standing: state.standing.failed(failure, now), ..state.clone() }, Vec::new());
        }
    };
    let mut next = State { standing: state.standing.heard(looked, now), known: state.known.clone() };
    let mut signals = Vec::new();
    let mut present: BTreeMap<&str, &Trouble> = BTreeMap::new();
    for trouble in &looked.troubles {
        present.entry(&trouble.key).or_insert(trouble);
    }
    end_what_is_over(&mut next, &present, looked, (origin, telling), now, &mut signals);
    let mut left_out = 0;
    for (key, trouble) in present {
        if !next.known.contains_key(key) && next.known.len() >= telling.most {
            left_out += 1;
            continue;
        }
        let known = next.known.entry(key.to_owned()).or_insert_with(|| Known::new(trouble, now));
        known.seen(trouble, now);
        if known.is_due(telling, now) {
            signals.push(known.tell(Status::Firing, origin, now));
        }
    }
    next.standing.left_out = left_out;
    (next, signals)
}

fn end_what_is_over(
    next: &mut State,
    present: &BTreeMap<&str, &Trouble>,
    looked: &Looked,
    (origin, telling): (&Origin, &Telling),
    now: DateTime<Utc>,
    signals: &mut Vec<Signal>,
) {
    next.known.retain(|key, known| {
        if present.contains_key(key.as_str()) || looked.blind.hides(key) {
            return true;
        }
        known.missing = known.missing.saturating_add(1);
        if known.told == 0 {
            // It went before its time to be told had come: as if it had never been.
            return false;
        }
        if known.missing < telling.missing_looks.max(1) {
            return true;
        }
        signals.push(known.tell(Status::Resolved, origin, now));
        false
    });
}

impl Known {
    fn new(trouble: &Trouble, now: DateTime<Utc>) -> Self {
        Self {
            trouble: trouble.clone(),
            first_seen: now,
            last_seen: now,
            severity_since: now,
            missing: 0,
            told: 0,
            told_at: None,
        }
    }

    /// Seen once more. What identifies it and where it is stay as they were first seen: its end must have them too.
    fn seen(&mut self, trouble: &Trouble, now: DateTime<Utc>) {
        self.missing = 0;
        self.last_seen = now;
        if trouble.severity != self.trouble.severity {
            // Worse is news, and told at once.
            let is_worse = trouble.severity > self.trouble.severity;
            self.told_at = self.told_at.filter(|_| !is_worse);
            self.severity_since = now;
            self.trouble.severity = trouble.severity;
        }
        self.trouble.text.clone_from(&trouble.text);
        self.trouble.value = trouble.value;
        // What it is held against is fixed as soon as it is known, and never moves: what lasts must not become what is usual.
        if self.trouble.reference.is_none() {
            self.trouble.reference.clone_from(&trouble.reference);
        }
    }

    fn is_due(&self, telling: &Telling, now: DateTime<Utc>) -> bool {
        let (wait, repeat) = (self.trouble.wait_seconds.into(), telling.repeat_seconds.into());
        // A clock that was put back makes it due as well: twice told is better than not at all.
        let have_passed = |seconds, since: DateTime<Utc>| now < since || now - since >= TimeDelta::seconds(seconds);
        have_passed(wait, self.first_seen) && self.told_at.is_none_or(|at| have_passed(repeat, at))
    }

    fn tell(&mut self, status: Status, origin: &Origin, now: DateTime<Utc>) -> Signal {
        self.told = self.told.saturating_add(1);
        self.told_at = Some(now);
        let trouble = &self.trouble;
        let started_at = trouble.since.unwrap_or(self.first_seen).min(self.first_seen);
        Signal {
            id: self.id(status, origin, started_at),
            fingerprint: trouble.fingerprint.clone(),
            source: origin.source.clone(),
            environment: origin.environment.clone(),
            name: trouble.name.clone(),
            status,
            severity: trouble.severity,
            object: trouble.object.clone(),
            service: trouble.service.clone(),
            labels: trouble.labels.clone(),
            text: trouble.text.clone(),
            value: trouble.value,
            query: trouble.query.clone(),
            started_at,
            seen_at: now,
        }
    }

    /// The same for the same telling of the same trouble, so that one that is handed on twice is one.
    fn id(&self, status: Status, origin: &Origin, started_at: DateTime<Utc>) -> String {
        let status = if status == Status::Firing { "firing" } else { "resolved" };
        let (number, began) = (self.told.to_string(), started_at.to_rfc3339_opts(SecondsFormat::Micros, true));
        let first = self.first_seen.to_rfc3339_opts(SecondsFormat::Micros, true);
        let source = origin.source.to_string();
        let parts = [
            ("source", source.as_str()),
            ("key", &self.trouble.key),
            ("status", status),
            ("number", &number),
            ("began", &began),
            ("first_seen", &first),
        ];
        fingerprint(&origin.environment, "signal", parts)
    }
}
