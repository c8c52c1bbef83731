//! How much an environment leaves to the program.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How much may be done in an environment without a person, in ascending order. What is not set is [`Autonomy::Observe`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Autonomy {
    /// Looks only: nothing is done, and nobody is asked whether it should be.
    #[default]
    Observe,
    /// Proposes: each action takes a person's yes.
    Suggest,
    /// Does what is safe: actions of class W1 that the policy allows; the others take a person's yes.
    Safe,
    /// Does what the policy allows: actions of class W2 too, where they earned it. W3 takes two people everywhere.
    Full,
}

impl Autonomy {
    /// All, in ascending order.
    pub const ALL: [Self; 4] = [Self::Observe, Self::Suggest, Self::Safe, Self::Full];

    /// Its name in the settings: `safe`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Suggest => "suggest",
            Self::Safe => "safe",
            Self::Full => "full",
        }
    }

    /// The level of a name, as in the settings; `None` where there is none of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Autonomy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
