//! One seed, from its beginning to the end of its last incident, on a paused clock and one thread.
//!
//! Guarantee: the same seed gives the same [`Run`], to the byte of its transcript.

use crate::chronicle::{Chronicle, Written};
use crate::evidence::following::Following;
use crate::evidence::{Evidence, Standing};
use crate::house::House;
use crate::invariants::{self, Breach};
use crate::mischief::Mischief;
use crate::outside;
use crate::people::Somebody;
use crate::replica::Replica;
use chrono::TimeDelta;
use domain::chain::hexadecimal;
use domain::guard::{self, Actor, Guards, Scope};
use domain::heal::Stage;
use domain::incident::State;
use domain::person::Role;
use ports::store::Log;
use ports::store::collections::GUARDS;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Between two looks of the invariants, where something was called meanwhile.
const STEP: Duration = Duration::from_secs(5);

/// Between two looks of the invariants in any case.
const WHOLE: Duration = Duration::from_secs(300);

/// The same once no incident is open any more.
const SOON: Duration = Duration::from_secs(30);

/// After so much simulated time what has not ended does not end.
const LONGEST: Duration = Duration::from_secs(5 * 3_600);

/// How jumps of clocks are counted: some invariants rest on the guards' time.
const CLOCK_JUMPS: [&str; 2] = ["clock jump forward", "clock jump back"];

/// How much a seed holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// One trouble within five minutes of faults: what the ordinary test run has time for.
    Small,
    /// Up to three troubles within thirteen minutes of faults.
    Whole,
}

impl Size {
    /// Troubles at most.
    pub const fn troubles(self) -> u64 {
        match self {
            Self::Small => 1,
            Self::Whole => 3,
        }
    }

    /// How long people wait, once it is calm, before they put right what Scarlet leaves.
    pub const fn patience(self) -> TimeDelta {
        match self {
            Self::Small => TimeDelta::minutes(6),
            Self::Whole => TimeDelta::minutes(12),
        }
    }

    /// How long an object rests after an action on it.
    pub const fn cool_down(self) -> TimeDelta {
        match self {
            Self::Small => TimeDelta::minutes(3),
            Self::Whole => TimeDelta::minutes(10),
        }
    }

    /// When nothing new befalls anything any more.
    pub const fn calm(self) -> Duration {
        match self {
            Self::Small => Duration::from_secs(5 * 60),
            Self::Whole => Duration::from_secs(13 * 60),
        }
    }
}

/// What came of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// What was broken; empty where everything held.
    pub breaches: Vec<Breach>,
    /// Transcript and counts.
    pub written: Written,
    /// SHA-256 of the transcript.
    pub digest: String,
    /// How many incidents there were.
    pub incidents: usize,
    /// How many times the cluster was changed.
    pub effects: usize,
}

/// Runs a seed.
///
/// # Errors
/// When the simulation itself cannot be built or its store not be read.
pub fn run(seed: u64, size: Size, mischief: Mischief) -> Result<Run, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| format!("no runtime could be made: {error}"))?;
    runtime.block_on(live(seed, size, mischief))
}

/// All that goes on.
struct Scene {
    house: Arc<House>,
    replicas: Vec<Arc<Replica>>,
    people: Vec<Arc<Somebody>>,
    tasks: JoinSet<()>,
    misfortunes: JoinSet<()>,
}

impl Scene {
    fn set(house: Arc<House>, size: Size, began: Instant) -> Self {
        let replicas = vec![Replica::new("A", &house, began), Replica::new("B", &house, began)];
        replicas.iter().for_each(|replica| house.bus.join(replica));
        let people = [("anna", Role::Approver), ("ben", Role::Approver), ("carl", Role::Responder)];
        let people: Vec<Arc<Somebody>> =
            people.iter().map(|(name, role)| Somebody::new(name, *role, &house, &replicas, began)).collect();
        let (mut tasks, mut misfortunes) = (JoinSet::new(), JoinSet::new());
        for replica in &replicas {
            tasks.spawn(Arc::clone(replica).run(house.clone()));
        }
        for somebody in &people {
            tasks.spawn(Arc::clone(somebody).run());
        }
        tasks.spawn(outside::alerts(house.clone(), replicas.clone()));
        misfortunes.spawn(outside::troubles(house.clone(), size.troubles()));
        if house.mischief == Mischief::None {
            misfortunes.spawn(outside::touches(house.clone()));
            for (replica, name) in replicas.iter().zip(["A", "B"]) {
                misfortunes.spawn(outside::misfortunes(house.clone(), replica.clone(), name));
            }
        }
        Self { house, replicas, people, tasks, misfortunes }
    }

    fn calm(&mut self) {
        self.misfortunes.abort_all();
        self.replicas.iter().for_each(|replica| replica.calm());
        self.people.iter().for_each(|somebody| somebody.calm());
        self.house.chronicle.tell("simulation", "no faults any more");
    }

