//! Faults of data: a database that became slow, a volume that fills.

use super::{Cause, Definition, nothing};
use crate::world::World;

/// Every query takes seconds.
pub static SLOW_DATABASE: Definition = Definition {
    name: "slow-database",
    title: "orders-db answers in seconds instead of milliseconds",
    description: "A session in orders-db scans the whole orders table and saturates its volume; checkout, catalog and shipping wait behind it.",
    cause: Cause { kind: "StatefulSet", namespace: "data", name: "orders-db" },
    affected: &[
        ("data", "orders-db"),
        ("shop", "checkout"),
        ("shop", "catalog"),
        ("shop", "shipping"),
        ("shop", "frontend"),
    ],
    questions: &["why is checkout slow?", "why is catalog slow?", "compare the latency with an hour ago"],
    prepare: nothing,
    inject: |world: &mut World| world.slow_down("data", "orders-db-0", 900.0),
};

/// A volume that is nearly full.
pub static DISK_FILLING: Definition = Definition {
    name: "disk-filling",
    title: "the volume of search-index is nearly full",
    description: "The index of search grew to 97 % of its volume; the engine refuses writes and will run out of space within the hour.",
    cause: Cause { kind: "PersistentVolumeClaim", namespace: "data", name: "data-search-index-0" },
    affected: &[("data", "search-index"), ("shop", "search")],
    questions: &["which volumes are nearly full?", "why does search fail?"],
    prepare: nothing,
    inject: |world: &mut World| world.fill_volume("data", "data-search-index-0", 0.97, 100.0, 600_000.0),
};
