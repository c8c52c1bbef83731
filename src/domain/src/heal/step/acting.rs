//! What the executor says.

use super::turn::{Turn, later};
use crate::heal::{After, By, Effect, End, Ending, GuardRefusal, Owed, Stage, limits};
use crate::learning::Lesson;
use crate::verification::Outcome;
use chrono::{DateTime, TimeDelta, Utc};

impl Turn {
    pub(super) fn ended(&mut self, plan: &str, end: &End) {
        let Stage::Acting { by, since } = self.heal.stage.clone() else { return };
        if !self.is_about(plan) {
            return;
        }
        match end {
            End::Done { at } => self.done(by, *at),
            End::Refused { by: guard, why } => self.refused(guard, why),
            End::Stale { why } => {
                self.nothing_done(&format!("Nothing was done: {why}. It is planned anew."));
                self.plan_unless_people_have_it();
            }
            End::NeverBegun { why } => {
                self.nothing_done(&format!("Nothing was done: {why}."));
                self.plan_unless_people_have_it();
            }
            End::Failed { why } => self.failed(Ending::Failed, why, since),
            End::Unknown { why } => self.unknown(why, since),
            End::StillUnderWay => self.look_again(self.after(limits::TELLING)),
        }
    }

    pub(super) fn is_about(&self, plan: &str) -> bool {
        self.heal.proposal.as_ref().is_some_and(|proposal| proposal.plan.id == plan)
    }

    fn done(&mut self, by: By, at: DateTime<Utc>) {
        let Some(proposal) = self.heal.proposal.clone() else { return };
        self.heal.stumbles = 0;
        let check = &proposal.plan.success_check;
        let window = TimeDelta::seconds(check.window_seconds.into()).min(limits::LONGEST_WINDOW);
        let settle = TimeDelta::seconds(check.settle_seconds.into()).min(window);
        // A clock that differs must not shorten the window.
        let since = at.min(self.now);
        self.note(format!("Did {}; looks whether it helps.", proposal.summary()));
        let until = later(since, window);
        self.go(Stage::Verifying { by, since, until }, later(since, settle));
        self.take_back_if_wished();
    }

    /// An approval that was not used up is not left standing: the next plan is asked for anew.
    fn nothing_done(&mut self, told: &str) {
        if let Stage::Acting { by: By::Approval(approval), .. } = &self.heal.stage {
            let approval = approval.clone();
            self.owe(Owed::Withdraw { approval, why: told.to_owned() });
        }
        self.note(told);
        self.drop_proposal(Ending::NotBegun, told);
    }

    /// Counts as a stumble: what is stale each time must not be planned for ever.
    fn plan_unless_people_have_it(&mut self) {
        if self.heal.after.is_some() {
            return self.next_strategy();
        }
        if self.stumble() {
            return self.escalate("what was planned could not begin, again and again");
        }
        // By way of a rest: the incident goes back to deciding, and a plan is made of what stands then.
        let until = self.again_at();
        self.go(Stage::Resting { until }, until);
    }

    fn refused(&mut self, guard: &GuardRefusal, why: &str) {
        let told = format!("Nothing was done: {why}.");
        self.nothing_done(&told);
        if self.heal.after.is_some() {
            return self.next_strategy();
        }
        match guard {
            GuardRefusal::Until(at) => {
                if self.stumble() {
                    return self.escalate(why);
                }
                let until = (*at).clamp(self.now, self.after(limits::RESTING));
                self.go(Stage::Resting { until }, until);
            }
            GuardRefusal::DecideAnew => self.plan_unless_people_have_it(),
            // The other process takes it over; should there be none, this one looks again.
            GuardRefusal::NotLeader => {
                self.go(Stage::Resting { until: self.after(limits::TELLING) }, self.after(limits::TELLING))
            }
            GuardRefusal::People => self.escalate(why),
        }
    }

    fn failed(&mut self, ending: Ending, why: &str, since: DateTime<Utc>) {
        self.note(format!("It failed: {why}."));
        self.conclude(ending, why, Outcome::Same, since);
        self.next_strategy();
    }

    /// What may have had an effect is people's to look at: nothing else is begun on top of it.
    fn unknown(&mut self, why: &str, since: DateTime<Utc>) {
        self.conclude(Ending::Unknown, why, Outcome::CannotTell, since);
        self.escalate(&format!("nobody knows whether the last action had an effect: {why}"));
    }

    /// Writes how it came out, counts it, frees its guards, and learns of it.
    pub(super) fn conclude(&mut self, ending: Ending, told: &str, outcome: Outcome, since: DateTime<Utc>) {
        let Some(proposal) = self.heal.proposal.clone() else { return };
        let approved = !matches!(
            &self.heal.stage,
            Stage::Acting { by: By::Policy, .. }
                | Stage::Verifying { by: By::Policy, .. }
                | Stage::Undoing { by: By::Policy, .. }
        );
        self.write_attempt(ending, told, approved);
        if ending.is_failed() {
            self.heal.failed_in_a_row = self.heal.failed_in_a_row.saturating_add(1);
        }
        let plan = &proposal.plan;
        self.owe(Owed::Conclude { plan: plan.id.clone(), outcome });
        let seconds = u32::try_from((self.now - since).num_seconds().max(0)).unwrap_or(u32::MAX);
        self.owe(Owed::Learn(Lesson {
            id: plan.id.clone(),
            symptom: plan.symptom.clone(),
            action: plan.action.name().to_owned(),
            environment: plan.environment.clone(),
            outcome,
            approved,
            undone: ending == Ending::Undone,
            seconds,
            at: self.now,
        }));
    }

    /// No answer in time: it is asked what became of it, a few times.
    pub(super) fn acting_is_late(&mut self) {
        let Stage::Acting { since, .. } = self.heal.stage.clone() else { return };
        let Some(plan) = self.heal.proposal.as_ref().map(|proposal| proposal.plan.id.clone()) else {
            return self.escalate("what was begun cannot be found any more");
        };
        if self.stumble() {
            return self.unknown("the executor does not tell what became of it", since);
        }
        self.look_again(self.after(limits::ACTING));
        self.want(Effect::AskAfter { plan });
    }

    /// People took over while it was under way: what becomes of the incident afterwards.
    pub(super) fn afterwards(&mut self, after: After) {
        if self.heal.after.as_ref() != Some(&after) {
            self.heal.after = Some(after);
        }
    }
}
