//! What is wrong with a policy file.

use serde_json::Value;
use std::fmt;

/// Characters of what was found that are told.
const FOUND: usize = 120;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The row by its name, or by its place (`row 3`) where it has none; `the table` where no row is meant.
    pub row: String,
    /// The field: `examples[0].severity`.
    pub field: String,
    /// What stands there.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
}

impl Mistake {
    pub(super) fn new(row: &str, field: impl Into<String>, found: String, accepted: impl Into<String>) -> Self {
        Self { row: row.to_owned(), field: field.into(), found, accepted: accepted.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}\n  found     {}\n  accepted  {}", self.row, self.field, self.found, self.accepted)
    }
}

/// All of them, for a person.
pub(super) fn told(mistakes: &[Mistake]) -> String {
    let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let many = if all.len() == 1 { "1 mistake".to_owned() } else { format!("{} mistakes", all.len()) };
    format!("{many} in the policy table:\n\n{}", all.join("\n\n"))
}

/// A value as it stands in the file, cut where it is long.
pub(super) fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string();
    match text.char_indices().nth(FOUND) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
