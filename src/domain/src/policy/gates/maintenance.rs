//! The maintenance window: what the table schedules is only done within one, and asked for where there is none.

use super::{Gate, GateFinding};
use crate::calendar;
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Maintenance;

pub(super) fn look(situation: &Situation<'_>, tabled: Verdict) -> Option<GateFinding> {
    let (windows, now) = (&situation.maintenance, situation.now);
    if tabled != Verdict::Schedule || calendar::is_open(windows, now) {
        return None;
    }
    Some(match calendar::next_opening(windows, now) {
        Some(opening) => GateFinding::new(NAME, Verdict::Schedule, "it can wait for the maintenance window")
            .relaxed_by("the maintenance window")
            .not_before(opening),
        None => GateFinding::new(
            NAME,
            Verdict::Ask,
            format!("it should wait for a maintenance window, and {} has none to come", situation.environment),
        )
        .relaxed_by("a maintenance window"),
    })
}
