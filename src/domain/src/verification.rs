//! Whether an action helped: what to look at, what it shows, and the judgement, all by the check that the plan fixed before.
//!
//! Guarantees: what could not be looked at is never told as better ([`Outcome::CannotTell`], invariant 12), and never
//! hides that something else got worse; better means that every condition holds; nothing is judged before the plan's time to
//! settle, and nothing is waited for after its window.
//!
//! Deliberately absent: when to look again, what is undone (the executor), what is learned of it (`learning`).

mod judge;
mod looks;
mod measure;

#[cfg(test)]
mod tests;

pub use judge::judge;
pub use looks::looks;
pub use measure::measure;

use serde::{Deserialize, Serialize};
use std::fmt;

/// What was seen of one condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "measured", rename_all = "snake_case")]
pub enum Measured {
    /// It holds.
    Holds {
        /// What was measured: a query's highest value, ready pods, findings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
    },
    /// It does not.
    Fails {
        /// What was measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
    },
    /// It does not yet, and what should make it so is under way: a rollout. Such a value is not compared before the window ends.
    UnderWay {
        /// What was measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<f64>,
    },
    /// It could not be looked at, or not wholly.
    CannotTell {
        /// Why.
        why: String,
    },
}

/// Whether it helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is too early to say.
    NotYet,
    /// All that was wanted holds.
    Better,
    /// It did not help, and did no harm that is seen.
    Same,
    /// Something is clearly worse than before.
    Worse,
    /// It could not be seen in time.
    CannotTell,
}

/// `better`, `cannot tell`.
impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotYet => "not yet",
            Self::Better => "better",
            Self::Same => "no better",
            Self::Worse => "worse",
            Self::CannotTell => "cannot tell",
        })
    }
}
