//! New and bursting patterns of error lines as troubles.
//!
//! A pattern is told because the time before did not have it; once told it is held against the lines themselves: it is
//! there for as long as its lines come, however old it grows, and over when a look that read the lines found none.
//!
//! Guarantees: the name, the object and the service are ours or the settings'; what the lines say gets into the words and,
//! as a digest, into the identity, and nowhere else; where nothing could be compared nothing is told as new.
//!
//! Deliberately absent: reading lines, clustering them (`log_patterns`).

use super::{Blind, Looked, Origin, State, Trouble};
use crate::incident::Severity;
use crate::object::ObjectRef;
use crate::observed::loki::{NewErrorRow, PatternRow};
use crate::sense::Reference;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What stands in a pattern where its lines differ.
const DIFFERS: &str = "<*>";
/// Words by which two patterns are held against each other: what comes after them may have been cut.
const COMPARED: usize = 12;

/// Logs that are watched, as the settings declare them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogWatch {
    /// Its name.
    pub name: String,
    /// Labels of the streams, as the `loki` tools take them: `{"namespace": "shop", "app": "cart*"}`.
    pub labels: BTreeMap<String, String>,
    /// The service whose logs these are.
    #[serde(default)]
    pub service: Option<String>,
    /// The object whose logs these are.
    #[serde(default)]
    pub object: Option<ObjectRef>,
    /// The Loki, where the environment has several.
    #[serde(default)]
    pub instance: Option<String>,
    /// Seconds between two looks.
    #[serde(default = "sixty")]
    pub every_seconds: u32,
    /// Length of the window that is looked at, in minutes.
    #[serde(default = "ten")]
    pub window_minutes: u32,
    /// Length of the time before it that it is held against, in minutes.
    #[serde(default = "three_hours")]
    pub baseline_minutes: u32,
    /// Fewer lines of a new pattern in the window are not told.
    #[serde(default = "five")]
    pub least_lines: u64,
    /// How bad it is.
    #[serde(default = "medium")]
    pub severity: Severity,
}

fn sixty() -> u32 {
    60
}

fn ten() -> u32 {
    10
}

fn three_hours() -> u32 {
    180
}

fn five() -> u64 {
    5
}

fn medium() -> Severity {
    Severity::Medium
}

/// What one look at logs read.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// What is new or bursts.
    pub new: &'a [NewErrorRow],
    /// Whether the time before was read, so that what is new is new.
    pub is_compared: bool,
    /// The patterns of all error lines of the window; `None` where they could not be read whole.
    pub there: Option<&'a [PatternRow]>,
}

/// The troubles in one look.
pub fn read(origin: &Origin, watch: &LogWatch, read: Read<'_>, state: &State) -> Looked {
    let mut troubles: BTreeMap<String, Trouble> = BTreeMap::new();
    for row in read.new {
        let trouble = match known(state, &row.pattern) {
            Some(known) => again(known, row.count, &row.example),
            None if row.count >= watch.least_lines && read.is_compared => fresh(origin, watch, row),
            None => continue,
        };
        troubles.entry(trouble.key.clone()).or_insert(trouble);
    }
    for row in read.there.unwrap_or_default() {
        if let Some(known) = known(state, &row.pattern) {
            troubles.entry(known.key.clone()).or_insert_with(|| again(known, row.count, &row.example));
        }
    }
    let unread: BTreeSet<String> = state.known.keys().filter(|_| read.there.is_none()).cloned().collect();
    Looked { troubles: troubles.into_values().collect(), blind: Blind::To(unread), not_looked: Vec::new() }
}

fn fresh(origin: &Origin, watch: &LogWatch, row: &NewErrorRow) -> Trouble {
    let name = if row.change == "burst" { "log-burst" } else { "new-log-pattern" };
    let digest = crate::chain::hexadecimal(&Sha256::digest(row.pattern.as_bytes()));
    let labels = BTreeMap::from([
        ("logs".to_owned(), watch.name.clone()),
        ("pattern".to_owned(), digest.chars().take(12).collect()),
    ]);
    Trouble {
        object: watch.object.clone(),
        service: watch.service.clone(),
        value: Some(row.count as f64),
        reference: Some(Reference::Pattern(row.pattern.clone())),
        ..Trouble::new(origin, name, watch.severity, &labels).saying(&words(row.count, &row.example))
    }
}

fn again(known: &Trouble, count: u64, example: &str) -> Trouble {
    Trouble { value: Some(count as f64), ..known.clone().saying(&words(count, example)) }
}

fn words(count: u64, example: &str) -> String {
    format!("{count} error lines such as: {example}")
}

/// The known trouble of the same pattern: the very same first, then one that differs from it only where lines differ.
fn known<'a>(state: &'a State, pattern: &str) -> Option<&'a Trouble> {
    let patterns = || {
        state.known.values().filter_map(|known| match &known.trouble.reference {
            Some(Reference::Pattern(own)) => Some((own.as_str(), &known.trouble)),
            _ => None,
        })
    };
    let same = patterns().find(|(own, _)| *own == pattern);
    same.or_else(|| patterns().find(|(own, _)| is_alike(own, pattern))).map(|(_, trouble)| trouble)
}

fn is_alike(left: &str, right: &str) -> bool {
    let words = |text: &str| text.split_whitespace().take(COMPARED).map(str::to_owned).collect::<Vec<_>>();
    let (left, right) = (words(left), words(right));
    let is_same =
        |(left, right): (&String, &String)| left == right || left.contains(DIFFERS) || right.contains(DIFFERS);
    let fixed = left.iter().filter(|word| !word.contains(DIFFERS)).count();
    // A pattern without a word of its own is like everything, and says nothing.
    left.len() == right.len() && fixed > 0 && left.iter().zip(&right).all(is_same)
}

#[cfg(test)]
mod tests;
