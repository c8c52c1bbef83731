//! Critical services: a person is always asked, and two are below a confidence of 0.9.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::CriticalService;

/// The confidence, per mille, from which on one person is enough.
const ONE_PERSON: u16 = 900;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    if !situation.is_critical_service {
        return None;
    }
    let class = situation.class;
    let service = situation.service.map(|service| format!(" ({service})")).unwrap_or_default();
    let finding = GateFinding::new(NAME, Verdict::Ask, format!("{class:?} on a critical service{service}"));
    let is_sure = situation.score.believed().is_some_and(|confidence| confidence >= ONE_PERSON);
    Some(if is_sure { finding } else { finding.by_two_people() })
}
