//! The cap of automatic actions an hour in one environment: beyond it a person is asked.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Rate;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let (done, cap) = (situation.automatic_in_last_hour, situation.cap);
    let why = || format!("{} had {done} automatic actions within the last hour, of {cap}", situation.environment);
    (done >= cap)
        .then(|| GateFinding::new(NAME, Verdict::Ask, why()).relaxed_by("an hour with fewer automatic actions"))
}
