//! How the world begins: its cluster, its applications, and what its people did in the three weeks before anybody asks.

mod cluster;
mod extras;
pub mod topology;
mod workloads;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::World;
use super::object::set;
use super::task::Task;
use super::writes::WriteOptions;

/// Something that people did in the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryStep {
    /// An application went to another of its tags.
    Release { namespace: &'static str, name: &'static str, tag: &'static str },
    /// A setting was changed and the application restarted.
    Setting { namespace: &'static str, name: &'static str, key: &'static str, value: &'static str, who: &'static str },
    /// A batch job was started by hand.
    Batch,
}

const DAY: i64 = 24 * 60;

/// Minutes before the start (or the fault, if that is earlier), and what happened.
const HISTORY: &[(i64, HistoryStep)] = &[
    (12 * DAY + 95, HistoryStep::Release { namespace: "shop", name: "frontend", tag: "4.12.1" }),
    (6 * DAY + 310, HistoryStep::Release { namespace: "shop", name: "cart", tag: "1.9.0" }),
    (4 * DAY + 221, HistoryStep::Release { namespace: "shop", name: "catalog", tag: "5.1.1" }),
    (
        2 * DAY + 48,
        HistoryStep::Setting {
            namespace: "shop",
            name: "frontend",
            key: "FEATURE_GIFT_CARDS_ENABLED",
            value: "false",
            who: "kubectl-edit",
        },
    ),
    (26 * 60, HistoryStep::Release { namespace: "shop", name: "checkout", tag: "2.4.1" }),
    (3 * 60 + 10, HistoryStep::Batch),
    (37, HistoryStep::Release { namespace: "shop", name: "shipping", tag: "0.15.2" }),
];

/// The one who deploys here.
pub const DEPLOYER: &str = "argocd-controller";

/// Builds everything at the world's first moment.
pub fn build(world: &mut World) {
    cluster::build(world);
    for application in topology::APPLICATIONS {
        workloads::build(world, application);
    }
    extras::build(world);
    let base = world.start.min(world.fault_at);
    for (minutes, step) in HISTORY {
        world.queue.push(base - TimeDelta::minutes(*minutes), Task::History(*step));
    }
}

/// Does one step of the past.
pub fn history(world: &mut World, step: HistoryStep) {
    match step {
        HistoryStep::Release { namespace, name, tag } => {
            world.release(namespace, name, tag, DEPLOYER);
        }
        HistoryStep::Setting { namespace, name, key, value, who } => {
            world.edit("configmaps", namespace, &format!("{name}-config"), who, |config| {
                set(config, &["data", key], json!(value))
            });
            world.restart(namespace, name, "kubectl-rollout");
        }
        HistoryStep::Batch => extras::price_import(world),
    }
}

impl World {
    /// Changes the tag of an application's image.
    pub fn release(&mut self, namespace: &str, name: &str, tag: &str, manager: &str) -> bool {
        self.edit_container("deployments", namespace, name, manager, |container| {
            let image = super::object::text(container, "/image").to_owned();
            let repository = image.rsplit_once(':').map_or(image.as_str(), |(repository, _)| repository);
            set(container, &["image"], json!(format!("{repository}:{tag}")));
        })
    }

    /// Changes the first container in the template of a workload.
    pub fn edit_container(
        &mut self,
        resource: &'static str,
        namespace: &str,
        name: &str,
        manager: &str,
        change: impl FnOnce(&mut Value),
    ) -> bool {
        self.edit(resource, namespace, name, manager, |object| {
            if let Some(container) = object.pointer_mut("/spec/template/spec/containers/0") {
                change(container);
            }
        })
    }

    /// Restarts a deployment as `kubectl rollout restart` does.
    pub fn restart(&mut self, namespace: &str, name: &str, manager: &str) -> bool {
        let now = super::object::timestamp(self.now);
        self.edit("deployments", namespace, name, manager, |deployment| {
            let path = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
            set(deployment, &path, json!(now));
        })
    }

    /// Makes an object that must not fail: the seed is ours.
    pub(crate) fn plant(&mut self, resource: &'static str, object: Value, manager: &str) {
        if let Err(rejection) = self.create(resource, object, &WriteOptions::by(manager)) {
            tracing::error!(%rejection, "the seed of the estate holds an object that its own API refuses");
        }
    }
}
