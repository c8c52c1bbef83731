//! The autonomy level of the environment: observe does and asks nothing, suggest asks for all, safe acts by itself with
//! W1 only.

use super::{Gate, GateFinding};
use crate::effect::EffectClass;
use crate::policy::{Autonomy, Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Autonomy;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let level = situation.autonomy;
    let environment = situation.environment;
    let finding = |verdict, why: String| GateFinding::new(NAME, verdict, why);
    match level {
        Autonomy::Observe => Some(
            finding(Verdict::Deny, format!("{environment} is at the autonomy level observe"))
                .relaxed_by("a higher autonomy level of the environment"),
        ),
        Autonomy::Suggest => Some(
            finding(Verdict::Ask, format!("{environment} is at the autonomy level suggest"))
                .relaxed_by("the autonomy level safe or full of the environment"),
        ),
        Autonomy::Safe if situation.class > EffectClass::W1 => Some(
            finding(
                Verdict::Ask,
                format!("{environment} is at the autonomy level safe, which acts by itself with W1 only"),
            )
            .relaxed_by("the autonomy level full of the environment"),
        ),
        Autonomy::Safe | Autonomy::Full => None,
    }
}
