//! Her parts, each made of what all have in common and of what it alone needs. Nothing begins here.

use super::Around;
use super::rooms::Room;
use super::seams::{IntoIntake, Lead, Nudger};
use super::watching::Watching;
use super::work::Work;
use domain::approval::Permitted;
use domain::correlation::Rules;
use domain::guard::Limits as GuardLimits;
use domain::heal::Mode;
use domain::signal::Source;
use domain::signal::ignore::Ignore;
use engine::approvals::ApprovalDesk;
use engine::scarlet::executor::{Executor, Limits, Parts as ExecutorParts};
use engine::scarlet::intake::{Herald, Parts as IntakeParts, SignalIntake};
use engine::scarlet::reconciler::{ByExecutor, ByReading, Pace, Parts as ReconcilerParts, Reconciler};
use engine::scarlet::remembering::WrittenUp;
use engine::scarlet::surroundings::{LookedAround, Place};
use ports::clock::{Clock, SystemClock};
use ports::guards::{Guarding, Leading};
use ports::hands::Hands;
use ports::signals::Intake;
use ports::store::Store;
use ports::toolbox::Toolboxes;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::guards::GuardKeeper;

/// What all parts have in common.
pub(super) struct Common {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tools: Toolboxes,
    approvals: Arc<ApprovalDesk>,
}

impl Common {
    pub(super) fn new(around: &Around, tools: Toolboxes, ids: Arc<dyn Fn() -> String + Send + Sync>) -> Self {
        let (store, clock) = (Arc::clone(&around.store), Arc::new(SystemClock) as Arc<dyn Clock>);
        let approvals = Arc::new(ApprovalDesk::new(Arc::clone(&store), Arc::clone(&clock), ids));
        Self { store, clock, tools, approvals }
    }

    pub(super) fn surroundings(&self, places: Vec<Place>, ignores: Vec<Ignore>) -> Arc<LookedAround> {
        let (tools, clock) = (self.tools.clone(), Arc::clone(&self.clock));
        Arc::new(LookedAround::new(tools, clock, places, ignores, Rules::default()))
    }

    pub(super) fn intake(
        &self,
        surroundings: &Arc<LookedAround>,
        nudger: &Nudger,
        sources: Vec<Source>,
    ) -> Arc<SignalIntake> {
        Arc::new(SignalIntake::new(IntakeParts {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            approvals: Arc::clone(&self.approvals),
            surroundings: Arc::clone(surroundings) as _,
            herald: Arc::new(nudger.clone()) as Arc<dyn Herald>,
            sources,
        }))
    }

    pub(super) fn guards(&self, process: &str, limits: GuardLimits) -> Arc<dyn Guarding> {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Arc::new(GuardKeeper::new(store, clock, process.to_owned(), limits))
    }

    pub(super) fn leading(around: &Around) -> Arc<dyn Leading> {
        Arc::new(Lead(around.leadership.clone()))
    }

    pub(super) fn executor(
        &self,
        guards: &Arc<dyn Guarding>,
        leading: &Arc<dyn Leading>,
        hands: &Arc<dyn Hands>,
    ) -> Executor {
        let parts = ExecutorParts {
            store: Arc::clone(&self.store),
            guards: Arc::clone(guards),
            leading: Arc::clone(leading),
            tools: self.tools.clone(),
            hands: Arc::clone(hands),
            clock: Arc::clone(&self.clock),
            telling: Arc::new(|progress| tracing::info!(?progress, "an action")),
        };
        Executor::new(parts, Limits::default())
    }

    pub(super) fn reconciler(
        &self,
        around: &Around,
        rooms: &Arc<BTreeMap<String, Room>>,
        (work, executor, watching): (&Work, &Executor, &Watching),
        intake: Arc<dyn Intake>,
    ) -> Arc<Reconciler> {
        let (of_mode, of_people) = (Arc::clone(rooms), Arc::clone(rooms));
        let parts = ReconcilerParts {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            leads: Arc::clone(&around.leads),
            approvals: Arc::clone(&self.approvals),
            diagnoses: Arc::clone(&work.diagnoses),
            plans: Arc::clone(&work.plans),
            executes: Arc::new(ByExecutor::new(executor.clone())),
            measures: Arc::new(ByReading::new(self.tools.clone(), Arc::clone(&self.clock))),
            tells: watching.escalator(),
            hears: Arc::new(IntoIntake(intake)),
            remembers: Arc::new(WrittenUp::new(Arc::clone(&around.memory), Arc::clone(&self.store))),
            modes: Arc::new(move |name: &str| of_mode.get(name).map_or(Mode::Observe, Room::mode)),
            permitted: Arc::new(move |name: &str| {
                of_people.get(name).map_or_else(nobody, |room| room.permitted.clone())
            }),
        };
        Arc::new(Reconciler::new(parts, Pace::default()))
    }
}

/// Where it is looked at what stands on what.
pub(super) fn places(rooms: &BTreeMap<String, Room>) -> Vec<Place> {
    // The tools of an environment take the name of a source only where it has several.
    let first_of_several = |names: &[String]| names.first().filter(|_| names.len() > 1).cloned();
    let place = |(name, room): (&String, &Room)| Place {
        environment: name.clone(),
        cluster: room.cluster(),
        prometheus: first_of_several(&room.prometheus),
        tempo: first_of_several(&room.tempo),
    };
    rooms.iter().map(place).collect()
}

/// In an environment that nobody declared nobody may approve.
fn nobody() -> Permitted {
    Permitted { people: Default::default(), groups: Default::default(), role: None, people_needed: 1 }
}
