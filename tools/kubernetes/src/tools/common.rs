//! Windows of rows, sentences of hints, and other small things that several tools need.

use domain::envelope::{Envelope, Failure};
use serde::Serialize;
use serde_json::{Map, Value};
use tools_common::{budget, cursor};

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
        position.parse().map_err(|_| {
            tools_common::args::invalid("cursor", "a cursor of another list", "next_cursor of the result before")
        })
    }
}

/// A typed result as JSON.
pub fn data<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Hints, put together into one text.
#[derive(Default)]
pub struct Hints(Vec<String>);

impl Hints {
    /// Adds one.
    pub fn add(&mut self, hint: impl Into<String>) {
        self.0.push(hint.into());
    }

    /// All of them, or `None`.
    pub fn finish(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(" "))
    }
}

/// An envelope of a windowed list.
pub fn envelope<T>(source: String, data: Value, part: &Part<T>, left_out: u64, hints: Hints) -> Envelope {
    Envelope {
        data,
        source: Some(source),
        returned: part.kept.len() as u64,
        total: Some(part.total as u64 + left_out),
        truncated: !part.left.is_empty() || left_out > 0,
        next_cursor: part.next_cursor.clone(),
        window: None,
        hint: hints.finish(),
    }
}

/// A sentence about objects that a list over its bound did not read.
pub fn left_out_hint(left_out: u64) -> Option<String> {
    (left_out > 0).then(|| format!("{left_out} more objects were not read: name a namespace or a selector."))
}
