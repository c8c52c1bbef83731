//! Recording: keeps what diagnoses and plans rested on, beside the incident, for replays.
//!
//! It stands around whoever looks and plans ([`Diagnoses`], [`Plans`]) and gives them tools and rehearsals that write down
//! what went through. They know nothing of it.
//!
//! Guarantees: what is recorded changes nothing of what is done: a recording that cannot be kept is told in the log, and the
//! work goes on and does not wait for it; bounded (`domain::recording::Bounds`); one document an incident, changed by compare-and-swap.
//!
//! Deliberately absent: deeds and their results, which the journal has; the second look right before a deed, which decides
//! nothing milder.

mod tape;
mod unrecorded;

pub use unrecorded::Unrecorded;

use super::reconciler::seams::{Basis, Diagnoses, Found, NotAgain, Planned, Plans, SeenAgain};
use crate::kept::bounded;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::heal::{Heal, Proposal};
use domain::incident::Incident;
use domain::learning::{DOCUMENT, Learning};
use domain::recording::{Bounds, Came, Recording, Take, Weighed, Work, slim_heal, slim_incident};
use ports::clock::Clock;
use ports::guards::{Guarding, Leading};
use ports::hands::Rehearses;
use ports::store::{Store, record};
use ports::toolbox::{Toolbox, Toolboxes};
use std::sync::Arc;
use tape::{RehearsalTape, Tape, ToolTape};
use tokio_util::task::TaskTracker;

/// Makes whoever looks for causes, over these tools.
pub type MakeDiagnoses = Arc<dyn Fn(Arc<dyn Toolbox>) -> Arc<dyn Diagnoses> + Send + Sync>;

/// Makes whoever plans, over these tools and rehearsals.
pub type MakePlans = Arc<dyn Fn(Arc<dyn Toolbox>, Arc<dyn Rehearses>) -> Arc<dyn Plans> + Send + Sync>;

/// The cluster of an environment, by its name.
pub type ClusterOf = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What a recorder works with.
pub struct Parts {
    /// Keeps the recordings, and what was learned.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The read tools.
    pub tools: Toolboxes,
    /// Rehearsals.
    pub hands: Arc<dyn Rehearses>,
    /// How the guards stand.
    pub guards: Arc<dyn Guarding>,
    /// Whether this process leads.
    pub leading: Arc<dyn Leading>,
    /// Which cluster is looked at.
    pub cluster: ClusterOf,
    /// Seed of the planner's choices.
    pub seed: u64,
    /// How much is kept of one incident.
    pub bounds: Bounds,
}

/// Takes that may wait for the store at once; what comes beside them is not recorded.
const WAITING: usize = 64;

/// Records.
pub struct Recorder {
    parts: Parts,
    diagnoses: MakeDiagnoses,
    plans: MakePlans,
    /// One take is kept after the other.
    turn: Arc<tokio::sync::Mutex<()>>,
    tasks: TaskTracker,
}

impl Recorder {
    /// Around these.
    pub fn new(parts: Parts, diagnoses: MakeDiagnoses, plans: MakePlans) -> Self {
        Self { parts, diagnoses, plans, turn: Arc::default(), tasks: TaskTracker::new() }
    }

    fn take(&self, incident: &Incident, at: DateTime<Utc>, tape: Tape, work: Work) -> Take {
        Take {
            at,
            incident: Box::new(slim_incident(incident)),
            cluster: (self.parts.cluster)(&incident.environment),
            tools: tape.tools,
            looks: tape.looks,
            work,
        }
    }

    /// Keeps a take beside the work, which does not wait for it.
    fn keep(&self, incident: &Incident, take: Take) {
        let (id, environment) = (incident.id.clone(), incident.environment.clone());
        if self.tasks.len() >= WAITING {
            tracing::warn!(incident = id, "the store is too slow for recordings; what was decided is not recorded");
            return;
        }
        let (bounds, at) = (self.parts.bounds, take.at);
        let (store, turn) = (Arc::clone(&self.parts.store), Arc::clone(&self.turn));
        self.tasks.spawn(async move {
            let _turn = turn.lock().await;
            let kept = record::change(&*store, &id, |found: Option<Recording>| {
                let recording = found.unwrap_or_else(|| Recording::of(&id, &environment, at));
                (Some(recording.with(take.clone(), &bounds)), ())
            });
            if let Err(error) = bounded(kept).await {
                tracing::warn!(incident = id, %error, "what was decided could not be recorded; the work goes on");
            }
        });
    }

    /// Waits until everything is kept that was recorded so far: when the program stops. Each answer of the store has its
    /// deadline.
    pub async fn settled(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn weighed(&self) -> Weighed {
        let learned = bounded(record::load::<Learning>(&*self.parts.store, DOCUMENT)).await;
        Weighed {
            guards: self.parts.guards.status().await.ok(),
            // Nothing was learned yet: known, and nothing.
            learning: learned.ok().map(|found| found.map(|found| found.value).unwrap_or_default()),
            led: self.parts.leading.token().is_some(),
            seed: self.parts.seed,
        }
    }
}

#[async_trait]
impl Diagnoses for Recorder {
    async fn diagnose(&self, incident: &Incident, round: u32) -> Result<Found, String> {
        let at = self.parts.clock.now();
        let tools = Arc::new(ToolTape::over(self.parts.tools.of(&incident.environment)));
        let found = (self.diagnoses)(Arc::clone(&tools) as _).diagnose(incident, round).await;
        let told = found.as_ref().map(|found| found.diagnosis.clone()).map_err(Clone::clone);
        let take = self.take(incident, at, tools.played(), Work::Diagnosis { round, found: told });
        self.keep(incident, take);
        found
    }
}

#[async_trait]
impl Plans for Recorder {
    async fn plan(&self, incident: &Incident, heal: &Heal, basis: &Basis) -> Planned {
        let at = self.parts.clock.now();
        let weighed = self.weighed().await;
        let tools = Arc::new(ToolTape::over(self.parts.tools.of(&incident.environment)));
        let hands = Arc::new(RehearsalTape::over(Arc::clone(&self.parts.hands)));
        let planner = (self.plans)(Arc::clone(&tools) as _, Arc::clone(&hands) as _);
        let planned = planner.plan(incident, heal, basis).await;
        let work = Work::Plan {
            heal: Box::new(slim_heal(heal)),
            rehearsals: hands.played(),
            weighed: Box::new(weighed),
            came: came(&planned),
        };
        let take = self.take(incident, at, tools.played(), work);
        self.keep(incident, take);
        planned
    }

    async fn see_again(
        &self,
        incident: &Incident,
        heal: &Heal,
        proposal: &Proposal,
        known: Option<&Basis>,
    ) -> Result<SeenAgain, NotAgain> {
        let planner = (self.plans)(self.parts.tools.of(&incident.environment), Arc::clone(&self.parts.hands));
        planner.see_again(incident, heal, proposal, known).await
    }
}

pub(super) fn came(planned: &Planned) -> Came {
    match planned {
        Planned::Proposed(proposal) => Came::Proposed(proposal.clone()),
        Planned::NothingToDo(why) => Came::NothingToDo(why.clone()),
        Planned::NotNow(why) => Came::NotNow(why.clone()),
    }
}
