//! The freeze: nothing begins while it stands.

use super::GateFinding;
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: &str = "freeze";

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let freeze = situation.frozen.as_ref()?;
    let finding = GateFinding::new(NAME, Verdict::Deny, format!("everything is frozen ({freeze})"));
    Some(finding.relaxed_by("an approver who lifts the freeze"))
}
