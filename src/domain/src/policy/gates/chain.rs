//! One action at a time on a dependency chain: what wants to act beside another waits, and looks again.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};
use chrono::TimeDelta;

/// Its name.
pub(super) const NAME: Gate = Gate::Chain;

/// When it is looked again whether the other action has ended.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(1);

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let other = situation.chain_busy.as_ref()?;
    let again = situation.now.checked_add_signed(LOOK_AGAIN).unwrap_or(situation.now);
    let why = format!("another action is under way on the same dependency chain ({other})");
    Some(GateFinding::new(NAME, Verdict::Schedule, why).relaxed_by("the end of that action").not_before(again))
}
