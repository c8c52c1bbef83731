//! What time alone does to each stage, and what is left of a stage when another process takes over.

use super::turn::Turn;
use crate::heal::{Effect, Mode, Owed, Stage, limits};

impl Turn {
    /// Does what is due.
    pub(super) fn tick(&mut self) {
        if self.heal.next_at.is_none_or(|at| self.now < at) {
            return;
        }
        self.dun();
        match self.heal.stage.clone() {
            Stage::Open => self.diagnose(),
            Stage::Diagnosing => self.diagnosing_is_late(),
            Stage::Deciding => self.deciding_is_late(),
            Stage::Waiting { .. } => self.wait_on(),
            // Looks again before it acts: what was true when it was scheduled need not be.
            Stage::Scheduled { opens_at } if self.now >= opens_at => self.diagnose(),
            Stage::Scheduled { opens_at } => self.look_again(opens_at),
            Stage::Resting { until } if self.now >= until => self.plan(),
            Stage::Resting { until } => self.look_again(until),
            Stage::Granted { .. } => self.begin_if_time(),
            Stage::Acting { .. } => self.acting_is_late(),
            Stage::Verifying { .. } => self.measure(),
            Stage::Undoing { .. } => self.undoing_is_late(),
            Stage::Quiet { until } if self.now >= until => self.over_by_itself(),
            Stage::Quiet { until } => self.look_again(until),
            Stage::Watching | Stage::Handed { .. } | Stage::Escalated => {
                self.look_again(self.after(limits::LONGEST_WAIT));
            }
            Stage::Escalating { why, round } => self.tell_people(why, round.saturating_add(1)),
            Stage::Resolved { closes_at, .. } if self.now >= closes_at => self.close(),
            Stage::Resolved { closes_at, .. } => self.look_again(closes_at),
            Stage::Closed => self.heal.next_at = None,
        }
    }

    /// What was under way in the process before is not any more. What may have had an effect is asked after, never
    /// repeated; everything else is due at once.
    pub(super) fn taken_over(&mut self) {
        let plan = self.heal.proposal.as_ref().map(|proposal| proposal.plan.id.clone());
        match (&self.heal.stage, plan) {
            (Stage::Acting { .. }, Some(plan)) => {
                self.dun();
                self.look_again(self.after(limits::ACTING));
                self.want(Effect::AskAfter { plan });
            }
            (Stage::Undoing { .. }, Some(plan)) => {
                self.dun();
                self.look_again(self.after(limits::UNDOING));
                self.want(Effect::AskAfterUndo { plan });
            }
            (Stage::Diagnosing | Stage::Deciding | Stage::Escalating { .. } | Stage::Verifying { .. }, _) => {
                self.heal.next_at = Some(self.now);
                self.tick();
            }
            _ => self.dun(),
        }
    }

    fn over_by_itself(&mut self) {
        self.note("Resolved by itself: nothing was done.");
        self.owe(Owed::WriteUp);
        self.resolve(false);
    }

    /// Closed only when nothing is owed any more; otherwise asked for again.
    fn close(&mut self) {
        if self.heal.owed.is_empty() {
            self.heal.stage = Stage::Closed;
            self.heal.next_at = None;
        } else {
            self.look_again(self.after(limits::TELLING_AGAIN));
        }
    }

    /// Whether acting is still wanted here; drops what stood ready where it is not.
    pub(super) fn is_live(&mut self) -> bool {
        if self.heal.mode == Mode::Live {
            return true;
        }
        self.stand_down("Scarlet only watches here now.");
        false
    }

    /// Everything that has not begun is dropped, and Scarlet watches.
    pub(super) fn stand_down(&mut self, why: &str) {
        self.withdraw(why);
        self.drop_proposal(crate::heal::Ending::NotBegun, why);
        self.watch();
    }
}
