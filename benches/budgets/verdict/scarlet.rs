//! The whole of Scarlet up to the verdict, as the program wires it, over the embedded store.

use super::WORKLOAD;
use super::hands::{CLUSTER, ENVIRONMENT};
use crate::Fallible;
use crate::house::now;
use crate::storm::callers::ask;
use async_trait::async_trait;
use domain::approval::Permitted;
use domain::correlation::Rules;
use domain::heal::{End, Heal, Mode, Page, Stage, UndoEnd};
use domain::incident::{Impact, Incident};
use domain::person::Role;
use domain::plan::{Granted, Plan};
use domain::policy::{Autonomy, Table};
use domain::secret::Secret;
use domain::signal::Signal;
use domain::topology::Topology;
use domain::verification::Outcome;
use engine::approvals::ApprovalDesk;
use engine::scarlet::diagnose::{Diagnoser, Whereabouts};
use engine::scarlet::intake::{Herald, Parts as IntakeParts, SignalIntake, Surroundings};
use engine::scarlet::planning::{Environment, Parts as PlanParts, Planner};
use engine::scarlet::reconciler::seams::{Executes, Hears, Remembers, Tells};
use engine::scarlet::reconciler::{ByReading, Pace, Parts, Reconciler};
use fakes::ManualClock;
use ports::clock::Clock;
use ports::guards::Leading;
use ports::hands::Hands;
use ports::store::Store;
use ports::store::collections::{ALL, APPROVALS, HEALS, INCIDENTS};
use ports::store::document::{Expect, Write};
use ports::store::query::Query;
use ports::store::record;
use ports::toolbox::{Toolbox, Toolboxes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::guards::GuardKeeper;
use store::sqlite::{Options, Sqlite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use web::webhooks::{Access, Receiver, Shape, routes};

const TOKEN: &str = "token-of-the-benchmark";
const TABLE: &str = include_str!("../../../config/policy/decision.toml");

/// How long a verdict may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is still written after the verdict is over by then.
const CALM: Duration = Duration::from_millis(100);

/// What a signal came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Came {
    /// The verdict with the action and its object.
    pub told: String,
    score: u16,
    row: String,
}

/// Scarlet at work.
pub struct Scarlet {
    store: Arc<dyn Store>,
    stream: Mutex<TcpStream>,
    asked: Mutex<UnboundedReceiver<Instant>>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Scarlet {
    /// Starts her over these tools and act servers, with a store of her own.
    pub async fn start(folder: &Path, toolbox: Arc<dyn Toolbox>, hands: Arc<dyn Hands>) -> Fallible<Self> {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now()));
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(Options::new(folder, ALL, Arc::clone(&clock))).await?);
        let ids = Arc::new(|| "drawn".to_owned());
        let approvals = Arc::new(ApprovalDesk::new(Arc::clone(&store), Arc::clone(&clock), ids));
        let nudged = Arc::new(Nudged::default());
        let intake = Arc::new(SignalIntake::new(IntakeParts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            approvals: Arc::clone(&approvals),
            surroundings: Arc::new(Alone),
            herald: Arc::clone(&nudged) as _,
            sources: Vec::new(),
        }));
        let (verdicts, asked) = unbounded_channel();
        let reconciler = Arc::new(Reconciler::new(
            Parts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
                leads: Arc::new(|| true),
                approvals,
                diagnoses: Arc::new(Diagnoser::new(
                    Arc::clone(&toolbox),
                    Arc::clone(&clock),
                    Arc::new(|_: &str| Some(Whereabouts { cluster: Some(CLUSTER.to_owned()), webhooks: Vec::new() })),
                )),
                plans: Arc::new(planner(&store, &clock, &toolbox, hands)?),
                executes: Arc::new(Nobody),
                measures: Arc::new(ByReading::new(Toolboxes::everywhere(toolbox), Arc::clone(&clock))),
                tells: Arc::new(Nobody),
                hears: Arc::new(Nobody),
                remembers: Arc::new(Nobody),
                modes: Arc::new(|_: &str| Mode::Live),
                // It is looked who may approve when the verdict stands in the store.
                permitted: Arc::new(move |_: &str| {
                    let _ = verdicts.send(Instant::now());
                    let role = Some(Role::Approver);
                    Permitted { people: BTreeSet::new(), groups: BTreeSet::new(), role, people_needed: 1 }
                }),
            },
            Pace::default(),
        ));
        let _ = nudged.0.set(Arc::clone(&reconciler));
        let stop = CancellationToken::new();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let stream = TcpStream::connect(listener.local_addr()?).await?;
        stream.set_nodelay(true)?;
        let receiver = Receiver {
            name: ENVIRONMENT.to_owned(),
            access: Access::bearer(&Secret::new(TOKEN)),
            shape: Shape::Alertmanager,
        };
        let routes = routes(vec![receiver], Arc::clone(&intake) as _, clock);
        let (taking, healing, serving) = (stop.clone(), stop.clone(), stop.clone());
        let tasks = vec![
            tokio::spawn(async move { intake.run(taking).await }),
            tokio::spawn(async move { reconciler.run(healing).await }),
            tokio::spawn(async move {
                web::serve(listener, routes, serving).await;
            }),
        ];
        Ok(Self { store, stream: Mutex::new(stream), asked: Mutex::new(asked), stop, tasks })
    }

    /// Sends one alert; from then to its verdict.
    pub async fn timed(&self, number: u64) -> Fallible<Duration> {
        let request = request(number);
        let mut stream = self.stream.lock().await;
        let mut asked = self.asked.lock().await;
        let begun = Instant::now();
        let (status, document) = ask(&mut stream, &request).await?;
        if status != 200 || document["kept"] != 1 {
            return Err(format!("the webhook was answered with {status}: {document}").into());
        }
        match timeout(PATIENCE, asked.recv()).await {
            Ok(Some(at)) => Ok(at - begun),
            _ => Err(format!("no verdict that asks within {} s: {:?}", PATIENCE.as_secs(), self.heals().await?).into()),
        }
    }

    async fn heals(&self) -> Fallible<Vec<Heal>> {
        let page = record::page::<Heal>(&*self.store, &Query::of(&HEALS)).await?;
        Ok(page.records.into_iter().map(|heal| heal.value).collect())
    }

    /// What the one incident that there is came to, once nothing of it is owed any more.
    pub async fn proposal(&self) -> Fallible<Came> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let heals = self.heals().await?;
            if let [heal] = heals.as_slice()
                && let Some(proposal) = &heal.proposal
                && matches!(heal.stage, Stage::Waiting { asked: true, .. })
                && heal.owed.is_empty()
            {
                let (plan, decision) = (&proposal.plan, &proposal.decision);
                let told = format!("{}: {} {}", decision.verdict, plan.action.name(), plan.object);
                return Ok(Came { told, score: decision.score, row: decision.row.clone() });
            }
            if Instant::now() > deadline {
                return Err(format!("not one healing that waits for people stands there, but {heals:?}").into());
            }
            tokio::time::sleep(CALM / 10).await;
        }
    }

    /// Takes the incident away, once nothing is written about it any more.
    pub async fn forget(&self) -> Fallible<()> {
        tokio::time::sleep(CALM).await;
        for collection in [&HEALS, &APPROVALS, &INCIDENTS] {
            let ids = self.store.ids(&Query::of(collection)).await?;
            let gone = ids.into_iter().map(|(id, _)| Write::delete(collection, id, Expect::Any)).collect();
            self.store.write_all(gone).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        Ok(())
    }

    /// Ends her.
    pub async fn end(self) -> Fallible<()> {
        self.stop.cancel();
        drop(self.stream);
        for task in self.tasks {
            task.await?;
        }
        Ok(())
    }
}

