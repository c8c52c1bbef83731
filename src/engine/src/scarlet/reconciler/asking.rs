//! Asking people: the approval of the present plan, under the plan's own id, so that it is asked for once.

use super::Reconciler;
use super::attending::Attended;
use domain::approval::{Approval, Asking, Proposer};
use domain::heal::Input;
use ports::approvals::Approvals as _;
use ports::store::error::StoreError;

impl Reconciler {
    pub(super) async fn ask(&self, attended: &Attended, approval: String) -> Input {
        let Some(proposal) = &attended.heal.proposal else {
            let why = "there is no plan to ask for".to_owned();
            return Input::NotAsked { approval, why, may_pass: false };
        };
        let mut permitted = (self.parts.permitted)(&attended.incident.environment);
        permitted.people_needed = permitted.people_needed.max(proposal.decision.people_needed).max(1);
        let asking = Asking {
            id: approval.clone(),
            incident: Some(attended.incident.id.clone()),
            shown: proposal.plan.shown(&proposal.decision),
            proposer: Proposer::Scarlet,
            permitted,
            expires_at: proposal.plan.expires_at,
        };
        let asked = match Approval::ask(asking, self.parts.clock.now()) {
            Ok(asked) => asked,
            Err(error) => return Input::NotAsked { approval, why: error.to_string(), may_pass: false },
        };
        match self.parts.approvals.ask(&asked).await {
            Ok(()) => Input::Asked { approval },
            Err(StoreError::Conflict { .. }) => self.asked_before(approval, &asked).await,
            Err(error) => Input::NotAsked { approval, why: error.to_string(), may_pass: true },
        }
    }

    /// There is one of this id: the one that was asked for before a crash, or something that must not be taken for it.
    async fn asked_before(&self, approval: String, wanted: &Approval) -> Input {
        match self.parts.approvals.get(&approval).await {
            Ok(Some(found)) if found.plan == wanted.plan => Input::Asked { approval },
            Ok(_) => {
                let why = format!("there is another approval under the id {approval}");
                Input::NotAsked { approval, why, may_pass: false }
            }
            Err(error) => Input::NotAsked { approval, why: error.to_string(), may_pass: true },
        }
    }
}
