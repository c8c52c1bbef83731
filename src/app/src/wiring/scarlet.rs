//! Scarlet from the settings: her senses, the intake with its webhooks, the reconciler and the executor.
//!
//! Guarantees: only the replica that leads looks and acts; nothing is changed where no credentials for changes are named;
//! a stop begins nothing more, and lets what is in hand end. Without a store that keeps, there is no Scarlet.

mod hands;
mod part;
mod rooms;
mod seams;
mod sensing;

use super::{SHUT_DOWN, person, toolbox_settings};
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::settings::types::scarlet::{ReceiverCredentials, ReceiverSettings};
use axum::Router;
use chrono::TimeDelta;
use domain::guard::Limits as GuardLimits;
use domain::heal::Mode;
use domain::policy::Table;
use domain::sense::endpoint::EndpointWatch;
use domain::signal::generic::Mapping;
use engine::approvals::ApprovalDesk;
use engine::memory::Memory;
use engine::scarlet::diagnose::Diagnoser;
use engine::scarlet::executor::{Executor, Limits, Parts as ExecutorParts};
use engine::scarlet::health_log::{HealthLog, Rotation};
use engine::scarlet::intake::{Herald, Parts as IntakeParts, SignalIntake};
use engine::scarlet::planning::{Parts as PlanParts, Planner};
use engine::scarlet::reconciler::{ByExecutor, ByReading, Pace, Parts as ReconcilerParts, Reconciler};
use engine::scarlet::remembering::WrittenUp;
use engine::scarlet::senses::{Board, Keeper, Parts as SenseParts, Senses};
use engine::scarlet::surroundings::{LookedAround, Place};
use engine::scarlet::telling::Teller;
use engine::showing::Leads;
use part::ScarletPart;
use ports::chat::Chat;
use ports::clock::{Clock, SystemClock};
use ports::guards::{Guarding, Leading};
use ports::signals::Intake;
use ports::store::Store;
use ports::store::collections;
use ports::toolbox::Toolbox as ToolboxPort;
use rooms::Room;
use seams::{IntoIntake, Lead, NoChat, Nudger};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::guards::{GuardKeeper, Leadership};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolbox::Toolbox;
use web::endpoint_check::HttpCheck;
use web::health::Part;
use web::webhooks::{Access, Receiver, Shape};

/// The decision table that holds where the settings name no other.
const TABLE: &str = include_str!("../../../../config/policy/decision.toml");

/// How long what is in hand may take to end.
const DRAIN: Duration = Duration::from_secs(15);

/// How long the first signals wait for the first look around; less than Alertmanager waits for an answer.
const FIRST_LOOK: Duration = Duration::from_secs(8);

/// What Scarlet works with, beside the settings.
pub struct Around {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What is remembered.
    pub memory: Arc<Memory>,
    /// Where people are told; `None` where no chat is set up.
    pub chat: Option<Arc<dyn Chat>>,
    /// Whether this process leads.
    pub leads: Leads,
    /// The same with its token.
    pub leadership: watch::Receiver<Leadership>,
}

/// Scarlet, started.
pub struct Scarlet {
    tasks: TaskTracker,
    executor: Executor,
    toolbox: Arc<Toolbox>,
    router: Router,
    board: Arc<Board>,
    intake: Arc<SignalIntake>,
}

