//! What a healing wants done.
//!
//! Effects of a stage are wanted again when the stage's time is over without an answer; all but acting and undoing,
//! which are asked after: acting goes out once, undoing again only where it never began. What is owed beside the stage stands in the value until it is paid.

use super::Page;
use crate::learning::Lesson;
use crate::verification::Outcome;
use serde::{Deserialize, Serialize};

/// One thing to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Look for the cause.
    Diagnose {
        /// Which round.
        round: u32,
    },
    /// Make a plan and decide on it.
    Plan {
        /// Its number.
        number: u32,
    },
    /// Ask people for the proposal.
    Ask {
        /// Under which id.
        approval: String,
    },
    /// See how the approval stands.
    LookAtApproval {
        /// Its id.
        approval: String,
    },
    /// Carry the proposal out. Never wanted twice for one plan.
    Act {
        /// Id of the plan.
        plan: String,
    },
    /// Ask what became of a plan that was handed to the executor. Begins nothing.
    AskAfter {
        /// Its id.
        plan: String,
    },
    /// Look whether it helped.
    Measure {
        /// Id of the plan.
        plan: String,
    },
    /// Take it back. Wanted again only where the journal tells that it never began.
    Undo {
        /// Id of the plan.
        plan: String,
    },
    /// Ask what became of an undo. Begins nothing.
    AskAfterUndo {
        /// Id of the plan.
        plan: String,
    },
    /// Tell people, at the declared places in turn, until one took it.
    Escalate {
        /// Why.
        why: String,
        /// The same words are told once under this key at each place.
        key: String,
    },
    /// Pay what is owed.
    Pay {
        /// Key of the debt.
        key: String,
        /// What.
        what: Owed,
    },
}

/// Something that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "owed", rename_all = "snake_case")]
pub enum Owed {
    /// A sentence in the incident's timeline.
    Note {
        /// It.
        text: String,
    },
    /// The end of an approval that is not needed any more.
    Withdraw {
        /// Its id.
        approval: String,
        /// Why.
        why: String,
    },
    /// A reminder of an approval that waits.
    Remind {
        /// Its id.
        approval: String,
    },
    /// The end of an action at its guards: its locks are free then.
    Conclude {
        /// Id of the plan.
        plan: String,
        /// Whether it helped.
        outcome: Outcome,
    },
    /// A lesson for the learning.
    Learn(Lesson),
    /// A signal about Scarlet herself.
    Alert {
        /// Its name: `heals-failed`.
        name: String,
        /// What happened.
        text: String,
        /// Whether it is over again.
        is_over: bool,
    },
    /// What is remembered of an incident that is over.
    WriteUp,
    /// The word that it is over, at each place at which people were told of it.
    TellOver {
        /// What they were told, oldest first.
        pages: Vec<Page>,
        /// The word, in Markdown.
        text: String,
    },
}
