//! Missing evidence: what could not be looked at may be what speaks against the plan.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::MissingEvidence;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let missing = situation.missing_evidence;
    let looks = if missing == 1 { "1 look" } else { &format!("{missing} looks") };
    let finding = || GateFinding::new(NAME, Verdict::Ask, format!("{looks} failed, so that evidence is missing"));
    (missing > 0).then(|| finding().relaxed_by("looks that all answer"))
}
