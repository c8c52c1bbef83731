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

/// Hints, put together into one text, and what could not be looked at beside what could.
#[derive(Default)]
pub struct Hints {
    told: Vec<String>,
    not_looked: Vec<String>,
}

impl Hints {
    /// Adds one.
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

/// An envelope of a windowed list.
pub fn envelope<T>(source: String, data: Value, part: &Part<T>, left_out: u64, hints: Hints) -> Envelope {
    hints.with(Envelope {
        source: Some(source),
        total: Some(part.total as u64 + left_out),
        truncated: !part.left.is_empty() || left_out > 0,
        next_cursor: part.next_cursor.clone(),
        ..Envelope::whole(data, part.kept.len() as u64)
    })
}

/// A sentence about objects that a list over its bound did not read.
pub fn left_out_hint(left_out: u64) -> Option<String> {
    (left_out > 0).then(|| format!("{left_out} more objects were not read: name a namespace or a selector."))
}
