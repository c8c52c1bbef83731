//! Failed heals: after three in a row nothing more is tried, and people get it with everything that was.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::FailedHeals;

/// So many in a row.
const MOST: u32 = 3;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let failed = situation.failed_in_a_row;
    let why = || format!("{failed} heals failed in a row");
    let finding = || GateFinding::new(NAME, Verdict::Escalate, why());
    (failed >= MOST).then(|| finding().relaxed_by("a person who looks and heals it"))
}
