//! What other processes, and earlier lives of this one, left open: looked after, and finished or given up.
//!
//! Guarantees: nothing is done again. An action whose effect had not begun is given up; of one whose effect may have begun
//! the object tells. Whoever might still act on it is fenced off first: the guards let it act no more. Actions that this
//! process works on, or verifies, are left alone.

use super::journal::{Story, Survey};
use super::outcome::{Recovered, Recovery};
use super::{Executor, Inner};
use domain::aftermath::{Aftermath, Before};
use domain::audit::{Kind, OpenAction, Outcome, Stage};
use domain::guard::{self, UnderWay};
use domain::plan::Plan;
use ports::guards::Unguarded;
use std::collections::BTreeSet;
use std::time::Duration;

/// Why nothing was recovered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRecovered {
    /// Another process leads.
    #[error("another process leads, and looks after what is open")]
    NotLeader,
    /// The store or the guards are away.
    #[error("what is open could not be read: {0}")]
    Unavailable(String),
}

impl Executor {
    /// Looks after everything that is open. To be called when this process begins to lead, before anything is carried out,
    /// and again when the store had been away. Answers with what was found, each action with what was made of it.
    ///
    /// # Errors
    /// [`NotRecovered`]: nothing was looked after.
    pub async fn recover(&self) -> Result<Vec<Recovered>, NotRecovered> {
        let _one_at_a_time = self.inner.recovering.lock().await;
        let Some(leader) = self.inner.leading.token() else { return Err(NotRecovered::NotLeader) };
        self.inner.recover(leader).await
    }

    /// Journals the ends of actions of this process that could not be journaled when they came. Each is tried once.
    ///
    /// # Errors
    /// The first that could not be written, with why: it is kept, and so is what comes after it. [`NotRecovered::NotLeader`]
    /// where there are any: whoever leads looks after them.
    pub async fn write_what_is_owed(&self) -> Result<(), NotRecovered> {
        if self.inner.in_hand.unwritten().is_empty() {
            return Ok(());
        }
        let _one_at_a_time = self.inner.recovering.lock().await;
        if self.inner.leading.token().is_none() {
            return Err(NotRecovered::NotLeader);
        }
        self.inner.write_what_is_owed().await
    }
}

/// What is known of an action that is open.
struct Found<'a> {
    action: &'a str,
    story: Option<&'a Story>,
    held: Option<&'a UnderWay>,
}

impl Inner {
    async fn write_what_is_owed(&self) -> Result<(), NotRecovered> {
        for (action, end) in self.in_hand.unwritten() {
            let written = self.journal().write(&end).await;
            written.map_err(|error| NotRecovered::Unavailable(error.to_string()))?;
            self.in_hand.written(&action);
        }
        Ok(())
    }

    /// `leader` is the lead under which it is done: with another one, whoever leads now looks after the rest.
    async fn recover(&self, leader: u64) -> Result<Vec<Recovered>, NotRecovered> {
        self.write_what_is_owed().await?;
        let guards = self.guards.status().await.map_err(|error| NotRecovered::Unavailable(error.to_string()))?;
        let held = guards.under_way();
        let wanted: BTreeSet<String> = held.iter().map(|action| action.id.clone()).collect();
        let survey = self.journal().survey(&wanted).await;
        let survey = survey.map_err(|error| NotRecovered::Unavailable(error.to_string()))?;
        let mut recovered = Vec::new();
        let leads = || self.leading.token() == Some(leader);
        for open in survey.open.iter().filter(|open| !self.in_hand.has(&open.action)).take_while(|_| leads()) {
            let held = held.iter().find(|action| action.id == open.action);
            recovered.push(self.settle(open, &survey, held).await);
        }
        let is_open = |action: &UnderWay| survey.open.iter().any(|open| open.action == action.id);
        let left = held.iter().filter(|action| !is_open(action) && !self.in_hand.has(&action.id));
        for held in left.take_while(|_| leads()) {
            recovered.push(self.settle_held(held, survey.stories.get(&held.id)).await);
        }
        recovered.iter().for_each(|found| tracing::warn!(action = found.action, "{found}"));
        if leads() { Ok(recovered) } else { Err(NotRecovered::NotLeader) }
    }

    /// One action without an end.
    async fn settle(&self, open: &OpenAction, survey: &Survey, held: Option<&UnderWay>) -> Recovered {
        let found = Found { action: &open.action, story: survey.stories.get(&open.action), held };
        let recovery = match (open.stage, found.story) {
            (_, None) => self.without_story(open, &found).await,
            (Stage::Intended, Some(_)) => {
                let why = "its effect had not begun".to_owned();
                self.ended(&found, Kind::ActionAbandoned, Ending::nothing(why)).await
            }
            (Stage::Begun, Some(story)) => self.look_after(&found, story).await,
        };
        told(&found, recovery)
    }

    /// The journal tells that something was begun, and not what: it was cut, or written by another version.
    async fn without_story(&self, open: &OpenAction, found: &Found<'_>) -> Recovery {
        let why = format!("the journal does not tell what it was (record {})", open.sequence);
        self.ended(found, Kind::ActionEnded, Ending::unknown(why)).await
    }

