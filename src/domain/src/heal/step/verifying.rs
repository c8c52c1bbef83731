//! Whether it helped, and taking it back.

use super::turn::{Turn, later};
use crate::heal::{After, By, Effect, Ending, Owed, Stage, TakenBack, UndoEnd, limits};
use crate::incident::TakingBack;
use crate::verification::Outcome;
use chrono::{DateTime, Utc};

/// Why an action ends that a person wants back.
const WISHED: &str = "a person had it taken back";

impl Turn {
    /// Looks, until it is told or nobody can tell.
    pub(super) fn measure(&mut self) {
        let Stage::Verifying { since, until, .. } = self.heal.stage.clone() else { return };
        let Some(plan) = self.heal.proposal.as_ref().map(|proposal| proposal.plan.id.clone()) else {
            return self.escalate("what was done cannot be verified: its plan is gone");
        };
        if self.now >= later(until, limits::MEASURING_GRACE) {
            return self.cannot_tell("no look told whether it helped", since);
        }
        self.look_again(self.after(limits::MEASURING));
        self.want(Effect::Measure { plan });
    }

    pub(super) fn measured(&mut self, plan: &str, outcome: Outcome, told: &str) {
        let Stage::Verifying { by, since, until } = self.heal.stage.clone() else { return };
        if !self.is_about(plan) {
            return;
        }
        let is_over = self.now >= until;
        match outcome {
            Outcome::Better => self.better(told, since),
            Outcome::Worse => self.worse(by, told, since),
            Outcome::Same => self.same(told, since),
            Outcome::NotYet if is_over => self.same(told, since),
            Outcome::CannotTell if is_over => self.cannot_tell(told, since),
            Outcome::NotYet | Outcome::CannotTell => {
                let at = self.after(limits::BETWEEN_MEASURES).min(until.max(self.now));
                self.look_again(at.max(self.after(chrono::TimeDelta::seconds(1))));
            }
        }
    }

    fn better(&mut self, told: &str, since: DateTime<Utc>) {
        self.note(format!("Verified, it helped: {told}."));
        self.conclude(Ending::Better, told, Outcome::Better, since);
        self.heal.failed_in_a_row = 0;
        match self.heal.after.take() {
            Some(After::Escalated(why)) => self.escalate(&why),
            _ => {
                self.owe(Owed::WriteUp);
                self.resolve(true);
            }
        }
    }

    fn same(&mut self, told: &str, since: DateTime<Utc>) {
        self.note(format!("It did not help: {told}."));
        self.conclude(Ending::Same, told, Outcome::Same, since);
        self.next_strategy();
    }

    /// Never taken for better, and nothing else is begun on top of it.
    fn cannot_tell(&mut self, told: &str, since: DateTime<Utc>) {
        self.conclude(Ending::CannotTell, told, Outcome::CannotTell, since);
        self.escalate(&format!("nobody can tell whether the last action helped: {told}"));
    }

    fn worse(&mut self, by: By, told: &str, since: DateTime<Utc>) {
        let Some(proposal) = self.heal.proposal.clone() else { return };
        self.note(format!("It made things worse: {told}."));
        if proposal.plan.undo.is_none() {
            self.conclude(Ending::Worse, told, Outcome::Worse, since);
            return self.escalate("the last action made things worse, and nothing takes it back");
        }
        self.take_back(by, &proposal.plan.id, told);
    }

    fn take_back(&mut self, by: By, plan: &str, told: &str) {
        self.write_attempt(Ending::UnderWay, told, by != By::Policy);
        self.heal.stumbles = 0;
        self.go(Stage::Undoing { by, since: self.now }, self.after(limits::UNDOING));
        self.want(Effect::Undo { plan: plan.to_owned() });
    }

    /// A person wants the action back. What is being done is taken back once it is done.
    pub(super) fn wished_back(&mut self, wish: &TakingBack) {
        let is_known = self.heal.taken_back.as_ref().is_some_and(|taken| taken.wish == *wish);
        if let Some(plan) = self.heal.meant_by(wish).filter(|_| !is_known).map(str::to_owned) {
            self.heal.taken_back = Some(TakenBack { plan, wish: wish.clone() });
            self.take_back_if_wished();
        }
    }

    /// Takes back what stands, where a person wants it so.
    pub(super) fn take_back_if_wished(&mut self) {
        let Stage::Verifying { by, .. } = self.heal.stage.clone() else { return };
        let Some(proposal) = self.heal.proposal.clone().filter(|proposal| self.is_wished_back(&proposal.plan.id))
        else {
            return;
        };
        if proposal.plan.undo.is_none() {
            return self.note("A person wants it taken back, and nothing takes this action back: it is verified.");
        }
        self.take_back(by, &proposal.plan.id, WISHED);
    }

    fn is_wished_back(&self, plan: &str) -> bool {
        self.heal.taken_back.as_ref().is_some_and(|taken| taken.plan == plan)
    }

    pub(super) fn undone(&mut self, plan: &str, end: &UndoEnd) {
        let Stage::Undoing { since, .. } = self.heal.stage.clone() else { return };
        if !self.is_about(plan) {
            return;
        }
        match end {
            UndoEnd::Done => self.taken_back(plan, since),
            UndoEnd::Failed(why) => self.not_undone(why, since),
            // Whoever was to do it is gone. Its id begins once: should it begin there after all, it does not here.
            UndoEnd::NeverBegun => {
                self.look_again(self.after(limits::UNDOING));
                self.want(Effect::Undo { plan: plan.to_owned() });
            }
            UndoEnd::NotNow(why) => {
                self.note(format!("It is not taken back yet: {why}."));
                self.look_again(self.again_at());
            }
            UndoEnd::StillUnderWay => self.look_again(self.after(limits::TELLING)),
        }
    }

    /// Whoever had it taken back knows something that Scarlet does not: nothing else is begun.
    fn taken_back(&mut self, plan: &str, since: DateTime<Utc>) {
        self.note("It was taken back.");
        let is_wished = self.is_wished_back(plan);
        let told = if is_wished { WISHED } else { "it made things worse and was taken back" };
        self.conclude(Ending::Undone, told, Outcome::Worse, since);
        match is_wished && self.heal.after.is_none() {
            true => self.escalate("a person had the last action taken back"),
            false => self.next_strategy(),
        }
    }

    fn not_undone(&mut self, why: &str, since: DateTime<Utc>) {
        let is_wished = self.heal.proposal.as_ref().is_some_and(|proposal| self.is_wished_back(&proposal.plan.id));
        self.conclude(Ending::Worse, why, Outcome::Worse, since);
        let reason = if is_wished { "is wanted back by a person" } else { "made things worse" };
        self.escalate(&format!("the last action {reason} and is not known to be taken back: {why}"));
    }

    /// No answer in time: it is asked what became of it, a few times.
    pub(super) fn undoing_is_late(&mut self) {
        let Stage::Undoing { since, .. } = self.heal.stage.clone() else { return };
        let Some(plan) = self.heal.proposal.as_ref().map(|proposal| proposal.plan.id.clone()) else {
            return self.escalate("what was to be taken back cannot be found any more");
        };
        if self.stumble() {
            return self.not_undone("it could not be found out what became of the undo, or it could not begin", since);
        }
        self.look_again(self.after(limits::UNDOING));
        self.want(Effect::AskAfterUndo { plan });
    }
}
