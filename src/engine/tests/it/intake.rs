//! The intake over a store in memory: keeping, deciding, races of two processes, and crashes at every step.

mod crashes;
mod cut;
mod keeping;
mod placing;
mod tending;

use crate::shaky::{began, clock};
use async_trait::async_trait;
use chrono::TimeDelta;
use cut::Cut;
use domain::correlation::Rules;
use domain::incident::{Incident, Severity};
use domain::intake_queue::Kept;
use domain::object::ObjectRef;
use domain::signal::{Signal, Source, SourceKind, Status, fingerprint};
use domain::topology::Topology;
use engine::approvals::ApprovalDesk;
use engine::scarlet::intake::{Herald, Parts, SignalIntake, Surroundings};
use fakes::ManualClock;
use ports::clock::Clock as _;
use ports::store::collections::{INCIDENTS, SIGNALS};
use ports::store::query::Query;
use ports::store::record;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Rules that a test may change, over no topology; and whether the first look around is still to come.
#[derive(Default)]
struct Around(Mutex<Arc<Rules>>, AtomicBool);

impl Surroundings for Around {
    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.0.lock().unwrap())
    }

    fn topology(&self, _environment: &str) -> Arc<Topology> {
        Arc::default()
    }

    fn has_looked(&self) -> bool {
        !self.1.load(Ordering::SeqCst)
    }
}

/// Remembers what it was told.
#[derive(Default)]
struct Listener(Mutex<Vec<String>>);

#[async_trait]
impl Herald for Listener {
    async fn changed(&self, incidents: &[&str]) {
        self.0.lock().unwrap().extend(incidents.iter().map(|id| (*id).to_owned()));
    }
}

/// One store, one clock, and as many processes as a test wants.
struct World {
    store: Arc<Cut>,
    clock: Arc<ManualClock>,
    around: Arc<Around>,
    listener: Arc<Listener>,
}

impl World {
    fn new() -> Self {
        let clock = clock();
        let store = Arc::new(Cut::new(clock.clone()));
        Self { store, clock, around: Arc::default(), listener: Arc::default() }
    }

    fn approvals(&self) -> Arc<ApprovalDesk> {
        Arc::new(ApprovalDesk::new(self.store.clone(), self.clock.clone(), Arc::new(|| "drawn".to_owned())))
    }

    fn intake(&self) -> Arc<SignalIntake> {
        Arc::new(SignalIntake::new(Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            approvals: self.approvals(),
            surroundings: self.around.clone(),
            herald: self.listener.clone(),
            sources: vec![source("prod"), source("never")],
        }))
    }

    /// A process that works.
    fn process(&self) -> Process {
        let (intake, stop, tasks) = (self.intake(), CancellationToken::new(), TaskTracker::new());
        let (running, until) = (Arc::clone(&intake), stop.clone());
        tasks.spawn(async move { running.run(until).await });
        tasks.close();
        Process { intake, stop, tasks }
    }

    /// Keeps signals without deciding them.
    async fn keep(&self, signals: &[Signal]) {
        for (place, signal) in signals.iter().enumerate() {
            let order = self.clock.now().timestamp_micros() + i64::try_from(place).unwrap();
            crate::shaky::put(&*self.store, &Kept::new(signal.clone(), order)).await;
        }
    }

    async fn settle_down(&self) {
        self.intake().settle_down().await.unwrap();
    }

    async fn incidents(&self) -> Vec<Incident> {
        let found = record::page::<Incident>(&*self.store, &Query::of(&INCIDENTS).limited(1_000)).await.unwrap();
        found.records.into_iter().map(|found| found.value).collect()
    }

    /// How many signals there are of each standing.
    async fn stands(&self) -> BTreeMap<&'static str, usize> {
        let mut stands = BTreeMap::new();
        let mut query = Query::of(&SIGNALS).limited(1_000);
        loop {
            let page = record::page::<Kept>(&*self.store, &query).await.unwrap();
            for found in page.records {
                *stands.entry(found.value.stand.name()).or_default() += 1;
            }
            if page.next_cursor.is_none() {
                return stands;
            }
            query = query.after(page.next_cursor);
        }
    }

    fn minutes_later(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }
}

struct Process {
    intake: Arc<SignalIntake>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Process {
    async fn end(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

fn source(name: &str) -> Source {
    Source { kind: SourceKind::Alertmanager, name: name.to_owned() }
}

/// A trouble of one workload.
fn signal(name: &str, workload: &str) -> Signal {
    let environment = "prod".to_owned();
    Signal {
        id: format!("{name}/{workload}/firing"),
        fingerprint: fingerprint(&environment, name, [("workload", workload)]),
        source: source(&environment),
        environment,
        name: name.to_owned(),
        status: Status::Firing,
        severity: Severity::High,
        object: Some(ObjectRef::namespaced("Deployment", "shop", workload)),
        service: None,
        labels: BTreeMap::from([("workload".to_owned(), workload.to_owned())]),
        text: String::new(),
        value: None,
        query: None,
        started_at: began(),
        seen_at: began(),
    }
}

/// The end of it.
fn end_of(signal: &Signal) -> Signal {
    Signal { id: format!("{}/over", signal.id), status: Status::Resolved, ..signal.clone() }
}
