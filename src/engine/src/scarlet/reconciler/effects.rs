//! What the healing wants done, done: each effect answers with what came of it.

use super::Reconciler;
use super::attending::Attended;
use super::seams::{Basis, NotAgain, Planned};
use domain::heal::{self, By, Debt, Effect, End, GuardRefusal, Input, Proposal, Stage, UndoEnd, limits};
use domain::plan::Granted;
use domain::policy::Verdict;
use ports::store::document::Expect;
use ports::store::record;
use std::sync::Arc;
use std::time::Duration;

/// The executor has its own limits for all that it waits for; this one is for the case that it does not keep them.
const ACT_WAIT: Duration = Duration::from_secs(14 * 60);

impl Reconciler {
    /// Does one effect. `None` where its answer comes by the stage's own time.
    pub(super) async fn effect(&self, attended: &Attended, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Diagnose { round } => Some(self.diagnose(attended, round).await),
            Effect::Plan { number } => Some(self.plan(attended, number).await),
            Effect::Ask { approval } => Some(self.ask(attended, approval).await),
            Effect::LookAtApproval { approval } => self.look_at_approval(&approval).await,
            Effect::Act { plan } => Some(Input::Ended { end: self.act(attended).await, plan }),
            Effect::AskAfter { plan } => {
                let proposal = attended.heal.proposal.as_ref()?;
                let asked = within(limits::TELLING, self.parts.executes.ask_after(&proposal.plan)).await;
                Some(Input::Ended { plan, end: asked.unwrap_or(End::StillUnderWay) })
            }
            Effect::Measure { plan } => self.measure(attended, plan).await,
            Effect::Undo { plan } => {
                let proposal = attended.heal.proposal.as_ref()?;
                let end = tokio::time::timeout(ACT_WAIT, self.parts.executes.undo(&proposal.plan)).await.ok()?;
                Some(Input::Undone { plan, end })
            }
            Effect::AskAfterUndo { plan } => {
                let proposal = attended.heal.proposal.as_ref()?;
                let asked = within(limits::TELLING, self.parts.executes.ask_after_undo(&proposal.plan)).await;
                // Asked again soon: the lock of what is to be taken back does not stand for ever.
                Some(Input::Undone { plan, end: asked.flatten().unwrap_or(UndoEnd::StillUnderWay) })
            }
            Effect::Escalate { why, key } => Some(self.escalate(attended, &key, &why).await),
            Effect::Pay { key, what } => {
                let since = attended.heal.changed_at;
                self.pay(attended, &Debt { key, what, since }).await
            }
        }
    }

    async fn diagnose(&self, attended: &Attended, round: u32) -> Input {
        let looked = within(limits::DIAGNOSING, self.parts.diagnoses.diagnose(&attended.incident, round)).await;
        let found = match looked {
            Some(Ok(found)) => {
                for kept in &found.evidence {
                    // What cannot be kept is not cited by anything that is done: the diagnosis stands in the healing.
                    if let Err(error) = crate::kept::bounded(record::save(&*self.parts.store, kept, Expect::Any)).await
                    {
                        tracing::warn!(incident = attended.incident.id, %error, "evidence could not be kept");
                        break;
                    }
                }
                self.keep_basis(&attended.incident.id, round, found.basis);
                Ok(Box::new(found.diagnosis))
            }
            Some(Err(why)) => Err(why),
            None => Err("the looks did not end in time".to_owned()),
        };
        Input::Diagnosed { round, found }
    }

    /// The basis of the present round; looked at anew where this process does not have it.
    async fn present_basis(&self, attended: &Attended) -> Result<Option<Arc<Basis>>, String> {
        let (incident, round) = (&attended.incident, attended.heal.diagnoses);
        if let Some(basis) = self.basis(&incident.id, round) {
            return Ok(Some(basis));
        }
        let found = self.parts.diagnoses.diagnose(incident, round).await?;
        self.keep_basis(&incident.id, round, found.basis);
        Ok(self.basis(&incident.id, round))
    }

    async fn plan(&self, attended: &Attended, number: u32) -> Input {
        let planning = async {
            match self.present_basis(attended).await {
                Ok(Some(basis)) => self.parts.plans.plan(&attended.incident, &attended.heal, &basis).await,
                Ok(None) => Planned::NothingToDo("no cause is known that anything could be done about".to_owned()),
                Err(why) => Planned::NotNow(why),
            }
        };
        match within(limits::DECIDING, planning).await {
            Some(Planned::Proposed(proposal)) => Input::Planned { number, proposal },
            Some(Planned::NothingToDo(why)) => Input::NothingToDo { number, why },
            Some(Planned::NotNow(why)) => Input::NotPlanned { number, why },
            None => Input::NotPlanned { number, why: "the plan was not made in time".to_owned() },
        }
    }

    /// Grants and hands over. Whatever is not as it was decided upon means that nothing is begun.
    async fn act(&self, attended: &Attended) -> End {
        let never = |why: &str| End::NeverBegun { why: why.to_owned() };
        let (Some(proposal), Stage::Acting { by, .. }) = (&attended.heal.proposal, &attended.heal.stage) else {
            return never("there is no plan to carry out");
        };
        let (incident, heal) = (&attended.incident, &attended.heal);
        let basis = self.basis(&incident.id, heal.diagnoses);
        let seeing = self.parts.plans.see_again(incident, heal, proposal, basis.as_deref());
        let Some(seen) = within(limits::DECIDING, seeing).await else {
            return never("the plan could not be looked at again in time");
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(NotAgain::Changed(why)) => return End::Stale { why },
            Err(NotAgain::Away(why)) => return End::NeverBegun { why },
        };
        if seen.reviewed.digest() != proposal.digest {
            let why = "the plan that was kept is not the one that was decided on".to_owned();
            return End::Refused { by: GuardRefusal::People, why };
        }
        if !self.leads() {
            return End::Refused { by: GuardRefusal::NotLeader, why: "another process leads now".to_owned() };
        }
        let granted = match self.granted(by, proposal, seen.reviewed, &seen.decision).await {
            Ok(granted) => granted,
            Err(end) => return end,
        };
        let carried = self.parts.executes.carry_out(Arc::new(granted), seen.chain);
        tokio::time::timeout(ACT_WAIT, carried).await.unwrap_or(End::StillUnderWay)
    }

    /// By the policy's word of now, or by people's, which is taken over here: from then on it cannot be taken back.
    async fn granted(
        &self,
        by: &By,
        proposal: &Proposal,
        reviewed: domain::safety::Reviewed,
        decision: &domain::policy::Decision,
    ) -> Result<Granted, End> {
        match by {
            By::Policy => {
                let is_allowed = decision.verdict == Verdict::Allow && proposal.decision.verdict == Verdict::Allow;
                let refused = |why: String| End::Refused { by: GuardRefusal::DecideAnew, why };
                if !is_allowed {
                    return Err(refused(format!("the verdict is {} now: {}", decision.verdict, decision.told)));
                }
                reviewed.grant_by_decision(decision).map_err(|not| refused(not.why.to_string()))
            }
            By::Approval(id) => {
                let never = |why: String| End::NeverBegun { why };
                // What people approved is not done where it would not even be asked for any more.
                if decision.verdict > Verdict::Ask {
                    return Err(End::Refused { by: GuardRefusal::DecideAnew, why: decision.told.clone() });
                }
                let (then, needed) = (proposal.decision.people_needed, decision.people_needed);
                if needed > then {
                    let why = format!("it takes {needed} people now, and {then} were asked for: {}", decision.told);
                    return Err(End::Refused { by: GuardRefusal::DecideAnew, why });
                }
                let started = match self.parts.approvals.start(id).await {
                    Ok(Some(Ok(started))) => started,
                    Ok(Some(Err(why))) => return Err(never(format!("the approval {id} cannot be used: {why}"))),
                    Ok(None) => return Err(never(format!("there is no approval {id}"))),
                    Err(error) => return Err(never(format!("the approval {id} could not be taken over: {error}"))),
                };
                let now = self.parts.clock.now();
                reviewed.grant_by_approval(&started, now).map_err(|not| never(not.why.to_string()))
            }
        }
    }

    async fn measure(&self, attended: &Attended, plan: String) -> Option<Input> {
        let Stage::Verifying { since, .. } = &attended.heal.stage else { return None };
        let proposal = attended.heal.proposal.as_ref()?;
        let measured = self.parts.measures.measure(&attended.incident, &proposal.plan, *since);
        let (outcome, told) = within(limits::MEASURING, measured).await?;
        Some(Input::Measured { plan, outcome, told })
    }

    async fn escalate(&self, attended: &Attended, key: &str, why: &str) -> Input {
        let text = heal::with_what(why, &attended.incident);
        let told = self.parts.tells.escalate(&attended.incident.environment, key, &text);
        match within(limits::TELLING, told).await {
            Some(Ok(place)) => Input::Told { place },
            Some(Err(why)) => Input::NotTold { why },
            None => Input::NotTold { why: "no place answered in time".to_owned() },
        }
    }
}

/// The answer, where it comes in time.
pub(super) async fn within<T>(limit: chrono::TimeDelta, answer: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit.to_std().unwrap_or_default(), answer).await.ok()
}
