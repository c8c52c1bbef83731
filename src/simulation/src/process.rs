//! One process: the whole of Scarlet, wired as the product wires her, over the ports of one life.
//!
//! Her loop is driven as the product drives it, but for idle passes: the next pass comes when a healing is due by the clock
//! of the process and its pace allows it, when something was handed over, and at the latest after two minutes.

use crate::bus::Line;
use crate::eyes::Eyes;
use crate::hands::ShakyHands;
use crate::house::{ENVIRONMENT, House, PLACES};
use crate::life::{Crash, Life};
use crate::mischief::{Mischief, Mischievous, Permissive};
use crate::outward::{Hearing, Places, WriteUps};
use crate::shaky_store::ShakyStore;
use crate::time::SimulatedClock;
use crate::weather::Weather;
use chrono::TimeDelta;
use domain::guard::Limits as GuardLimits;
use domain::signal::Signal;
use engine::approvals::ApprovalDesk;
use engine::incidents::IncidentDesk;
use engine::scarlet::diagnose::{Diagnoser, Whereabouts};
use engine::scarlet::escalating::{self, ByChat, Escalator};
use engine::scarlet::executor::{self, Executor};
use engine::scarlet::intake::SignalIntake;
use engine::scarlet::planning::{self, Planner};
use engine::scarlet::reconciler::seams::{Executes, Plans};
use engine::scarlet::reconciler::{self, ByExecutor, ByReading, Pace, Reconciler};
use ports::clock::Clock;
use ports::hands::Hands;
use ports::store::Store;
use ports::toolbox::{Toolbox, Toolboxes};
use std::sync::Arc;
use std::time::Duration;
use store::guards::{GuardKeeper, Leader};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a lease is good.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// Between two passes at least.
const SHORTEST: Duration = Duration::from_secs(1);

/// Between two passes at most.
const LONGEST: Duration = Duration::from_secs(120);

/// Passes between two looks at signals that wait.
const SETTLE_EVERY: u32 = 6;

/// What a process is started with.
pub struct Start {
    /// Which process, and which life of it: `A3`.
    pub name: String,
    /// Its clock.
    pub clock: Arc<SimulatedClock>,
    /// The faults around it.
    pub weather: Arc<Weather>,
    /// Where it dies, where that is planned.
    pub crash: Option<Crash>,
    /// Between two passes at least, where nobody nudges.
    pub pace: Duration,
}

/// One process.
pub struct Process {
    /// Its life.
    pub life: Arc<Life>,
    reconciler: Reconciler,
    hearing: Arc<Hearing>,
    intake: SignalIntake,
    house: Arc<House>,
    clock: Arc<SimulatedClock>,
    pace: Duration,
    nudged: Notify,
}

impl Process {
    /// Starts one. The answer holds its loop: dropping it leaves the process without one.
    pub fn start(house: &Arc<House>, start: Start) -> (Arc<Self>, JoinHandle<()>) {
        let parts = Parts::of(house, &start);
        let hearing = Arc::new(parts.hearing(house));
        let process = Arc::new(Self {
            reconciler: parts.reconciler(house, hearing.clone()),
            intake: hearing.intake(),
            hearing,
            house: Arc::clone(house),
            clock: start.clock,
            pace: start.pace,
            nudged: Notify::new(),
            life: parts.life,
        });
        let looping = Arc::clone(&process);
        (process, tokio::spawn(async move { looping.work().await }))
    }

    /// Hands signals over, as a source does. False where they were not taken.
    pub async fn deliver(&self, signals: Vec<Signal>) -> bool {
        tokio::select! {
            biased;
            () = self.life.ended() => false,
            taken = self.hearing.take(signals) => taken.is_ok(),
        }
    }

    /// Something has changed: the next pass comes at once.
    pub fn nudge(&self) {
        self.nudged.notify_one();
    }

