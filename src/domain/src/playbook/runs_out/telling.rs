//! One volume or disk, by what its histories say, in a sentence.

use super::resource::{Resource, Scope};
use crate::diagnosis::Statement;
use crate::diagnosis::case::Scene;
use crate::evidence::EvidenceId;
use crate::forecast::{Confidence, Silence};
use crate::observed::prometheus::RunsOut;
use crate::playbook::Inquiry;
use chrono::{DateTime, Utc};

/// A volume or disk with what each history told of it, the longest first.
pub(super) struct Item {
    name: String,
    told: Vec<(RunsOut, EvidenceId)>,
}

impl Item {
    pub(super) fn named(name: String) -> Self {
        Self { name, told: Vec::new() }
    }

    pub(super) fn add(&mut self, row: RunsOut, id: EvidenceId) {
        self.told.push((row, id));
    }

    /// The longest history that is long enough to say anything; the shortest where none is.
    fn answer(&self) -> Option<&(RunsOut, EvidenceId)> {
        // A bucket of a long history is wide: whether it is full now is known best by the shortest one.
        let is_full = self.newest().is_some_and(|(row, _)| row.is_reached);
        let says = |row: &RunsOut| row.silence != Some(Silence::TooShort) && row.is_reached == is_full;
        self.told.iter().find(|(row, _)| says(row)).or_else(|| self.newest())
    }

    /// What the shortest history told that is long enough.
    fn newest(&self) -> Option<&(RunsOut, EvidenceId)> {
        let says = |row: &RunsOut| row.silence != Some(Silence::TooShort);
        self.told.iter().rev().find(|(row, _)| says(row)).or_else(|| self.told.last())
    }

    /// What a shorter history foretells sooner. One that is freed again and again rises each time.
    fn pace(&self) -> Option<&(RunsOut, EvidenceId)> {
        let answer = self.answer()?;
        if answer.0.is_reached || matches!(answer.0.silence, Some(Silence::FreedInTime | Silence::Stale)) {
            return None;
        }
        let is_sooner = |row: &RunsOut| match (row.latest.or(row.at_median), answer.0.earliest) {
            (Some(end), Some(earliest)) => end < earliest,
            (end, None) => end.is_some(),
            (None, _) => false,
        };
        let shorter = self.told.iter().skip_while(|one| one.1 != answer.1).skip(1);
        shorter.filter(|(row, _)| !row.is_reached).find(|(row, _)| is_sooner(row))
    }

    fn when(&self) -> Option<DateTime<Utc>> {
        self.pace().or_else(|| self.answer()).and_then(|(row, _)| row.at_median)
    }

    pub(super) fn is_foretold(&self) -> bool {
        self.when().is_some()
    }

    /// The soonest first, then those of which nothing is foretold, the fullest first.
    pub(super) fn order(&self) -> (bool, Option<DateTime<Utc>>, i64, String) {
        let free_millionths = self.newest().map_or(0.0, |(row, _)| row.last * 1e6) as i64;
        (!self.is_foretold(), self.when(), free_millionths, self.name.clone())
    }

    /// `4.2 % free`.
    fn free(&self) -> String {
        self.newest().map_or(String::new(), |(row, _)| format!("{:.1} % free", row.last * 100.0))
    }

    /// Why nothing is foretold.
    pub(super) fn silence(&self) -> Option<&str> {
        self.answer().and_then(|(row, _)| row.silent.as_deref())
    }

    /// The answer without its grounds.
    pub(super) fn verdict(&self, inquiry: &Inquiry<'_>) -> Statement {
        match (self.pace(), self.answer()) {
            (Some((row, id)), _) => {
                let text = format!("{} will, at its pace of late, be full {}", self.name, interval(inquiry, row));
                Statement::new(text, [*id])
            }
            (None, Some((row, id))) if row.at_median.is_some() && !row.is_reached => {
                Statement::new(format!("{} will be full {}", self.name, interval(inquiry, row)), [*id])
            }
            _ => self.statement(inquiry),
        }
    }

    pub(super) fn statement(&self, inquiry: &Inquiry<'_>) -> Statement {
        let Some((row, id)) = self.answer() else { return Statement::new(self.name.clone(), []) };
        if let Some((soon, soon_id)) = self.pace() {
            let longer = match &row.silent {
                Some(silent) => silent.clone(),
                None => interval(inquiry, row),
            };
            let text = format!(
                "{} will, at its pace of late, be full {} ({}); over a longer time: {longer}",
                self.name,
                interval(inquiry, soon),
                grounds(soon)
            );
            return Statement::new(text, [*soon_id, *id]);
        }
        let text = match &row.silent {
            _ if row.is_reached => format!("{} is full now", self.name),
            Some(silent) => format!("{}: {}; {silent}", self.name, self.free()),
            None => format!("{} will be full {} ({})", self.name, interval(inquiry, row), grounds(row)),
        };
        Statement::new(text, [*id])
    }
}

/// `between 02:40 and 03:10, most likely about 02:55`.
fn interval(inquiry: &Inquiry<'_>, row: &RunsOut) -> String {
    let clock = |at: DateTime<Utc>| Scene::clock_of(at, inquiry.now, inquiry.zone);
    match (row.earliest, row.at_median, row.latest) {
        (Some(earliest), Some(median), Some(latest)) => {
            format!("between {} and {}, most likely about {}", clock(earliest), clock(latest), clock(median))
        }
        (Some(earliest), Some(median), None) => {
            format!("after {}, perhaps about {}; how late cannot be told", clock(earliest), clock(median))
        }
        _ => "at a time that cannot be told".to_owned(),
    }
}

fn grounds(row: &RunsOut) -> String {
    let confidence = match row.confidence {
        Some(Confidence::High) => "high",
        Some(Confidence::Fair) => "fair",
        Some(Confidence::Low) | None => "low",
    };
    format!("{} confidence: {}", confidence, row.how.as_deref().unwrap_or("by its past"))
}

/// The verdict where every item is silent: the reasons, each once.
pub(super) fn nothing_foretold(items: &[&Item], scope: &Scope, seen: &[EvidenceId]) -> Statement {
    let mut reasons: Vec<&str> = items.iter().filter_map(|item| item.silence()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let mut text = format!("When {} will be full cannot be foretold: {}", scope.words(), reasons.join("; or "));
    if let Some(fullest) = items.first().filter(|_| items.len() > 1) {
        text.push_str(&format!(". The fullest is {}: {}", fullest.name, fullest.free()));
    }
    Statement::new(text, seen.iter().copied())
}

/// The verdict where there is no series.
pub(super) fn nothing_there(scope: &Scope, resources: &[Resource], seen: &[EvidenceId]) -> Statement {
    let metrics: Vec<&str> = resources.iter().map(|resource| resource.metric).collect();
    let text = format!("I see no usage of {} in Prometheus (`{}`)", scope.words(), metrics.join("`, `"));
    Statement::new(text, seen.iter().copied())
}

/// Several statements as one.
pub(super) fn joined(statements: &[Statement]) -> Statement {
    let texts: Vec<&str> = statements.iter().map(|one| one.text.as_str()).collect();
    Statement::new(texts.join("; "), statements.iter().flat_map(|one| one.evidence.iter().copied()))
}
