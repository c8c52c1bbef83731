//! The same work without recordings, where the settings want none.

use super::{MakeDiagnoses, MakePlans};
use crate::scarlet::reconciler::seams::{Basis, Diagnoses, Found, NotAgain, Planned, Plans, SeenAgain};
use async_trait::async_trait;
use domain::heal::{Heal, Proposal};
use domain::incident::Incident;
use ports::hands::Rehearses;
use ports::toolbox::Toolboxes;
use std::sync::Arc;

/// Looks for causes and plans with the tools of each incident's environment.
pub struct Unrecorded {
    /// The read tools.
    pub tools: Toolboxes,
    /// Rehearsals.
    pub hands: Arc<dyn Rehearses>,
    /// Makes whoever looks for causes.
    pub diagnoses: MakeDiagnoses,
    /// Makes whoever plans.
    pub plans: MakePlans,
}

impl Unrecorded {
    fn planner(&self, incident: &Incident) -> Arc<dyn Plans> {
        (self.plans)(self.tools.of(&incident.environment), Arc::clone(&self.hands))
    }
}

#[async_trait]
impl Diagnoses for Unrecorded {
    async fn diagnose(&self, incident: &Incident, round: u32) -> Result<Found, String> {
        (self.diagnoses)(self.tools.of(&incident.environment)).diagnose(incident, round).await
    }
}

#[async_trait]
impl Plans for Unrecorded {
    async fn plan(&self, incident: &Incident, heal: &Heal, basis: &Basis) -> Planned {
        self.planner(incident).plan(incident, heal, basis).await
    }

    async fn see_again(
        &self,
        incident: &Incident,
        heal: &Heal,
        proposal: &Proposal,
        known: Option<&Basis>,
    ) -> Result<SeenAgain, NotAgain> {
        self.planner(incident).see_again(incident, heal, proposal, known).await
    }
}
