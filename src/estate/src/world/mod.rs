//! The world: its objects, its physics and its history.
//!
//! A pure core: no clock, no randomness beside the seed, no IO. `advance` runs what is due in order of time, and after each step lets the
//! controllers settle, so the result does not depend on how a stretch of time is cut into calls. Only what is due costs anything.
//! Deliberately absent: an API. `crate::kubernetes` speaks it over `create`, `update` and `delete`.

mod autoscaler;
mod certificates;
mod concerns;
mod container;
mod daemonset;
mod deployment;
mod disruption;
mod endpoints;
mod events;
mod fields;
mod image;
mod jobs;
mod kubelet;
pub mod logs;
mod network;
mod nodes;
pub mod object;
mod pods;
pub mod random;
mod replicaset;
pub mod resources;
mod rollout;
mod scheduler;
pub(crate) mod seed;
pub mod selector;
mod software;
mod statefulset;
pub mod store;
mod task;
/// The time cut to milliseconds. Series are computed in milliseconds: what begins a fraction later would begin, for them, a
/// piece too late.
fn whole_milliseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

#[cfg(test)]
mod tests;
pub mod timeline;
mod tracks;
mod traffic;
mod volumes;
pub(crate) mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::scenarios::Scenario;
use kubelet::PodRuntime;
use random::Random;
use store::Store;
use task::{Concern, Queue, Task};
use timeline::Timeline;

pub use writes::{Rejection, WriteOptions};

/// How long the world has run before `start`.
const HISTORY: TimeDelta = TimeDelta::days(21);
/// A controller loop that does not settle is a mistake of ours; it ends here instead of hanging.
const SETTLE_LIMIT: usize = 50_000;

/// The simulated cluster.
#[derive(Debug)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) now: DateTime<Utc>,
    pub(crate) start: DateTime<Utc>,
    pub(crate) fault_at: DateTime<Utc>,
    pub(crate) scenario: Option<Scenario>,
    pub(crate) store: Store,
    pub(crate) timeline: Timeline,
    pub(crate) random: Random,
    queue: Queue,
    dirty: BTreeSet<Concern>,
    kubelet: BTreeMap<String, PodRuntime>,
    silent_nodes: BTreeMap<String, DateTime<Utc>>,
    slow_queries: BTreeMap<String, f64>,
    addresses: BTreeMap<String, u32>,
    runs: BTreeMap<String, Vec<container::Run>>,
}

impl World {
    /// A world that has run for three weeks when `start` comes. The fault of `scenario` is put in at `fault_at`, which may lie before `start`.
    pub fn new(seed: u64, start: DateTime<Utc>, scenario: Option<Scenario>, fault_at: DateTime<Utc>) -> Self {
        let (start, fault_at) = (whole_milliseconds(start), whole_milliseconds(fault_at));
        let origin = start.min(fault_at) - HISTORY;
        let mut world = Self {
            seed,
            now: origin,
            start,
            fault_at,
            scenario,
            store: Store::new(18_204_511),
            timeline: Timeline::new(origin),
            random: Random::new(seed),
            queue: Queue::default(),
            dirty: BTreeSet::new(),
            kubelet: BTreeMap::new(),
            silent_nodes: BTreeMap::new(),
            slow_queries: BTreeMap::new(),
            addresses: BTreeMap::new(),
            runs: BTreeMap::new(),
        };
        seed::build(&mut world);
        if let Some(scenario) = scenario {
            scenario.prepare(&mut world);
            world.queue.push(fault_at, Task::Inject);
        }
        world.settle();
        world.advance(start);
        world
    }

    /// Lets time pass up to `to`. An earlier time than now is ignored.
    pub fn advance(&mut self, to: DateTime<Utc>) {
        let to = whole_milliseconds(to);
        while let Some((at, task)) = self.queue.pop_due(to) {
            self.now = self.now.max(at);
            self.run(task);
            self.settle();
        }
        self.now = self.now.max(to);
    }

    /// The time in the world.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The time that `new` was told to start at.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// When the fault is put in.
    pub fn fault_at(&self) -> DateTime<Utc> {
        self.fault_at
    }

    /// The fault that happens here.
    pub fn scenario(&self) -> Option<Scenario> {
        self.scenario
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The tracks from which metrics, traces and logs follow.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The objects.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// One object as a reader sees it.
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.store.get(resource, namespace, name).map(|object| self.dress(resource, object))
    }

    /// Lets the controllers work until nothing is left to do at this moment.
    pub(crate) fn settle(&mut self) {
        for _ in 0..SETTLE_LIMIT {
            let Some(concern) = self.dirty.pop_first() else { return };
            self.reconcile(&concern);
        }
        tracing::error!(left = self.dirty.len(), "the controllers of the estate did not settle");
        self.dirty.clear();
    }

    /// Runs a task after a delay.
    pub(crate) fn after(&mut self, delay: TimeDelta, task: Task) {
        self.queue.push(self.now + delay, task);
    }

    /// Asks a controller to look at something before time goes on.
    pub(crate) fn mark(&mut self, concern: Concern) {
        self.dirty.insert(concern);
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::Inject => {
                if let Some(scenario) = self.scenario {
                    scenario.inject(self);
                }
            }
            Task::History(step) => seed::history(self, step),
            Task::ExpireEvent { namespace, name } => self.expire_event(&namespace, &name),
            Task::Kubelet { uid, run, step } => self.kubelet_step(&uid, run, step),
            Task::RetryScheduling { namespace, name } => self.mark(Concern::Pod(namespace, name)),
            Task::RolloutDeadline { namespace, name } => self.mark(Concern::Deployment(namespace, name)),
            Task::NodeFellSilent { node } => self.node_fell_silent(&node),
            Task::EvictFrom { node } => self.evict_from(&node),
            Task::CronTick { namespace, name } => self.cron_tick(&namespace, &name),
            Task::RenewCertificate { namespace, name } => self.mark(Concern::Certificate(namespace, name)),
            Task::VolumeCheck { namespace, name } => self.volume_check(&namespace, &name),
            Task::VolumeResized { namespace, name } => self.volume_resized(&namespace, &name),
            Task::Autoscale { namespace, name } => self.autoscale_again(namespace, name),
        }
    }

    fn reconcile(&mut self, concern: &Concern) {
        match concern {
            Concern::Deployment(namespace, name) => self.reconcile_deployment(namespace, name),
            Concern::StatefulSet(namespace, name) => self.reconcile_statefulset(namespace, name),
            Concern::DaemonSet(namespace, name) => self.reconcile_daemonset(namespace, name),
            Concern::CronJob(namespace, name) => self.reconcile_cronjob(namespace, name),
            Concern::Job(namespace, name) => self.reconcile_job(namespace, name),
            Concern::ReplicaSet(namespace, name) => self.reconcile_replicaset(namespace, name),
            Concern::Claim(namespace, name) => self.reconcile_claim(namespace, name),
            Concern::Node(name) => self.reconcile_node(name),
            Concern::Pod(namespace, name) => self.reconcile_pod(namespace, name),
            Concern::Service(namespace, name) => self.reconcile_service(namespace, name),
            Concern::Disruption(namespace) => self.reconcile_disruption(namespace),
            Concern::Autoscaler(namespace, name) => self.reconcile_autoscaler(namespace, name),
            Concern::Certificate(namespace, name) => self.reconcile_certificate(namespace, name),
            Concern::Traffic => self.reconcile_traffic(),
        }
    }
}
