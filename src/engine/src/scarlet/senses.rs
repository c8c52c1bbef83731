//! Scarlet's senses: pollers that look at their sources again and again and hand what is news to the intake.
//!
//! What a look means is pure and stands in `domain::sense`; here is when to look, how long to wait, and what is kept.
//!
//! Guarantees: each sense is a task of its own, with a pause, a deadline and a growing pause after failures, so that one
//! that hangs, fails or breaks holds up no other; they begin apart from each other, by a seed; a look that failed ends
//! nothing; each sense's standing (last heard, problem) can be read at any time, and a source that is away for long is a
//! signal itself; what was told is kept before it is told, so that a restart forgets no trouble whose end is to be told;
//! what detectors learned is kept every few minutes and at the end; only who leads
//! looks.
//!
//! Deliberately absent: webhooks, correlation, and any decision about a signal.

mod ask;
mod board;
mod endpoints;
mod keeper;
mod learned;
mod logs;
mod metrics;
mod poller;
mod traces;
mod watchdog;
mod workloads;

pub use board::{Board, Shown};
pub use keeper::Keeper;

use super::health_log::HealthLog;
use crate::showing::Leads;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::sense::declared::{Declared, Mistake};
use domain::sense::endpoint::EndpointWatch;
use domain::sense::{Looked, Origin, State, Telling};
use domain::signal::{Source, SourceKind};
use poller::Planned;
use ports::clock::Clock;
use ports::endpoint::EndpointCheck;
use ports::signals::Intake;
use ports::toolbox::Toolbox;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long one look through the tools may take.
const LOOK: Duration = Duration::from_secs(30);

/// Seconds between two looks at whether the others are heard.
const WATCHDOG_SECONDS: u32 = 15;

/// What one sense does: one look, bounded from outside.
#[async_trait]
trait Sense: Send {
    /// Looks once. `state` is what is known so far.
    async fn look(&mut self, state: &State, now: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure>;

    /// What it has learned, for keeping; `None` for one that learns nothing.
    fn learned(&self) -> Option<Value> {
        None
    }

    /// Goes on from what was kept; why it cannot, otherwise, and nothing is changed then.
    fn take_up(&mut self, _learned: Value) -> Result<(), String> {
        Ok(())
    }
}

/// When a sense looks.
#[derive(Debug, Clone, Copy)]
struct Pace {
    every: Duration,
    deadline: Duration,
}

impl Pace {
    fn of(every_seconds: u32) -> Self {
        Self { every: Duration::from_secs(every_seconds.max(1).into()), deadline: LOOK }
    }

    /// How long it may be silent before it is away: some looks may fail.
    fn silence(self) -> TimeDelta {
        let time = (self.every * 3 + self.deadline).max(Duration::from_secs(120));
        TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
    }
}

/// What all senses share.
pub struct Parts {
    /// Takes what is news.
    pub intake: Arc<dyn Intake>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether this process leads; who does not looks at nothing.
    pub leads: Leads,
    /// Spreads the beginnings and the pauses after failures.
    pub seed: u64,
    /// When a trouble is told.
    pub telling: Telling,
    /// Keeps what was told over restarts; without one, the end of a trouble from before a restart is not told.
    pub keeper: Option<Keeper>,
}

/// The senses of all environments.
pub struct Senses {
    parts: Arc<Parts>,
    board: Arc<Board>,
    planned: Vec<Planned>,
    environments: BTreeSet<String>,
    namespaces: BTreeMap<String, BTreeSet<String>>,
}

impl Senses {
    /// None yet.
    pub fn new(parts: Parts) -> Self {
        let board = Arc::new(Board::new(Arc::clone(&parts.clock)));
        let (environments, namespaces) = Default::default();
        Self { parts: Arc::new(parts), board, planned: Vec::new(), environments, namespaces }
    }

    /// How they stand, for whoever shows it while they run.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Only these namespaces belong to an environment: what its sources, which others may share, tell of other ones is
    /// nothing of it. To be said before what is declared for it.
    pub fn keep_to(&mut self, environment: &str, namespaces: BTreeSet<String>) {
        self.namespaces.insert(environment.to_owned(), namespaces);
    }

