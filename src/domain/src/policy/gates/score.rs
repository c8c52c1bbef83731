//! A score that cannot be: nothing is decided by it.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Score;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let why = "a part of the score is beyond 1000 per mille, so that nothing can be decided by it";
    situation.score.believed().is_none().then(|| GateFinding::new(NAME, Verdict::Deny, why))
}
