//! Changes of a situation that could have let a plan be carried out at once.
//!
//! Only what time, settings, evidence or another environment can change is in the list. How bad the incident is, what the
//! action does and what it touches are facts and no changes.

use super::{Autonomy, Score, Situation};
use crate::calendar::{Once, Window};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

static NOTHING_TAINTED: BTreeSet<crate::plan::Field> = BTreeSet::new();

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The same in another environment, by its name.
    Environment(String),
    /// A confidence, per mille.
    Confidence(u16),
    /// An autonomy level.
    Autonomy(Autonomy),
    /// The action has earned autonomy.
    Earned,
    /// A maintenance window is open.
    InMaintenance,
    /// It is not within business hours.
    OutsideBusinessHours,
    /// The object has rested.
    Rested,
    /// No other action is under way on the chain.
    ChainFree,
    /// Fewer automatic actions were begun.
    BelowCap,
    /// No look failed.
    NothingMissing,
    /// The plan is made of typed fields alone.
    NothingTainted,
    /// No freeze and no pause stands.
    NotFrozen,
    /// This replica leads.
    Leading,
}

impl Change {
    /// The situation with this change; as it is where the change names an environment that is not known.
    pub fn applied<'a>(&self, situation: &Situation<'a>) -> Situation<'a> {
        let mut next = situation.clone();
        match self {
            Self::Environment(name) => move_to(&mut next, name),
            Self::Confidence(total) => next.score = Score::even(*total),
            Self::Autonomy(level) => next.autonomy = *level,
            Self::Earned => next.earned = true,
            Self::InMaintenance => {
                let until = next.now.checked_add_signed(TimeDelta::hours(1));
                next.maintenance.extend(until.and_then(|until| Once::new(next.now, until).ok()).map(Window::Once));
            }
            Self::OutsideBusinessHours => next.business_hours = None,
            Self::Rested => next.resting_until = None,
            Self::ChainFree => next.chain_busy = None,
            // Where the cap is 0 there are never fewer.
            Self::BelowCap => next.automatic_in_last_hour = 0,
            Self::NothingMissing => next.missing_evidence = 0,
            Self::NothingTainted => next.tainted = &NOTHING_TAINTED,
            Self::NotFrozen => next.frozen = None,
            Self::Leading => next.is_leader = true,
        }
        next
    }

    /// As it goes on after "would have acted".
    pub fn told(&self) -> String {
        match self {
            Self::Environment(name) => format!("in {name}"),
            Self::Confidence(total) => format!("at confidence {}", per_one(*total)),
            Self::Autonomy(level) => format!("at the autonomy level {level}"),
            Self::Earned => "with earned autonomy".to_owned(),
            Self::InMaintenance => "within a maintenance window".to_owned(),
            Self::OutsideBusinessHours => "outside business hours".to_owned(),
            Self::Rested => "after the object's rest".to_owned(),
            Self::ChainFree => "without another action on the chain".to_owned(),
            Self::BelowCap => "with fewer automatic actions within the hour".to_owned(),
            Self::NothingMissing => "with no look failed".to_owned(),
            Self::NothingTainted => "without free text in the plan".to_owned(),
            Self::NotFrozen => "without the freeze or pause".to_owned(),
            Self::Leading => "as the leader".to_owned(),
        }
    }
}

fn move_to(situation: &mut Situation<'_>, name: &str) {
    let Some(there) = situation.elsewhere.iter().find(|there| there.environment == name) else { return };
    situation.environment = &there.environment;
    situation.autonomy = there.autonomy;
    situation.impact = there.impact;
    situation.score.harmlessness = Score::harmlessness_of(there.impact);
    situation.is_critical_service = there.is_critical_service;
    situation.is_protected.clone_from(&there.is_protected);
    situation.earned = there.earned;
    situation.business_hours.clone_from(&there.business_hours);
    situation.maintenance.clone_from(&there.maintenance);
}

/// Per mille as people write it: 900 is `0.9`, 1000 is `1`, 745 is `0.745`.
pub(super) fn per_one(per_mille: u16) -> String {
    let (whole, rest) = (per_mille / 1_000, per_mille % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}
