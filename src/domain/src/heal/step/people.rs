//! What people and signals do meanwhile, and how people are told.

use super::turn::Turn;
use crate::heal::{After, Ending, Mode, Sight, Stage, limits};
use crate::incident::State;

impl Turn {
    /// Looks at the incident. People first, then whether Scarlet may do anything here, then the signals.
    pub(super) fn seen(&mut self, sight: &Sight) {
        self.heal.flapping = sight.flapping;
        self.heal.part_of.clone_from(&sight.part_of);
        let before = std::mem::replace(&mut self.heal.mode, sight.mode);
        match self.heal.stage {
            Stage::Resolved { shown: false, .. } => return,
            Stage::Closed if matches!(sight.state, State::Resolved | State::Closed) => return,
            // An incident may come back for longer than a healing waits for it.
            Stage::Closed => return self.reopen(false),
            _ => {}
        }
        if let Some(wish) = &sight.taking_back {
            self.wished_back(wish);
        }
        let done = self.people_ended_it(sight) || self.people_hold_it(sight) || self.watches_only(before, sight);
        if !done {
            self.signals(sight);
        }
    }

    /// Whether the incident is over or in people's hands, or came back.
    fn people_ended_it(&mut self, sight: &Sight) -> bool {
        match (sight.state, &self.heal.stage) {
            (State::Resolved | State::Closed, Stage::Resolved { .. }) => true,
            (State::Resolved | State::Closed, stage) => {
                if stage.has_begun() {
                    self.afterwards(After::Over);
                } else {
                    self.stop("The incident is over.");
                    self.resolve(false);
                }
                true
            }
            (State::Escalated, Stage::Escalating { .. } | Stage::Escalated) => true,
            (State::Escalated, stage) if stage.has_begun() => {
                self.afterwards(After::Escalated("a person handed it on".to_owned()));
                true
            }
            (State::Escalated, _) => {
                self.stop("The incident was handed on to people.");
                if self.heal.mode == Mode::Live {
                    self.escalate("a person handed it on");
                } else {
                    self.go(Stage::Escalated, self.after(limits::LONGEST_WAIT));
                }
                true
            }
            (_, Stage::Resolved { healed, .. }) => {
                self.reopen(*healed);
                true
            }
            // It was ended or handed on, and is not any more: what was to follow of that does not.
            _ => {
                if matches!(self.heal.after, Some(After::Over | After::Escalated(_))) {
                    self.heal.after = None;
                }
                false
            }
        }
    }

    pub(super) fn shown(&mut self) {
        if let Stage::Resolved { shown, .. } = &mut self.heal.stage {
            *shown = true;
        }
    }

    /// It came back although it was over: what was done did not last.
    fn reopen(&mut self, healed: bool) {
        self.heal.reopened = self.heal.reopened.saturating_add(1);
        self.not_over_after_all();
        self.heal.diagnoses = 0;
        self.heal.stumbles = 0;
        self.note("It came back.");
        if healed {
            self.heal.failed_in_a_row = self.heal.failed_in_a_row.saturating_add(1);
        }
        if self.heal.reopened > limits::REOPENED {
            return self.escalate(&format!("it came back {} times", self.heal.reopened));
        }
        self.go(Stage::Open, self.now);
    }

    fn people_hold_it(&mut self, sight: &Sight) -> bool {
        match (&sight.owner, &self.heal.stage) {
            (None, Stage::Handed { .. }) => {
                self.note("Nobody has it any more.");
                self.go(Stage::Open, self.now);
                true
            }
            (None, _) => {
                if matches!(self.heal.after, Some(After::Handed(_))) {
                    self.heal.after = None;
                }
                false
            }
            (Some(_), Stage::Escalating { .. } | Stage::Escalated | Stage::Handed { .. }) => true,
            // Looking changes nothing, and whoever has it wants the cause.
            (Some(owner), Stage::Open | Stage::Diagnosing) if self.heal.diagnosis.is_none() => {
                let owner = owner.clone();
                self.afterwards(After::Handed(owner));
                false
            }
            (Some(owner), stage) if stage.has_begun() => {
                let owner = owner.clone();
                self.afterwards(After::Handed(owner));
                true
            }
            (Some(owner), _) => {
                let owner = owner.clone();
                self.stop("A person has the incident.");
                self.note("A person has it: nothing more is begun.");
                self.hand_to(owner);
                true
            }
        }
    }

    /// Where Scarlet only watches, nothing stands ready; where she did and does not any more, she begins with what fires.
    fn watches_only(&mut self, before: Mode, sight: &Sight) -> bool {
        let may_act_now = before != Mode::Live && sight.mode == Mode::Live && sight.quiet_since.is_none();
        if may_act_now && self.heal.stage == Stage::Watching {
            self.note("Scarlet does not only watch here any more: it is looked into anew.");
            self.heal.stumbles = 0;
            self.go(Stage::Open, self.now);
            return true;
        }
        let stands_ready = match self.heal.stage {
            Stage::Waiting { .. } | Stage::Granted { .. } | Stage::Scheduled { .. } => true,
            // In shadow she rests too, before she plans again.
            Stage::Resting { .. } => before != sight.mode || sight.mode == Mode::Observe,
            _ => false,
        };
        if stands_ready && self.heal.mode != Mode::Live {
            self.stand_down("Scarlet only watches here now.");
            return true;
        }
        false
    }

    /// Signals that are over by themselves before anything was begun, and that come back.
    fn signals(&mut self, sight: &Sight) {
        let quiet = if sight.flapping { limits::QUIET_AFTER_FLAPPING } else { limits::QUIET };
        match (sight.quiet_since, &self.heal.stage) {
            (Some(since), Stage::Quiet { .. }) => {
                let until = super::turn::later(since.min(self.now), quiet);
                if self.heal.stage != (Stage::Quiet { until }) {
                    self.go(Stage::Quiet { until }, until);
                }
            }
            (Some(since), stage) if stage.is_before_acting() || matches!(stage, Stage::Watching) => {
                self.stop("The signals are over by themselves.");
                self.note("No signal fires any more; nothing is begun.");
                let until = super::turn::later(since.min(self.now), quiet);
                self.go(Stage::Quiet { until }, until);
            }
            (None, Stage::Quiet { .. }) => {
                self.note("It fires again.");
                self.go(Stage::Open, self.now);
            }
            _ => {}
        }
    }

    /// Everything that has not begun is dropped.
    fn stop(&mut self, why: &str) {
        self.withdraw(why);
        self.drop_proposal(Ending::NotBegun, why);
        self.heal.after = None;
        self.heal.stumbles = 0;
    }

    pub(super) fn told(&mut self, place: &str) {
        if matches!(self.heal.stage, Stage::Escalating { .. }) {
            self.paged_at(&self.heal.escalation_key(), place);
            self.note(format!("People were told at {place}."));
            self.go(Stage::Escalated, self.after(limits::LONGEST_WAIT));
        }
    }

    /// Tried again for as long as it takes, at most every few minutes: an escalation is never dropped.
    pub(super) fn not_told(&mut self, why: &str) {
        let Stage::Escalating { round, .. } = &self.heal.stage else { return };
        if *round == 0 {
            self.note(format!("Nobody could be told yet: {why}."));
        }
        let Stage::Escalating { round, .. } = &self.heal.stage else { return };
        let factor = 1_i32.checked_shl((*round).min(6)).unwrap_or(i32::MAX);
        let pause = limits::AGAIN.checked_mul(factor).unwrap_or(limits::TELLING_AGAIN).min(limits::TELLING_AGAIN);
        self.look_again(self.after(pause));
    }
}
