//! What is kept of a diagnosis: hypotheses with what would confirm or refute them, what was seen, what could not be.
//!
//! Guarantees: confidence comes from evidence; what could not be looked at, an alternative that is as likely, and signals
//! that a hypothesis does not explain only ever lower it; one that its own proof refutes is never acted upon.
//!
//! Deliberately absent: the rules (`diagnosis`), and the looks.

use super::limits;
use crate::incident::{CHANGES, Changed, Seen};
use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether a hypothesis stood its proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was not looked, or could not be.
    Open,
    /// What would confirm it was seen.
    Confirmed,
    /// What would refute it was seen.
    Refuted,
}

/// One possible cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The diagnosis rule.
    pub rule: String,
    /// The object to look at or to change.
    pub cause: ObjectRef,
    /// What is in trouble by it.
    pub affected: ObjectRef,
    /// One sentence.
    pub summary: String,
    /// How sure, after everything that lowers it.
    pub per_mille: u16,
    /// The same without free text: the only one that anything is done by itself on.
    pub typed_per_mille: u16,
    /// Ids of the kept evidence: `INC-7.r1.e3`.
    pub evidence: Vec<String>,
    /// What would confirm it.
    pub confirmed_by: String,
    /// What would refute it.
    pub refuted_by: String,
    /// What came of looking for that.
    pub standing: Standing,
}

/// One diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// When.
    pub at: DateTime<Utc>,
    /// The most likely first.
    pub hypotheses: Vec<Hypothesis>,
    /// What was seen, the most telling first.
    pub seen: Vec<Seen>,
    /// What could not be looked at, in words.
    pub not_looked: Vec<String>,
    /// How many looks failed, were cut or refused.
    pub missing: u32,
    /// What changed around the onset, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Changed>,
}

impl Diagnosis {
    /// The most likely cause that was not refuted.
    pub fn first(&self) -> Option<&Hypothesis> {
        self.hypotheses.iter().find(|hypothesis| hypothesis.standing != Standing::Refuted)
    }

    /// The result in a sentence.
    pub fn told(&self) -> String {
        let missing = match self.missing {
            0 => String::new(),
            1 => " One look was not possible.".to_owned(),
            missing => format!(" {missing} looks were not possible."),
        };
        match self.first() {
            Some(first) => {
                let share = f64::from(first.per_mille) / 1000.0;
                format!("Most likely: {} (confidence {share:.2}).{missing}", first.summary.trim_end_matches('.'))
            }
            None if self.hypotheses.is_empty() => format!("No rule knows a cause.{missing}"),
            None => format!("Every cause that was thought of is refuted.{missing}"),
        }
    }

    /// Within its bounds.
    pub(super) fn bound(&mut self) {
        self.hypotheses.truncate(limits::HYPOTHESES);
        self.seen.truncate(limits::EVIDENCE);
        self.not_looked.truncate(limits::NOT_LOOKED);
        self.changes.truncate(CHANGES);
    }
}

/// What else bears on how sure a judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// Confidence of the best other cause, per mille; 0 where there is none.
    pub runner_up: u32,
    /// Looks that failed, were cut or refused.
    pub missing: u32,
    /// Signals of the incident that name an object or a service.
    pub signals: u32,
    /// Those of them that the cause explains.
    pub explained: u32,
    /// Whether it stood its proof.
    pub standing: Standing,
}

/// A cause that is nearly as likely speaks against both when it is within this, per mille.
const CLOSE: u32 = 100;

/// What a look that was not possible takes away, and all of them together at most, per mille.
const MISSING_LOOK: u32 = 50;
const MISSING_MOST: u32 = 250;

/// What signals that are not explained take away where none is, per mille.
const UNEXPLAINED: u32 = 200;

/// What a proof that held adds, and the most that it leads to, per mille.
const CONFIRMED: u32 = 30;
const MOST: u32 = 950;

/// What is left of a hypothesis that was refuted, at most.
const REFUTED: u32 = 200;

/// The confidence of a judgement, per mille, of what its rule says and of everything beside it. Never more than 950; more
/// than the rule says only by a proof that held.
pub fn weigh(by_rule: u32, coverage: Coverage) -> u16 {
    let Coverage { runner_up, missing, signals, explained, standing } = coverage;
    let close = (runner_up.saturating_add(CLOSE)).saturating_sub(by_rule.max(1)).min(CLOSE);
    let looks = missing.saturating_mul(MISSING_LOOK).min(MISSING_MOST);
    let unexplained = signals.saturating_sub(explained).saturating_mul(UNEXPLAINED).checked_div(signals).unwrap_or(0);
    let proof = if standing == Standing::Confirmed && by_rule > 0 { CONFIRMED } else { 0 };
    let sure = by_rule.min(MOST).saturating_add(proof).saturating_sub(close + looks + unexplained).min(MOST);
    let sure = if standing == Standing::Refuted { sure.min(REFUTED) } else { sure };
    u16::try_from(sure).unwrap_or(0)
}