    /// An action whose effect may have begun.
    async fn look_after(&self, found: &Found<'_>, story: &Story) -> Recovery {
        self.wait_for_what_is_on_its_way(story).await;
        let Some((plan, before)) = story.plan().zip(story.before()) else {
            let why = "the journal does not hold its plan as it was".to_owned();
            return self.ended(found, Kind::ActionEnded, Ending::unknown(why)).await;
        };
        match self.aftermath(story, &plan, &before).await {
            Aftermath::Done => self.finished(found).await,
            Aftermath::NotDone => {
                let why = "the object was not touched".to_owned();
                self.ended(found, Kind::ActionEnded, Ending::failed(why)).await
            }
            Aftermath::CannotTell(why) => self.ended(found, Kind::ActionEnded, Ending::unknown(why)).await,
        }
    }

    async fn aftermath(&self, story: &Story, plan: &Plan, before: &Before) -> Aftermath {
        let call = if story.is_undo() { plan.undo.as_ref() } else { Some(&plan.call) };
        match call {
            Some(call) => self.judged(call, plan, before).await,
            None => Aftermath::CannotTell("the plan does not say how it is taken back".to_owned()),
        }
    }

    /// A request that left a process before it died may be served a moment later.
    async fn wait_for_what_is_on_its_way(&self, story: &Story) {
        let since = story.begun.as_ref().map(|begun| self.now().signed_duration_since(begun.at));
        let since = since.and_then(|since| since.to_std().ok()).unwrap_or(Duration::ZERO);
        tokio::time::sleep(self.limits.settle.saturating_sub(since)).await;
    }

    /// It was done: its lock stays for whoever verifies it.
    async fn finished(&self, found: &Found<'_>) -> Recovery {
        let record = self.journal().end_of(found.action, found.story, Kind::ActionEnded, Outcome::Done);
        match self.journal().write_surely(&record.with("found", true)).await {
            Ok(()) => Recovery::Finished { is_held: found.held.is_some() },
            Err(error) => Recovery::Left { why: error.to_string() },
        }
    }

    /// Ends what was not done, or of which nobody knows: fenced off first, then told in the journal.
    async fn ended(&self, found: &Found<'_>, kind: Kind, ending: Ending) -> Recovery {
        if let Err(why) = self.fence(found.held, ending.guard).await {
            return Recovery::Left { why };
        }
        let record = self.journal().end_of(found.action, found.story, kind, ending.outcome);
        match self.journal().write_surely(&record).await {
            Ok(()) => ending.recovery,
            Err(error) => Recovery::Left { why: error.to_string() },
        }
    }

    async fn fence(&self, held: Option<&UnderWay>, outcome: guard::Outcome) -> Result<(), String> {
        let Some(held) = held else { return Ok(()) };
        match self.guards.end(&held.id, held.token, outcome).await {
            Ok(()) | Err(Unguarded::Refused(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// An action that holds its locks, and has its end in the journal or does not stand there at all.
    async fn settle_held(&self, held: &UnderWay, story: Option<&Story>) -> Recovered {
        let found = Found { action: &held.id, story, held: Some(held) };
        let end = story.and_then(|story| story.end.as_ref());
        let (outcome, recovery) = match end.map(|end| (&end.kind, &end.outcome)) {
            Some((Kind::ActionEnded, Some(Outcome::Done))) => {
                return told(&found, Recovery::Finished { is_held: true });
            }
            Some((Kind::ActionEnded, Some(Outcome::Unknown(why)))) => {
                (guard::Outcome::Unknown, Recovery::Unknown { why: why.clone() })
            }
            Some((Kind::ActionEnded, _)) => {
                (guard::Outcome::Failed, Recovery::GivenUp { why: "it had failed, without an effect".to_owned() })
            }
            Some(_) => (guard::Outcome::NothingDone, Recovery::GivenUp { why: "it had been given up".to_owned() }),
            None => {
                let why = "it had not come into the journal, so that nothing was done".to_owned();
                (guard::Outcome::NothingDone, Recovery::GivenUp { why })
            }
        };
        let fenced = self.fence(Some(held), outcome).await;
        told(&found, fenced.map_or_else(|why| Recovery::Left { why }, |()| recovery))
    }
}

fn told(found: &Found<'_>, recovery: Recovery) -> Recovered {
    Recovered {
        action: found.action.to_owned(),
        plan: found.story.and_then(Story::plan).map(Box::new),
        is_undo: found.story.is_some_and(Story::is_undo) || found.held.is_some_and(|held| held.undoes.is_some()),
        recovery,
    }
}

/// How an action is ended, for the guards, the journal and people.
struct Ending {
    guard: guard::Outcome,
    outcome: Outcome,
    recovery: Recovery,
}

impl Ending {
    /// Its effect had not begun.
    fn nothing(why: String) -> Self {
        let recovery = Recovery::GivenUp { why: why.clone() };
        Self { guard: guard::Outcome::NothingDone, outcome: Outcome::Refused(why), recovery }
    }

    /// It was tried, without an effect: the object rests, in case that it comes late after all.
    fn failed(why: String) -> Self {
        let recovery = Recovery::GivenUp { why: why.clone() };
        Self { guard: guard::Outcome::Failed, outcome: Outcome::Failed(why), recovery }
    }

    fn unknown(why: String) -> Self {
        let recovery = Recovery::Unknown { why: why.clone() };
        Self { guard: guard::Outcome::Unknown, outcome: Outcome::Unknown(why), recovery }
    }
}
