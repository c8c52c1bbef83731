//! Shadow: what an autonomy level would have decided, in an environment in which nothing is done.
//!
//! Guarantees: the decision that counts is that of the level `observe`, whatever the environment says, so that it is always
//! [`Verdict::Deny`]; what would have been decided is a [`Shadow`], which is a type of its own that nothing is granted by and
//! nobody is asked by. There is no way from it to a [`Decision`].
//!
//! Deliberately absent: what becomes of it (`heal` tells it, `recording` keeps it).

use super::decision::{Decision, decide};
use super::{Autonomy, GateFinding, Situation, Table, Verdict};
use serde::{Deserialize, Serialize};

/// What would have been decided. It grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// At which autonomy level.
    pub level: Autonomy,
    /// What would have become of the plan.
    pub verdict: Verdict,
    /// The row of the table that would have counted.
    pub row: String,
    /// What the gates would have said.
    #[serde(default)]
    pub gates: Vec<GateFinding>,
    /// How many people would have been asked, where people would have been.
    pub people_needed: u32,
    /// All of this in a sentence.
    pub told: String,
}

/// Decides in an environment in shadow: nothing is done, and what would have been at `level` stands in
/// [`Decision::shadow`].
pub fn decide_in_shadow(table: &Table, situation: &Situation<'_>, level: Autonomy) -> Decision {
    let watched = Situation { autonomy: Autonomy::Observe, ..situation.clone() };
    let would = decide(table, &Situation { autonomy: level, ..situation.clone() });
    let Decision { verdict, row, gates, people_needed, told, .. } = would;
    let shadow = Shadow { level, verdict, row, gates, people_needed, told };
    Decision { shadow: Some(Box::new(shadow)), ..decide(table, &watched) }
}

impl Decision {
    /// What is decided, or would have been where the environment is in shadow: for choosing between plans and for telling,
    /// never for doing.
    pub fn would(&self) -> (Verdict, &str) {
        match &self.shadow {
            Some(shadow) => (shadow.verdict, &shadow.told),
            None => (self.verdict, &self.told),
        }
    }
}
