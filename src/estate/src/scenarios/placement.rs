//! Faults of place and probe: requests that no node fits, a probe that asks for the wrong path, a node that dies.

use serde_json::json;

use super::{Cause, Definition, nothing};
use crate::world::World;
use crate::world::object::set;
use crate::world::seed::DEPLOYER;

/// Requests too large for any node.
pub static PENDING_RESOURCES: Definition = Definition {
    name: "pending-resources",
    title: "the catalog rollout asks for more CPU than any node has",
    description: "A rollout of catalog raised its CPU request to 6 cores; nodes have 4, so the new pod stays Pending.",
    cause: Cause { kind: "Deployment", namespace: "shop", name: "catalog" },
    affected: &[("shop", "catalog")],
    questions: &["why is a catalog pod pending?", "what is wrong with catalog?"],
    prepare: nothing,
    inject: |world: &mut World| {
        world.edit_container("deployments", "shop", "catalog", "kubectl-set", |container| {
            set(container, &["resources", "requests", "cpu"], json!("6"));
        });
    },
};

/// A probe of the wrong path.
pub static FAILING_READINESS: Definition = Definition {
    name: "failing-readiness",
    title: "no frontend pod becomes ready since its last release",
    description: "Release 4.13.0 of frontend is probed at /healthz-v2, which it does not serve; the rollout replaced all pods at once.",
    cause: Cause { kind: "Deployment", namespace: "shop", name: "frontend" },
    affected: &[("shop", "frontend"), ("edge", "ingress-gateway")],
    questions: &["why is the shop down?", "what is wrong with frontend?"],
    prepare: nothing,
    inject: break_probe,
};

/// A node that stops answering.
pub static NODE_NOT_READY: Definition = Definition {
    name: "node-not-ready",
    title: "node worker-3 stopped answering",
    description: "The machine worker-3 no longer posts its status; its pods are unready and evicted after five minutes.",
    cause: Cause { kind: "Node", namespace: "", name: "worker-3" },
    affected: &[("shop", "frontend"), ("shop", "checkout"), ("shop", "payments")],
    questions: &["how is my cluster?", "which nodes are in trouble?"],
    prepare: nothing,
    inject: |world: &mut World| world.silence_node("worker-3"),
};

fn break_probe(world: &mut World) {
    world.edit("deployments", "shop", "frontend", DEPLOYER, |deployment| {
        set(deployment, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], json!("100%"));
        if let Some(container) = deployment.pointer_mut("/spec/template/spec/containers/0") {
            set(container, &["image"], json!("registry.example.com/shop/frontend:4.13.0"));
            set(container, &["readinessProbe", "httpGet", "path"], json!("/healthz-v2"));
        }
    });
}