fn planner(
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    toolbox: &Arc<dyn Toolbox>,
    hands: Arc<dyn Hands>,
) -> Fallible<Planner> {
    let guards = GuardKeeper::new(Arc::clone(store), Arc::clone(clock), "benchmark".to_owned(), Default::default());
    let environment = Environment {
        cluster: Some(CLUSTER.to_owned()),
        autonomy: Autonomy::Suggest,
        impacts: BTreeMap::from([(WORKLOAD.to_owned(), Impact::Low)]),
        automatic_per_hour: 5,
        ..Environment::default()
    };
    let told = |mistakes: Vec<_>| format!("the built-in decision table has {} mistakes", mistakes.len());
    Ok(Planner::new(PlanParts {
        hands: ports::hands::rehearsing(hands),
        toolbox: Arc::clone(toolbox),
        guards: Arc::new(guards),
        leading: Arc::new(Nobody),
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        environments: Arc::new(move |_: &str| Some(environment.clone())),
        table: Table::read(&toml::from_str(TABLE)?).map_err(told)?,
        seed: 7,
    }))
}

fn request(number: u64) -> String {
    let alert = serde_json::json!({
        "status": "firing",
        "labels": {
            "alertname": "DeploymentReplicasMismatch", "severity": "warning", "namespace": "shop",
            "deployment": WORKLOAD, "run": number.to_string(),
        },
        "annotations": {"summary": "Not all replicas are ready"},
        "startsAt": now().to_rfc3339(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": format!("{number:016x}"),
    });
    let body = serde_json::json!({
        "version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing", "receiver": "auto-devops",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager",
        "alerts": [alert],
    })
    .to_string();
    format!(
        "POST /webhooks/alertmanager/{ENVIRONMENT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Nothing is known of what stands on what.
struct Alone;

impl Surroundings for Alone {
    fn rules(&self) -> Arc<Rules> {
        Arc::default()
    }

    fn topology(&self, _environment: &str) -> Arc<Topology> {
        Arc::default()
    }
}

/// Wakes the reconciler.
#[derive(Default)]
struct Nudged(OnceLock<Arc<Reconciler>>);

#[async_trait]
impl Herald for Nudged {
    async fn changed(&self, _incidents: &[&str]) {
        if let Some(reconciler) = self.0.get() {
            reconciler.nudge();
        }
    }
}

/// Whoever comes after the verdict: nobody.
struct Nobody;

const BEYOND: &str = "the benchmark ends with the verdict";

impl Leading for Nobody {
    fn token(&self) -> Option<u64> {
        Some(1)
    }
}

#[async_trait]
impl Executes for Nobody {
    async fn recover(&self) -> Result<(), String> {
        Ok(())
    }

    async fn write_what_is_owed(&self) -> Result<(), String> {
        Ok(())
    }

    async fn carry_out(&self, _: Arc<Granted>, _: BTreeSet<String>) -> End {
        End::NeverBegun { why: BEYOND.to_owned() }
    }

    async fn ask_after(&self, _: &Plan) -> End {
        End::NeverBegun { why: BEYOND.to_owned() }
    }

    async fn undo(&self, _: &Plan) -> UndoEnd {
        UndoEnd::Failed(BEYOND.to_owned())
    }

    async fn ask_after_undo(&self, _: &Plan) -> Option<UndoEnd> {
        None
    }

    async fn conclude(&self, _: &str, _: Outcome) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Tells for Nobody {
    async fn escalate(&self, _: &str, _: &str, _: &str) -> Result<String, String> {
        Err(BEYOND.to_owned())
    }

    async fn remind(&self, _: &Incident, _: &str) -> Result<(), String> {
        Ok(())
    }

    async fn over(&self, _: &Incident, _: &[Page], _: &str) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Hears for Nobody {
    async fn hear(&self, _: Signal) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Remembers for Nobody {
    async fn write_up(&self, _: &Incident, _: &Heal) -> Result<(), String> {
        Ok(())
    }
}
