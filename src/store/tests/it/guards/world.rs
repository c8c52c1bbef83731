//! Several keepers on one store, each by a way of its own, and a clock that goes with the runtime's.

use super::troubled_store::TroubledStore;
use chrono::{DateTime, TimeDelta, Utc};
use domain::guard::{Limits, Request, Start, Target};
use domain::object::ObjectRef;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::collections::ALL;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::guards::GuardKeeper;
use store::memory::Memory;
use tokio::time::Instant;

/// A clock of day that goes as the runtime's clock does, set wrong by some time.
pub struct RuntimeClock {
    started: Instant,
    wrong_by: TimeDelta,
}

impl Clock for RuntimeClock {
    fn now(&self) -> DateTime<Utc> {
        let passed = TimeDelta::from_std(self.started.elapsed()).unwrap_or_default();
        DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default() + passed + self.wrong_by
    }
}

pub struct World {
    started: Instant,
    pub memory: Arc<Memory>,
}

/// One process: its way to the store, its keeper and its clock.
pub struct Process {
    pub way: Arc<TroubledStore>,
    pub keeper: Arc<GuardKeeper>,
    pub clock: Arc<RuntimeClock>,
}

impl World {
    pub fn new() -> Self {
        let started = Instant::now();
        let clock = RuntimeClock { started, wrong_by: TimeDelta::zero() };
        Self { started, memory: Memory::new(ALL, Arc::new(clock)) }
    }

    pub fn process(&self, name: &str) -> Process {
        self.process_with_clock(name, TimeDelta::zero())
    }

    pub fn process_with_clock(&self, name: &str, wrong_by: TimeDelta) -> Process {
        let seed = name.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        let way = TroubledStore::before(self.memory.clone(), seed);
        let clock = Arc::new(RuntimeClock { started: self.started, wrong_by });
        let store: Arc<dyn Store> = way.clone();
        let keeper = Arc::new(GuardKeeper::new(store, clock.clone(), name, Limits::default()));
        Process { way, keeper, clock }
    }

    /// So many processes, named by number.
    pub fn processes(&self, count: usize) -> Vec<Process> {
        (0..count).map(|number| self.process(&format!("process-{number}"))).collect()
    }
}

impl Process {
    /// An action on an object of the environment `prod`.
    pub fn request(&self, id: &str, object: &str, chain: &[&str], start: Start) -> Request {
        let object = ObjectRef::namespaced("Deployment", "shop", object);
        Request {
            id: id.to_owned(),
            plan: format!("plan-of-{id}"),
            target: Target { environment: "prod".to_owned(), object },
            chain: chain.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>(),
            start,
            deadline: self.clock.now() + TimeDelta::minutes(5),
        }
    }
}

pub fn automatic() -> Start {
    Start::Automatic { leader: 1 }
}
