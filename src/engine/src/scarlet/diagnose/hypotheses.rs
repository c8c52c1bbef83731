//! Hypotheses of a model, beside the diagnosis: what the rules may have missed, looked into and told.
//!
//! The diagnosis does not wait for it: the rules' result stands and is acted upon at once, and what the model says is looked
//! into afterwards and written into the incident. So a model that is away, slow, broken or lying costs nothing, and no word
//! of it reaches a plan, a verdict or a confidence: there is no way from here to any of them.
//!
//! Guarantees: one request a diagnosis, at most two an incident, with a bound for requests and tokens of an
//! hour; the model is offered no tool, only the form of its reply; the looks are those that `domain::hypothesis` lets pass,
//! made through the ledger of the diagnosis; a hypothesis is confirmed by the rules over the enlarged case, or by a typed
//! field together with the proof of its sort of trouble, and else is told as unconfirmed; what the model endpoint may not be
//! shown is not shown.
//!
//! Deliberately absent: anything that acts, and repetition: a model that gave no answer is not asked again.

mod asking;
mod budget;
mod judging;
mod writing;

use super::Whereabouts;
use crate::ledger::Ledger;
use crate::prompt::{HYPOTHESES, Prompt, PromptError};
use budget::Budget;
use chrono_tz::Tz;
use domain::binding::Binder;
use domain::diagnosis::Judgement;
use domain::disclosure::Disclosure;
use domain::hypothesis::Thoughts;
use domain::hypothesis::check::{Tool, checked, may_be_asked};
use domain::hypothesis::explained::explained;
use domain::hypothesis::reply::{self, Proposed};
use domain::hypothesis::surroundings::Surroundings;
use domain::incident::Incident;
use ports::clock::Clock;
use ports::model::Model;
use ports::store::Store;
use ports::toolbox::{ToolDescription, Toolboxes};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use writing::Numbers;

/// How long asking and looking may take together.
const DEADLINE: Duration = Duration::from_secs(90);

/// Incidents that are thought about at once; what comes beside them is left to the rules.
const AT_ONCE: usize = 2;

/// Looks of a ledger after which nothing is looked at for a hypothesis.
const MOST_LOOKS: usize = 100;

/// What thinking needs.
pub struct Parts {
    /// Who is asked.
    pub model: Arc<dyn Model>,
    /// What its endpoint may be shown.
    pub disclosure: Disclosure,
    /// The read tools.
    pub tools: Toolboxes,
    /// Where incidents and their evidence are kept.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Ends all of it.
    pub stop: CancellationToken,
}

/// Thinks about incidents after the rules did.
pub struct Thinker {
    parts: Parts,
    prompt: Prompt,
    slots: Arc<Semaphore>,
    budget: Mutex<Budget>,
    tasks: TaskTracker,
}

/// What the rules leave behind.
pub(super) struct Occasion {
    pub(super) incident: Incident,
    pub(super) round: u32,
    pub(super) place: Whereabouts,
    pub(super) ledger: Ledger,
    pub(super) ranked: Vec<Judgement>,
    pub(super) around: Surroundings,
}

impl Thinker {
    /// One that has asked nothing yet.
    ///
    /// # Errors
    /// The built-in prompt cannot be read.
    pub fn new(parts: Parts) -> Result<Arc<Self>, PromptError> {
        Ok(Arc::new(Self {
            parts,
            prompt: Prompt::parse(HYPOTHESES)?,
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            budget: Mutex::default(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Thinks about an incident beside everything else, where there is room and budget for it. Returns at once.
    pub(super) fn consider(self: &Arc<Self>, occasion: Occasion) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else { return };
        let is_allowed = self.budget(|budget| budget.take(&occasion.incident.id, occasion.round, Instant::now()));
        if !is_allowed || self.parts.stop.is_cancelled() {
            return;
        }
        let thinker = Arc::clone(self);
        self.tasks.spawn(async move {
            let id = occasion.incident.id.clone();
            let thinking = tokio::time::timeout(DEADLINE, thinker.think(occasion));
            tokio::select! {
                biased;
                () = thinker.parts.stop.cancelled() => {}
                thought = thinking => match thought {
                    Ok(Ok(())) => {}
                    Ok(Err(why)) => tracing::info!(incident = id, why, "the model adds nothing to the diagnosis"),
                    Err(_) => tracing::info!(incident = id, "the model adds nothing to the diagnosis in time"),
                },
            }
            drop(slot);
        });
    }

    /// Waits until nothing is being thought about. Bounded by the deadline of each thought.
    pub async fn settled(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.tasks.reopen();
    }

    fn budget<T>(&self, change: impl FnOnce(&mut Budget) -> T) -> T {
        change(&mut self.budget.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn think(&self, occasion: Occasion) -> Result<(), String> {
        let Occasion { incident, round, place, mut ledger, ranked, around } = occasion;
        let until = Instant::now() + DEADLINE;
        ledger.extend_deadline(until);
        let catalogue = self.parts.tools.of(&incident.environment).catalogue().await;
        let numbers = Numbers::of(&incident, round, ledger.evidence().len());
        let reply = self.ask(&incident, &ranked, &ledger, &around, &catalogue, &numbers).await?;
        let read = reply::read(&reply);
        let mut dropped = read.dropped;
        let mut proposed: Vec<Proposed> = Vec::new();
        let offered = offered(&catalogue);
        for one in read.proposed {
            let told = format!("{} ({})", one.object, one.symptom);
            match checked(one, &offered, &around, place.cluster.as_deref())
                .and_then(|one| self.may_be_shown(one, &catalogue))
            {
                Ok(one) => proposed.push(one),
                Err(why) => dropped.push(format!("{told}: {why}")),
            }
        }
        if ledger.evidence().len() > MOST_LOOKS && !proposed.is_empty() {
            proposed.clear();
            dropped.push("no look was left for its hypotheses".to_owned());
        }
        let now = self.parts.clock.now();
        let hypotheses = judging::judged(proposed, &place, &mut ledger, &catalogue, &numbers, now).await;
        let binder = Binder::new(ledger.evidence(), self.parts.clock.now(), Tz::UTC);
        let (explanation, unexplained) = explained(&read.explanation, &binder, |id| numbers.id_of(id));
        dropped.extend(unexplained);
        let (at, model) = (self.parts.clock.now(), self.parts.model.name());
        let thoughts = Thoughts { at, model, hypotheses, explanation, dropped }.ordered();
        writing::write(&*self.parts.store, &numbers, ledger.into_evidence(), thoughts).await
    }

    /// A look whose answer the model's endpoint could not be shown is not made on its word either.
    fn may_be_shown(&self, one: Proposed, catalogue: &[ToolDescription]) -> Result<Proposed, String> {
        let server = catalogue.iter().find(|tool| tool.name == one.look.tool).map_or("", |tool| tool.server.as_str());
        self.parts.disclosure.permits(server, &one.look).map(|()| one).map_err(|failure| failure.to_string())
    }
}

/// The tools that a hypothesis may name.
fn offered(catalogue: &[ToolDescription]) -> Vec<Tool<'_>> {
    let each = catalogue.iter();
    let tools = each.map(|tool| Tool { name: &tool.name, effect: tool.effect, schema: &tool.input_schema });
    tools.filter(|tool| may_be_asked(*tool)).collect()
}