    async fn work(&self) {
        let never = CancellationToken::new();
        let mut passes = 0_u32;
        loop {
            passes = passes.wrapping_add(1);
            self.life
                .while_alive(async {
                    // What was put off, or left by others; deliveries see to themselves.
                    if passes.is_multiple_of(SETTLE_EVERY)
                        && let Err(error) = self.intake.settle_down().await
                    {
                        self.house.chronicle.tell(self.life.name(), format_args!("signals wait: {error}"));
                    }
                    if self.house.mischief != Mischief::Idle {
                        self.reconciler.pass(&never).await;
                    }
                })
                .await;
            let wait = self.wait();
            tokio::select! {
                biased;
                () = self.life.ended() => return,
                () = self.nudged.notified() => tokio::time::sleep(SHORTEST / 4).await,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Until a healing is due by the clock of this process.
    fn wait(&self) -> Duration {
        let due = self.house.watch.next_due().map(|at| (at - self.clock.now()).to_std().unwrap_or_default());
        due.unwrap_or(LONGEST).clamp(SHORTEST.max(self.pace), LONGEST)
    }
}

/// What the parts of a process share.
struct Parts {
    life: Arc<Life>,
    clock: Arc<dyn Clock>,
    store: Arc<dyn Store>,
    toolbox: Arc<dyn Toolbox>,
    hands: Arc<dyn Hands>,
    guards: Arc<GuardKeeper>,
    leader: Arc<Leader>,
    approvals: Arc<ApprovalDesk>,
    chat: Arc<Places>,
    line: Arc<Line>,
}

impl Parts {
    fn of(house: &Arc<House>, start: &Start) -> Self {
        let name = start.name.as_str();
        let life = Life::begin(name, start.crash, house.chronicle.clone());
        let clock: Arc<dyn Clock> = start.clock.clone();
        let store: Arc<dyn Store> = Arc::new(ShakyStore {
            inner: house.store.clone(),
            life: life.clone(),
            weather: start.weather.clone(),
            dice: house.dice.fork(&format!("{name} store")),
            chronicle: house.chronicle.clone(),
            watch: house.watch.clone(),
        });
        let limits = GuardLimits {
            automatic_per_hour: house.allowed.automatic_per_hour,
            cool_down: house.cool_down,
            ..GuardLimits::default()
        };
        let guards = Arc::new(GuardKeeper::new(store.clone(), clock.clone(), name, limits));
        let drawer = Arc::clone(house);
        let approvals = ApprovalDesk::new(store.clone(), clock.clone(), Arc::new(move || drawer.id()));
        Self {
            toolbox: Arc::new(Eyes {
                cluster: house.cluster.clone(),
                life: life.clone(),
                weather: start.weather.clone(),
                dice: house.dice.fork(&format!("{name} eyes")),
                chronicle: house.chronicle.clone(),
            }),
            hands: Arc::new(ShakyHands {
                cluster: house.cluster.clone(),
                servers: house.servers.clone(),
                store: house.store.clone(),
                watch: house.watch.clone(),
                life: life.clone(),
                weather: start.weather.clone(),
                dice: house.dice.fork(&format!("{name} hands")),
                chronicle: house.chronicle.clone(),
            }),
            leader: Arc::new(Leader::start(guards.clone(), "scarlet", LEASE)),
            approvals: Arc::new(approvals),
            chat: Arc::new(Places {
                house: Arc::clone(house),
                life: life.clone(),
                weather: start.weather.clone(),
                dice: house.dice.fork(&format!("{name} chat")),
            }),
            line: Arc::new(Line {
                bus: house.bus.clone(),
                weather: start.weather.clone(),
                dice: house.dice.fork(&format!("{name} bus")),
                chronicle: house.chronicle.clone(),
            }),
            life,
            clock,
            store,
            guards,
        }
    }

    fn hearing(&self, house: &Arc<House>) -> Hearing {
        Hearing {
            house: Arc::clone(house),
            life: self.life.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            approvals: self.approvals.clone(),
            line: self.line.clone(),
        }
    }

    fn planner(&self, house: &Arc<House>) -> Arc<dyn Plans> {
        let of = Arc::clone(house);
        let planner = Planner::new(planning::Parts {
            hands: ports::hands::rehearsing(self.hands.clone()),
            toolbox: self.toolbox.clone(),
            guards: self.guards.clone(),
            leading: self.leader.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            environments: Arc::new(move |name| (name == ENVIRONMENT).then(|| of.environment())),
            table: house.table.clone(),
            seed: house.seed,
        });
        match house.mischief {
            Mischief::Permissive | Mischief::Frozen => Arc::new(Permissive(Arc::new(planner))),
            _ => Arc::new(planner),
        }
    }

    fn executes(&self, house: &Arc<House>) -> Arc<dyn Executes> {
        let (chronicle, life) = (house.chronicle.clone(), self.life.clone());
        let parts = executor::Parts {
            store: self.store.clone(),
            guards: self.guards.clone(),
            leading: self.leader.clone(),
            tools: Toolboxes::everywhere(self.toolbox.clone()),
            hands: self.hands.clone(),
            clock: self.clock.clone(),
            telling: Arc::new(move |progress| {
                if life.is_alive() {
                    let text = format_args!("{:?}: {} {}", progress.stage, progress.object, progress.told).to_string();
                    chronicle.tell(life.name(), text);
                }
            }),
        };
        let executes = Arc::new(ByExecutor::new(Executor::new(parts, executor::Limits::default())));
        if house.mischief == Mischief::None {
            return executes;
        }
        Arc::new(Mischievous {
            executes,
            hands: self.hands.clone(),
            cluster: house.cluster.clone(),
            servers: house.servers.clone(),
            mischief: house.mischief,
        })
    }

    fn reconciler(&self, house: &Arc<House>, hearing: Arc<Hearing>) -> Reconciler {
        let whereabouts = Whereabouts { cluster: Some(crate::world::CLUSTER.to_owned()), webhooks: Vec::new() };
        let (leader, telling) = (self.leader.clone(), self.leader.clone());
        let (of_mode, of_people) = (Arc::clone(house), Arc::clone(house));
        let parts = reconciler::Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            leads: Arc::new(move || leader.token().is_some()),
            approvals: self.approvals.clone(),
            diagnoses: Arc::new(Diagnoser::new(
                self.toolbox.clone(),
                self.clock.clone(),
                Arc::new(move |name| (name == ENVIRONMENT).then(|| whereabouts.clone())),
            )),
            plans: self.planner(house),
            executes: self.executes(house),
            measures: Arc::new(ByReading::new(Toolboxes::everywhere(self.toolbox.clone()), self.clock.clone())),
            tells: Arc::new(Escalator::new(escalating::Parts {
                store: self.store.clone(),
                clock: self.clock.clone(),
                delivers: Arc::new(ByChat::new(self.chat.clone(), self.store.clone())),
                destinations: Arc::new(|_| PLACES.iter().map(|place| (*place).to_owned()).collect()),
                leads: Arc::new(move || telling.token().is_some()),
            })),
            hears: hearing,
            remembers: Arc::new(WriteUps { house: Arc::clone(house), life: self.life.clone() }),
            modes: Arc::new(move |_| of_mode.mode),
            permitted: Arc::new(move |_| of_people.permitted()),
        };
        Reconciler::new(parts, Pace::default())
    }
}

/// The desks of people, over a store of their own weather.
pub fn desks(house: &Arc<House>, start: &Start) -> (Arc<ApprovalDesk>, IncidentDesk, Arc<GuardKeeper>, Arc<Life>) {
    let parts = Parts::of_people(house, start);
    let incidents = IncidentDesk::new(parts.0.clone(), start.clock.clone(), parts.1.clone());
    (parts.1, incidents, parts.2, parts.3)
}

impl Parts {
    fn of_people(
        house: &Arc<House>,
        start: &Start,
    ) -> (Arc<dyn Store>, Arc<ApprovalDesk>, Arc<GuardKeeper>, Arc<Life>) {
        let life = Life::begin(start.name.as_str(), None, house.chronicle.clone());
        let store: Arc<dyn Store> = Arc::new(ShakyStore {
            inner: house.store.clone(),
            life: life.clone(),
            weather: start.weather.clone(),
            dice: house.dice.fork(&format!("{} store", start.name)),
            chronicle: house.chronicle.clone(),
            watch: house.watch.clone(),
        });
        let drawer = Arc::clone(house);
        let approvals = Arc::new(ApprovalDesk::new(store.clone(), start.clock.clone(), Arc::new(move || drawer.id())));
        let guards = GuardKeeper::new(store.clone(), start.clock.clone(), start.name.as_str(), GuardLimits::default());
        (store, approvals, Arc::new(guards), life)
    }
}
