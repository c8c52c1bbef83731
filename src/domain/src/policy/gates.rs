//! The gates: what may speak against a plan whatever its score, one file each.
//!
//! Guarantees: a gate either says nothing or names a verdict, and the strictest wins, so that no gate can loosen what the
//! table or another gate said; all gates are always asked, so that a decision tells every reason at once.
//!
//! Deliberately absent: any gate that looks at another's finding; anything that counts or waits.

mod autonomy;
mod blast_radius;
mod business_hours;
mod chain;
mod cool_down;
mod critical_service;
mod effect_class;
mod failed_heals;
mod freeze;
mod leader;
mod maintenance;
mod missing_evidence;
mod protected;
mod rate;
mod safety_review;
mod score;
mod taint;

use super::{Gate, Situation, Verdict};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a gate has to say against acting at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateFinding {
    /// Which gate.
    pub gate: Gate,
    /// At least this.
    pub verdict: Verdict,
    /// Why, as it goes on after "because".
    pub why: String,
    /// What would make the gate say nothing; `None` where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relaxed_by: Option<String>,
    /// How many different people it takes, where people are asked.
    #[serde(default = "one")]
    pub people_needed: u32,
    /// For [`Verdict::Schedule`]: not before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
}

fn one() -> u32 {
    1
}

impl GateFinding {
    fn new(gate: Gate, verdict: Verdict, why: impl Into<String>) -> Self {
        Self { gate, verdict, why: why.into(), relaxed_by: None, people_needed: 1, not_before: None }
    }

    fn relaxed_by(self, what: impl Into<String>) -> Self {
        Self { relaxed_by: Some(what.into()), ..self }
    }

    fn by_two_people(self) -> Self {
        Self { people_needed: 2, ..self }
    }

    fn not_before(self, moment: DateTime<Utc>) -> Self {
        Self { not_before: Some(moment), ..self }
    }
}

/// What a gate looks at: the situation, and what the table said.
type Look = fn(&Situation<'_>, Verdict) -> Option<GateFinding>;

/// All gates in the order in which their findings are told.
pub(super) const GATES: &[(Gate, Look)] = &[
    (score::NAME, score::look),
    (safety_review::NAME, safety_review::look),
    (freeze::NAME, freeze::look),
    (leader::NAME, leader::look),
    (autonomy::NAME, autonomy::look),
    (protected::NAME, protected::look),
    (failed_heals::NAME, failed_heals::look),
    (critical_service::NAME, critical_service::look),
    (effect_class::NAME, effect_class::look),
    (taint::NAME, taint::look),
    (missing_evidence::NAME, missing_evidence::look),
    (blast_radius::NAME, blast_radius::look),
    (rate::NAME, rate::look),
    (business_hours::NAME, business_hours::look),
    (maintenance::NAME, maintenance::look),
    (cool_down::NAME, cool_down::look),
    (chain::NAME, chain::look),
];

/// What all gates say. `tabled` is the verdict of the table.
pub(super) fn findings(situation: &Situation<'_>, tabled: Verdict) -> Vec<GateFinding> {
    GATES.iter().filter_map(|(_, look)| look(situation, tabled)).collect()
}
