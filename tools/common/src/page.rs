//! A list as a page of rows: what fits the limits, a cursor for the rest, and what there is to say about it.
//!
//! Guarantees: pages joined by their cursors give every row once, as long as the list stays the same; a list that has
//! changed since the page before goes on after the row that was told last, and says so. Deliberately absent: the order
//! of the rows, which is the tool's.

use crate::{args, budget, cursor};
use domain::envelope::{Envelope, Failure, FailureKind};
use serde::Serialize;
use serde_json::{Map, Value};

/// Which part of a list was asked for.
pub struct Window<'a> {
    /// The tool, for its cursor.
    pub tool: &'static str,
    /// The arguments as they came, for the same.
    pub arguments: &'a Map<String, Value>,
    /// Rows at most.
    pub limit: usize,
    /// Tokens at most.
    pub budget_tokens: Option<usize>,
}

/// The rows of a window.
pub struct Part<T> {
    /// Rows to show.
    pub kept: Vec<T>,
    /// Rows after them.
    pub left: Vec<T>,
    /// Rows of all windows together.
    pub total: usize,
    /// Where the next window begins.
    pub next_cursor: Option<String>,
    /// Whether the rows before this window are others than those of the window before.
    pub changed: bool,
}

impl<T> Part<T> {
    /// Whether rows were left out after the shown ones.
    pub fn is_cut(&self) -> bool {
        !self.left.is_empty()
    }

    /// The envelope of the shown rows, whose `data` is given.
    pub fn envelope(&self, data: Value, mut hints: Hints) -> Envelope {
        if self.changed {
            hints.add("The list changed since the page before: some rows may be told twice or not at all; without cursor it begins anew.");
        }
        hints.with(Envelope {
            total: Some(self.total as u64),
            truncated: self.is_cut(),
            next_cursor: self.next_cursor.clone(),
            ..Envelope::whole(data, self.kept.len() as u64)
        })
    }
}

impl Window<'_> {
    /// Cuts the window out of all rows.
    ///
    /// # Errors
    /// A cursor that is not of this call.
    pub fn of<T: Serialize>(&self, rows: Vec<T>) -> Result<Part<T>, Failure> {
        let (start, changed) = match self.place()? {
            None => (0, false),
            Some(place) => place.in_rows(&rows),
        };
        let total = rows.len();
        let rest: Vec<T> = rows.into_iter().skip(start).collect();
        let cut = budget::cut(rest, self.limit, budget::tokens_for(self.budget_tokens));
        let last = cut.kept.last().map(fingerprint).unwrap_or_default();
        let next = Place { position: start + cut.kept.len(), last };
        let next_cursor = cut.is_cut().then(|| cursor::make(self.tool, self.arguments, &next.to_string()));
        Ok(Part { kept: cut.kept, left: cut.left, total, next_cursor, changed })
    }

    fn place(&self) -> Result<Option<Place>, Failure> {
        let Some(text) = self.arguments.get("cursor").and_then(Value::as_str) else { return Ok(None) };
        let position = cursor::read(text, self.tool, self.arguments)?;
        Place::parse(&position)
            .map(Some)
            .ok_or_else(|| args::invalid("cursor", "a cursor of another list", "next_cursor of the result before"))
    }
}

/// Where a window ended: how many rows were told, and which was the last. The rows are read anew for each window, so
/// others may have come or gone before it.
struct Place {
    position: usize,
    last: u64,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (position, last) = text.split_once('-')?;
        Some(Self { position: position.parse().ok()?, last: u64::from_str_radix(last, 16).ok()? })
    }

    /// Where to go on, and whether the rows are others now: after the row that was told last, wherever it is.
    fn in_rows<T: Serialize>(&self, rows: &[T]) -> (usize, bool) {
        let is_last = |row: &T| fingerprint(row) == self.last;
        if self.position == 0 || rows.get(self.position - 1).is_some_and(is_last) {
            return (self.position, false);
        }
        (rows.iter().position(is_last).map_or(self.position, |found| found + 1), true)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}-{:x}", self.position, self.last)
    }
}

/// What a row is about, whatever its state: FNV-1a over the fields that name it, or over the whole row where none does.
fn fingerprint<T: Serialize>(row: &T) -> u64 {
    const NAMES: &[&str] = &["kind", "namespace", "name", "object", "reason", "id", "trace_id", "job", "instance"];
    let row = serde_json::to_value(row).unwrap_or_default();
    let named: String = NAMES.iter().filter_map(|name| row.get(name)).map(Value::to_string).collect();
    let text = if named.is_empty() { row.to_string() } else { named };
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Hints, put together into one text, and what could not be looked at beside what could.
#[derive(Debug, Default)]
pub struct Hints {
    told: Vec<String>,
    not_looked: Vec<String>,
}

impl Hints {
    /// Adds one sentence.
    pub fn add(&mut self, hint: impl Into<String>) {
        self.told.push(hint.into());
    }

    /// Adds a part that could not be looked at, as one sentence.
    pub fn miss(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.not_looked.contains(&what) {
            self.not_looked.push(what);
        }
    }

    /// The envelope that they speak of, with them.
    pub fn with(self, mut envelope: Envelope) -> Envelope {
        envelope.hint = (!self.told.is_empty()).then(|| self.told.join(" "));
        envelope.not_looked = self.not_looked;
        envelope
    }
}

/// A typed result as JSON.
///
/// # Errors
/// `BadAnswer` for what JSON cannot say (a map whose keys are no texts).
pub fn json<T: Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value)
        .map_err(|error| Failure::new(FailureKind::BadAnswer, format!("the result cannot be written as JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_joined_by_their_cursors_give_every_row_once() {
        let mut arguments = Map::new();
        let mut seen: Vec<u32> = Vec::new();
        for _ in 0..4 {
            let window = Window { tool: "list", arguments: &arguments, limit: 3, budget_tokens: None };
            let part = window.of((0..10_u32).collect()).unwrap();
            seen.extend(&part.kept);
            let Some(cursor) = part.next_cursor else { break };
            arguments.insert("cursor".to_owned(), json!(cursor));
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }

    fn rows(names: &[&str]) -> Vec<Value> {
        names.iter().map(|name| json!({"name": name, "status": "x"})).collect()
    }

    #[test]
    fn a_list_that_changes_underneath_goes_on_after_the_row_that_was_told_last() {
        let asked = |arguments: &Map<String, Value>, names: &[&str]| {
            let window = Window { tool: "list", arguments, limit: 2, budget_tokens: None };
            let part = window.of(rows(names)).unwrap();
            let told: Vec<String> = part.kept.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
            (told.join(""), part.changed, part.next_cursor)
        };
        let (told, changed, cursor) = asked(&Map::new(), &["a", "b", "c", "d"]);
        assert_eq!((told.as_str(), changed), ("ab", false));
        let with_cursor = Map::from_iter([("cursor".to_owned(), Value::from(cursor.unwrap()))]);
        for (now, expected) in [
            (vec!["a", "b", "c", "d"], ("cd", false)),
            // One came before: nothing is told twice.
            (vec!["0", "a", "b", "c", "d"], ("cd", true)),
            // One went before: nothing is left out.
            (vec!["b", "c", "d"], ("cd", true)),
            // The last one told is gone itself.
            (vec!["a", "c", "d"], ("d", true)),
        ] {
            let (told, changed, _) = asked(&with_cursor, &now);
            assert_eq!((told.as_str(), changed), expected, "{now:?}");
        }
    }
}
