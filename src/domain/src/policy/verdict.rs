//! What the policy says to a plan.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of a plan, in ascending order of strictness: the strictest of several wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is carried out.
    Allow,
    /// It waits for its time, is planned anew then, and carried out if that is still right.
    Schedule,
    /// A person is asked.
    Ask,
    /// The incident is handed to people; nothing is carried out.
    Escalate,
    /// Nothing is carried out.
    Deny,
}

impl Verdict {
    /// All, in ascending order.
    pub const ALL: [Self; 5] = [Self::Allow, Self::Schedule, Self::Ask, Self::Escalate, Self::Deny];

    /// Its name in the policy file: `schedule`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Schedule => "schedule",
            Self::Ask => "ask",
            Self::Escalate => "escalate",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
