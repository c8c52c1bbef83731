//! Rules that are broken on purpose, so that it is shown that the invariants find it.
//!
//! A run with a mischief has no other faults: what is found then is the mischief's.

use crate::cluster::Cluster;
use crate::hands::ActServers;
use async_trait::async_trait;
use domain::heal::{End, Heal, Proposal, UndoEnd};
use domain::incident::Incident;
use domain::plan::{Granted, Plan};
use domain::policy::{Decision, Verdict};
use domain::verification::Outcome;
use engine::scarlet::reconciler::seams::{Basis, Executes, NotAgain, Planned, Plans, SeenAgain};
use ports::hands::{Hands, Step};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which rule is broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mischief {
    /// None.
    #[default]
    None,
    /// None, and no faults either.
    Calm,
    /// The executor lets each action take effect twice.
    Twice,
    /// Something acts beside the executor.
    Ungranted,
    /// The executor asks neither guards nor journal.
    Unguarded,
    /// The same, and everything is frozen from the beginning.
    Frozen,
    /// The journal tells of actions that were done that they failed.
    Lies,
    /// The executor does something else than the plan says.
    SomethingElse,
    /// The policy allows everything.
    Permissive,
    /// Ends of actions do not reach the journal.
    ForgetsEnds,
    /// Somebody changes the journal and the audit trail.
    Tampers,
    /// Nobody heals.
    Idle,
}

/// An executor that breaks a rule.
pub struct Mischievous {
    /// The real one.
    pub executes: Arc<dyn Executes>,
    /// The act servers, by a way of its own.
    pub hands: Arc<dyn Hands>,
    /// The cluster, by a way of its own.
    pub cluster: Arc<Cluster>,
    /// What is noted.
    pub servers: Arc<ActServers>,
    /// Which rule.
    pub mischief: Mischief,
}

impl Mischievous {
    fn once_more(&self, granted: &Granted) {
        let (deeds, _) = self.servers.deeds.all();
        let deed = deeds.iter().rfind(|deed| deed.digest == granted.digest()).map(|deed| deed.number);
        let mut call = granted.plan().call.clone();
        if self.mischief == Mischief::SomethingElse {
            call.arguments.insert("reason".to_owned(), "something else".into());
        }
        if self.cluster.act(&call, "", 5).is_ok() {
            let deed = if self.mischief == Mischief::Ungranted { None } else { deed };
            self.servers.deeds.took_effect(deed, &call, self.cluster.time());
        }
    }
}

#[async_trait]
impl Executes for Mischievous {
    async fn recover(&self) -> Result<(), String> {
        self.executes.recover().await
    }

    async fn write_what_is_owed(&self) -> Result<(), String> {
        self.executes.write_what_is_owed().await
    }

    async fn carry_out(&self, granted: Arc<Granted>, chain: BTreeSet<String>) -> End {
        match self.mischief {
            Mischief::Unguarded | Mischief::Frozen => {
                let grant = format!("unguarded {}", granted.digest());
                let resource_version = granted.plan().resource_version.clone();
                match self.hands.act(&granted, Step::Forward { resource_version }, &grant).await {
                    Ok(_) => End::Done { at: self.cluster.time() },
                    Err(error) => End::Failed { why: error.to_string() },
                }
            }
            Mischief::Twice | Mischief::Ungranted | Mischief::SomethingElse => {
                let end = self.executes.carry_out(Arc::clone(&granted), chain).await;
                self.once_more(&granted);
                end
            }
            _ => self.executes.carry_out(granted, chain).await,
        }
    }

    async fn ask_after(&self, plan: &Plan) -> End {
        self.executes.ask_after(plan).await
    }

    async fn undo(&self, plan: &Plan) -> UndoEnd {
        self.executes.undo(plan).await
    }

    async fn ask_after_undo(&self, plan: &Plan) -> Option<UndoEnd> {
        self.executes.ask_after_undo(plan).await
    }

    async fn conclude(&self, digest: &str, outcome: Outcome) -> Result<(), String> {
        self.executes.conclude(digest, outcome).await
    }
}

/// A planner whose policy allows everything.
pub struct Permissive(pub Arc<dyn Plans>);

fn allowed(decision: Decision) -> Decision {
    Decision { verdict: Verdict::Allow, gates: Vec::new(), ..decision }
}

#[async_trait]
impl Plans for Permissive {
    async fn plan(&self, incident: &Incident, heal: &Heal, basis: &Basis) -> Planned {
        match self.0.plan(incident, heal, basis).await {
            Planned::Proposed(mut proposal) => {
                proposal.decision = allowed(proposal.decision);
                Planned::Proposed(proposal)
            }
            other => other,
        }
    }

    async fn see_again(
        &self,
        incident: &Incident,
        heal: &Heal,
        proposal: &Proposal,
        basis: Option<&Basis>,
    ) -> Result<SeenAgain, NotAgain> {
        let seen = self.0.see_again(incident, heal, proposal, basis).await?;
        Ok(SeenAgain { decision: allowed(seen.decision), ..seen })
    }
}