    fn evidence(&self, standing: Standing, is_over: bool) -> Evidence {
        let (deeds, effects) = self.house.servers.deeds.all();
        let jumps = CLOCK_JUMPS.map(|sort| self.house.chronicle.count_of(sort));
        Evidence {
            allowed: self.house.allowed.clone(),
            deeds,
            effects,
            clocks_jumped: jumps.iter().any(|count| *count > 0),
            pods: self.house.cluster.now().pods_by_name(),
            is_over,
            standing,
        }
    }

    /// Everything that stands, read of the store itself and held against what was noted on the way.
    async fn whole(&self, following: &mut Following) -> Result<Standing, String> {
        let error = |error: StoreError| error.to_string();
        let followed = following.standing(&self.house.store, &self.house.watch).await.map_err(error)?;
        let standing = Standing::read(&self.house.store).await.map_err(error)?;
        if standing != followed && standing.broken_chains.is_empty() {
            return Err(format!(
                "seed {}: the notes of the simulation are not what stands in the store",
                self.house.seed
            ));
        }
        Ok(standing)
    }

    /// Whether there is nothing more to wait for.
    fn is_over(&self, standing: &Standing) -> bool {
        let ended = |state: State| matches!(state, State::Resolved | State::Closed);
        let world = self.house.cluster.now();
        standing.incidents.iter().all(|incident| ended(incident.state))
            && standing.heals.iter().all(|heal| matches!(heal.stage, Stage::Resolved { .. } | Stage::Closed))
            && standing.heals.iter().all(|heal| heal.owed.is_empty())
            && standing.incidents.len() == standing.heals.len()
            && crate::house::SERVICES.iter().all(|name| !world.is_ailing(name))
    }
}

async fn live(seed: u64, size: Size, mischief: Mischief) -> Result<Run, String> {
    let began = Instant::now();
    let chronicle = Arc::new(Chronicle::begin());
    let house = Arc::new(House::build((seed, size), mischief, began, chronicle.clone())?);
    let (autonomy, mode) = (house.allowed.autonomy, house.mode);
    chronicle.tell(
        "simulation",
        format_args!("seed {seed}, {size:?}: autonomy {autonomy}, mode {mode:?}, {:?}", house.rates),
    );
    if mischief == Mischief::Frozen {
        freeze(&house).await?;
    }
    let mut stage = Scene::set(house, size, began);
    let breaches = watched(&mut stage, size, began).await?;
    for breach in &breaches {
        chronicle.tell("BREACH", format_args!("{}: {}", breach.invariant, breach.what));
    }
    let incidents = Standing::read(&stage.house.store).await.map_err(|error| error.to_string())?.incidents.len();
    let (_, effects) = stage.house.servers.deeds.counts();
    stage.tasks.abort_all();
    stage.people.iter().for_each(|somebody| somebody.end());
    let written = chronicle.written();
    let digest = hexadecimal(&Sha256::digest(written.lines.join("\n")));
    Ok(Run { seed, breaches, written, digest, incidents, effects })
}

/// Waits until all is over or something is broken, and looks at each step.
async fn watched(stage: &mut Scene, size: Size, began: Instant) -> Result<Vec<Breach>, String> {
    let (mut known, mut last_whole, mut is_calm) = ((0, 0), Instant::now(), false);
    let mut following = Following::default();
    loop {
        tokio::time::sleep(STEP).await;
        if !is_calm && began.elapsed() >= size.calm() {
            is_calm = true;
            stage.calm();
            if stage.house.mischief == Mischief::Tampers {
                tamper(stage);
            }
        }
        let counts = stage.house.servers.deeds.counts();
        let is_new = counts != known;
        let may_be_over = is_calm && !stage.house.watch.any_incident();
        let is_due = last_whole.elapsed() >= if may_be_over { SOON } else { WHOLE };
        if !is_new && !is_due {
            continue;
        }
        known = counts;
        let standing = if is_due {
            last_whole = Instant::now();
            stage.whole(&mut following).await?
        } else {
            let followed = following.standing(&stage.house.store, &stage.house.watch).await;
            followed.map_err(|error| error.to_string())?
        };
        let is_over = is_due && ((is_calm && stage.is_over(&standing)) || began.elapsed() >= LONGEST);
        let breaches = invariants::breaches(&stage.evidence(standing, is_over));
        if !breaches.is_empty() || is_over {
            return Ok(breaches);
        }
    }
}

/// Everything is frozen, and nobody lifts it before the calm.
async fn freeze(house: &House) -> Result<(), String> {
    let by = Actor { person: "sim:nobody".to_owned(), is_approver: false };
    let guards = guard::freeze(&Guards::default(), Scope::All, &by, "a mischief", house.cluster.time());
    let body = serde_json::to_value(guards).map_err(|error| error.to_string())?;
    let write = Write::put(&GUARDS, "all", Expect::Any, Document::plain(body));
    house.watch.write(&house.store, write).await.map(|_| ()).map_err(|error| error.to_string())
}

/// Somebody changes what was written.
fn tamper(stage: &Scene) {
    for log in Log::ALL {
        stage.house.store.tamper(log, |lines, _| {
            if let Some(line) = lines.first_mut() {
                line.body = serde_json::json!({"changed": true});
            }
        });
    }
}
