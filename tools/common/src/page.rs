//! A list as a page of rows: what fits the limits, a cursor for the rest, and what there is to say about it.
//!
//! Guarantee: pages joined by their cursors give every row once, as long as the list stays the same. Deliberately
//! absent: the order of the rows, which is the tool's.

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
}

impl<T> Part<T> {
    /// Whether rows were left out after the shown ones.
    pub fn is_cut(&self) -> bool {
        !self.left.is_empty()
    }

    /// The envelope of the shown rows, whose `data` is given.
    pub fn envelope(&self, data: Value, hints: Hints) -> Envelope {
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
        let start = self.start()?;
        let total = rows.len();
        let rest: Vec<T> = rows.into_iter().skip(start).collect();
        let cut = budget::cut(rest, self.limit, budget::tokens_for(self.budget_tokens));
        let next = start + cut.kept.len();
        let next_cursor = cut.is_cut().then(|| cursor::make(self.tool, self.arguments, &next.to_string()));
        Ok(Part { kept: cut.kept, left: cut.left, total, next_cursor })
    }

    fn start(&self) -> Result<usize, Failure> {
        let Some(text) = self.arguments.get("cursor").and_then(Value::as_str) else { return Ok(0) };
        let position = cursor::read(text, self.tool, self.arguments)?;
        position
            .parse()
            .map_err(|_| args::invalid("cursor", "a cursor of another list", "next_cursor of the result before"))
    }
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
}
