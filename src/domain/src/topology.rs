//! What stands on what in one environment: workloads and their pods, services, nodes, and who calls whom.
//!
//! A pure graph, made of what the read tools return. An edge goes from what depends to what it depends on: caller to called,
//! workload to node, workload to what its pods refer to. Pods and services are taken together with their workload: they
//! are one place.
//!
//! Guarantees: bounded, with a count of what found no room; cycles end every walk; the same rows in any order make the same
//! graph. What the graph does not know stands for itself: nothing is taken for related without a row that says so.
//!
//! Deliberately absent: health, and any reading of a backend. One graph is of one environment.

mod build;
mod names;
mod walk;

#[cfg(test)]
pub(crate) mod tests;

pub use build::Rows;
pub use names::stable;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The graph. Places are named by keys: `shop/checkout` for a workload with its pods and services, `Node worker-1`,
/// `ConfigMap shop/settings`, `service ledger` for a service that only traces know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// The place of what belongs to another: pods, replica sets, jobs, services.
    #[serde(default)]
    places: BTreeMap<String, String>,
    /// What each place depends on.
    #[serde(default)]
    needs: BTreeMap<String, BTreeSet<String>>,
    /// The other way round.
    #[serde(default)]
    needed_by: BTreeMap<String, BTreeSet<String>>,
    /// Places by the bare name that traces call them, where it is only one.
    #[serde(default)]
    by_name: BTreeMap<String, String>,
    /// How many edges there are.
    #[serde(default)]
    edges: usize,
    /// Rows that found no room.
    #[serde(default)]
    left_out: u64,
}
