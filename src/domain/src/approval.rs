//! Approvals: who may say yes to which plan until when, and what each word of a person does.
//!
//! Guarantees (invariant 5): a word counts only for the digest that the person was shown; only of a person who is
//! permitted, who is no program, and who did not propose the plan alone; only until it expires; one word a person; a
//! rejection wins over approvals; a grant starts [`COUNTDOWN_SECONDS`] after the last approval that it needed, so that it
//! can be taken back until then. What does nothing says why.
//!
//! How the rules meet each other, always in the stricter way:
//!
//! - **Two people.** Where two are needed, a person who proposed the plan may be one of them and never both: the second is
//!   always somebody else. Where one is needed, the proposer may be that one, if permitted.
//! - **Who.** A person named by id may, whatever their role; so may a full member of a named group, and anybody of the
//!   named role, who has to have the right to approve as well. Guests and people of other organisations who have no role
//!   may only where they are named by id. Programs, and people who cannot be found out, never may. It is asked when the
//!   word is said.
//! - **When.** Each time has one end that does not belong to it: at `expires_at` it is expired. An approval that could not
//!   start before that, since the countdown comes first, is too late from [`COUNTDOWN_SECONDS`] before; a rejection is not.
//! - **No needs less than yes.** A rejection and a word that is taken back count until the executor has taken the plan over
//!   ([`start`]), whatever the countdown and the clock say: which of them came first is what the store swapped first.
//! - **Late is over.** Whoever is told that it expired can rely on it: the expiry is written with the answer, so that no
//!   machine whose clock is behind starts it afterwards.
//!
//! All functions are pure: a value in, the next value out, or why there is none. Deliberately absent: carrying out what
//! was approved (the executor), and how people are asked.

mod ask;
mod digest;
mod end;
mod permitted;
mod told;
mod word;

#[cfg(test)]
mod tests;

pub use ask::{AskError, Asking};
pub use end::{NotStarted, expire, start, withdraw};
pub use word::{take_back, vote};

use crate::object::ObjectRef;
use crate::person::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Between the last approval and the start.
pub const COUNTDOWN_SECONDS: i64 = 10;

/// A plan as a person is shown it. Fixed before it is shown; its digest is over all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownPlan {
    /// Name of the environment.
    pub environment: String,
    /// What would be changed.
    pub object: ObjectRef,
    /// Its resource version when the plan was made.
    pub resource_version: String,
    /// Which action of the library: `rollout_undo`.
    pub action: String,
    /// The action in a sentence.
    pub summary: String,
    /// Its arguments as canonical JSON.
    pub arguments: String,
    /// The dry run's difference, as a unified diff.
    pub diff: String,
    /// What it may touch beside the object, in words.
    pub blast_radius: String,
    /// How it will be seen whether it helped.
    pub success_check: String,
    /// How it would be taken back.
    pub undo: String,
    /// Per mille.
    pub confidence: u16,
    /// Which rule and gates led to asking.
    pub rule: String,
    /// The digest of the whole plan, of which the rest is what a person needs to see; empty where what is shown is all that
    /// there is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plan: String,
}

/// Who wants it done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposer {
    /// The agent, by herself.
    Scarlet,
    /// A person, by a question.
    Person(String),
}

/// Who may decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permitted {
    /// People by id, whatever their role.
    #[serde(default)]
    pub people: BTreeSet<String>,
    /// Groups by id, whatever the role of their members.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Everybody of at least this role; `None` where only those named above may.
    #[serde(default)]
    pub role: Option<Role>,
    /// How many different people it takes: 1, or 2 for what is hard to undo.
    pub people_needed: u32,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Do it.
    Approve,
    /// Do not.
    Reject,
}

/// A word that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who.
    pub person: String,
    /// What.
    pub choice: Choice,
    /// When.
    pub at: DateTime<Utc>,
}

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for people.
    Pending,
    /// Enough said yes; it starts when the countdown ends, unless somebody takes it back.
    Granted,
    /// The executor took it over: nothing can be taken back here any more.
    Started,
    /// Somebody said no.
    Rejected,
    /// Nobody said enough in time.
    Expired,
    /// The plan was replaced or is no longer needed.
    Withdrawn,
}

/// One approval that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Unique.
    pub id: String,
    /// The incident that it belongs to, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The plan's digest: 64 hexadecimal digits.
    pub plan: String,
    /// What is shown.
    pub shown: ShownPlan,
    /// Who wants it.
    pub proposer: Proposer,
    /// Who may decide.
    pub permitted: Permitted,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// The words that count, in the order in which they were said.
    #[serde(default)]
    pub votes: Vec<Vote>,
    /// When the executor may start, where it is granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// How it came to its end, in a sentence, where it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// When anything changed last.
    pub changed_at: DateTime<Utc>,
}

/// What a word did, and why it did nothing where it did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It counts; more people are needed.
    Counted,
    /// It was the last that was needed: it starts after the countdown.
    Granted,
    /// It ended the approval.
    Rejected,
    /// An earlier word of the same person was taken back; where it was granted, it waits again.
    TakenBack,
    /// The person said the same before.
    SaidBefore,
    /// There is no such word of this person to take back.
    NothingToTakeBack,
    /// A program said it.
    IsProgram,
    /// The person is not among the permitted.
    NotPermitted,
    /// The proposer may not approve alone what needs two people.
    IsProposer,
    /// What was shown is not what would be done.
    OtherPlan,
    /// It expired.
    Expired,
    /// It was decided or has begun already.
    Decided,
    /// The clock of this machine says a time before the approval was asked for, or, for a yes, before it was changed
    /// last: nothing is decided by it.
    ClockBehind,
}
