//! Faults of configuration: a value that the program refuses, a secret that is not there.

use serde_json::json;

use super::{Cause, Definition, nothing};
use crate::world::World;
use crate::world::object::set;

/// A setting that the program cannot read.
pub static BAD_CONFIG: Definition = Definition {
    name: "bad-config",
    title: "checkout crash loops after a change of its configuration",
    description: "Somebody edited the ConfigMap checkout-config; the restarted checkout pods refuse the new value and crash.",
    cause: Cause { kind: "ConfigMap", namespace: "shop", name: "checkout-config" },
    affected: &[("shop", "checkout"), ("shop", "frontend")],
    questions: &[
        "what is wrong with checkout?",
        "what changed in shop in the last hour?",
        "show me the logs of checkout",
    ],
    prepare: nothing,
    inject: break_setting,
};

/// A reference to nothing.
pub static MISSING_SECRET: Definition = Definition {
    name: "missing-secret",
    title: "the payments rollout waits for a Secret that does not exist",
    description: "A new version of payments takes its key from the Secret payments-provider-key, which nobody created.",
    cause: Cause { kind: "Secret", namespace: "shop", name: "payments-provider-key" },
    affected: &[("shop", "payments")],
    questions: &["why is the payments rollout stuck?", "what is wrong with payments?"],
    prepare: nothing,
    inject: refer_to_nothing,
};

fn break_setting(world: &mut World) {
    world.edit("configmaps", "shop", "checkout-config", "kubectl-edit", |config| {
        set(config, &["data", "PAYMENT_TIMEOUT"], json!("5seconds"));
    });
    world.restart("shop", "checkout", "kubectl-rollout");
}

fn refer_to_nothing(world: &mut World) {
    world.edit_container("deployments", "shop", "payments", "kubectl-patch", |container| {
        let from = json!({"secretKeyRef": {"name": "payments-provider-key", "key": "api-key"}});
        for variable in container.get_mut("env").and_then(serde_json::Value::as_array_mut).into_iter().flatten() {
            if variable.get("name").is_some_and(|name| name == "PROVIDER_API_KEY") {
                set(variable, &["valueFrom"], from.clone());
            }
        }
    });
}
