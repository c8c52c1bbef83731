//! Scarlet from the settings: her senses, the intake with its webhooks, the reconciler and the executor.
//!
//! Guarantees: only the replica that leads looks and acts; nothing is changed where no credentials for changes are named;
//! a stop begins nothing more, and lets what is in hand end. Without a store that keeps, there is no Scarlet.

mod building;
mod files;
mod hands;
mod part;
mod rooms;
mod seams;
mod sensing;
mod thinking;
mod watching;
mod webhooks;
mod work;

use super::{SHUT_DOWN, person, toolbox_settings};
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::settings::types::scarlet::{ReceiverCredentials, ReceiverSettings};
use axum::Router;
use building::Common;
use chrono::TimeDelta;
use domain::guard::Limits as GuardLimits;
use domain::policy::Table;
use domain::sense::endpoint::EndpointWatch;
use domain::signal::generic::Mapping;
use engine::memory::Memory;
use engine::scarlet::executor::Executor;
use engine::scarlet::health_log::{HealthLog, Rotation};
use engine::scarlet::intake::SignalIntake;
use engine::scarlet::reconciler::Reconciler;
use engine::scarlet::recording::Recorder;
use engine::scarlet::senses::{Board, Keeper, Parts as SenseParts, Senses};
use engine::scarlet::surroundings::{LookedAround, Part as Seen};
use engine::showing::Leads;
pub use files::check;
use futures::future::join_all;
use part::ScarletPart;
use ports::chat::Chat;
use ports::clock::{Clock, SystemClock};
use ports::guards::Guarding;
use ports::hands::rehearsing;
use ports::signals::Intake;
use ports::store::Store;
use ports::store::collections;
use ports::toolbox::{Toolbox as ToolboxPort, Toolboxes};
pub use rooms::{DEFAULT as DEFAULT_ENVIRONMENT, Room, rooms as environments};
use seams::Nudger;
pub use sensing::read as read_senses;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::guards::Leadership;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use toolbox::Toolbox;
use watching::Watching;
pub use watching::lines as alert_lines;
use web::endpoint_check::HttpCheck;
use web::health::Part;
use web::webhooks::{Access, Receiver, Shape};
use work::WorkParts;

/// The decision table that holds where the settings name no other.
const TABLE: &str = include_str!("../../../../config/policy/decision.toml");

/// How long what is in hand may take to end.
const DRAIN: Duration = Duration::from_secs(15);

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
    /// Where the chances come from by which she tries something else than the best; drawn where none is given.
    pub seed: Option<u64>,
}

/// Scarlet, started.
pub struct Scarlet {
    tasks: TaskTracker,
    executor: Executor,
    toolboxes: BTreeMap<String, Arc<Toolbox>>,
    router: Router,
    board: Arc<Board>,
    intake: Arc<SignalIntake>,
    guards: Arc<dyn Guarding>,
    recorder: Option<Arc<Recorder>>,
    surroundings: Arc<LookedAround>,
    seen: BTreeMap<String, BTreeSet<Seen>>,
    watching: Watching,
}

impl Scarlet {
    /// Starts her. No source is asked yet.
    ///
    /// # Errors
    /// A file that the settings name and that cannot be used; a decision table with mistakes.
    pub fn start(settings: &Settings, around: Around, stop: &CancellationToken) -> Result<Self, Stop> {
        let rooms = Arc::new(rooms::rooms(settings));
        let sensing = sensing::sensing(settings, &rooms)?;
        let (process, ids, nudger) = (person::process(), person::ids(), Nudger::default());
        let toolboxes = fresh_toolboxes(settings, &rooms)?;
        let common = Common::new(&around, as_ports(&toolboxes), Arc::clone(&ids));
        let surroundings = common.surroundings(building::places(&rooms), sensing.ignores);
        let (receivers, sources) = receivers(settings, &rooms)?;
        let intake = common.intake(&surroundings, &nudger, sources);
        let as_port: Arc<dyn Intake> = Arc::clone(&intake) as _;
        let port = Arc::clone(&as_port);
        let senses = senses(settings, &rooms, &sensing.declared, &common.tools, &around, port, &common.clock)?;
        let board = senses.board();

        let (guards, leading) = (common.guards(&process, limits(settings)), Common::leading(&around));
        let hands = hands::hands(settings, &rooms, &process, Arc::clone(&common.clock))?;
        let executor = common.executor(&guards, &leading, &hands);
        let of_watch = (Arc::clone(&guards), executor.journal_pulse());
        let watching = Watching::new(settings, (&rooms, &sensing.declared), &around, of_watch, &common.clock)?;
        let (of_store, of_clock) = (Arc::clone(&common.store), Arc::clone(&common.clock));
        let thinker = thinking::thinker(settings, common.tools.clone(), of_store, of_clock, stop.clone())?;
        let work = work::work(WorkParts {
            is_recorded: settings.scarlet.records,
            hands: rehearsing(hands),
            tools: common.tools.clone(),
            guards: Arc::clone(&guards),
            leading,
            store: Arc::clone(&common.store),
            clock: Arc::clone(&common.clock),
            rooms: Arc::clone(&rooms),
            table: table(settings)?,
            seed: around.seed.unwrap_or_else(|| seed(&ids())),
            thinker,
        });
        let reconciler = common.reconciler(&around, &rooms, (&work, &executor, &watching), Arc::clone(&as_port));
        let _ = nudger.0.set(Arc::clone(&reconciler));

        let tasks = begun((&intake, senses, Arc::clone(&surroundings), reconciler, &watching), stop);
        let seen = rooms.iter().map(|(name, room)| (name.clone(), part::seen_of(settings, room))).collect();
        let router = web::webhooks::routes(receivers, as_port, Arc::new(SystemClock));
        let recorder = work.recorder;
        Ok(Self { tasks, executor, toolboxes, router, board, intake, guards, recorder, surroundings, seen, watching })
    }

