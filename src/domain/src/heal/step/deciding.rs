//! What follows of a plan and its verdict.

use super::turn::Turn;
use crate::heal::{By, Effect, Ending, Mode, Proposal, Stage, limits};
use crate::policy::{Gate, Verdict};

/// Below this confidence, per mille, people hear that Scarlet is not sure (A14).
const LOW_CONFIDENCE: u16 = 600;

impl Turn {
    pub(super) fn planned(&mut self, number: u32, proposal: &Proposal) {
        if !self.awaits_plan(number) || proposal.plan.id != self.heal.current_plan() {
            return;
        }
        self.heal.stumbles = 0;
        self.heal.proposal = Some(Box::new(proposal.clone()));
        if proposal.decision.score < LOW_CONFIDENCE {
            let text =
                format!("The confidence in {} is low: {} per mille.", self.heal.incident, proposal.decision.score);
            self.alert("confidence-low", text);
        }
        let is_held_by = |gate: Gate| proposal.decision.gates.iter().any(|finding| finding.gate == gate);
        if is_held_by(Gate::Rate) {
            let environment = &self.heal.environment;
            let text =
                format!("{environment} had all its automatic actions of this hour; {} waits.", self.heal.incident);
            self.alert("cap-reached", text);
        }
        if is_held_by(Gate::Leader) {
            // The other process takes it over; should there be none, this one plans anew.
            self.drop_proposal(Ending::NotBegun, "another process leads");
            let until = self.after(limits::TELLING);
            return self.go(Stage::Resting { until }, until);
        }
        if self.heal.mode != Mode::Live || proposal.decision.is_only_watched() {
            return self.only_watched(proposal);
        }
        if self.now >= proposal.plan.expires_at {
            self.drop_proposal(Ending::NotBegun, "the plan had expired before it was decided on");
            return self.plan();
        }
        self.follow(proposal);
    }

    fn follow(&mut self, proposal: &Proposal) {
        let decision = &proposal.decision;
        let expires_at = proposal.plan.expires_at;
        match decision.verdict {
            Verdict::Allow => {
                self.note(format!("Will {}: {}.", proposal.summary(), decision.told));
                self.go(Stage::Granted { by: By::Policy, starts_at: self.now, expires_at }, self.now);
            }
            Verdict::Ask => {
                let approval = proposal.plan.id.clone();
                let since = self.now;
                let stage =
                    Stage::Waiting { approval: approval.clone(), since, expires_at, asked: false, reminded: false };
                self.note(format!("Asks to {}: {}.", proposal.summary(), decision.told));
                self.go(stage, self.after(limits::ASKING));
                self.want(Effect::Ask { approval });
            }
            Verdict::Schedule => self.schedule(proposal),
            Verdict::Escalate | Verdict::Deny => {
                let why = format!("{} is not done: {}", proposal.summary(), decision.told);
                self.drop_proposal(Ending::NotBegun, &decision.told);
                self.escalate(&why);
            }
        }
    }

    /// What opens now is looked at in a minute; what nobody can name is nothing to wait for.
    fn schedule(&mut self, proposal: &Proposal) {
        let told = &proposal.decision.told;
        match proposal.decision.opens_at {
            Some(opens_at) => {
                let opens_at = opens_at.max(self.after(chrono::TimeDelta::minutes(1)));
                let at = opens_at.format("%Y-%m-%d %H:%M UTC");
                self.note(format!("Waits for {at} to {}: {told}.", proposal.summary()));
                self.drop_proposal(Ending::NotBegun, "it waits for the maintenance window");
                self.go(Stage::Scheduled { opens_at }, opens_at);
            }
            None => {
                let why = format!("{} would have to wait, and nobody can say for what: {told}", proposal.summary());
                self.drop_proposal(Ending::NotBegun, told);
                self.escalate(&why);
            }
        }
    }

    /// What would have been done is kept for the report of the shadow mode.
    fn only_watched(&mut self, proposal: &Proposal) {
        let (verdict, told) = proposal.decision.would();
        let level = proposal.decision.shadow.as_ref().map_or(String::new(), |shadow| format!(" at {}", shadow.level));
        self.note(format!(
            "Would {} ({verdict}{level}): {told}. Nothing is done: Scarlet only watches here.",
            proposal.summary()
        ));
        self.drop_proposal(Ending::OnlyWatched, told);
        self.watch();
    }

    fn awaits_plan(&self, number: u32) -> bool {
        self.heal.stage == Stage::Deciding && number == self.heal.plans
    }

    pub(super) fn nothing_to_do(&mut self, number: u32, why: &str) {
        if self.awaits_plan(number) {
            self.escalate(why);
        }
    }

    pub(super) fn not_planned(&mut self, number: u32, why: &str) {
        if self.awaits_plan(number) {
            self.plan_later(why);
        }
    }

    pub(super) fn deciding_is_late(&mut self) {
        self.plan_later("the plan was not made in time");
    }

    /// The number of the plan that failed is not used again: what comes late of it does nothing.
    pub(super) fn plan_later(&mut self, why: &str) {
        if self.stumble() {
            return self.escalate(&format!("no plan could be made: {why}"));
        }
        let until = self.again_at();
        self.heal.proposal = None;
        self.go(Stage::Resting { until }, until);
    }
}

impl Proposal {
    /// `rollout_undo Deployment shop/checkout`.
    pub fn summary(&self) -> String {
        format!("{} {}", self.plan.action.name(), self.plan.object)
    }
}
