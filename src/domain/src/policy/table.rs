//! The table: under which confidence, severity and business impact which verdict is given.
//!
//! Guarantees: a [`Table`] is whole: it is only made by reading, and reading refuses one with any mistake; the most
//! restrictive of the rows that match wins; a cell that no row matches means [`Verdict::Ask`].
//!
//! A row is a condition under which its verdict is given. A permissive row does not take a stricter one back, and no row
//! stands for a whole cell: a cell is allowed where a row allows it and no stricter row matches it as well.
//!
//! Deliberately absent: the gates, which come after it; reading TOML, which is the caller's.

mod check;
mod mistake;
mod read;

pub use mistake::Mistake;

use super::Verdict;
use crate::incident::{Impact, Severity};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in place of a row's name where no row matches; no row may have it.
pub const NO_ROW: &str = "no row";

/// The whole, per mille.
pub(super) const WHOLE: u16 = 1_000;
/// All severities, ascending.
pub(super) const SEVERITIES: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
/// All impacts, ascending.
pub(super) const IMPACTS: [Impact; 3] = [Impact::Low, Impact::Medium, Impact::High];

/// The table as data, without mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Table {
    rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Unique.
    pub name: String,
    /// The least confidence that it is for, per mille.
    pub from: u16,
    /// It is for confidence below this, per mille; `None` where it is for all above.
    pub below: Option<u16>,
    /// The severities that it is for.
    pub severities: BTreeSet<Severity>,
    /// The impacts that it is for.
    pub impacts: BTreeSet<Impact>,
    /// What it says.
    pub verdict: Verdict,
    /// Why, for people.
    pub reason: String,
    /// What it is held to when the table is read.
    pub examples: Vec<Example>,
}

/// A cell, and the verdict that the whole table gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Per mille.
    pub confidence: u16,
    /// The severity.
    pub severity: Severity,
    /// The impact.
    pub impact: Impact,
    /// The verdict.
    pub verdict: Verdict,
}

/// What the table says to a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruled<'a> {
    /// The verdict.
    pub verdict: Verdict,
    /// The first of the strictest rows that match; `None` where none does.
    pub row: Option<&'a Row>,
}

impl Row {
    /// Whether it is for a cell.
    pub fn matches(&self, confidence: u16, severity: Severity, impact: Impact) -> bool {
        self.from <= confidence
            && self.below.is_none_or(|below| confidence < below)
            && self.severities.contains(&severity)
            && self.impacts.contains(&impact)
    }
}

impl Table {
    /// Reads a table whole, from the policy file as a value.
    ///
    /// # Errors
    /// All mistakes at once: of shape, of unknown fields, of examples that do not hold, of verdicts that get less strict
    /// where they must not.
    pub fn read(value: &Value) -> Result<Self, Vec<Mistake>> {
        let (rows, mut mistakes) = read::rows(value);
        let table = Self { rows };
        // What the rows mean together is only asked of rows that could all be read.
        if mistakes.is_empty() {
            mistakes = table.check();
        }
        if mistakes.is_empty() { Ok(table) } else { Err(mistakes) }
    }

    /// Its rows, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What it says to a cell; the confidence is per mille.
    pub fn verdict(&self, confidence: u16, severity: Severity, impact: Impact) -> Ruled<'_> {
        let matching = self.rows.iter().filter(|row| row.matches(confidence, severity, impact));
        // Of equally strict rows the first counts: `max_by_key` would take the last.
        let strictest = matching.reduce(|first, next| if next.verdict > first.verdict { next } else { first });
        Ruled { verdict: strictest.map_or(Verdict::Ask, |row| row.verdict), row: strictest }
    }

    /// The confidences at which any verdict may change, ascending, the whole included.
    pub(super) fn thresholds(&self) -> BTreeSet<u16> {
        self.rows.iter().flat_map(|row| [Some(row.from), row.below]).flatten().chain([WHOLE]).collect()
    }
}

impl TryFrom<Value> for Table {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        Self::read(&value).map_err(|mistakes| mistake::told(&mistakes))
    }
}
