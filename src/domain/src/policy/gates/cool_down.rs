//! The cool-down of an object after an action on it: it takes its time to settle, and is looked at again after it.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::CoolDown;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let until = situation.resting_until.filter(|until| situation.now < *until)?;
    let why = format!(
        "{} rests after the last action on it until {}",
        situation.object,
        until.format("%Y-%m-%d %H:%M:%S UTC")
    );
    Some(GateFinding::new(NAME, Verdict::Schedule, why).relaxed_by("the end of its rest").not_before(until))
}
