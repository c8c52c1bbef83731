//! Replaying: runs diagnosis rules, strategy, second reader and policy anew over what was recorded of an incident.
//!
//! Guarantees: there is no backend and no effect. Tools answer from the recording alone, rehearsals too; of the hands there
//! is only [`ports::hands::Rehearses`], through which nothing can be changed, and no executor; the store answers with what
//! was learned and takes nothing; the clock stands at the time of then. What the recording does not hold is answered as a
//! failure that says so, and told.
//!
//! Deliberately absent: what people said (an approval is theirs and is not replayed), whether a deed would have helped.

mod parts;

use super::diagnose::{Diagnoser, Places, Whereabouts};
use super::planning::{Environment, Parts as PlanParts, Planner};
use super::reconciler::seams::{Basis, Diagnoses as _, Plans as _};
use super::recording::came;
use domain::heal::Heal;
use domain::incident::Incident;
use domain::policy::{Autonomy, Table};
use domain::recording::{Came, Recording, Rehearsed, Take, Weighed, Work};
use domain::replay::{Compared, Decided, Report, Terms};
use parts::{Fixed, RecordedGuards, RecordedRehearsals, RecordedTools, WhatWasLearned};
use std::sync::Arc;

/// Under which terms an incident is decided anew.
pub struct WhatIf {
    /// The decision table, and where it comes from in words.
    pub table: Table,
    /// Where it comes from.
    pub policy: String,
    /// The name of the environment; the incident counts as one of it.
    pub environment: String,
    /// What the settings say of that environment. Its cluster does not matter: the recording's does.
    pub settings: Environment,
    /// What the settings say of looking there.
    pub whereabouts: Whereabouts,
    /// Another autonomy level than the settings'.
    pub autonomy: Option<Autonomy>,
}

impl WhatIf {
    /// The level that counts: the wished one, that of the shadow, that of the settings.
    fn level(&self) -> Autonomy {
        self.autonomy.or(self.settings.shadow).unwrap_or(self.settings.autonomy)
    }

    fn environment_of(&self, take: &Take) -> Environment {
        Environment { cluster: take.cluster.clone(), autonomy: self.level(), shadow: None, ..self.settings.clone() }
    }

    fn places(&self, take: &Take) -> Places {
        let place = Whereabouts { cluster: take.cluster.clone(), ..self.whereabouts.clone() };
        Arc::new(move |_: &str| Some(place.clone()))
    }

    /// The incident as one of this environment.
    fn incident_of(&self, take: &Take) -> Incident {
        Incident { environment: self.environment.clone(), ..(*take.incident).clone() }
    }
}

/// What the last diagnosis gives to a plan.
enum Known {
    /// None was replayed.
    NotRecorded,
    /// It ended so, and asked for so much that is not recorded.
    Found(Option<Box<Basis>>, Vec<String>),
}

/// Decides a recorded incident anew. `outcome` tells what was done then, in words.
pub async fn replay(recording: &Recording, what_if: &WhatIf, outcome: Vec<String>) -> Report {
    let mut known = Known::NotRecorded;
    let mut work = Vec::with_capacity(recording.takes.len());
    for take in &recording.takes {
        work.push(match &take.work {
            Work::Diagnosis { round, found } => {
                let (now, next) = diagnosed(take, *round, what_if).await;
                let not_recorded = match &next {
                    Known::Found(_, not_recorded) => not_recorded.clone(),
                    Known::NotRecorded => Vec::new(),
                };
                known = next;
                let then = Decided::of_diagnosis(found);
                Compared::new(take.at, format!("diagnosis {round}"), then, now, not_recorded)
            }
            Work::Plan { heal, rehearsals, weighed, came } => {
                let (now, not_recorded) = planned(take, (heal, rehearsals, weighed), what_if, &known).await;
                let name = format!("plan {}", heal.current_plan());
                Compared::new(take.at, name, Decided::of_plan(came), now, not_recorded)
            }
        });
    }
    let title = recording.takes.last().map_or_else(String::new, |take| take.incident.title.clone());
    let (policy, autonomy) = (what_if.policy.clone(), what_if.level());
    Report {
        incident: recording.incident.clone(),
        environment: recording.environment.clone(),
        title,
        terms: Terms { policy, autonomy, environment: what_if.environment.clone() },
        work,
        missing: recording.what_is_missing(),
        outcome,
    }
}

async fn diagnosed(take: &Take, round: u32, what_if: &WhatIf) -> (Decided, Known) {
    let tools = Arc::new(RecordedTools::of(take));
    let diagnoser = Diagnoser::new(Arc::clone(&tools) as _, Arc::new(Fixed(take.at)), what_if.places(take));
    let found = diagnoser.diagnose(&what_if.incident_of(take), round).await;
    let (told, basis) = match found {
        Ok(found) => (Ok(found.diagnosis), found.basis),
        Err(why) => (Err(why), None),
    };
    (Decided::of_diagnosis(&told), Known::Found(basis.map(Box::new), tools.not_recorded()))
}

async fn planned(
    take: &Take,
    (heal, rehearsals, weighed): (&Heal, &[Rehearsed], &Weighed),
    what_if: &WhatIf,
    known: &Known,
) -> (Decided, Vec<String>) {
    let (basis, mut not_recorded) = match known {
        Known::NotRecorded => {
            let why = "the diagnosis that it was made of is not recorded".to_owned();
            return (Decided::CannotTell { why }, Vec::new());
        }
        Known::Found(None, not_recorded) => {
            let why = "no cause is known that anything could be done about".to_owned();
            return (Decided::of_plan(&Came::NothingToDo(why)), not_recorded.clone());
        }
        Known::Found(Some(basis), not_recorded) => (basis, not_recorded.clone()),
    };
    let tools = Arc::new(RecordedTools::of(take));
    let hands = Arc::new(RecordedRehearsals::of(rehearsals));
    let guards = RecordedGuards { guards: weighed.guards.clone(), led: weighed.led };
    let environment = what_if.environment_of(take);
    let planner = Planner::new(PlanParts {
        hands: Arc::clone(&hands) as _,
        toolbox: Arc::clone(&tools) as _,
        guards: Arc::new(guards.clone()),
        leading: Arc::new(guards),
        store: Arc::new(WhatWasLearned(weighed.learning.clone())),
        clock: Arc::new(Fixed(take.at)),
        environments: Arc::new(move |_: &str| Some(environment.clone())),
        table: what_if.table.clone(),
        seed: weighed.seed,
    });
    let heal = Heal { environment: what_if.environment.clone(), ..heal.clone() };
    let planned = planner.plan(&what_if.incident_of(take), &heal, basis).await;
    not_recorded.extend(tools.not_recorded());
    not_recorded.extend(hands.not_recorded());
    (Decided::of_plan(&came(&planned)), not_recorded)
}
