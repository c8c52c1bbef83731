//! What outlives every process of a run: store, cluster, act servers, places where people are told, and the settings.

use crate::bus::Bus;
use crate::chronicle::Chronicle;
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::evidence::Allowed;
use crate::evidence::watch::Watch;
use crate::hands::ActServers;
use crate::mischief::Mischief;
use crate::run::Size;
use crate::time::SimulatedClock;
use crate::weather::{Rates, Weather};
use crate::world::CLUSTER;
use chrono::TimeDelta;
use domain::approval::Permitted;
use domain::calendar::{Once, Window};
use domain::heal::Mode;
use domain::incident::Impact;
use domain::policy::{Autonomy, Protection, Table};
use domain::safety::Rules;
use engine::scarlet::planning::Environment;
use ports::clock::Clock as _;
use ports::store::collections;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::memory::Memory;
use tokio::time::Instant;

/// The only environment.
pub const ENVIRONMENT: &str = "sim";

/// The services of the cluster; `payment` is critical.
pub const SERVICES: [&str; 3] = ["cart", "payment", "search"];

/// Those who may approve.
pub const APPROVERS: [&str; 2] = ["sim:anna", "sim:ben"];

/// Where people are told what is not done without them.
pub const PLACES: [&str; 2] = ["sim:on-call", "sim:everybody"];

/// The decision table, as the product has it.
const TABLE: &str = include_str!("../../../config/policy/decision.toml");

/// What outlives every process.
pub struct House {
    /// The seed.
    pub seed: u64,
    /// Its dice, to be forked.
    pub dice: Dice,
    /// The right time.
    pub clock: Arc<SimulatedClock>,
    /// The store itself.
    pub store: Arc<Memory>,
    /// The order of things.
    pub watch: Arc<Watch>,
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// The act servers.
    pub servers: Arc<ActServers>,
    /// The bus.
    pub bus: Arc<Bus>,
    /// The transcript.
    pub chronicle: Arc<Chronicle>,
    /// What people were told: place and key.
    pub told: Mutex<BTreeSet<(String, String)>>,
    /// Incidents that were written up.
    pub written_up: Mutex<BTreeSet<String>>,
    /// The rates of single faults.
    pub rates: Rates,
    /// The decision table.
    pub table: Table,
    /// What the settings allow.
    pub allowed: Allowed,
    /// What Scarlet may do at all.
    pub mode: Mode,
    /// How bad the alerts of a service are, and what the business loses.
    pub impacts: BTreeMap<String, Impact>,
    /// A rule that is broken on purpose.
    pub mischief: Mischief,
    /// How long anything waits before people put it right themselves, once it is calm.
    pub patience: TimeDelta,
    /// How long an object rests after an action on it.
    pub cool_down: TimeDelta,
    maintenance: Vec<Window>,
    ids: AtomicU64,
}

impl House {
    /// The house of a seed.
    ///
    /// # Errors
    /// When the decision table of the product cannot be read.
    pub fn build(
        (seed, size): (u64, Size),
        mischief: Mischief,
        began: Instant,
        chronicle: Arc<Chronicle>,
    ) -> Result<Self, String> {
        let dice = Dice::new(seed);
        let drawn = dice.fork("house");
        let clock = Arc::new(SimulatedClock::right(began));
        let levels = [
            Autonomy::Safe,
            Autonomy::Safe,
            Autonomy::Safe,
            Autonomy::Safe,
            Autonomy::Full,
            Autonomy::Full,
            Autonomy::Full,
            Autonomy::Full,
            Autonomy::Suggest,
            Autonomy::Observe,
        ];
        let autonomy = drawn.pick(&levels).copied().unwrap_or_default();
        let impacts = [Impact::Low, Impact::Low, Impact::Low, Impact::Medium, Impact::High];
        let impact = || drawn.pick(&impacts).copied().unwrap_or(Impact::Medium);
        let mode = if autonomy == Autonomy::Observe { Mode::Observe } else { Mode::Live };
        let mode = if drawn.chance(30) { Mode::Shadow } else { mode };
        let opens =
            clock.now() + TimeDelta::minutes(i64::try_from(drawn.below(25)).unwrap_or(0)) - TimeDelta::minutes(10);
        let window = Once::new(opens, opens + TimeDelta::minutes(60)).map(Window::Once);
        Ok(Self {
            seed,
            store: Memory::new(collections::ALL, clock.clone()),
            watch: Arc::new(Watch::new(mischief)),
            cluster: Arc::new(Cluster::healthy(&SERVICES, clock.clone())),
            servers: Arc::default(),
            bus: Arc::default(),
            chronicle,
            told: Mutex::default(),
            written_up: Mutex::default(),
            rates: if mischief == Mischief::None { Rates::drawn(&dice.fork("rates")) } else { Rates::NONE },
            table: table()?,
            allowed: Allowed {
                autonomy,
                critical: BTreeSet::from(["payment".to_owned()]),
                automatic_per_hour: u32::try_from(drawn.between(1, 5)).unwrap_or(5),
                approvers: APPROVERS.iter().map(|id| (*id).to_owned()).collect(),
            },
            mode,
            impacts: SERVICES.iter().map(|name| ((*name).to_owned(), impact())).collect(),
            maintenance: window.ok().filter(|_| drawn.chance(500)).into_iter().collect(),
            mischief,
            patience: size.patience(),
            cool_down: size.cool_down(),
            ids: AtomicU64::new(0),
            clock,
            dice,
        })
    }

    /// An id that was never drawn before.
    pub fn id(&self) -> String {
        format!("sim-{}-{}", self.seed, self.ids.fetch_add(1, Ordering::Relaxed))
    }

    /// What the settings say of the environment.
    pub fn environment(&self) -> Environment {
        Environment {
            cluster: Some(CLUSTER.to_owned()),
            autonomy: self.allowed.autonomy,
            shadow: None,
            protection: Protection { critical_services: self.allowed.critical.clone(), ..Protection::default() },
            rules: Rules::default(),
            impacts: self.impacts.clone(),
            maintenance: self.maintenance.clone(),
            business_hours: None,
            automatic_per_hour: self.allowed.automatic_per_hour,
            approval: Some(TimeDelta::minutes(12)),
        }
    }

    /// Who may approve.
    pub fn permitted(&self) -> Permitted {
        let people = self.allowed.approvers.clone();
        Permitted { people, groups: BTreeSet::new(), role: None, people_needed: 1 }
    }

    /// The weather around one process.
    pub fn weather(&self) -> Arc<Weather> {
        Arc::new(Weather::of(self.rates))
    }
}

fn table() -> Result<Table, String> {
    let value: toml::Value = toml::from_str(TABLE).map_err(|error| error.to_string())?;
    let value: Value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    Table::read(&value).map_err(|mistakes| format!("the decision table has mistakes: {mistakes:?}"))
}
