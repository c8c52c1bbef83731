//! What is known of the world while signals are placed: who stands on what, and what people silenced.
//!
//! Each environment is looked at again and again through the read tools; what was seen is swapped in whole, so that whoever
//! asks gets an answer at once and never half of one.
//!
//! Guarantees: a look that failed leaves what was seen before, with its age for whoever shows it ([`LookedAround::standing`]);
//! what was not seen for [`STALE`] is told as unknown. It still places signals: when a cluster does not answer, who stood on
//! whom a while ago is what keeps one outage from becoming a hundred incidents. A list of silences that could not be read
//! silences nothing new, and a silence ends at its own time whether it is read or not. Each environment, and each kind of
//! thing in it, is looked for by itself: one that hangs, fails or breaks holds up no other. Every look has a deadline,
//! every list a bound.
//!
//! Deliberately absent: owner trees (one call for each workload, every minute; pods name their owners); what follows of it
//! (`domain::correlation`); any wish to lead: looking changes nothing, so every replica looks.

mod asking;
mod known;
mod looking;
mod standing;

#[cfg(test)]
mod tests;

pub use standing::{Part, STALE, Standing};

use super::intake::Surroundings;
use domain::correlation::Rules;
use domain::signal::ignore::Ignore;
use domain::topology::Topology;
use futures::FutureExt as _;
use futures::future::join_all;
use known::Known;
use ports::clock::Clock;
use ports::toolbox::Toolboxes;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Between the beginnings of two looks, unless it is set otherwise.
const EVERY: Duration = Duration::from_secs(60);

/// Between two looks before the cluster was seen once.
const FIRST_AGAIN: Duration = Duration::from_secs(5);

/// Between two looks at least.
const SHORTEST: Duration = Duration::from_secs(1);

/// Where an environment is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Name of the environment, as in the settings.
    pub environment: String,
    /// The cluster by name, where the read tools know several.
    pub cluster: Option<String>,
    /// The Prometheus whose Alertmanager has the silences, by name, where there are several.
    pub prometheus: Option<String>,
    /// The Tempo, by name, where there are several.
    pub tempo: Option<String>,
}

impl Place {
    /// An environment with its cluster, and the only Prometheus and Tempo that there are.
    pub fn new(environment: impl Into<String>, cluster: Option<String>) -> Self {
        Self { environment: environment.into(), cluster, prometheus: None, tempo: None }
    }
}

/// One environment as it is known.
struct Environment {
    place: Place,
    known: Mutex<Known>,
    topology: Mutex<Arc<Topology>>,
    /// Whether the cluster was seen once.
    has_looked: AtomicBool,
}

/// The surroundings, as the read tools show them.
pub struct LookedAround {
    tools: Toolboxes,
    clock: Arc<dyn Clock>,
    environments: BTreeMap<String, Environment>,
    /// What holds whatever is seen: numbers, noise, maintenance.
    base: Rules,
    rules: Mutex<Arc<Rules>>,
    /// Of environments that are not looked at.
    nowhere: Arc<Topology>,
    every: Duration,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LookedAround {
    /// Nothing is seen yet. `base` holds numbers and maintenance, `ignores` is known noise beside that of `base`. Of two
    /// places of one environment the last counts.
    pub fn new(
        tools: Toolboxes,
        clock: Arc<dyn Clock>,
        places: Vec<Place>,
        ignores: Vec<Ignore>,
        mut base: Rules,
    ) -> Self {
        base.ignores.extend(ignores);
        let environment = |place: Place| {
            let name = place.environment.clone();
            (
                name,
                Environment {
                    place,
                    known: Mutex::default(),
                    topology: Mutex::default(),
                    has_looked: AtomicBool::new(false),
                },
            )
        };
        Self {
            tools,
            clock,
            environments: places.into_iter().map(environment).collect(),
            rules: Mutex::new(Arc::new(base.clone())),
            base,
            nowhere: Arc::default(),
            every: EVERY,
        }
    }

    /// The same with another pause between two looks, a second at least.
    #[must_use]
    pub fn every(self, every: Duration) -> Self {
        Self { every: every.max(SHORTEST), ..self }
    }

    /// Looks until it is stopped, first at once.
    pub async fn run(&self, stop: CancellationToken) {
        join_all(self.environments.values().map(|environment| self.see_to(environment, &stop))).await;
    }

    /// Looks at everything once.
    pub async fn look(&self, stop: &CancellationToken) {
        join_all(self.environments.values().map(|environment| self.look_at(environment, stop))).await;
    }

    /// How old everything is that is known, and what keeps it from being seen; by environment, in a fixed order.
    pub fn standing(&self) -> Vec<Standing> {
        let now = Instant::now();
        let of = |(name, environment): (&String, &Environment)| lock(&environment.known).standing(name, now);
        self.environments.iter().flat_map(of).collect()
    }

    async fn see_to(&self, environment: &Environment, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let began = Instant::now();
            if AssertUnwindSafe(self.look_at(environment, stop)).catch_unwind().await.is_err() {
                let name = &environment.place.environment;
                tracing::error!(
                    environment = name,
                    "a look around broke: this is a mistake in the program; it is looked again"
                );
            }
            // Signals are held for the first look: one that saw nothing is made again soon.
            let has_looked = environment.has_looked.load(Ordering::Relaxed);
            let pause = if has_looked { self.every } else { self.every.min(FIRST_AGAIN) };
            let next = (began + pause).max(Instant::now() + SHORTEST);
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// Puts together what holds now. What is over is left out, so that it takes no room.
    fn swap_rules(&self) {
        // Held from reading to writing: of two environments that were seen at once, the last one counts both.
        let mut rules = lock(&self.rules);
        let now = self.clock.now();
        let mut next = self.base.clone();
        for environment in self.environments.values() {
            next.quiets.extend(lock(&environment.known).quiets(now));
        }
        if **rules != next {
            *rules = Arc::new(next);
        }
    }
}

impl Surroundings for LookedAround {
    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&lock(&self.rules))
    }

    fn topology(&self, environment: &str) -> Arc<Topology> {
        let topology = |found: &Environment| Arc::clone(&lock(&found.topology));
        self.environments.get(environment).map_or_else(|| Arc::clone(&self.nowhere), topology)
    }

    fn has_looked(&self) -> bool {
        self.environments.values().all(|environment| environment.has_looked.load(Ordering::Relaxed))
    }
}
