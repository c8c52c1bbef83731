//! One action, from the guards to its effect.

use super::ending::Answer;
use super::journal::Journal;
use super::outcome::{Ended, Progress, Stage};
use super::{Executor, Inner};
use chrono::{DateTime, Utc};
use domain::action::ActCall;
use domain::aftermath::{self, Before, Sight};
use domain::audit::Record;
use domain::envelope::FailureKind;
use domain::guard::{Outcome, Request, Start, Started, Target};
use domain::plan::{Granted, Plan};
use ports::guards::Unguarded;
use ports::hands::{ActError, Step};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One action.
pub(super) struct Deed {
    /// Its id.
    pub(super) action: String,
    pub(super) granted: Arc<Granted>,
    pub(super) way: Way,
}

/// Which way.
pub(super) enum Way {
    /// It does what the plan says.
    Forward {
        /// What else is locked.
        chain: BTreeSet<String>,
    },
    /// It takes that back.
    Back {
        /// The fencing token of what it takes back.
        token: u64,
        /// What was seen right before that.
        before: Box<Before>,
        /// What was seen right after it.
        after: Option<Box<Before>>,
    },
}

/// Why an action is given up before its effect.
pub(super) enum Stop {
    /// The object is not as it was decided upon.
    Stale(String),
    /// Something else.
    Otherwise(String),
}

impl Deed {
    /// The call; `None` where the plan is not granted for it.
    pub(super) fn call(&self) -> Option<&ActCall> {
        match self.way {
            Way::Forward { .. } => self.granted.forward(),
            Way::Back { .. } => self.granted.backward(),
        }
    }

    /// The action that it takes back.
    pub(super) fn undoes(&self) -> Option<String> {
        matches!(self.way, Way::Back { .. }).then(|| Executor::action_of(self.granted.digest()))
    }

    /// Whether it takes back what another process did, or an earlier life of this one.
    fn is_found(&self) -> bool {
        matches!(self.way, Way::Back { .. }) && self.granted.forward().is_none()
    }

    fn target(&self) -> Target {
        let plan = self.granted.plan();
        Target { environment: plan.environment.clone(), object: plan.object.clone() }
    }

    /// The id of the permission for this call, for the so-manieth try.
    pub(super) fn grant(&self, attempt: u32) -> String {
        format!("{} {attempt}", self.action)
    }

    pub(super) fn step(&self, seen: &Before) -> Step {
        match self.way {
            Way::Forward { .. } => Step::Forward { resource_version: seen.resource_version.clone() },
            Way::Back { .. } => Step::Undo { resource_version: seen.resource_version.clone() },
        }
    }
}

impl Inner {
    pub(super) async fn run(&self, deed: Deed) -> Ended {
        let Some(call) = deed.call().cloned() else {
            return Ended::not_begun("the plan is not granted for this, or nothing takes it back");
        };
        let (started, leader) = match self.begin(&deed, &call).await {
            Ok(begun) => begun,
            Err(ended) => return ended,
        };
        self.tell(&deed, Stage::Begun, "the guards let it begin");
        match self.prepare(&deed, &call, started.token, leader).await {
            Ok(before) => {
                self.tell(&deed, Stage::Acting, "the change is made");
                let answer = self.effect(&deed, &call, &before, (started.token, leader)).await;
                let ended = self.end(&deed, &call, &before, answer, started.token).await;
                self.tell(&deed, Stage::Over, &ended.to_string());
                ended
            }
            Err(stop) => {
                let ended = self.give_up(&deed, started.token, stop).await;
                self.tell(&deed, Stage::Over, &ended.to_string());
                ended
            }
        }
    }

    pub(super) fn tell(&self, deed: &Deed, stage: Stage, told: &str) {
        let plan = deed.granted.plan();
        (self.telling)(Progress {
            action: deed.action.clone(),
            incident: plan.incident.clone(),
            plan: plan.id.clone(),
            object: plan.object.clone(),
            stage,
            told: told.to_owned(),
        });
    }

