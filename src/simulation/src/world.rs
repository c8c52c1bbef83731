//! A small cluster as a pure value: workloads with revisions and pods, nodes, and what ails them.
//!
//! It changes by time ([`World::settle`]), by calls of act tools ([`World::perform`]) and by what befalls it
//! ([`World::befall`]); it is looked at through the read tools ([`looks`]). What ails it is hidden behind what those show, as
//! with a real cluster. Versions, generations and revisions are counted as the Kubernetes API counts them: a change of what is
//! wanted counts one of each, and going back to a revision makes it the newest.
//!
//! Deliberately absent: metrics and logs (the read tools for them are not on offer here), time of its own, chance.

pub(crate) mod act;
pub mod looks;
mod manifest;
mod pods;
mod trouble;

pub use act::Permit;
pub use trouble::{Ailment, Trouble};

use chrono::{DateTime, TimeDelta, Utc};
use domain::object::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};

/// The namespace of everything.
pub const NAMESPACE: &str = "shop";

/// The only cluster.
pub const CLUSTER: &str = "sim";

/// How long a node stays away; its pods come back elsewhere after a third of that.
const NODE_AWAY: TimeDelta = TimeDelta::minutes(18);

/// One revision of a workload's template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its number.
    pub revision: u64,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Its image.
    pub image: String,
    /// When its pods were last made anew, as the annotation says.
    pub restarted: Option<String>,
    /// Memory limit.
    pub memory: String,
    /// Whether its pods cannot work.
    pub is_broken: bool,
    /// What it changed against the one before.
    pub diff: Vec<String>,
}

/// One pod by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Where it runs.
    pub node: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Its resource version.
    pub version: u64,
}

/// A Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// Its name.
    pub name: String,
    /// Pods wanted.
    pub desired: u32,
    /// Resource version.
    pub version: u64,
    /// Counts changes of what is wanted.
    pub generation: i64,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Its revisions, oldest first; the last is current.
    pub templates: Vec<Template>,
    /// Its pods.
    pub places: Vec<Place>,
    /// What ails it.
    pub ailment: Option<Ailment>,
    /// Until when its pods are made anew, and what ails it then.
    pub rolling: Option<(DateTime<Utc>, Option<Ailment>)>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Resource version.
    pub version: u64,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Whether it takes no new pods.
    pub is_cordoned: bool,
    /// Since when it is away.
    pub away_since: Option<DateTime<Utc>>,
}

/// The cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// The last resource version that was given.
    versions: u64,
    /// The last pod that was made.
    serial: u64,
    /// Workloads by name.
    pub workloads: BTreeMap<String, Workload>,
    /// Nodes by name.
    pub machines: BTreeMap<String, Machine>,
}

impl World {
    /// A healthy cluster: these workloads, with three pods each, on three nodes.
    pub fn healthy(names: &[&str], now: DateTime<Utc>) -> Self {
        let long_ago = now - TimeDelta::days(9);
        let mut world = Self { versions: 1_000, serial: 0, workloads: BTreeMap::new(), machines: BTreeMap::new() };
        for number in 1..=3 {
            let (name, version) = (format!("worker-{number}"), world.version());
            let machine =
                Machine { name: name.clone(), version, created: long_ago, is_cordoned: false, away_since: None };
            world.machines.insert(name, machine);
        }
        for name in names {
            let template = |revision: u64, created| Template {
                revision,
                created,
                image: format!("registry.example.com/shop/{name}:1.{revision}"),
                restarted: None,
                memory: "256Mi".to_owned(),
                is_broken: false,
                diff: Vec::new(),
            };
            let mut first_change = template(2, now - TimeDelta::days(3));
            first_change.diff = vec![format!(
                "containers[app].image: registry.example.com/shop/{name}:1.1 -> registry.example.com/shop/{name}:1.2"
            )];
            let version = world.version();
            world.workloads.insert(
                (*name).to_owned(),
                Workload {
                    name: (*name).to_owned(),
                    desired: 3,
                    version,
                    generation: 2,
                    created: long_ago,
                    templates: vec![template(1, long_ago), first_change],
                    places: Vec::new(),
                    ailment: None,
                    rolling: None,
                },
            );
            world.make_pods_anew(name, now - TimeDelta::days(3));
        }
        world
    }

    fn version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    /// A workload that an object names.
    fn workload(&self, object: &ObjectRef) -> Option<&Workload> {
        let is_one = object.kind == "Deployment" && object.namespace.as_deref() == Some(NAMESPACE);
        self.workloads.get(&object.name).filter(|_| is_one)
    }

    /// All pods of a workload are other ones from now on, on machines that take them.
    fn make_pods_anew(&mut self, name: &str, now: DateTime<Utc>) {
        let Some(desired) = self.workloads.get(name).map(|workload| workload.desired) else { return };
        let places = (0..desired).map(|index| self.place(name, index, now)).collect();
        if let Some(workload) = self.workloads.get_mut(name) {
            workload.places = places;
        }
    }

