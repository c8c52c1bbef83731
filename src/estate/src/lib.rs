//! A simulated estate: a seeded world in which faults happen and actions work, spoken to over the real wire APIs of Kubernetes,
//! Prometheus, Alertmanager, Loki and Tempo.
//!
//! The world is a pure core (`world`); `Estate` puts a clock beside it and advances it at each request, so nothing ticks in the
//! background. The ends are axum routers, usable in-process as tower services or served on loopback ports.

mod base64;
pub mod kubernetes;
pub mod scenarios;
pub mod serve;
pub mod telemetry;
pub mod world;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use scenarios::Scenario;
use world::World;

/// A world and the clock by which it moves.
pub struct Estate {
    world: Mutex<World>,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    changed: tokio::sync::Notify,
}

impl Estate {
    /// Puts a clock beside a world.
    pub fn new(world: World, clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>) -> Arc<Self> {
        Arc::new(Self { world: Mutex::new(world), clock, changed: tokio::sync::Notify::new() })
    }

    /// A world of the present that follows the machine's clock; its fault lies `fault_age` back.
    pub fn live(seed: u64, scenario: Option<Scenario>, fault_age: chrono::TimeDelta) -> Arc<Self> {
        let start = Utc::now();
        Self::new(World::new(seed, start, scenario, start - fault_age), Arc::new(Utc::now))
    }

    /// Looks at the world, or acts on it, after it was advanced to the clock's now.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        // A panic while the lock was held leaves objects that are each whole; readers go on.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance((self.clock)());
        look(&mut world)
    }

    /// Wakes those who wait for a change.
    pub fn notify(&self) {
        self.changed.notify_waiters();
    }

    /// Waits until somebody changed something through this estate.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }
}

impl fmt::Debug for Estate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Estate").finish_non_exhaustive()
    }
}
