//! Mends what models send: pure functions, one file for each kind of damage.
//!
//! Guarantees: no input panics; what is mended is told in words; markup of tool calls and thinking never becomes
//! visible text; JSON that is no call of an offered tool stays visible. Deliberately absent: guessing a tool's name
//! beyond spelling (the engine answers an unknown name with the nearest ones).

pub mod arguments;
pub mod coerce;
pub mod filter;
pub mod ids;
pub mod json;
pub mod markup;
pub mod names;
mod pythonic;
pub mod shape;
mod tags;
mod tokens;
mod watch;

use serde_json::Value;

/// A call as found, before its name, arguments and id are put right.
#[derive(Debug, Clone, PartialEq)]
pub struct RawCall {
    /// As the model wrote it.
    pub name: String,
    /// An object, or a string that should hold one, or anything else that was there.
    pub arguments: Value,
    /// The id, where the model gave one.
    pub id: Option<String>,
}

impl RawCall {
    /// A call without an id.
    pub fn new(name: impl Into<String>, arguments: Value) -> Self {
        Self { name: name.into(), arguments, id: None }
    }
}

/// The beginning of a text, for notes and errors.
pub(crate) fn excerpt(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default())
}
