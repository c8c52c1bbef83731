//! The value while a step works on it, and what all steps need.

use crate::heal::{Attempt, Debt, Effect, Ending, Heal, Owed, Stage, limits};
use chrono::{DateTime, TimeDelta, Utc};

/// One step's work.
pub(super) struct Turn {
    pub(super) heal: Heal,
    pub(super) now: DateTime<Utc>,
    effects: Vec<Effect>,
}

impl Turn {
    /// Time never runs back for a healing: what a clock that is behind shows counts as the time of the last change.
    pub(super) fn new(heal: &Heal, now: DateTime<Utc>) -> Self {
        Self { heal: heal.clone(), now: now.max(heal.changed_at), effects: Vec::new() }
    }

    /// The result. What changed is stamped; what did not is the same value, so that nothing is written.
    pub(super) fn finish(mut self, before: &Heal) -> (Heal, Vec<Effect>) {
        self.forget_reminders();
        self.heal.state = self.heal.stage.name().to_owned();
        if self.heal != *before {
            self.heal.changed_at = self.now;
        }
        (self.heal, self.effects)
    }

    pub(super) fn after(&self, by: TimeDelta) -> DateTime<Utc> {
        later(self.now, by)
    }

    /// Goes to a stage that is looked at again at this time, and never later than the longest wait.
    pub(super) fn go(&mut self, stage: Stage, next_at: DateTime<Utc>) {
        self.heal.stage = stage;
        self.look_again(next_at);
    }

    pub(super) fn look_again(&mut self, at: DateTime<Utc>) {
        self.heal.next_at = Some(at.clamp(self.now, self.after(limits::LONGEST_WAIT)));
    }

    pub(super) fn want(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Owes something until it is paid, and pays it now.
    pub(super) fn owe(&mut self, what: Owed) {
        let key = format!("{}.d{}", self.heal.incident, self.heal.next_debt);
        self.heal.next_debt = self.heal.next_debt.saturating_add(1);
        self.make_room();
        self.heal.owed.push(Debt { key: key.clone(), what: what.clone(), since: self.now });
        self.want(Effect::Pay { key, what });
    }

    /// Of debts without room the oldest sentence goes, and nothing else before all sentences are gone.
    fn make_room(&mut self) {
        while self.heal.owed.len() >= limits::DEBTS {
            let note = self.heal.owed.iter().position(|debt| matches!(debt.what, Owed::Note { .. }));
            self.heal.owed.remove(note.unwrap_or(0));
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.owe(Owed::Note { text: text.into() });
    }

    pub(super) fn paid(&mut self, key: &str) {
        let Some(at) = self.heal.owed.iter().position(|debt| debt.key == key) else { return };
        if let Owed::TellOver { pages, .. } = self.heal.owed.remove(at).what {
            self.heard_over(&pages);
        }
    }

    /// What was not paid is paid again: whoever was about to is gone, or could not.
    pub(super) fn dun(&mut self) {
        for debt in self.heal.owed.clone() {
            self.want(Effect::Pay { key: debt.key, what: debt.what });
        }
    }

    /// Of an approval that is not waited for any more nobody is reminded.
    fn forget_reminders(&mut self) {
        let approval = self.heal.stage.approval();
        let is_idle = |what: &Owed| matches!(what, Owed::Remind { approval: of } if approval != Some(of.as_str()));
        self.heal.owed.retain(|debt| !is_idle(&debt.what));
        self.effects.retain(|effect| !matches!(effect, Effect::Pay { what, .. } if is_idle(what)));
    }

    /// Ends an approval that is not needed any more, where one stands.
    pub(super) fn withdraw(&mut self, why: &str) {
        if let Some(approval) = self.heal.stage.approval().map(str::to_owned) {
            self.owe(Owed::Withdraw { approval, why: why.to_owned() });
        }
    }

    /// The proposal is dropped without anything having been done.
    pub(super) fn drop_proposal(&mut self, outcome: Ending, told: &str) {
        let approved = false;
        self.write_attempt(outcome, told, approved);
        self.heal.proposal = None;
    }

    /// Writes how the present plan came out: into its entry, or as a new one.
    pub(super) fn write_attempt(&mut self, outcome: Ending, told: &str, approved: bool) {
        let Some(proposal) = &self.heal.proposal else { return };
        let (plan, now) = (&proposal.plan, self.now);
        let ended = (outcome != Ending::UnderWay).then_some(now);
        if let Some(attempt) = self.heal.attempts.iter_mut().find(|attempt| attempt.plan == plan.id) {
            (attempt.outcome, attempt.ended) = (outcome, ended);
            told.clone_into(&mut attempt.told);
            return;
        }
        self.heal.attempts.push(Attempt {
            plan: plan.id.clone(),
            digest: proposal.digest.clone(),
            symptom: plan.symptom.clone(),
            action: plan.action.name().to_owned(),
            object: plan.object.clone(),
            approved,
            outcome,
            told: told.to_owned(),
            started: now,
            ended,
        });
    }

    /// One more failure of what is waited for; `true` where there were too many.
    pub(super) fn stumble(&mut self) -> bool {
        self.heal.stumbles = self.heal.stumbles.saturating_add(1);
        self.heal.stumbles >= limits::STUMBLES
    }

    /// When to try again after so many failures: doubled each time.
    pub(super) fn again_at(&self) -> DateTime<Utc> {
        let factor = 1_i32.checked_shl(self.heal.stumbles.min(10)).unwrap_or(i32::MAX);
        self.after(limits::AGAIN.checked_mul(factor).unwrap_or(limits::TELLING_AGAIN).min(limits::TELLING_AGAIN))
    }
}

/// A time after another; the last time that can be told where there is none.
pub(super) fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
