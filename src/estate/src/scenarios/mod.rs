//! The faults that can happen in the estate, each with its known root cause.
//!
//! A fault changes only what a person or a failing part would change; the physics of the world does the rest, so undoing the change heals it.

mod configuration;
mod edge;
mod placement;
mod releases;
mod storage;

use std::fmt;

use crate::world::World;

/// What a scenario is.
pub struct Definition {
    /// Name on the command line.
    pub name: &'static str,
    /// A headline.
    pub title: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// The object at the root of it.
    pub cause: Cause,
    /// The services that suffer: (namespace, name).
    pub affected: &'static [(&'static str, &'static str)],
    /// Questions worth asking.
    pub questions: &'static [&'static str],
    prepare: fn(&mut World),
    inject: fn(&mut World),
}

/// The object at the root of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Kind.
    pub kind: &'static str,
    /// Namespace, empty for what belongs to the cluster.
    pub namespace: &'static str,
    /// Name.
    pub name: &'static str,
}

/// One of the known scenarios.
#[derive(Clone, Copy)]
pub struct Scenario(&'static Definition);

static ALL: [&Definition; 12] = [
    &configuration::BAD_CONFIG,
    &releases::OOM_AFTER_ROLLOUT,
    &configuration::MISSING_SECRET,
    &releases::IMAGE_PULL,
    &placement::PENDING_RESOURCES,
    &placement::FAILING_READINESS,
    &storage::SLOW_DATABASE,
    &edge::CERTIFICATE_EXPIRING,
    &storage::DISK_FILLING,
    &releases::ERROR_BURST,
    &placement::NODE_NOT_READY,
    &edge::NETWORK_POLICY,
];

impl Scenario {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|definition| Self(definition))
    }

    /// The one of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|scenario| scenario.name == name)
    }

    /// Makes the conditions under which the fault is possible; called before time starts.
    pub(crate) fn prepare(self, world: &mut World) {
        (self.0.prepare)(world);
    }

    /// Puts the fault in.
    pub(crate) fn inject(self, world: &mut World) {
        (self.0.inject)(world);
    }
}

impl std::ops::Deref for Scenario {
    type Target = Definition;

    fn deref(&self) -> &Definition {
        self.0
    }
}

impl PartialEq for Scenario {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Scenario {}

impl fmt::Debug for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Scenario({})", self.0.name)
    }
}

fn nothing(_: &mut World) {}
