//! Who looks for causes and who plans, with a recorder around them where the settings want one.

use super::rooms::Room;
use domain::policy::Table;
use domain::recording::Bounds;
use engine::scarlet::diagnose::Diagnoser;
use engine::scarlet::diagnose::hypotheses::Thinker;
use engine::scarlet::planning::{Parts as PlanParts, Planner};
use engine::scarlet::reconciler::seams::{Diagnoses, Plans};
use engine::scarlet::recording::{MakeDiagnoses, MakePlans, Parts as RecorderParts, Recorder, Unrecorded};
use ports::clock::Clock;
use ports::guards::{Guarding, Leading};
use ports::hands::Rehearses;
use ports::store::Store;
use ports::toolbox::{Toolbox, Toolboxes};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What they work with.
pub(super) struct WorkParts {
    pub(super) is_recorded: bool,
    pub(super) hands: Arc<dyn Rehearses>,
    pub(super) tools: Toolboxes,
    pub(super) guards: Arc<dyn Guarding>,
    pub(super) leading: Arc<dyn Leading>,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rooms: Arc<BTreeMap<String, Room>>,
    pub(super) table: Table,
    pub(super) seed: u64,
    pub(super) thinker: Option<Arc<Thinker>>,
}

/// Both, and the recorder that is to be settled at the end.
pub(super) struct Work {
    pub(super) diagnoses: Arc<dyn Diagnoses>,
    pub(super) plans: Arc<dyn Plans>,
    pub(super) recorder: Option<Arc<Recorder>>,
}

pub(super) fn work(parts: WorkParts) -> Work {
    let WorkParts { is_recorded, hands, tools, guards, leading, store, clock, rooms, table, seed, thinker } = parts;
    let (places, of_clock) = (super::look_up(&rooms, Room::whereabouts), Arc::clone(&clock));
    let diagnoses: MakeDiagnoses = Arc::new(move |tools: Arc<dyn Toolbox>| {
        let diagnoser = Diagnoser::new(tools, Arc::clone(&of_clock), Arc::clone(&places));
        Arc::new(diagnoser.with_thinker(thinker.clone())) as Arc<dyn Diagnoses>
    });
    let environments = super::look_up(&rooms, |room| room.planning.clone());
    let (of_guards, of_leading, of_store) = (Arc::clone(&guards), Arc::clone(&leading), Arc::clone(&store));
    let of_clock = Arc::clone(&clock);
    let plans: MakePlans = Arc::new(move |toolbox: Arc<dyn Toolbox>, hands: Arc<dyn Rehearses>| {
        Arc::new(Planner::new(PlanParts {
            hands,
            toolbox,
            guards: Arc::clone(&of_guards),
            leading: Arc::clone(&of_leading),
            store: Arc::clone(&of_store),
            clock: Arc::clone(&of_clock),
            environments: Arc::clone(&environments),
            table: table.clone(),
            seed,
        })) as Arc<dyn Plans>
    });
    if !is_recorded {
        let unrecorded = Arc::new(Unrecorded { tools, hands, diagnoses, plans });
        return Work { diagnoses: Arc::clone(&unrecorded) as _, plans: unrecorded, recorder: None };
    }
    let cluster = Arc::new(move |name: &str| rooms.get(name).and_then(Room::cluster));
    let bounds = Bounds::default();
    let parts = RecorderParts { store, clock, tools, hands, guards, leading, cluster, seed, bounds };
    let recorder = Arc::new(Recorder::new(parts, diagnoses, plans));
    Work { diagnoses: Arc::clone(&recorder) as _, plans: Arc::clone(&recorder) as _, recorder: Some(recorder) }
}
