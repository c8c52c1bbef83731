//! Faults that come with a release: a leak, a tag that is not there, a mistake in the code.

use super::{Cause, Definition, nothing};
use crate::world::World;
use crate::world::seed::DEPLOYER;

/// A leak.
pub static OOM_AFTER_ROLLOUT: Definition = Definition {
    name: "oom-after-rollout",
    title: "recommendation is killed for its memory since its last release",
    description: "Release 3.2.0 of recommendation leaks memory; its pods reach their limit within a minute and are killed, again and again.",
    cause: Cause { kind: "Deployment", namespace: "shop", name: "recommendation" },
    affected: &[("shop", "recommendation"), ("shop", "frontend")],
    questions: &["why does recommendation keep restarting?", "who uses the memory in shop?"],
    prepare: nothing,
    inject: |world: &mut World| {
        world.release("shop", "recommendation", "3.2.0", DEPLOYER);
    },
};

/// A tag that the registry does not have.
pub static IMAGE_PULL: Definition = Definition {
    name: "image-pull",
    title: "the search rollout cannot pull its image",
    description: "search was rolled out to the tag 6.3.1-rc2, which the registry does not have.",
    cause: Cause { kind: "Deployment", namespace: "shop", name: "search" },
    affected: &[("shop", "search")],
    questions: &["why is the new search pod not starting?", "what is wrong with search?"],
    prepare: nothing,
    inject: |world: &mut World| {
        world.release("shop", "search", "6.3.1-rc2", DEPLOYER);
    },
};

/// A mistake in the code.
pub static ERROR_BURST: Definition = Definition {
    name: "error-burst",
    title: "payments answers a third of its requests with errors since its last release",
    description: "Release 2.8.0 of payments fails on cards without a network token; its pods are ready all the same.",
    cause: Cause { kind: "Deployment", namespace: "shop", name: "payments" },
    affected: &[("shop", "payments"), ("shop", "checkout"), ("shop", "frontend")],
    questions: &["why do payments fail?", "what changed before the errors in checkout?"],
    prepare: nothing,
    inject: |world: &mut World| {
        world.release("shop", "payments", "2.8.0", DEPLOYER);
    },
};
