//! The freeze of everything or of the environment, and the environment's pause: nothing begins while one stands.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Freeze;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let freeze = situation.frozen.as_ref()?;
    let finding = GateFinding::new(NAME, Verdict::Deny, format!("nothing may begin ({freeze})"));
    Some(finding.relaxed_by("an approver who lifts the freeze or ends the pause"))
}
