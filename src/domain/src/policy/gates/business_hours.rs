//! Business hours: while people are at work and users are there, nothing disruptive happens without asking them.

use super::{Gate, GateFinding};
use crate::calendar;
use crate::effect::EffectClass;
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::BusinessHours;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let hours = situation.business_hours.as_ref()?;
    let speaks = situation.class > EffectClass::W1 && calendar::is_open(hours, situation.now);
    let why = || format!("{:?} within business hours", situation.class);
    speaks.then(|| GateFinding::new(NAME, Verdict::Ask, why()).relaxed_by("the end of business hours"))
}