impl Scarlet {
    /// Starts her. No source is asked yet.
    ///
    /// # Errors
    /// A file that the settings name and that cannot be used; a decision table with mistakes.
    pub fn start(settings: &Settings, around: Around, stop: &CancellationToken) -> Result<Self, Stop> {
        let rooms = Arc::new(rooms::rooms(settings));
        let sensing = sensing::sensing(settings, &rooms)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (store, ids) = (Arc::clone(&around.store), person::ids());
        let process = person::process();
        let toolbox = Arc::new(fresh_toolbox(settings)?);
        let tools: Arc<dyn ToolboxPort> = Arc::clone(&toolbox) as _;
        let approvals = Arc::new(ApprovalDesk::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids)));
        let nudger = Nudger::default();

        let place = |(name, room): (&String, &Room)| Place {
            environment: name.clone(),
            cluster: room.cluster(),
            prometheus: room.prometheus.first().filter(|_| settings.prometheus.len() > 1).cloned(),
            tempo: room.tempo.first().filter(|_| settings.tempo.len() > 1).cloned(),
        };
        let places = rooms.iter().map(place).collect();
        let rules = domain::correlation::Rules::default();
        let surroundings =
            Arc::new(LookedAround::new(Arc::clone(&tools), Arc::clone(&clock), places, sensing.ignores, rules));
        let (receivers, sources) = receivers(settings, &rooms)?;
        let intake = Arc::new(SignalIntake::new(IntakeParts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            approvals: Arc::clone(&approvals),
            surroundings: Arc::clone(&surroundings) as _,
            herald: Arc::new(nudger.clone()) as Arc<dyn Herald>,
            sources,
        }));
        let as_port: Arc<dyn Intake> = Arc::clone(&intake) as _;

        let senses = senses(settings, &rooms, &sensing.declared, &tools, &around, Arc::clone(&as_port), &clock)?;
        let board = senses.board();

        let keeper = GuardKeeper::new(Arc::clone(&store), Arc::clone(&clock), process.clone(), limits(settings));
        let guards: Arc<dyn Guarding> = Arc::new(keeper);
        let leading: Arc<dyn Leading> = Arc::new(Lead(around.leadership.clone()));
        let hands = hands::hands(settings, &rooms, &process, Arc::clone(&clock))?;
        let executor = Executor::new(
            ExecutorParts {
                store: Arc::clone(&store),
                guards: Arc::clone(&guards),
                leading: Arc::clone(&leading),
                toolbox: Arc::clone(&tools),
                hands: Arc::clone(&hands),
                clock: Arc::clone(&clock),
                telling: Arc::new(|progress| tracing::info!(?progress, "an action")),
            },
            Limits::default(),
        );
        let planner = Planner::new(PlanParts {
            hands,
            toolbox: Arc::clone(&tools),
            guards,
            leading,
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            environments: look_up(&rooms, |room| room.planning.clone()),
            table: table(settings)?,
            seed: seed(&ids()),
        });
        let destinations = settings.scarlet.escalate_to.clone();
        let chat = around.chat.clone().unwrap_or_else(|| Arc::new(NoChat));
        let (of_mode, of_people) = (Arc::clone(&rooms), Arc::clone(&rooms));
        let nobody = domain::approval::Permitted {
            people: Default::default(),
            groups: Default::default(),
            role: None,
            people_needed: 1,
        };
        let reconciler = Arc::new(Reconciler::new(
            ReconcilerParts {
                store: Arc::clone(&store),
                clock: Arc::clone(&clock),
                leads: Arc::clone(&around.leads),
                approvals,
                diagnoses: Arc::new(Diagnoser::new(
                    Arc::clone(&tools),
                    Arc::clone(&clock),
                    look_up(&rooms, Room::whereabouts),
                )),
                plans: Arc::new(planner),
                executes: Arc::new(ByExecutor::new(executor.clone())),
                measures: Arc::new(ByReading::new(tools, clock)),
                tells: Arc::new(Teller::new(chat, Arc::new(move |_: &str| destinations.clone()))),
                hears: Arc::new(IntoIntake(as_port.clone())),
                remembers: Arc::new(WrittenUp::new(around.memory, store.clone())),
                modes: Arc::new(move |name: &str| of_mode.get(name).map_or(Mode::Observe, Room::mode)),
                permitted: Arc::new(move |name: &str| {
                    of_people.get(name).map_or_else(|| nobody.clone(), |room| room.permitted.clone())
                }),
            },
            Pace::default(),
        ));
        let _ = nudger.0.set(Arc::clone(&reconciler));

        let tasks = TaskTracker::new();
        let (working, until, around) = (Arc::clone(&intake), stop.clone(), Arc::clone(&surroundings));
        tasks.spawn(async move {
            // Without knowing what stands on what, the first signals would make an incident each.
            let _ = tokio::time::timeout(FIRST_LOOK, around.look(&until)).await;
            working.run(until).await;
        });
        tasks.spawn(senses.run(stop.clone()));
        let until = stop.clone();
        tasks.spawn(async move { surroundings.run(until).await });
        let until = stop.clone();
        tasks.spawn(async move { reconciler.run(until).await });
        tasks.close();
        let router = web::webhooks::routes(receivers, as_port, Arc::new(SystemClock));
        Ok(Self { tasks, executor, toolbox, router, board, intake })
    }

    /// The routes of the webhooks.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// How she stands, for `/health`.
    pub fn part(&self) -> Arc<dyn Part> {
        Arc::new(ScarletPart::new(Arc::clone(&self.board), Arc::clone(&self.intake)))
    }

    /// Lets what is in hand end. Its stop was wished for before. Bounded.
    pub async fn shut_down(&self) {
        if !self.executor.drain(DRAIN).await {
            tracing::warn!("an action is still under way; the next process looks after it");
        }
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("some of what was in hand took too long and is left out");
        }
        self.toolbox.shut_down(SHUT_DOWN).await;
    }
}

/// Tools that answer with what is there now: whoever acts or verifies must not read a cache.
fn fresh_toolbox(settings: &Settings) -> Result<Toolbox, Stop> {
    let mut built = toolbox_settings(settings)?;
    built.cache.own_reads_ttl = Duration::ZERO;
    Ok(Toolbox::start(built))
}

/// What is known of an environment by its name.
type OfEnvironment<T> = Arc<dyn Fn(&str) -> Option<T> + Send + Sync>;

fn look_up<T: 'static>(
    rooms: &Arc<BTreeMap<String, Room>>,
    of: impl Fn(&Room) -> T + Send + Sync + 'static,
) -> OfEnvironment<T> {
    let rooms = Arc::clone(rooms);
    Arc::new(move |name: &str| rooms.get(name).map(&of))
}

