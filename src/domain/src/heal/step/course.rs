//! The turns that many steps take: looking, planning, handing to people, ending.

use super::turn::{Turn, later};
use crate::heal::{After, Effect, Mode, Owed, Stage, limits, told};

impl Turn {
    /// Looks for the cause, from the beginning.
    pub(super) fn diagnose(&mut self) {
        if self.heal.diagnoses >= limits::DIAGNOSES {
            let why = format!("it was looked into {} times without an end", self.heal.diagnoses);
            return self.escalate(&why);
        }
        self.heal.diagnoses = self.heal.diagnoses.saturating_add(1);
        self.go(Stage::Diagnosing, self.after(limits::DIAGNOSING));
        self.want(Effect::Diagnose { round: self.heal.diagnoses });
    }

    /// Wants a plan.
    pub(super) fn plan(&mut self) {
        if self.heal.failed_in_a_row >= limits::FAILED_HEALS {
            return self.too_many_failed();
        }
        if self.heal.plans >= limits::PLANS {
            let why = format!("{} plans were made for it without an end", self.heal.plans);
            return self.escalate(&why);
        }
        self.heal.plans = self.heal.plans.saturating_add(1);
        self.heal.proposal = None;
        self.go(Stage::Deciding, self.after(limits::DECIDING));
        self.want(Effect::Plan { number: self.heal.plans });
    }

    pub(super) fn too_many_failed(&mut self) {
        let failed = self.heal.failed_in_a_row;
        let text = format!("{failed} heals of {} failed in a row.", self.heal.incident);
        self.alert("heals-failed", text);
        self.escalate(&format!("{failed} heals in a row did not help"));
    }

    /// A signal about Scarlet herself, once until it is over.
    pub(super) fn alert(&mut self, name: &str, text: String) {
        if self.heal.alerts.insert(name.to_owned()) {
            self.owe(Owed::Alert { name: name.to_owned(), text, is_over: false });
        }
    }

    /// Hands everything to people. Where Scarlet only watches nobody is told: what she found stands in the incident.
    pub(super) fn escalate(&mut self, why: &str) {
        self.withdraw("The incident was handed over to people.");
        self.heal.proposal = None;
        self.heal.stumbles = 0;
        if self.heal.mode != Mode::Live {
            self.note(format!("Would hand it over to people: {why}."));
            return self.watch();
        }
        self.note(format!("Handed over to people: {why}."));
        let why = told::escalation(&self.heal, why);
        self.tell_people(why, 0);
    }

    pub(super) fn tell_people(&mut self, why: String, round: u32) {
        let key = self.heal.escalation_key();
        self.page(&key);
        self.go(Stage::Escalating { why: why.clone(), round }, self.after(limits::TELLING));
        self.want(Effect::Escalate { why, key });
    }

    pub(super) fn watch(&mut self) {
        self.go(Stage::Watching, self.after(limits::LONGEST_WAIT));
    }

    /// It is over; it is remembered, and may come back for a while.
    pub(super) fn resolve(&mut self, healed: bool) {
        self.heal.proposal = None;
        self.heal.after = None;
        self.heal.stumbles = 0;
        if healed {
            self.heal.failed_in_a_row = 0;
        }
        for name in std::mem::take(&mut self.heal.alerts) {
            let text = format!("{} is over.", self.heal.incident);
            self.owe(Owed::Alert { name, text, is_over: true });
        }
        self.tell_over(healed);
        let closes_at = later(self.now, limits::REOPENING);
        self.go(Stage::Resolved { closes_at, healed, shown: false }, closes_at);
    }

    /// After an action ended without having helped: people where they took over, otherwise the next strategy.
    pub(super) fn next_strategy(&mut self) {
        self.heal.proposal = None;
        self.heal.stumbles = 0;
        match self.heal.after.take() {
            Some(After::Over) => self.resolve(false),
            Some(After::Handed(to)) => self.hand_to(to),
            Some(After::Escalated(why)) => self.escalate(&why),
            None if self.heal.failed_in_a_row >= limits::FAILED_HEALS => self.too_many_failed(),
            None if self.heal.mode != Mode::Live => self.watch(),
            None => self.diagnose(),
        }
    }

    pub(super) fn hand_to(&mut self, to: String) {
        self.go(Stage::Handed { to }, self.after(limits::LONGEST_WAIT));
    }
}
