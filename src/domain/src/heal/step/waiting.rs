//! Waiting for people, and the moment at which what was granted begins.

use super::turn::Turn;
use crate::approval::State as ApprovalState;
use crate::heal::{By, Effect, Ending, Owed, Stage, limits, reminder_key};
use chrono::{DateTime, Utc};

/// Between two looks at an approval that is granted, or about to end.
const CLOSE_LOOK: chrono::TimeDelta = chrono::TimeDelta::seconds(1);

/// Between two looks at one that waits. Whoever hears of a word looks at once.
const LOOK: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

impl Turn {
    pub(super) fn asked(&mut self, approval: &str) {
        if let Stage::Waiting { approval: own, asked, .. } = &mut self.heal.stage
            && own == approval
            && !*asked
        {
            *asked = true;
            self.heal.stumbles = 0;
            self.wait_on();
        }
    }

    pub(super) fn not_asked(&mut self, approval: &str, why: &str, may_pass: bool) {
        let Stage::Waiting { approval: own, asked: false, .. } = &self.heal.stage else { return };
        if own != approval {
            return;
        }
        if !may_pass || self.stumble() {
            self.drop_proposal(Ending::NotBegun, why);
            return self.escalate(&format!("nobody could be asked: {why}"));
        }
        let at = self.again_at();
        self.look_again(at);
    }

    /// Asks where that is not done, reminds half way, looks how it stands.
    pub(super) fn wait_on(&mut self) {
        let Stage::Waiting { approval, since, expires_at, asked, reminded } = self.heal.stage.clone() else { return };
        if !asked && self.now < expires_at {
            self.look_again(self.after(limits::ASKING));
            return self.want(Effect::Ask { approval });
        }
        let half = since + (expires_at - since) / 2;
        if asked && !reminded && self.now >= half && self.now < expires_at {
            self.page(&reminder_key(&approval));
            self.owe(Owed::Remind { approval: approval.clone() });
        }
        let reminded = reminded || self.now >= half;
        let next = if reminded { expires_at } else { half };
        let at = next.min(self.after(LOOK)).max(self.after(CLOSE_LOOK));
        self.go(Stage::Waiting { approval: approval.clone(), since, expires_at, asked, reminded }, at);
        if self.now >= expires_at + limits::ASKING {
            // The approval should have told that it expired long ago; it is not waited for.
            return self.expired("Nobody approved it in time.");
        }
        self.want(Effect::LookAtApproval { approval });
    }

    pub(super) fn approval_seen(
        &mut self,
        approval: &str,
        state: Option<ApprovalState>,
        starts_at: Option<DateTime<Utc>>,
        ended: Option<&str>,
    ) {
        if self.heal.stage.approval() != Some(approval) {
            return;
        }
        match state {
            Some(ApprovalState::Pending) => self.still_pending(),
            Some(ApprovalState::Granted) => self.approved(starts_at),
            Some(ApprovalState::Started) => self.started_elsewhere(),
            Some(ApprovalState::Rejected) => self.rejected(ended),
            Some(ApprovalState::Expired) => {
                let told = ended.unwrap_or("Nobody approved it in time.");
                self.drop_proposal(Ending::NotBegun, told);
                self.heal.stage = Stage::Deciding;
                self.not_approved(told);
            }
            Some(ApprovalState::Withdrawn) => self.withdrawn(ended),
            None => self.not_kept(),
        }
    }

    /// A word was taken back: it waits again.
    fn still_pending(&mut self) {
        if let Stage::Granted { by: By::Approval(approval), expires_at, .. } = self.heal.stage.clone() {
            self.note("The approval was taken back; it waits again.");
            let since = self.now;
            let stage = Stage::Waiting { approval, since, expires_at, asked: true, reminded: true };
            self.go(stage, self.after(CLOSE_LOOK));
        }
    }

    fn approved(&mut self, starts_at: Option<DateTime<Utc>>) {
        let (approval, expires_at) = match &self.heal.stage {
            Stage::Waiting { approval, expires_at, .. } => (approval.clone(), *expires_at),
            Stage::Granted { by: By::Approval(approval), expires_at, .. } => (approval.clone(), *expires_at),
            _ => return,
        };
        let Some(starts_at) = starts_at else { return };
        if matches!(self.heal.stage, Stage::Waiting { .. }) {
            self.note("Approved; it begins after the countdown.");
        }
        self.go(Stage::Granted { by: By::Approval(approval), starts_at, expires_at }, starts_at);
    }

    /// Who started it was this healing, before a crash: what became of it is asked for.
    fn started_elsewhere(&mut self) {
        let Some(approval) = self.heal.stage.approval().map(str::to_owned) else { return };
        self.write_attempt(Ending::UnderWay, "it may have begun", true);
        self.go(Stage::Acting { by: By::Approval(approval.clone()), since: self.now }, self.after(limits::ACTING));
        self.want(Effect::AskAfter { plan: approval });
    }

    /// A person's no is not answered with the next question: people have it.
    fn rejected(&mut self, ended: Option<&str>) {
        let told = ended.unwrap_or("A person said no.");
        self.drop_proposal(Ending::Rejected, told);
        // It has ended: there is nothing to withdraw.
        self.heal.stage = Stage::Deciding;
        self.escalate(&format!("the plan was rejected: {}", told.trim_end_matches('.')));
    }

    fn expired(&mut self, ended: &str) {
        self.drop_proposal(Ending::NotBegun, ended);
        self.not_approved(ended);
    }

    /// Handed over at expiry.
    fn not_approved(&mut self, told: &str) {
        self.escalate(&format!("the plan was not approved: {}", told.trim_end_matches('.')));
    }

    fn withdrawn(&mut self, ended: Option<&str>) {
        self.drop_proposal(Ending::NotBegun, ended.unwrap_or("the approval was withdrawn"));
        self.plan();
    }

    /// Asking was not kept, or the approval is gone.
    fn not_kept(&mut self) {
        match self.heal.stage.clone() {
            // Known not to be kept: it is asked again at the stage's own time, which no look may put off.
            Stage::Waiting { asked: false, .. } => {}
            Stage::Waiting { approval, since, expires_at, reminded, .. } => {
                let stage = Stage::Waiting { approval, since, expires_at, asked: false, reminded };
                let at = self.after(CLOSE_LOOK);
                self.go(stage, at);
            }
            _ => {
                self.drop_proposal(Ending::NotBegun, "the approval is gone");
                self.plan();
            }
        }
    }

    /// The moment of a granted plan.
    pub(super) fn begin_if_time(&mut self) {
        let Stage::Granted { by, starts_at, expires_at } = self.heal.stage.clone() else { return };
        let Some(plan) = self.heal.proposal.as_ref().map(|proposal| proposal.plan.id.clone()) else {
            return self.plan();
        };
        if !self.is_live() {
            return;
        }
        if self.heal.failed_in_a_row >= limits::FAILED_HEALS {
            return self.too_many_failed();
        }
        if self.now < starts_at {
            return self.look_again(starts_at);
        }
        if self.now >= expires_at {
            self.withdraw("The plan expired before it began.");
            self.drop_proposal(Ending::NotBegun, "the plan expired before it began");
            return self.plan();
        }
        self.write_attempt(Ending::UnderWay, "it has begun", by != By::Policy);
        self.go(Stage::Acting { by, since: self.now }, self.after(limits::ACTING));
        self.want(Effect::Act { plan });
    }
}
