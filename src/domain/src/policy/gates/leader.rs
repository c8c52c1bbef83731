//! Leadership: only the replica that leads decides that something is done.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Leader;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let finding = || GateFinding::new(NAME, Verdict::Deny, "another replica leads");
    (!situation.is_leader).then(|| finding().relaxed_by("the replica that leads, which decides by itself"))
}