    fn place(&mut self, name: &str, index: u32, now: DateTime<Utc>) -> Place {
        let free: Vec<&String> = self
            .machines
            .values()
            .filter(|machine| !machine.is_cordoned && machine.away_since.is_none())
            .map(|machine| &machine.name)
            .collect();
        let at = usize::try_from(index).unwrap_or(0) % free.len().max(1);
        let node = free.get(at).map_or_else(String::new, |node| (*node).clone());
        self.serial += 1;
        let revision = self.workloads.get(name).and_then(Workload::current).map_or(0, |template| template.revision);
        let pod = format!("{name}-{:08x}c-{}", revision.wrapping_mul(0x9e37_79b1) & 0xffff_ffff, ending(self.serial));
        Place { name: pod, node, created: now, version: self.version() }
    }

    /// Time went by: rollouts end, pods of a machine that is away come back elsewhere, what ends by itself ends.
    pub fn settle(&mut self, now: DateTime<Utc>) {
        for name in self.workloads.keys().cloned().collect::<Vec<_>>() {
            let Some(workload) = self.workloads.get_mut(&name) else { continue };
            if let Some((until, after)) = workload.rolling.clone()
                && until <= now
            {
                (workload.rolling, workload.ailment) = (None, after);
                self.make_pods_anew(&name, until);
            }
            if let Some(workload) = self.workloads.get_mut(&name)
                && workload.ailment.as_ref().and_then(|ailment| ailment.ends_at).is_some_and(|end| end <= now)
            {
                workload.ailment = None;
            }
        }
        self.settle_machines(now);
    }

    fn settle_machines(&mut self, now: DateTime<Utc>) {
        let away: Vec<(String, DateTime<Utc>)> =
            self.machines.values().filter_map(|one| Some((one.name.clone(), one.away_since?))).collect();
        for (name, since) in away {
            if now - since >= NODE_AWAY / 3 {
                self.move_pods_from(&name, since + NODE_AWAY / 3);
            }
            if now - since >= NODE_AWAY
                && let Some(machine) = self.machines.get_mut(&name)
            {
                machine.away_since = None;
            }
        }
    }

    fn move_pods_from(&mut self, node: &str, now: DateTime<Utc>) {
        for name in self.workloads.keys().cloned().collect::<Vec<_>>() {
            let count = self.workloads.get(&name).map_or(0, |workload| workload.places.len());
            for index in 0..count {
                let is_there = self
                    .workloads
                    .get(&name)
                    .and_then(|workload| workload.places.get(index))
                    .is_some_and(|place| place.node == node);
                if is_there {
                    let place = self.place(&name, u32::try_from(index).unwrap_or(0), now);
                    if let Some(old) = self.workloads.get_mut(&name).and_then(|one| one.places.get_mut(index)) {
                        *old = place;
                    }
                }
            }
        }
    }

    /// Somebody else changes a label of a workload: another version, and nothing that matters.
    pub fn touch(&mut self, name: &str) {
        let version = self.version();
        if let Some(workload) = self.workloads.get_mut(name) {
            workload.version = version;
        }
    }

    /// A person puts everything right.
    pub fn repair(&mut self, now: DateTime<Utc>) {
        for machine in self.machines.values_mut() {
            (machine.away_since, machine.is_cordoned) = (None, false);
        }
        for name in self.workloads.keys().cloned().collect::<Vec<_>>() {
            let version = self.version();
            let Some(workload) = self.workloads.get_mut(&name) else { continue };
            if workload.ailment.is_none() && workload.rolling.is_none() {
                continue;
            }
            (workload.ailment, workload.rolling) = (None, None);
            if let Some(template) = workload.templates.last_mut() {
                template.is_broken = false;
            }
            (workload.version, workload.generation) = (version, workload.generation + 1);
            self.make_pods_anew(&name, now);
        }
    }

    /// The names of all pods.
    pub fn pods_by_name(&self) -> BTreeSet<String> {
        self.workloads.values().flat_map(|workload| &workload.places).map(|place| place.name.clone()).collect()
    }

    /// What ails a workload now, the machines counted in, as people outside would notice it.
    pub fn is_ailing(&self, name: &str) -> bool {
        self.workloads.get(name).is_some_and(|workload| self.ready(workload) < workload.desired)
    }
}

impl Workload {
    /// Its name as an object.
    pub fn object(&self) -> ObjectRef {
        ObjectRef::namespaced("Deployment", NAMESPACE, &self.name)
    }

    /// The template that is wanted.
    pub fn current(&self) -> Option<&Template> {
        self.templates.last()
    }
}

/// Five letters and digits, as the random ends of pods have them.
fn ending(serial: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut rest = serial.wrapping_mul(7_919).wrapping_add(104_729);
    (0..5)
        .map(|_| {
            let letter = LETTERS.get(usize::try_from(rest % 27).unwrap_or(0)).copied().unwrap_or(b'x');
            rest /= 27;
            char::from(letter)
        })
        .collect()
}
