//! Replays: what was decided of a recorded incident, what is decided of it anew, and in what the two differ.
//!
//! Guarantees: nothing of a replay can be carried out, for it makes neither a plan that is granted nor an approval; what the
//! recording does not hold is told as not recorded, and a decision that rests on it is told as one that cannot be told.
//!
//! Deliberately absent: running the rules (the engine does, over the recorded results), and any effect.

mod compare;
pub mod series;
#[cfg(test)]
mod tests;
mod told;

use crate::heal::Diagnosis;
use crate::object::ObjectRef;
use crate::policy::{Autonomy, Decision, GateFinding, Verdict};
use crate::recording::Came;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Calls that are named as not recorded at most, for one piece of work.
const NAMED: usize = 20;

/// Under which terms it was decided anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Where the decision table comes from.
    pub policy: String,
    /// The autonomy level.
    pub autonomy: Autonomy,
    /// The environment by whose settings it was decided.
    pub environment: String,
}

/// What a gate had to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateSaid {
    /// Its name.
    pub gate: String,
    /// At least this.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

/// A plan with the verdict on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// The action by its name in the library.
    pub action: String,
    /// What would be changed.
    pub object: ObjectRef,
    /// What becomes of it.
    pub verdict: Verdict,
    /// How many people it takes, where people are asked.
    pub people_needed: u32,
    /// The row of the table that counted.
    pub row: String,
    /// Confidence, per mille.
    pub score: u16,
    /// What the gates said.
    pub gates: Vec<GateSaid>,
    /// All of it in a sentence.
    pub told: String,
}

/// What was decided, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decided", rename_all = "snake_case")]
pub enum Decided {
    /// A plan was made.
    Plan(Box<Weighed>),
    /// Nothing was to be done.
    Nothing {
        /// Why.
        why: String,
    },
    /// A cause was looked for.
    Cause {
        /// The rule of the most likely one; none where no rule knew one.
        rule: Option<String>,
        /// Its object.
        object: Option<ObjectRef>,
        /// How sure, per mille, without free text.
        per_mille: u16,
        /// In a sentence.
        told: String,
    },
    /// It cannot be told.
    CannotTell {
        /// Why not.
        why: String,
    },
}

impl Decided {
    /// What came of planning. Of an environment in shadow, what would have.
    pub fn of_plan(came: &Came) -> Self {
        match came {
            Came::Proposed(proposal) => {
                Self::Plan(Box::new(weighed(proposal.plan.action.name(), &proposal.plan.object, &proposal.decision)))
            }
            Came::NothingToDo(why) => Self::Nothing { why: why.clone() },
            Came::NotNow(why) => Self::CannotTell { why: why.clone() },
        }
    }

    /// What came of looking for the cause.
    pub fn of_diagnosis(found: &Result<Diagnosis, String>) -> Self {
        match found {
            Ok(diagnosis) => {
                let first = diagnosis.first();
                Self::Cause {
                    rule: first.map(|first| first.rule.clone()),
                    object: first.map(|first| first.cause.clone()),
                    per_mille: first.map_or(0, |first| first.typed_per_mille),
                    told: diagnosis.told(),
                }
            }
            Err(why) => Self::CannotTell { why: why.clone() },
        }
    }
}

fn weighed(action: &str, object: &ObjectRef, decision: &Decision) -> Weighed {
    let (verdict, told) = decision.would();
    let (row, gates, people_needed) = match &decision.shadow {
        Some(shadow) => (&shadow.row, &shadow.gates, shadow.people_needed),
        None => (&decision.row, &decision.gates, decision.people_needed),
    };
    let said = |finding: &GateFinding| GateSaid {
        gate: finding.gate.to_string(),
        verdict: finding.verdict,
        why: finding.why.clone(),
    };
    Weighed {
        action: action.to_owned(),
        object: object.clone(),
        verdict,
        people_needed,
        row: row.clone(),
        score: decision.score,
        gates: gates.iter().map(said).collect(),
        told: told.to_owned(),
    }
}

/// One piece of work, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// When it was done then.
    pub at: DateTime<Utc>,
    /// Which work: `diagnosis 1`, `plan INC-7.1`.
    pub work: String,
    /// What was decided then.
    pub then: Decided,
    /// What is decided now.
    pub now: Decided,
    /// In what the two differ; empty where they agree.
    pub differs: Vec<String>,
    /// What was asked now and the recording does not hold.
    pub not_recorded: Vec<String>,
}

impl Compared {
    /// Holds the two beside each other. A plan that is made now without all that it asked for is one of which nothing can be
    /// told: another candidate, or another verdict, may have come of it.
    pub fn new(at: DateTime<Utc>, work: String, then: Decided, now: Decided, mut not_recorded: Vec<String>) -> Self {
        not_recorded.sort();
        not_recorded.dedup();
        let now = match now {
            Decided::Plan(_) | Decided::Nothing { .. } if !not_recorded.is_empty() => {
                let why = format!("{} of what it would rest on is not recorded", not_recorded.len());
                Decided::CannotTell { why }
            }
            now => now,
        };
        if let Some(more) = not_recorded.len().checked_sub(NAMED).filter(|more| *more > 0) {
            not_recorded.truncate(NAMED);
            not_recorded.push(format!("and {more} more"));
        }
        let differs = compare::differences(&then, &now);
        Self { at, work, then, now, differs, not_recorded }
    }
}

/// One incident, replayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its id.
    pub incident: String,
    /// Where it was.
    pub environment: String,
    /// What was wrong, in a line. May hold text that came from outside.
    pub title: String,
    /// Under which terms it was decided anew.
    pub terms: Terms,
    /// Every piece of work, the oldest first.
    pub work: Vec<Compared>,
    /// What of the recording is missing, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What was done then and how it came out, in words.
    #[serde(default)]
    pub outcome: Vec<String>,
}

impl Report {
    /// Whether anything is decided otherwise.
    pub fn differs(&self) -> bool {
        self.work.iter().any(|work| !work.differs.is_empty())
    }

    /// Whether anything could not be told.
    pub fn has_gaps(&self) -> bool {
        let is_open = |work: &Compared| matches!(work.now, Decided::CannotTell { .. }) || !work.not_recorded.is_empty();
        self.missing.is_some() || self.work.iter().any(is_open)
    }

    /// What would have been done now: of the last plan.
    pub fn would_have_done(&self) -> Option<&Decided> {
        let is_plan = |work: &&Compared| !matches!(work.then, Decided::Cause { .. });
        self.work.iter().rev().find(is_plan).map(|work| &work.now)
    }
}
