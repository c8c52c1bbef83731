//! What an investigation asks to see, and what it has seen.
//!
//! A playbook is a function that is run again after each round of looks. It asks for what it needs; what has been
//! seen is handed to it, what has not is noted as wanted. When a run wants nothing more, its conclusion stands. So a
//! playbook reads as straight-line text, its looks of one round go out in parallel, and every round is reproducible
//! from the evidence alone.

use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::{Evidence, EvidenceId, ToolCall};
use crate::observed::Table;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// The looks of one run of a playbook.
#[derive(Debug)]
pub struct Looks<'a> {
    seen: &'a [Evidence],
    tools: &'a BTreeSet<String>,
    wanted: Vec<ToolCall>,
}

/// What a look gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Look<T> {
    /// Not yet seen; it is on its way.
    Pending,
    /// No server offers the tool. Says nothing about the world.
    NoTool,
    /// The look failed, under this id.
    Failed(EvidenceId, Failure),
    /// What was seen.
    Seen(Seen<T>),
}

/// A typed result and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<T> {
    /// To be cited.
    pub id: EvidenceId,
    /// The typed data.
    pub data: T,
    /// Whether something was left out.
    pub truncated: bool,
    /// Items there are, where known.
    pub total: Option<u64>,
    /// What the tool adds.
    pub hint: Option<String>,
    /// The backend that answered.
    pub source: Option<String>,
}

impl<T> Look<T> {
    /// The result, where there is one.
    pub fn seen(&self) -> Option<&Seen<T>> {
        match self {
            Self::Seen(seen) => Some(seen),
            _ => None,
        }
    }

    /// Whether the answer is still on its way.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending)
    }

    /// The same look with its data read as something else; data of another shape is a failed look.
    pub fn map<U>(self, convert: impl FnOnce(T) -> Result<U, serde_json::Error>) -> Look<U> {
        match self {
            Self::Pending => Look::Pending,
            Self::NoTool => Look::NoTool,
            Self::Failed(id, failure) => Look::Failed(id, failure),
            Self::Seen(seen) => match convert(seen.data) {
                Ok(data) => Look::Seen(Seen {
                    id: seen.id,
                    data,
                    truncated: seen.truncated,
                    total: seen.total,
                    hint: seen.hint,
                    source: seen.source,
                }),
                Err(error) => Look::Failed(
                    seen.id,
                    Failure::new(FailureKind::BadAnswer, format!("the tool's result has an unexpected shape: {error}")),
                ),
            },
        }
    }
}

impl<'a> Looks<'a> {
    /// A run over what has been seen, with the tools that are on offer.
    pub fn new(seen: &'a [Evidence], tools: &'a BTreeSet<String>) -> Self {
        Self { seen, tools, wanted: Vec::new() }
    }

    /// Asks for one call, its data typed.
    pub fn at<T: DeserializeOwned>(&mut self, call: ToolCall) -> Look<T> {
        self.envelope(call).map(|envelope| serde_json::from_value(envelope.data))
    }

    /// Asks for one call whose data is a table, its rows typed.
    pub fn rows<T: DeserializeOwned>(&mut self, call: ToolCall) -> Look<Vec<T>> {
        self.at::<Table>(call).map(|table| table.typed())
    }

    /// Whether a tool is on offer.
    pub fn offers(&self, tool: &str) -> bool {
        self.tools.contains(tool)
    }

    /// The calls that were asked for and not seen yet, each once.
    pub fn into_wanted(self) -> Vec<ToolCall> {
        self.wanted
    }

    /// Whether something is still on its way.
    pub fn waits(&self) -> bool {
        !self.wanted.is_empty()
    }

    fn envelope(&mut self, call: ToolCall) -> Look<Envelope> {
        if !self.offers(&call.tool) {
            return Look::NoTool;
        }
        let key = call.key();
        match self.seen.iter().find(|evidence| evidence.call.key() == key) {
            Some(Evidence { id, result: Ok(envelope), .. }) => Look::Seen(Seen {
                id: *id,
                data: envelope.clone(),
                truncated: envelope.truncated,
                total: envelope.total,
                hint: envelope.hint.clone(),
                source: envelope.source.clone(),
            }),
            Some(Evidence { id, result: Err(failure), .. }) => Look::Failed(*id, failure.clone()),
            None => {
                if !self.wanted.iter().any(|wanted| wanted.key() == key) {
                    self.wanted.push(call);
                }
                Look::Pending
            }
        }
    }
}