fn limits(settings: &Settings) -> GuardLimits {
    GuardLimits {
        automatic_per_hour: settings.scarlet.automatic_per_hour,
        cool_down: TimeDelta::from_std(settings.scarlet.cool_down).unwrap_or(TimeDelta::MAX),
        ..GuardLimits::default()
    }
}

/// The decision table of the settings, or the built-in one.
fn table(settings: &Settings) -> Result<Table, Stop> {
    let (text, place) = match &settings.scarlet.policy {
        Some(file) => {
            let unreadable = |error| Stop::new(Exit::Usage, format!("{}: {error}", file.display()));
            (std::fs::read_to_string(file).map_err(unreadable)?, file.display().to_string())
        }
        None => (TABLE.to_owned(), "the built-in decision table".to_owned()),
    };
    let unusable = |why: String| Stop::new(Exit::Usage, format!("{place}: {why}"));
    let value: serde_json::Value = toml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    Table::read(&value).map_err(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        unusable(told.join("\n"))
    })
}

fn senses(
    settings: &Settings,
    rooms: &BTreeMap<String, Room>,
    declared: &BTreeMap<String, domain::sense::declared::Declared>,
    tools: &Arc<dyn ToolboxPort>,
    around: &Around,
    intake: Arc<dyn Intake>,
    clock: &Arc<dyn Clock>,
) -> Result<Senses, Stop> {
    let mut senses = Senses::new(SenseParts {
        intake,
        clock: Arc::clone(clock),
        leads: Arc::clone(&around.leads),
        seed: seed(&person::process()),
        telling: Default::default(),
        keeper: Some(Keeper::new(Arc::clone(&around.store), &collections::SENSES)),
    });
    let checker = Arc::new(HttpCheck::new()) as _;
    for name in rooms.keys() {
        let Some(declared) = declared.get(name) else { continue };
        let wrong = |mistakes: Vec<domain::sense::declared::Mistake>| {
            let told: Vec<String> = mistakes.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
            Stop::new(Exit::Usage, format!("the senses of {name}: {}", told.join("; ")))
        };
        senses.watch(name, tools, declared).map_err(wrong)?;
        if declared.endpoints.is_empty() {
            continue;
        }
        let folder = health_folder(settings).ok_or_else(|| {
            Stop::new(Exit::Usage, "endpoints are checked, but there is no folder for their files: set store.folder")
        })?;
        let log = HealthLog::new(&folder, name, Rotation::default())
            .map_err(|error| Stop::new(Exit::Failed, format!("{}: {error}", folder.display())))?;
        senses.check_endpoints(name, &declared.endpoints, &checker, &log).map_err(wrong)?;
    }
    Ok(senses)
}

/// The folder of the CSV files with health checks, beside the store.
pub fn health_folder(settings: &Settings) -> Option<PathBuf> {
    Some(settings.state.store.embedded.as_ref()?.folder.join("health"))
}

/// The declared endpoints by environment.
///
/// # Errors
/// A file that cannot be used.
pub fn endpoints(settings: &Settings) -> Result<BTreeMap<String, Vec<EndpointWatch>>, Stop> {
    let sensing = sensing::sensing(settings, &rooms::rooms(settings))?;
    Ok(sensing.declared.into_iter().map(|(name, declared)| (name, declared.endpoints)).collect())
}

/// Who sends webhooks, and the sources that they are.
fn receivers(
    settings: &Settings,
    rooms: &BTreeMap<String, Room>,
) -> Result<(Vec<Receiver>, Vec<domain::signal::Source>), Stop> {
    let mut receivers = Vec::new();
    for (name, declared) in &settings.scarlet.receivers {
        receivers.push(receiver(name, declared, rooms)?);
    }
    let sources = receivers.iter().map(Receiver::source).collect();
    Ok((receivers, sources))
}

fn receiver(name: &str, declared: &ReceiverSettings, rooms: &BTreeMap<String, Room>) -> Result<Receiver, Stop> {
    let access = match &declared.credentials {
        ReceiverCredentials::Bearer(token) => Access::bearer(token),
        ReceiverCredentials::Basic { user, password } => Access::basic(user, password),
    };
    let Some(file) = &declared.mapping else {
        return Ok(Receiver { name: declared.environment.clone(), access, shape: Shape::Alertmanager });
    };
    let unusable = |why: String| Stop::new(Exit::Usage, format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    let mapping: Mapping = toml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let mistakes = mapping.check();
    if !mistakes.is_empty() {
        return Err(unusable(mistakes.join("\n")));
    }
    let shape = Shape::Declared {
        mapping: Box::new(mapping),
        environment: declared.environment.clone(),
        environments: rooms.keys().cloned().collect(),
    };
    Ok(Receiver { name: name.to_owned(), access, shape })
}

/// Chance for choices and waits, from a drawn id.
fn seed(id: &str) -> u64 {
    id.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()))
}