    /// The guards' word: the start, and the token of the lead under which it was given.
    async fn begin(&self, deed: &Deed, call: &ActCall) -> Result<(Started, u64), Ended> {
        let plan = deed.granted.plan();
        let leader = self.leading.token().ok_or_else(|| Ended::not_begun("another process leads, and acts"))?;
        let now = self.clock.now();
        let (start, chain) = match &deed.way {
            Way::Forward { .. } if deed.granted.is_expired(now) => {
                return Err(Ended::not_begun(format!("the plan expired at {}: plan anew", plan.expires_at)));
            }
            Way::Forward { chain } if deed.granted.is_automatic() => (Start::Automatic { leader }, chain.clone()),
            Way::Forward { chain } => (Start::Approved, chain.clone()),
            Way::Back { token, .. } => {
                let of = Executor::action_of(deed.granted.digest());
                let start = match deed.is_found() {
                    true => Start::UndoFound { of, token: *token },
                    false => Start::Undo { of, token: *token },
                };
                (start, BTreeSet::new())
            }
        };
        let deadline = now.checked_add_signed(self.limits.held_for(plan, call)).unwrap_or(now);
        let request = Request {
            id: deed.action.clone(),
            plan: deed.granted.digest().to_owned(),
            target: deed.target(),
            chain,
            start,
            deadline,
        };
        match self.guards.begin(&request).await {
            Ok(started) => Ok((started, leader)),
            Err(Unguarded::Refused(refusal)) => {
                Err(Ended::NotBegun { why: refusal.to_string(), refusal: Some(refusal) })
            }
            // It may stand there: then its locks end by themselves, or by the next recovery.
            Err(Unguarded::Unavailable(why)) => Err(Ended::not_begun(why)),
        }
    }

    /// Journal, look, and the last questions. What comes back is what was seen right before the effect.
    async fn prepare(&self, deed: &Deed, call: &ActCall, token: u64, leader: u64) -> Result<Before, Stop> {
        let unwritten = |error| Stop::Otherwise(format!("it could not be journaled, so it is not done: {error}"));
        self.journal.intend(deed, token).await.map_err(unwritten)?;
        self.tell(deed, Stage::Looking, "the object is looked at again");
        let before = self.look(deed, call).await?;
        self.may_act(deed, token, leader).await?;
        self.journal.begin(deed, &before).await.map_err(unwritten)?;
        // Once more: writing may have taken long.
        self.may_act(deed, token, leader).await?;
        Ok(before)
    }

    /// Looks at the object, which must be as it was decided upon.
    pub(super) async fn look(&self, deed: &Deed, call: &ActCall) -> Result<Before, Stop> {
        let plan = deed.granted.plan();
        let sights = self.eyes.see(call, plan).await;
        let seen = aftermath::before(call, &sights).map_err(|why| Stop::Stale(format!("{}: {why}", plan.object)))?;
        match &deed.way {
            Way::Forward { .. } => match changed(plan, call, &seen, &sights) {
                Some(why) => Err(Stop::Stale(format!("{}: {why}", plan.object))),
                None => Ok(seen),
            },
            Way::Back { before, after, .. } => {
                self.hold_as_left(deed, before, after.as_deref(), (&seen, &sights))?;
                Ok(seen)
            }
        }
    }

    /// An undo takes back what the action left, and nothing that somebody else did since.
    fn hold_as_left(
        &self,
        deed: &Deed,
        before: &Before,
        after: Option<&Before>,
        (seen, sights): (&Before, &[Sight]),
    ) -> Result<(), Stop> {
        let plan = deed.granted.plan();
        if aftermath::looks(&plan.call, &plan.object).is_empty() {
            return Ok(());
        }
        let is_as_left = after.is_some_and(|after| {
            after.uid == seen.uid && after.part == seen.part && after.generation == seen.generation
        });
        let is_done = || aftermath::judge(&plan.call, before, sights) == aftermath::Aftermath::Done;
        if is_as_left || is_done() {
            return Ok(());
        }
        Err(Stop::Stale(format!("{} is not as the action left it; nothing is taken back", plan.object)))
    }

    /// Everything that may have changed since it began.
    pub(super) async fn may_act(&self, deed: &Deed, token: u64, leader: u64) -> Result<(), Stop> {
        let guards = self.guards.status().await.map_err(|error| Stop::Otherwise(error.to_string()))?;
        let now = self.clock.now();
        guards.holds(&deed.action, token, now).map_err(|refusal| Stop::Otherwise(refusal.to_string()))?;
        let is_forward = matches!(deed.way, Way::Forward { .. });
        if is_forward && deed.granted.is_expired(now) {
            return Err(Stop::Otherwise("the plan expired before it could be done".to_owned()));
        }
        // Somebody may have frozen or paused since it began. Only what this process did itself is taken back all the same.
        let held = guards.held(&deed.granted.plan().environment, deed.granted.digest(), now);
        if let Some(refusal) = held.filter(|_| is_forward || deed.is_found()) {
            return Err(Stop::Otherwise(refusal.to_string()));
        }
        if self.leading.token() != Some(leader) {
            return Err(Stop::Otherwise("another process leads now".to_owned()));
        }
        Ok(())
    }

