//! The effect class: W1 may be automatic, W2 has to earn it, W3 always takes two people, and what reads is no action.

use super::{Gate, GateFinding};
use crate::effect::EffectClass;
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::EffectClass;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let class = situation.class;
    match class {
        EffectClass::R0 | EffectClass::R1 => {
            let why = format!("the plan's class is {class:?}, which changes nothing: its grading cannot be believed");
            Some(GateFinding::new(NAME, Verdict::Deny, why))
        }
        EffectClass::W1 => None,
        EffectClass::W2 if situation.earned => None,
        EffectClass::W2 => {
            let why = format!("W2 has not earned autonomy against such trouble in {}", situation.environment);
            let finding = GateFinding::new(NAME, Verdict::Ask, why);
            Some(finding.relaxed_by("verified successes, those that a person approved too"))
        }
        EffectClass::W3 => {
            let why = "W3 is hard to undo and always takes two people";
            Some(GateFinding::new(NAME, Verdict::Ask, why).by_two_people())
        }
    }
}
