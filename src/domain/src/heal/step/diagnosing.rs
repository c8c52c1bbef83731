//! Looking for the cause.

use super::turn::Turn;
use crate::heal::{Diagnosis, Mode, Stage};

impl Turn {
    pub(super) fn diagnosed(&mut self, round: u32, found: &Result<Box<Diagnosis>, String>) {
        if self.heal.stage != Stage::Diagnosing || round != self.heal.diagnoses {
            return;
        }
        match found {
            Ok(diagnosis) => self.found(diagnosis),
            Err(why) => self.not_diagnosed(why),
        }
    }

    fn found(&mut self, diagnosis: &Diagnosis) {
        let mut diagnosis = diagnosis.clone();
        diagnosis.bound();
        let told = diagnosis.told();
        let is_new = self.heal.diagnosis.as_ref().is_none_or(|before| before.told() != told);
        let has_cause = diagnosis.first().is_some();
        self.heal.diagnosis = Some(diagnosis);
        if has_cause {
            self.heal.stumbles = 0;
        }
        if is_new {
            self.note(told);
        }
        match self.heal.after.take() {
            Some(crate::heal::After::Handed(to)) => self.hand_to(to),
            _ if has_cause => self.plan(),
            _ if self.heal.mode == Mode::Observe => self.watch(),
            _ => self.without_cause(),
        }
    }

    /// What has just begun shows its cause a little later, and a look that failed may succeed: people are not called
    /// before it was looked for a few times.
    fn without_cause(&mut self) {
        if self.stumble() {
            return self.escalate("no cause was found");
        }
        let at = self.again_at();
        self.go(Stage::Open, at);
    }

    fn not_diagnosed(&mut self, why: &str) {
        if self.stumble() {
            return self.escalate(&format!("it could not be looked into: {why}"));
        }
        // The round counts: the next look is another one, and what comes late of this one does nothing.
        let at = self.again_at();
        self.go(Stage::Open, at);
    }

    pub(super) fn diagnosing_is_late(&mut self) {
        self.not_diagnosed("the looks did not end in time");
    }
}
