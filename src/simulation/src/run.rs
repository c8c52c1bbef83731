//! One seed, from its beginning to the end of its last incident, on a paused clock and one thread.
//!
//! Guarantee: the same seed gives the same [`Run`], to the byte of its transcript.

use crate::chronicle::{Chronicle, Written};
use crate::evidence::{Evidence, Standing};
use crate::house::House;
use crate::invariants::{self, Breach};
use crate::mischief::Mischief;
use crate::outside;
use crate::people::Somebody;
use crate::replica::Replica;
use domain::chain::hexadecimal;
use domain::guard::{self, Actor, Guards, Scope};
use domain::heal::Stage;
use domain::incident::State;
use domain::person::Role;
use ports::store::Log;
use ports::store::collections::GUARDS;
use ports::store::document::{Document, Expect, Write};
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

    async fn evidence(&self, is_over: bool) -> Result<Evidence, String> {
        let standing = Standing::read(&self.house.store).await.map_err(|error| error.to_string())?;
        let (deeds, effects) = self.house.servers.deeds.all();
        let Standing { incidents, heals, approvals, journal, open, under_way, reports } = standing;
        Ok(Evidence {
            allowed: self.house.allowed.clone(),
            deeds,
            effects,
            clocks_jumped: self.house.chronicle.count_of("clock jump") > 0,
            is_over,
            incidents,
            heals,
            approvals,
            journal,
            open,
            under_way,
            reports,
        })
    }

    /// Whether there is nothing more to wait for.
    async fn is_over(&self) -> Result<bool, String> {
        let standing = Standing::read(&self.house.store).await.map_err(|error| error.to_string())?;
        let ended = |state: State| matches!(state, State::Resolved | State::Closed);
        Ok(standing.incidents.iter().all(|incident| ended(incident.state))
            && standing.heals.iter().all(|heal| matches!(heal.stage, Stage::Resolved { .. } | Stage::Closed))
            && standing.heals.iter().all(|heal| heal.owed.is_empty())
            && standing.incidents.len() == standing.heals.len()
            && crate::house::SERVICES.iter().all(|name| !self.house.cluster.now().is_ailing(name)))
    }
}

async fn live(seed: u64, size: Size, mischief: Mischief) -> Result<Run, String> {
    let began = Instant::now();
    let chronicle = Arc::new(Chronicle::begin());
    let house = Arc::new(House::build(seed, mischief, began, chronicle.clone())?);
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
    let evidence = stage.evidence(true).await?;
    stage.tasks.abort_all();
    stage.people.iter().for_each(|somebody| somebody.end());
    let written = chronicle.written();
    let digest = hexadecimal(&Sha256::digest(written.lines.join("\n")));
    Ok(Run { seed, breaches, written, digest, incidents: evidence.incidents.len(), effects: evidence.effects.len() })
}

/// Waits until all is over or something is broken, and looks at each step.
async fn watched(stage: &mut Scene, size: Size, began: Instant) -> Result<Vec<Breach>, String> {
    let (mut known, mut last_whole, mut is_calm) = ((0, 0), Instant::now(), false);
    loop {
        tokio::time::sleep(STEP).await;
        if !is_calm && began.elapsed() >= size.calm() {
            is_calm = true;
            stage.calm();
            if stage.house.mischief == Mischief::Tampers {
                tamper(stage);
            }
        }
        let (deeds, effects) = stage.house.servers.deeds.all();
        let is_new = (deeds.len(), effects.len()) != known;
        let may_be_over = is_calm && !stage.house.watch.any_incident();
        let is_due = last_whole.elapsed() >= if may_be_over { SOON } else { WHOLE };
        if !is_new && !is_due {
            continue;
        }
        known = (deeds.len(), effects.len());
        let breaches = invariants::breaches(&stage.evidence(false).await?);
        if !breaches.is_empty() {
            return Ok(breaches);
        }
        if is_due {
            last_whole = Instant::now();
            if (is_calm && stage.is_over().await?) || began.elapsed() >= LONGEST {
                return Ok(invariants::breaches(&stage.evidence(true).await?));
            }
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