    /// The call itself, in a task that nobody cuts. A call that came too late for a status that moves is made anew on a
    /// new look, which must show what the plan is for: the server said that nothing was done.
    async fn effect(&self, deed: &Deed, call: &ActCall, before: &Before, hold: (u64, u64)) -> Answer {
        const TRIES: u32 = 3;
        let mut seen = before.clone();
        let mut attempt = 1;
        loop {
            let answer = self.act(deed, call, &seen, attempt).await;
            let is_late = match &answer {
                Answer::Told(told) => {
                    matches!(&**told, Err(ActError::Refused(failure)) if failure.kind == FailureKind::Conflict)
                }
                _ => false,
            };
            if !is_late || attempt >= TRIES {
                return answer;
            }
            attempt += 1;
            match self.look(deed, call).await {
                Ok(found) => seen = found,
                Err(_) => return answer,
            }
            if self.may_act(deed, hold.0, hold.1).await.is_err() {
                return answer;
            }
        }
    }

    async fn act(&self, deed: &Deed, call: &ActCall, seen: &Before, attempt: u32) -> Answer {
        let (hands, granted) = (Arc::clone(&self.hands), Arc::clone(&deed.granted));
        let (step, grant) = (deed.step(seen), deed.grant(attempt));
        let task = self.tasks.spawn(async move { hands.act(&granted, step, &grant).await });
        let limit = self.limits.act_deadline_of(call);
        match tokio::time::timeout(limit, task).await {
            Ok(Ok(answer)) => Answer::Told(Box::new(answer)),
            Ok(Err(error)) => Answer::Lost(format!("the call ended by a mistake of this program: {error}")),
            Err(_elapsed) => Answer::StillRuns(format!("no answer came within {} s", limit.as_secs())),
        }
    }

    /// Gives an action up before its effect: the journal first, then the locks.
    async fn give_up(&self, deed: &Deed, token: u64, stop: Stop) -> Ended {
        let (why, is_stale) = match stop {
            Stop::Stale(why) => (why, true),
            Stop::Otherwise(why) => (why, false),
        };
        let record = self.journal.abandoned(deed, &why);
        self.write_end(&deed.action, record).await;
        self.free(&deed.action, token, Outcome::NothingDone).await;
        if is_stale { Ended::Stale { why } } else { Ended::Abandoned { why } }
    }

    /// Writes an end, or keeps it until it can be written.
    pub(super) async fn write_end(&self, action: &str, record: Record) {
        if let Err(error) = self.journal.write_surely(&record).await {
            tracing::error!(action, %error, "the end of an action could not be journaled yet");
            self.in_hand.keep(action, record);
        }
    }

    /// Frees the locks; where that fails, the next recovery does it, or their deadline.
    pub(super) async fn free(&self, action: &str, token: u64, outcome: Outcome) {
        match self.guards.end(action, token, outcome).await {
            Ok(()) | Err(Unguarded::Refused(_)) => {}
            Err(error) => tracing::error!(action, %error, "the locks of an action could not be freed yet"),
        }
    }

    /// What the object is like after the effect, for an undo that may come.
    pub(super) async fn after(&self, call: &ActCall, deed: &Deed) -> Option<Before> {
        aftermath::before(call, &self.eyes.see(call, deed.granted.plan()).await).ok()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }
}

/// How the object differs from what the plan is bound to; `None` where it does not. Its status may have moved.
fn changed(plan: &Plan, call: &ActCall, seen: &Before, sights: &[Sight]) -> Option<String> {
    let Some(pinned) = &plan.pinned else {
        let (planned, found) = (&plan.resource_version, &seen.resource_version);
        let is_other = !found.is_empty() && found != planned;
        return is_other.then(|| format!("it has version {found} now, and the plan was made for {planned}"));
    };
    match aftermath::pinned(call, sights) {
        Some(found) => pinned.difference(&found),
        None => Some("nothing tells whether it is as it was when the plan was made".to_owned()),
    }
}
