//! How Scarlet's sources stand, for `GET /health`: each that cannot be heard is told, with when it was heard last.
//!
//! A source that is away is no failure of the service: a restart would help nothing.

use super::rooms::Room;
use crate::settings::Settings;
use crate::wiring::freezing::standing;
use async_trait::async_trait;
use chrono::Utc;
use engine::scarlet::intake::SignalIntake;
use engine::scarlet::senses::Board;
use engine::scarlet::surroundings::{LookedAround, Part as Seen, Standing};
use ports::guards::Guarding;
use ports::signals::Intake as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use web::health::{Component, Part, Status};

const NAME: &str = "scarlet";

/// Sources that are named at most.
const NAMED: usize = 5;

/// Her part.
pub struct ScarletPart {
    board: Arc<Board>,
    intake: Arc<SignalIntake>,
    guards: Arc<dyn Guarding>,
    surroundings: Arc<LookedAround>,
    /// What can be seen of each environment with the sources that it has.
    seen: BTreeMap<String, BTreeSet<Seen>>,
}

/// What can be seen of what is around in an environment.
pub fn seen_of(settings: &Settings, room: &Room) -> BTreeSet<Seen> {
    let mut seen = BTreeSet::new();
    if !room.clusters.is_empty() {
        seen.extend([Seen::Workloads, Seen::Pods, Seen::Services]);
    }
    if !room.tempo.is_empty() {
        seen.insert(Seen::Calls);
    }
    let has_silences = |name: &String| settings.prometheus.get(name).is_some_and(|one| one.alertmanager_url.is_some());
    // Silences are read where the first Prometheus is.
    if room.prometheus.first().is_some_and(has_silences) {
        seen.insert(Seen::Silences);
    }
    seen
}

impl ScarletPart {
    /// Over the standing of her senses and of those who send webhooks, what is known of what is around (`seen` tells what
    /// can be in each environment), and what keeps actions from beginning.
    pub fn new(
        board: Arc<Board>,
        intake: Arc<SignalIntake>,
        guards: Arc<dyn Guarding>,
        surroundings: Arc<LookedAround>,
        seen: BTreeMap<String, BTreeSet<Seen>>,
    ) -> Self {
        Self { board, intake, guards, surroundings, seen }
    }

    /// What is around and cannot be seen although there is a source for it: signals are placed by what was known before, and
    /// silences may be missing.
    fn unseen(&self) -> impl Iterator<Item = String> {
        let can_be_seen = |one: &Standing| self.seen.get(&one.environment).is_some_and(|seen| seen.contains(&one.part));
        let is_lost = |one: &Standing| one.problem.is_some() || (one.age.is_some() && !one.is_known());
        let standing = self.surroundings.standing().into_iter();
        standing.filter(move |one| can_be_seen(one) && is_lost(one)).map(|one| one.to_string())
    }
}

#[async_trait]
impl Part for ScarletPart {
    fn name(&self) -> &str {
        NAME
    }

    async fn look(&self) -> Component {
        let senses = self.board.senses();
        let of_senses = senses
            .iter()
            .filter(|sense| sense.looks && sense.standing.problem.is_some())
            .map(|sense| format!("{} of {}: {}", sense.origin.source, sense.origin.environment, sense.standing.told()));
        let of_intake = self.intake.sources().into_iter();
        let of_intake = of_intake.filter_map(|one| one.problem.map(|problem| format!("{}: {problem}", one.source)));
        let mut troubles: Vec<String> = of_senses.chain(of_intake).chain(self.unseen()).collect();
        let held = match self.guards.status().await {
            Ok(guards) => standing(&guards, None, Utc::now()),
            Err(error) => {
                troubles.insert(0, format!("whether actions are frozen could not be looked at: {error}"));
                Vec::new()
            }
        };
        let status = if troubles.is_empty() { Status::Ok } else { Status::Degraded };
        let looking = senses.iter().filter(|sense| sense.looks).count();
        let mut detail = match looking {
            0 => format!("{} sources are declared; another process looks, or none does yet", senses.len()),
            looking => format!("{looking} sources are looked at"),
        };
        for trouble in held.iter().take(NAMED).chain(troubles.iter().take(NAMED)) {
            detail.push_str("; ");
            detail.push_str(trouble);
        }
        if let Some(more) = troubles.len().checked_sub(NAMED).filter(|more| *more > 0) {
            detail.push_str(&format!("; and {more} more"));
        }
        Component { name: NAME.to_owned(), status, detail, since: None }
    }
}
