//! The cluster that all processes look at and act upon: one value, what it was a while ago, and what changes it.

use crate::world::{Permit, Trouble, World};
use chrono::{DateTime, TimeDelta, Utc};
use domain::action::ActCall;
use domain::envelope::{Envelope, Failure};
use domain::evidence::ToolCall;
use domain::observed::acted::Acted;
use ports::clock::Clock as _;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::time::SimulatedClock;

/// Earlier states that are remembered at most.
const REMEMBERED: usize = 6;

/// The cluster.
pub struct Cluster {
    /// The right time.
    clock: Arc<SimulatedClock>,
    inside: Mutex<Inside>,
}

struct Inside {
    world: World,
    before: VecDeque<World>,
}

impl Cluster {
    /// Of these workloads, all healthy.
    pub fn healthy(names: &[&str], clock: Arc<SimulatedClock>) -> Self {
        let world = World::healthy(names, clock.now());
        Self { clock, inside: Mutex::new(Inside { world, before: VecDeque::new() }) }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.world.settle(self.clock.now());
        inside
    }

    /// What it is like now.
    pub fn now(&self) -> World {
        self.inside().world.clone()
    }

    /// The right time.
    pub fn time(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The answer to a look, of now or of before the last change.
    ///
    /// # Errors
    /// As the real tool.
    pub fn look(&self, call: &ToolCall, is_stale: bool) -> Result<Envelope, Failure> {
        let inside = self.inside();
        let of = if is_stale { inside.before.back().unwrap_or(&inside.world) } else { &inside.world };
        of.look(call, self.clock.now())
    }

    /// Rehearses a call.
    ///
    /// # Errors
    /// As the real tool.
    pub fn rehearse(&self, call: &ActCall) -> Result<Acted, Failure> {
        let permit = Permit { expected: None, is_dry_run: true, roll_seconds: 0 };
        self.inside().world.clone().perform(call, permit, self.clock.now())
    }

    /// Makes a call.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub fn act(&self, call: &ActCall, expected: &str, roll_seconds: u64) -> Result<Acted, Failure> {
        let expected = Some(expected).filter(|version| !version.is_empty());
        let permit = Permit { expected, is_dry_run: false, roll_seconds };
        self.changed(|world, now| world.perform(call, permit, now))
    }

    /// Something befalls a workload.
    pub fn befall(&self, name: &str, trouble: Trouble, ends_in: TimeDelta) {
        self.changed(|world, now| world.befall(name, trouble, now, ends_in));
    }

    /// Somebody else changes an object, so that it has another version.
    pub fn touch(&self, name: &str) {
        self.changed(|world, _| world.touch(name));
    }

    /// A person puts everything right.
    pub fn repair(&self) {
        self.changed(World::repair);
    }

    fn changed<T>(&self, change: impl FnOnce(&mut World, DateTime<Utc>) -> T) -> T {
        let now = self.clock.now();
        let mut inside = self.inside();
        let before = inside.world.clone();
        let answer = change(&mut inside.world, now);
        if before != inside.world {
            inside.before.push_back(before);
            if inside.before.len() > REMEMBERED {
                inside.before.pop_front();
            }
        }
        answer
    }
}
