//! What is known of one environment, kind by kind, each with the time at which it was seen.
//!
//! Guarantees: what failed changes nothing but its problem; ages are measured on a clock that nobody sets.

use super::asking::Looked;
use super::standing::{Part, Standing};
use chrono::{DateTime, Utc};
use domain::calendar::next_opening;
use domain::correlation::Quiet;
use domain::envelope::Failure;
use domain::observed::kubernetes::{PodRow, ServiceRow, WorkloadRow};
use domain::observed::tempo::EdgeRow;
use domain::redaction::redacted_head;
use domain::topology::{Rows, Topology};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// For how long a call between two services counts after it was seen last. A look sees a sample of traces: what is not in it
/// may still be called.
const CALLS_COUNT: Duration = Duration::from_secs(3_600);

/// Calls that are known at most.
const CALLS: usize = 5_000;

/// Characters of a problem.
const TEXT_CHARS: usize = 300;

/// When something was seen, for people and for ages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) at: DateTime<Utc>,
    pub(super) instant: Instant,
}

/// Things of one kind.
#[derive(Debug)]
pub(super) struct Kept<T> {
    rows: Vec<T>,
    seen: Option<Moment>,
    problem: Option<String>,
    partly: Vec<String>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), seen: None, problem: None, partly: Vec::new() }
    }
}

impl<T> Kept<T> {
    /// Takes in what a look gave.
    pub(super) fn take(&mut self, seen: Result<Looked<T>, Failure>, moment: Moment) {
        match seen {
            Ok(Looked { rows, partly }) => *self = Self { rows, partly, seen: Some(moment), problem: None },
            Err(failure) => self.problem = Some(redacted_head(&failure.to_string(), TEXT_CHARS)),
        }
    }

    fn standing(&self, environment: &str, part: Part, now: Instant) -> Standing {
        Standing {
            environment: environment.to_owned(),
            part,
            seen_at: self.seen.map(|moment| moment.at),
            age: self.seen.map(|moment| now.saturating_duration_since(moment.instant)),
            problem: self.problem.clone(),
            partly: self.partly.clone(),
        }
    }
}

/// Everything that is known of an environment.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) workloads: Kept<WorkloadRow>,
    pub(super) pods: Kept<PodRow>,
    pub(super) services: Kept<ServiceRow>,
    pub(super) silences: Kept<Quiet>,
    /// Calls of many looks, by caller and callee.
    calls: Kept<EdgeRow>,
    called_at: BTreeMap<(String, String), Instant>,
}

impl Known {
    /// Whether workloads and pods were seen once: enough to tell a symptom from its cause.
    pub(super) fn has_seen_the_cluster(&self) -> bool {
        self.workloads.seen.is_some() && self.pods.seen.is_some()
    }

    /// Takes in the calls of a look, beside those of the looks before it.
    pub(super) fn take_calls(&mut self, seen: Result<Looked<EdgeRow>, Failure>, moment: Moment) {
        let seen = seen.map(|Looked { rows, mut partly }| {
            let key = |row: &EdgeRow| (row.caller.clone(), row.callee.clone());
            let mut all: BTreeMap<(String, String), EdgeRow> =
                std::mem::take(&mut self.calls.rows).into_iter().map(|row| (key(&row), row)).collect();
            for row in rows {
                self.called_at.insert(key(&row), moment.instant);
                all.insert(key(&row), row);
            }
            let counts = |at: &Instant| moment.instant.saturating_duration_since(*at) < CALLS_COUNT;
            self.called_at.retain(|_, at| counts(at));
            let left_out = self.leave_out_the_oldest();
            if left_out > 0 {
                partly.push(format!("calls between services that found no room: {left_out}"));
            }
            all.retain(|key, _| self.called_at.contains_key(key));
            Looked { rows: all.into_values().collect(), partly }
        });
        self.calls.take(seen, moment);
    }

    /// Makes room; answers with how many went.
    fn leave_out_the_oldest(&mut self) -> usize {
        let excess = self.called_at.len().saturating_sub(CALLS);
        if excess == 0 {
            return 0;
        }
        let mut by_age: Vec<(Instant, (String, String))> =
            self.called_at.iter().map(|(key, at)| (*at, key.clone())).collect();
        by_age.sort();
        for (_, key) in by_age.into_iter().take(excess) {
            self.called_at.remove(&key);
        }
        excess
    }

    /// Who stands on what, by all that is known.
    pub(super) fn graph(&self) -> Topology {
        Topology::of(&Rows {
            trees: &[],
            pods: &self.pods.rows,
            workloads: &self.workloads.rows,
            services: &self.services.rows,
            calls: &self.calls.rows,
        })
    }

    /// The silences that are not over, and none of the others from now on.
    pub(super) fn quiets(&mut self, now: DateTime<Utc>) -> Vec<Quiet> {
        self.silences.rows.retain(|quiet| next_opening(&quiet.windows, now).is_some());
        self.silences.rows.clone()
    }

    /// Whether the last look for a part failed.
    pub(super) fn is_failing(&self, part: Part) -> bool {
        let problem = match part {
            Part::Workloads => &self.workloads.problem,
            Part::Pods => &self.pods.problem,
            Part::Services => &self.services.problem,
            Part::Calls => &self.calls.problem,
            Part::Silences => &self.silences.problem,
        };
        problem.is_some()
    }

    /// How everything stands.
    pub(super) fn standing(&self, environment: &str, now: Instant) -> Vec<Standing> {
        vec![
            self.workloads.standing(environment, Part::Workloads, now),
            self.pods.standing(environment, Part::Pods, now),
            self.services.standing(environment, Part::Services, now),
            self.calls.standing(environment, Part::Calls, now),
            self.silences.standing(environment, Part::Silences, now),
        ]
    }
}
