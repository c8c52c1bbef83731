//! Diagnosis: from what was seen of a workload to ranked causes.
//!
//! [`case`] gathers everything that bears on one workload; each file of [`rules`] knows one kind of trouble and
//! judges the case; [`rank`] puts the judgements in order. Rules read typed API fields, metrics and log lines; how sure a
//! judgement would be without free text is told apart ([`Judgement::typed_per_mille`]), and only that counts where something
//! is done without a person.

pub mod case;
pub mod rank;
pub mod rules;
pub mod text;

use crate::evidence::EvidenceId;
use crate::object::ObjectRef;

/// One sentence of an answer and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Markdown, without citation marks.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<EvidenceId>,
}

impl Statement {
    /// A sentence over some looks. The ids are sorted and each stands once.
    pub fn new(text: impl Into<String>, evidence: impl IntoIterator<Item = EvidenceId>) -> Self {
        let mut evidence: Vec<EvidenceId> = evidence.into_iter().collect();
        evidence.sort();
        evidence.dedup();
        Self { text: text.into(), evidence }
    }
}

/// What one rule makes of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The rule's stable name.
    pub rule: &'static str,
    /// The object to look at or to change.
    pub cause: ObjectRef,
    /// The workload in trouble.
    pub affected: ObjectRef,
    /// One sentence that names the cause.
    pub summary: Statement,
    /// What supports it, strongest first.
    pub support: Vec<Statement>,
    /// What a person could do, the gentlest first.
    pub advice: Vec<String>,
    /// 0 to 1000: how sure, from how many independent sources agree.
    pub per_mille: u32,
    /// The same from typed API fields and metrics alone: free text (log lines, messages of events) is not counted. 0 where
    /// the judgement would not stand without it. What is done by itself rests on this, never on `per_mille`.
    pub typed_per_mille: u32,
    /// All workloads whose trouble it explains, the cause itself left out. [`rank`](fn@rank::rank) fills it.
    pub victims: Vec<ObjectRef>,
}

impl Judgement {
    /// Whether it stands on free text: then it is told and looked into, and nothing is done by it without a person.
    pub fn rests_on_free_text(&self) -> bool {
        self.typed_per_mille == 0
    }
}

/// Confidence from independent sources: one alone leaves it even, each further one adds less than the one before.
///
/// Capped at 950: a rule never claims to be certain.
pub fn confidence(sources: usize) -> u32 {
    match sources {
        0 => 200,
        1 => 500,
        2 => 700,
        3 => 820,
        4 => 900,
        _ => 950,
    }
}
