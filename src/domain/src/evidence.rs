//! Evidence: what a tool was asked, and what came back, under an id that claims can cite.

use crate::envelope::{Envelope, Failure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// `e1`, `e2`, … in the order of the calls of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceId(pub u32);

impl fmt::Display for EvidenceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "e{}", self.0)
    }
}

impl Serialize for EvidenceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EvidenceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.strip_prefix('e').and_then(|digits| digits.parse().ok());
        number.map(Self).ok_or_else(|| serde::de::Error::custom(format!("evidence id {text:?} is not of the form e1")))
    }
}

/// One call of a tool by its name in the merged catalogue (`kubernetes_list`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// `SERVER_TOOL`.
    pub tool: String,
    /// Always an object.
    pub arguments: Map<String, Value>,
}

impl ToolCall {
    /// A call with the members of a JSON object; any other value counts as no arguments.
    pub fn new(tool: impl Into<String>, arguments: Value) -> Self {
        let arguments = match arguments {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        Self { tool: tool.into(), arguments }
    }

    /// Two calls with the same key ask the same thing: the name, and the arguments in sorted order.
    pub fn key(&self) -> String {
        format!("{} {}", self.tool, Value::Object(self.arguments.clone()))
    }
}

/// A call and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The id that claims cite.
    pub id: EvidenceId,
    /// What was asked.
    pub call: ToolCall,
    /// What came back, whole; the model and the person see budgeted views of it.
    pub result: Result<Envelope, Failure>,
}
