//! What stands around an incident, and what changed there around its onset.

use super::kept::Book;
use domain::diagnosis::Judgement;
use domain::diagnosis::case::{Case, Scene};
use domain::evidence::EvidenceId;
use domain::hypothesis::surroundings::Surroundings;
use domain::incident::{Changed, Incident, Told, changed};
use domain::observed::kubernetes::Change;
use domain::observed::prometheus::AlertRow;

/// The objects near it, and the rows of which its timeline of changes is made.
pub(super) struct Around {
    pub(super) surroundings: Surroundings,
    pub(super) changes: Vec<Change>,
    of_changes: Option<EvidenceId>,
    alerts: Vec<AlertRow>,
    of_alerts: Option<EvidenceId>,
}

impl Around {
    pub(super) fn of(incident: &Incident, ranked: &[Judgement], scene: &Scene, cases: &[Case]) -> Self {
        let (changes, alerts) = (scene.changes.seen(), scene.alerts.seen());
        Self {
            surroundings: Surroundings::of(incident, ranked, scene, cases),
            changes: changes.map(|seen| seen.data.clone()).unwrap_or_default(),
            of_changes: changes.map(|seen| seen.id),
            alerts: alerts.map(|seen| seen.data.clone()).unwrap_or_default(),
            of_alerts: alerts.map(|seen| seen.id),
        }
    }

    /// What changed around the onset, oldest first.
    pub(super) fn changed(&self, incident: &Incident, book: &Book) -> Vec<Changed> {
        let kept = |id: Option<EvidenceId>| id.map(|id| book.id_of(id));
        let (of_changes, of_alerts) = (kept(self.of_changes), kept(self.of_alerts));
        let changes = Told { rows: &self.changes, evidence: of_changes.as_deref() };
        let alerts = Told { rows: &self.alerts, evidence: of_alerts.as_deref() };
        changed(incident, changes, alerts, |object| self.surroundings.holds(object))
    }
}
