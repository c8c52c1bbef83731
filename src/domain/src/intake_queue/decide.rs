//! What becomes of the signals of one batch.

use super::{Decided, Fate, Head, Kept, grown, incident_id};
use crate::correlation::{AsWhat, Placement, Rules, place};
use crate::incident::Incident;
use crate::signal::Signal;
use crate::topology::Topology;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is told of a trouble that was put off, once it is over.
const OVER_BEFORE: &str = "it was over before the maintenance or silence was";

/// What is looked at to decide a batch.
pub struct Look<'a> {
    /// The signals of the batch: those that wait, and those whose maintenance or silence is over.
    pub signals: &'a [Kept],
    /// Signals that were put off and are not due, of the troubles that end in this batch.
    pub put_off: &'a [Kept],
    /// The incidents that are not over, and those that have not been for long.
    pub incidents: Vec<Incident>,
    /// What stands on what, by environment; nothing is known of one that is missing.
    pub topologies: &'a BTreeMap<String, Arc<Topology>>,
    /// The rules of correlation.
    pub rules: &'a Rules,
    /// The time of the decision.
    pub now: DateTime<Utc>,
}

/// The next batch. Signals are decided one after the other, in their order, each of what those before it made.
pub fn decide(last: &Head, look: Look<'_>) -> Head {
    let mut signals: Vec<&Kept> = look.signals.iter().collect();
    signals.sort_by(|one, other| one.order.cmp(&other.order).then_with(|| one.id.cmp(&other.id)));
    let mut batch = Batch {
        head: Head {
            incidents: last.incidents,
            batch: last.batch.saturating_add(1),
            decided_at: look.now,
            decided: Vec::with_capacity(signals.len()),
            united: Vec::new(),
        },
        rules: look.rules,
        incidents: look.incidents,
        put_off: look.put_off.iter().collect(),
    };
    let nothing = Topology::default();
    for kept in signals {
        let topology = look.topologies.get(&kept.signal.environment).map_or(&nothing, AsRef::as_ref);
        let fate = batch.fate(kept, topology);
        if matches!(fate, Fate::PutOff { .. }) {
            batch.put_off.push(kept);
        }
        batch.head.decided.push(Decided { kept: kept.id.clone(), fate });
    }
    batch.head
}

struct Batch<'a> {
    head: Head,
    /// As they stand after what is decided so far.
    incidents: Vec<Incident>,
    /// What was put off, in this batch too.
    put_off: Vec<&'a Kept>,
    rules: &'a Rules,
}

impl Batch<'_> {
    fn fate(&mut self, kept: &Kept, topology: &Topology) -> Fate {
        let now = self.head.decided_at;
        let signal = &kept.signal;
        match place(signal, &self.incidents, topology, self.rules, now) {
            Placement::Ignore { why } => Fate::Aside { why },
            Placement::Quiet { why, ask_again } if ask_again > now => Fate::PutOff { why, until: ask_again },
            // What is put off until a moment that has passed would be decided again at once, and for ever.
            Placement::Quiet { .. } | Placement::Open => {
                self.head.incidents = self.head.incidents.saturating_add(1);
                self.grow(incident_id(self.head.incidents), signal, AsWhat::Repeat)
            }
            Placement::Join { incident, as_what } => self.grow(incident, signal, as_what),
            Placement::Reopen { incident } => self.grow(incident, signal, AsWhat::Repeat),
            Placement::RightAgain { incident } => {
                self.end_put_off(kept);
                self.grow(incident, signal, AsWhat::Repeat)
            }
            Placement::NothingToEnd => {
                self.end_put_off(kept);
                Fate::Aside { why: "nothing of it is known to be wrong".to_owned() }
            }
        }
    }

    fn grow(&mut self, incident: String, signal: &Signal, as_what: AsWhat) -> Fate {
        let now = self.head.decided_at;
        let place = self.incidents.iter().position(|known| known.id == incident);
        // As a batch of its own: this copy is only looked at, and takes in one signal after the other.
        let found = place.map(|place| Incident { batch: 0, ..self.incidents.swap_remove(place) });
        self.incidents.extend(grown(found, &incident, 1, &[(signal, as_what)], self.rules, now));
        Fate::Grows { incident, as_what }
    }

    /// What was put off before this end of it is over, whatever it was.
    fn end_put_off(&mut self, end: &Kept) {
        let instance = end.signal.instance();
        let (over, rest): (Vec<&Kept>, Vec<&Kept>) = self.put_off.iter().partition(|kept| {
            kept.fingerprint == end.fingerprint && kept.order < end.order && kept.signal.instance() == instance
        });
        self.put_off = rest;
        for kept in over {
            let fate = Fate::Aside { why: OVER_BEFORE.to_owned() };
            match self.head.decided.iter_mut().find(|decided| decided.kept == kept.id) {
                Some(decided) => decided.fate = fate,
                None => self.head.decided.push(Decided { kept: kept.id.clone(), fate }),
            }
        }
    }
}