    /// The routes of the webhooks.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// How she stands, for `/health`.
    pub fn part(&self) -> Arc<dyn Part> {
        let (board, intake, guards) = (Arc::clone(&self.board), Arc::clone(&self.intake), Arc::clone(&self.guards));
        Arc::new(ScarletPart::new(board, intake, guards, Arc::clone(&self.surroundings), self.seen.clone()))
    }

    /// What she found about herself and the estate, and whether people can be told, for `/health`.
    pub fn alerts(&self) -> Arc<dyn Part> {
        self.watching.part()
    }

    /// Lets what is in hand end. Its stop was wished for before. Bounded.
    pub async fn shut_down(&self) {
        if !self.executor.drain(DRAIN).await {
            tracing::warn!("an action is still under way; the next process looks after it");
        }
        if tokio::time::timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!("some of what was in hand took too long and is left out");
        }
        if let Some(recorder) = &self.recorder
            && tokio::time::timeout(DRAIN, recorder.settled()).await.is_err()
        {
            tracing::warn!("the last recordings could not be kept in time");
        }
        join_all(self.toolboxes.values().map(|toolbox| toolbox.shut_down(SHUT_DOWN))).await;
    }
}

/// All that goes on until it is stopped, each in a task of its own.
fn begun(
    (intake, senses, surroundings, reconciler, watching): (
        &Arc<SignalIntake>,
        Senses,
        Arc<LookedAround>,
        Arc<Reconciler>,
        &Watching,
    ),
    stop: &CancellationToken,
) -> TaskTracker {
    let tasks = TaskTracker::new();
    let (working, until) = (Arc::clone(intake), stop.clone());
    tasks.spawn(async move { working.run(until).await });
    tasks.spawn(senses.run(stop.clone()));
    let until = stop.clone();
    tasks.spawn(async move { surroundings.run(until).await });
    let until = stop.clone();
    tasks.spawn(async move { reconciler.run(until).await });
    watching.spawn(&tasks, stop);
    tasks.close();
    tasks
}

/// The tools of each environment, over its own sources and nothing else: a heal in one must not be judged by the metrics of
/// another. They answer with what is there now: whoever acts or verifies must not read a cache.
fn fresh_toolboxes(
    settings: &Settings,
    rooms: &BTreeMap<String, Room>,
) -> Result<BTreeMap<String, Arc<Toolbox>>, Stop> {
    let mut toolboxes = BTreeMap::new();
    for name in rooms.keys() {
        let mut built = toolbox_settings(&rooms::focused(settings, name))?;
        built.cache.own_reads_ttl = Duration::ZERO;
        toolboxes.insert(name.clone(), Arc::new(Toolbox::start(built)));
    }
    Ok(toolboxes)
}

fn as_ports(toolboxes: &BTreeMap<String, Arc<Toolbox>>) -> Toolboxes {
    let each = toolboxes.iter().map(|(name, toolbox)| (name.clone(), Arc::clone(toolbox) as Arc<dyn ToolboxPort>));
    Toolboxes::each(each.collect())
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
    table_of(settings.scarlet.policy.as_deref()).map(|(table, _)| table)
}

/// The decision table of a file, or the built-in one, and where it comes from.
///
/// # Errors
/// It cannot be read, or has mistakes: all of them, exit 64.
pub fn table_of(file: Option<&Path>) -> Result<(Table, String), Stop> {
    let (text, place) = match file {
        Some(file) => {
            let unreadable = |error| Stop::new(Exit::Usage, format!("{}: {error}", file.display()));
            (std::fs::read_to_string(file).map_err(unreadable)?, file.display().to_string())
        }
        None => (TABLE.to_owned(), "the built-in decision table".to_owned()),
    };
    let unusable = |why: String| Stop::new(Exit::Usage, format!("{place}: {why}"));
    let value: serde_json::Value = toml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let read = Table::read(&value).map_err(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        unusable(told.join("\n"))
    });
    read.map(|table| (table, place.clone()))
}

fn senses(
    settings: &Settings,
    rooms: &BTreeMap<String, Room>,
    declared: &BTreeMap<String, domain::sense::declared::Declared>,
    tools: &Toolboxes,
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
    for (name, room) in rooms {
        let Some(declared) = declared.get(name) else { continue };
        senses.keep_to(name, room.namespaces.clone());
        let wrong = |mistakes: Vec<domain::sense::declared::Mistake>| {
            let told: Vec<String> = mistakes.iter().map(|one| format!("{}: {}", one.place, one.what)).collect();
            Stop::new(Exit::Usage, format!("the senses of {name}: {}", told.join("; ")))
        };
        senses.watch(name, &tools.of(name), declared).map_err(wrong)?;
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
