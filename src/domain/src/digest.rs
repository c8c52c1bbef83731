//! The digest of a day or a week: what was asked and answered, what it cost, which incidents and approvals there were.
//!
//! Guarantees: everything is counted from what is kept, nothing is estimated; questions are told only of the channel that
//! the digest is for, so that what was asked elsewhere or directly is nowhere repeated; what was left out of a list is
//! counted. A period ends at the same hour by the clock on the wall, over daylight saving.
//!
//! Deliberately absent: wording, and looking the records up.

mod counting;
mod due;
mod incidents;
mod questions;
#[cfg(test)]
mod tests;

pub use due::{Period, Rhythm, due};

use crate::approval::Approval;
use crate::conversation::turn::Turn;
use crate::incident::{Incident, Severity};
use crate::object::ObjectRef;
use crate::usage::{Sum, UsageRecord};
use chrono::{DateTime, Utc};

/// Whom the digest is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The channel whose questions are told and counted, `slack:C123`; `None` counts all and tells none.
    pub channel: Option<String>,
    /// The environment whose incidents and approvals are told and counted; `None` is all.
    pub environment: Option<String>,
}

/// What the digest is made of: all that may lie within the period, more does no harm.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// Turns that were asked in the period.
    pub turns: &'a [Turn],
    /// What turns of the period cost.
    pub usage: &'a [UsageRecord],
    /// Incidents that are open, or changed in the period.
    pub incidents: &'a [Incident],
    /// Approvals that wait, or changed in the period.
    pub approvals: &'a [Approval],
}

/// A list of which only the first are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top<T> {
    /// The first.
    pub first: Vec<T>,
    /// How many more there are.
    pub more: u64,
}

/// A question that is worth reading again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The turn.
    pub turn: String,
    /// What was asked. People wrote it.
    pub question: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Questions and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// Asked and answered.
    pub answered: u64,
    /// People who asked.
    pub people: u64,
    /// Answers for which something could not be looked at.
    pub could_not_look: u64,
    /// Thumbs up.
    pub thumbs_up: u64,
    /// Thumbs down.
    pub thumbs_down: u64,
    /// Questions whose answers helped nobody: more thumbs down than up, the newest first.
    pub not_helpful: Top<Asked>,
    /// What was asked about most, with how often.
    pub about: Top<(ObjectRef, u64)>,
    /// What all of it cost.
    pub cost: Sum,
}

/// Numbers of one severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BySeverity {
    /// Which.
    pub severity: Severity,
    /// Began in the period.
    pub opened: u64,
    /// Were over in the period, whenever they began.
    pub resolved: u64,
    /// Are not over at its end.
    pub still_open: u64,
    /// The median of the seconds from beginning to end of those that were over in the period.
    pub median_seconds_to_resolve: Option<u64>,
}

/// An incident that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its id.
    pub id: String,
    /// Its title; may hold text that came from outside.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who has it.
    pub owner: Option<String>,
}

/// Incidents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incidents {
    /// Worst first; severities without any are left out.
    pub by_severity: Vec<BySeverity>,
    /// Those that are not over at the end of the period, the worst and oldest first.
    pub open: Top<Open>,
}

/// Approvals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Approvals {
    /// Enough people said yes.
    pub granted: u64,
    /// Somebody said no.
    pub rejected: u64,
    /// Nobody said enough in time.
    pub expired: u64,
    /// They wait for people now.
    pub waiting: u64,
}

/// The digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Of when.
    pub period: Period,
    /// Questions and answers.
    pub questions: Questions,
    /// Incidents.
    pub incidents: Incidents,
    /// Approvals.
    pub approvals: Approvals,
}

impl Digest {
    /// Counts the records of a period.
    pub fn of(period: Period, scope: &Scope, records: Records<'_>) -> Self {
        Self {
            questions: questions::of(&period, scope, records.turns, records.usage),
            incidents: incidents::of(&period, scope, records.incidents),
            approvals: counting::approvals(&period, scope, records.approvals),
            period,
        }
    }
}