    /// Adds what is declared for an environment, looked at through its tools. Endpoints are added by
    /// [`Senses::check_endpoints`].
    ///
    /// # Errors
    /// All mistakes in the declaration; nothing of it is added then.
    pub fn watch(
        &mut self,
        environment: &str,
        tools: &Arc<dyn Toolbox>,
        declared: &Declared,
    ) -> Result<(), Vec<Mistake>> {
        let mistakes = declared.check();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        for watch in &declared.clusters {
            let sense = workloads::Clusters::new(tools, watch);
            self.plan(environment, SourceKind::Kubernetes, &watch.name, watch.every_seconds, sense);
        }
        for watch in &declared.alerts {
            let sense = metrics::Alerts::new(tools, watch);
            self.plan(environment, SourceKind::Alertmanager, &watch.name, watch.every_seconds, sense);
        }
        for rule in &declared.rules {
            let sense = metrics::Rules::new(tools, rule);
            self.plan(environment, SourceKind::Rule, &rule.name, rule.every_seconds, sense);
        }
        for watch in &declared.series {
            let sense = metrics::Series::new(tools, watch);
            self.plan(environment, SourceKind::Anomaly, &watch.name, watch.every_seconds, sense);
        }
        for watch in &declared.forecasts {
            let sense = metrics::Forecasts::new(tools, watch);
            self.plan(environment, SourceKind::Forecast, &watch.name, watch.every_seconds, sense);
        }
        for watch in &declared.logs {
            let sense = logs::Logs::new(tools, watch);
            self.plan(environment, SourceKind::Logs, &watch.name, watch.every_seconds, sense);
        }
        for watch in &declared.traces {
            let sense = traces::Traces::new(tools, watch);
            self.plan(environment, SourceKind::Traces, &watch.name, watch.every_seconds, sense);
        }
        Ok(())
    }

    /// Adds health checks of an environment's endpoints, written down in its log.
    ///
    /// # Errors
    /// All mistakes in the declaration; nothing of it is added then.
    pub fn check_endpoints(
        &mut self,
        environment: &str,
        endpoints: &[EndpointWatch],
        checker: &Arc<dyn EndpointCheck>,
        log: &Arc<HealthLog>,
    ) -> Result<(), Vec<Mistake>> {
        let declared = Declared { endpoints: endpoints.to_vec(), ..Declared::default() };
        let mistakes = declared.check();
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        for watch in endpoints {
            let sense = endpoints::Endpoints::new(watch, checker, log, &self.parts.clock);
            self.plan(environment, SourceKind::HealthCheck, &watch.name, watch.every_seconds, sense);
        }
        Ok(())
    }

    /// Looks until it is stopped, and answers when every look has ended.
    pub async fn run(mut self, stop: CancellationToken) {
        for environment in std::mem::take(&mut self.environments) {
            let watchdog = watchdog::Watchdog::new(&self.board, &environment);
            self.plan(&environment, SourceKind::Herself, "senses", WATCHDOG_SECONDS, watchdog);
        }
        let mut tasks = JoinSet::new();
        for (number, planned) in self.planned.into_iter().enumerate() {
            let (parts, board, stop) = (Arc::clone(&self.parts), Arc::clone(&self.board), stop.clone());
            tasks.spawn(async move { poller::supervise(&parts, &board, planned, number as u64, &stop).await });
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Plans a sense; it is made anew from the same beginning where it breaks.
    fn plan<S: Sense + 'static>(
        &mut self,
        environment: &str,
        kind: SourceKind,
        name: &str,
        every_seconds: u32,
        make: impl Fn(&Origin) -> S + Send + Sync + 'static,
    ) {
        let origin = Origin { environment: environment.to_owned(), source: Source { kind, name: name.to_owned() } };
        let pace = Pace::of(every_seconds);
        if kind != SourceKind::Herself {
            self.environments.insert(environment.to_owned());
            self.board.declare(&origin, pace.silence());
        }
        let of = origin.clone();
        let namespaces = self.namespaces.get(environment).cloned().unwrap_or_default();
        self.planned.push(Planned { origin, pace, namespaces, make: Box::new(move || Box::new(make(&of))) });
    }
}
