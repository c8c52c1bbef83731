//! All that a decision looks at.
//!
//! Guarantee: a decision is a function of the table and of this value alone. Deliberately absent: text from outside, but
//! in [`Situation::frozen`] (a person's words), which is told and never read.

use super::{Autonomy, Score};
use crate::calendar::Window;
use crate::effect::EffectClass;
use crate::incident::{Impact, Severity};
use crate::object::ObjectRef;
use crate::plan::{BlastRadius, Field};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// One plan, with all that the table and the gates look at.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// Digest of the plan: the decision is for no other.
    pub plan: &'a str,
    /// Name of the environment.
    pub environment: &'a str,
    /// How much it leaves to the program.
    pub autonomy: Autonomy,
    /// The parts of confidence.
    pub score: Score,
    /// How bad the incident is.
    pub severity: Severity,
    /// What the business loses; unknown is medium.
    pub impact: Impact,
    /// The class of this very call, the strictest that table, rehearsal and manifest say.
    pub class: EffectClass,
    /// What would be changed.
    pub object: &'a ObjectRef,
    /// The service that it belongs to, where one is known.
    pub service: Option<&'a str>,
    /// Whether that is one of the critical services: [`super::Protection::is_critical`].
    pub is_critical_service: bool,
    /// The rule by which the object is not to be touched, where there is one: [`super::Protection::protects`].
    pub is_protected: Option<String>,
    /// Whether this replica leads.
    pub is_leader: bool,
    /// The freeze or the pause that stands, in words: who, since when, why.
    pub frozen: Option<String>,
    /// Whether the action earned autonomy against such trouble in this environment.
    pub earned: bool,
    /// Automatic actions begun in this environment within the last hour.
    pub automatic_in_last_hour: u32,
    /// How many there may be.
    pub cap: u32,
    /// Until when the object rests after the last action on it.
    pub resting_until: Option<DateTime<Utc>>,
    /// How many heals of the object, or of the incident, failed in a row.
    pub failed_in_a_row: u32,
    /// The action under way on the same dependency chain, in words.
    pub chain_busy: Option<String>,
    /// When people are at work; `None` where the environment does not say.
    pub business_hours: Option<Vec<Window>>,
    /// The windows in which what is scheduled may be done.
    pub maintenance: Vec<Window>,
    /// What else the action may touch.
    pub blast_radius: &'a BlastRadius,
    /// The parts of the plan that free text may have got into.
    pub tainted: &'a BTreeSet<Field>,
    /// How many looks failed, were cut or refused.
    pub missing_evidence: u32,
    /// What the second reader said: its objections where it refused. A review that did not take place is an objection.
    pub safety: Result<(), Vec<String>>,
    /// Other environments, for telling what would have been done there.
    pub elsewhere: &'a [Elsewhere],
    /// Now.
    pub now: DateTime<Utc>,
}

/// What would be different in another environment. All else of the situation stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its name.
    pub environment: String,
    /// How much it leaves to the program.
    pub autonomy: Autonomy,
    /// What the business loses there.
    pub impact: Impact,
    /// Whether the service is critical there.
    pub is_critical_service: bool,
    /// The rule by which the object is not to be touched there, where there is one.
    pub is_protected: Option<String>,
    /// Whether the action earned autonomy there.
    pub earned: bool,
    /// When people are at work there; `None` where the environment does not say.
    pub business_hours: Option<Vec<Window>>,
    /// Its maintenance windows.
    pub maintenance: Vec<Window>,
}
