//! The answer of a turn: what `ask --json` prints, and what every channel renders.

use crate::envelope::{FailureKind, Window};
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who wrote the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brain {
    /// A language model over the tools.
    Model,
    /// The deterministic investigations.
    Playbook,
}

/// Whether a claim is bound to what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// Every number, object name and state word occurs in a cited result.
    Fact,
    /// A guess, or a statement that the code could not bind to evidence.
    Hypothesis,
}

/// One statement of the answer with the ids of the tool results that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// One sentence, without the citation marks.
    pub text: String,
    /// Fact or hypothesis; set by code, never by the model.
    pub kind: ClaimKind,
    /// What it rests on.
    pub evidence: Vec<EvidenceId>,
}

/// A possible cause, ranked by the order in which it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The object to look at or to change; its namespace is null for what belongs to the cluster.
    #[serde(serialize_with = "whole")]
    pub cause: ObjectRef,
    /// One sentence.
    pub summary: String,
    /// 0 to 1.
    pub confidence: f64,
    /// What supports it.
    pub evidence: Vec<EvidenceId>,
}

/// All three members, whatever the object: the document's shape does not depend on it.
fn whole<S: serde::Serializer>(cause: &ObjectRef, serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Cause", 3)?;
    object.serialize_field("kind", &cause.kind)?;
    object.serialize_field("namespace", &cause.namespace)?;
    object.serialize_field("name", &cause.name)?;
    object.end()
}

/// One tool result as it is shown under an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// The id that claims cite.
    pub id: EvidenceId,
    /// The tool by its catalogue name.
    pub tool: String,
    /// The backend that answered.
    pub source: Option<String>,
    /// What was asked.
    pub arguments: Map<String, Value>,
    /// The time that the result speaks of.
    pub window: Option<Window>,
    /// Items seen.
    pub returned: u64,
    /// Items there are, where known.
    pub total: Option<u64>,
    /// Whether something was left out.
    pub truncated: bool,
    /// Why the look failed, where it did.
    pub error: Option<String>,
    /// The first part of the result as text.
    pub excerpt: String,
    /// What sort of failure, where it failed; for the exit code, not part of the document.
    #[serde(skip)]
    pub failure: Option<FailureKind>,
    /// Whether a part could not be looked at although the rest could; for the exit code as well.
    #[serde(skip)]
    pub partly: bool,
}

/// What the turn cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests to the model.
    pub model_calls: u32,
    /// Calls of tools, repeated ones that were answered from the turn's own results not counted.
    pub tool_calls: u32,
    /// As the model reports it, estimated where it does not.
    pub prompt_tokens: u64,
    /// As the model reports it, estimated where it does not.
    pub completion_tokens: u64,
    /// Bytes of all tool results.
    pub tool_bytes: u64,
    /// Milliseconds from question to answer.
    pub wall_ms: u64,
    /// Milliseconds of it spent waiting for the model.
    pub model_ms: u64,
    /// Milliseconds of it spent waiting for tools; parallel calls count once.
    pub tool_ms: u64,
}

/// Something that was remembered and shown with an answer. Never evidence: it was not seen in this turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recollection {
    /// Its title.
    pub title: String,
    /// What sort of memory: `turn`, `incident`, `runbook`, `note`, …
    pub kind: String,
    /// When it was last changed.
    pub date: DateTime<Utc>,
    /// Where it comes from: a file, a conversation, an incident.
    pub source: String,
}

/// What stands above the memories that are shown below an answer.
pub const FROM_MEMORY: &str = "From memory, not seen now:";

/// The whole answer: the stable document of `ask --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Markdown.
    pub answer: String,
    /// Who wrote it.
    pub brain: Brain,
    /// `NAME at ENDPOINT`, where a model wrote it.
    pub model: Option<String>,
    /// The statements, bound to evidence.
    pub claims: Vec<Claim>,
    /// Every look of the turn, failed ones too.
    pub evidence: Vec<EvidenceView>,
    /// Possible causes, most likely first.
    pub hypotheses: Vec<Hypothesis>,
    /// Proposed changes as data; nothing here has been done.
    pub proposals: Vec<Value>,
    /// What was remembered for it, apart from the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<Recollection>,
    /// The id of the conversation that it is kept in, where it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// What it cost.
    pub usage: Usage,
}

impl Answer {
    /// The answer without the memories that are shown below it: what was remembered for it was not said in it.
    pub fn said(&self) -> &str {
        let shown = self.answer.rfind(FROM_MEMORY).filter(|_| !self.memory.is_empty());
        shown.and_then(|at| self.answer.get(..at)).map_or(self.answer.as_str(), str::trim_end)
    }

    /// Whether something that the answer needed could not be looked at.
    ///
    /// A thing that was looked for and is not there was looked at; a call that the model made wrongly was not needed.
    pub fn could_not_look(&self) -> bool {
        self.evidence.iter().any(|view| match view.failure {
            None => view.partly,
            Some(FailureKind::NotFound) => false,
            Some(FailureKind::BadRequest) => self.brain == Brain::Playbook,
            Some(_) => true,
        })
    }

    /// Whether every look failed because its backend is away: there is nothing that the answer could rest on.
    pub fn nothing_answered(&self) -> bool {
        let away = |view: &EvidenceView| match view.failure {
            Some(
                FailureKind::Unreachable | FailureKind::Timeout | FailureKind::BadAnswer | FailureKind::Unauthenticated,
            ) => true,
            // A playbook's calls are right: one that is refused as wrong met a source that cannot be used.
            Some(FailureKind::BadRequest) => self.brain == Brain::Playbook,
            _ => false,
        };
        !self.evidence.is_empty() && self.evidence.iter().all(away)
    }
}
