//! Making a plan for an incident: candidates, rehearsal, second reader, decision.
//!
//! Each candidate becomes a whole plan: rehearsed by its act tool, drafted, looked at anew, reviewed, decided on. Learning
//! orders those that are permitted; where none is, the first is told with its verdict.
//!
//! Guarantees: nothing is changed; what cannot be rehearsed, drafted or reviewed is not proposed, and why is told; a judge
//! that is away (guards, learning) means no plan now, and never a milder one; a plan that is granted was looked at and
//! decided on anew right before ([`Plans::see_again`]).
//!
//! Deliberately absent: which actions suit (`domain::strategy`), the rules of the verdict (`domain::policy`), asking people.

mod observing;
mod radius;
mod weighing;

use super::reconciler::seams::{Basis, NotAgain, Planned, Plans, SeenAgain};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::action::{ActCall, Action};
use domain::approval::Proposer;
use domain::backoff::draw;
use domain::calendar::Window;
use domain::envelope::{Failure, FailureKind};
use domain::guard::Guards;
use domain::heal::{Heal, Proposal};
use domain::incident::{Impact, Incident};
use domain::learning::Learning;
use domain::object::ObjectRef;
use domain::observed::acted::Acted;
use domain::plan::{BlastRadius, Drafted, Pinned, Plan, Rehearsal};
use domain::policy::{Autonomy, Decision, Protection, Table, Verdict, decide, decide_in_shadow};
use domain::safety::{self, Observed, Rules};
use domain::strategy::{self, Candidate};
use observing::Eyes;
use ports::clock::Clock;
use ports::guards::{Guarding, Leading};
use ports::hands::Rehearses;
use ports::store::{Store, record};
use ports::toolbox::Toolbox;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Candidates that are rehearsed at most.
const CANDIDATES: usize = 6;

/// How often a candidate is rehearsed, while its object moves between the rehearsal and the look.
const REHEARSALS: u32 = 3;

/// How long a plan is good at most: the second reader takes no more than an hour.
const LONGEST: TimeDelta = TimeDelta::minutes(50);

/// What the settings say of an environment.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The cluster by name, where the tools know several.
    pub cluster: Option<String>,
    /// How much it leaves to the program.
    pub autonomy: Autonomy,
    /// The level whose decisions are only told: nothing is done here then, whatever `autonomy` says.
    pub shadow: Option<Autonomy>,
    /// What is critical, and what is not touched.
    pub protection: Protection,
    /// What the second reader holds to.
    pub rules: Rules,
    /// What the business loses with each service; the others count as medium.
    pub impacts: BTreeMap<String, Impact>,
    /// The windows in which what is scheduled may be done.
    pub maintenance: Vec<Window>,
    /// When people are at work.
    pub business_hours: Option<Vec<Window>>,
    /// Automatic starts within an hour.
    pub automatic_per_hour: u32,
    /// How long a proposal waits for people.
    pub approval: Option<TimeDelta>,
}

/// The settings of an environment as they are now; `None` for one that is not known.
pub type Environments = Arc<dyn Fn(&str) -> Option<Environment> + Send + Sync>;

/// What plans are made with.
pub struct Parts {
    /// The act servers, for rehearsals alone.
    pub hands: Arc<dyn Rehearses>,
    /// The read tools. They must give what is there now.
    pub toolbox: Arc<dyn Toolbox>,
    /// What guards actions.
    pub guards: Arc<dyn Guarding>,
    /// Whether this process leads.
    pub leading: Arc<dyn Leading>,
    /// Keeps what was learned.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub environments: Environments,
    /// The decision table.
    pub table: Table,
    /// Seed of the choices.
    pub seed: u64,
}

/// Makes plans.
pub struct Planner {
    parts: Parts,
    eyes: Eyes,
}

/// What all candidates of one planning have in common.
struct Desk<'a> {
    incident: &'a Incident,
    heal: &'a Heal,
    basis: &'a Basis,
    environment: Environment,
    guards: Guards,
    learning: Learning,
}

/// Why a candidate is no plan.
enum Dropped {
    /// It does not suit after all.
    Unfit(String),
    /// Something is away.
    Away(String),
}

impl Planner {
    /// Over these parts.
    pub fn new(parts: Parts) -> Self {
        let eyes = Eyes::new(Arc::clone(&parts.toolbox));
        Self { parts, eyes }
    }

    async fn desk<'a>(&self, incident: &'a Incident, heal: &'a Heal, basis: &'a Basis) -> Result<Desk<'a>, String> {
        let environment = (self.parts.environments)(&incident.environment)
            .ok_or_else(|| format!("the environment {:?} is not in the settings", incident.environment))?;
        let guards =
            self.parts.guards.status().await.map_err(|error| format!("the guards could not be asked: {error}"))?;
        let learned = record::load::<Learning>(&*self.parts.store, domain::learning::DOCUMENT);
        let learned = crate::kept::bounded(learned).await;
        let learning = learned.map_err(|error| format!("what was learned could not be read: {error}"))?;
        let learning = learning.map(|found| found.value).unwrap_or_default();
        Ok(Desk { incident, heal, basis, environment, guards, learning })
    }

    /// Every candidate as a plan with its verdict, in the prior order, and why the others are none.
    async fn proposals(&self, desk: &Desk<'_>) -> Result<(Vec<Proposal>, Vec<String>), String> {
        let tried: Vec<_> = desk.heal.tried().collect();
        let candidates = strategy::candidates(&desk.basis.judgement, &desk.basis.facts);
        let (mut proposals, mut dropped, mut away) = (Vec::new(), Vec::new(), None);
        for candidate in candidates.into_iter().take(CANDIDATES) {
            if tried.contains(&(candidate.action.name(), &candidate.object)) {
                dropped.push(format!("{} on {} was tried", candidate.action.name(), candidate.object));
                continue;
            }
            let name = format!("{} on {}", candidate.action.name(), candidate.object);
            match self.proposal(desk, candidate).await {
                Ok(proposal) => proposals.push(proposal),
                Err(Dropped::Unfit(why)) => dropped.push(format!("{name}: {why}")),
                // What is left is planned: the server that is away may be the other one's alone.
                Err(Dropped::Away(why)) => away = away.or_else(|| Some(format!("{name}: {why}"))),
            }
        }
        match away {
            Some(away) if proposals.is_empty() => Err(away),
            _ => Ok((proposals, dropped)),
        }
    }

    async fn proposal(&self, desk: &Desk<'_>, candidate: Candidate) -> Result<Proposal, Dropped> {
        let call = candidate.action.call(&candidate.object, desk.environment.cluster.as_deref());
        let environment = &desk.incident.environment;
        let (acted, seen) = self.rehearsed(desk, &candidate, &call, environment).await?;
        let plan = self.whole(desk, candidate, call, &acted, &seen).await;
        let drafted = Drafted::new(plan).map_err(|error| Dropped::Unfit(error.to_string()))?;
        let (plan, digest) = (drafted.plan().clone(), drafted.digest().to_owned());
        let reviewed = safety::review(drafted, &seen, &desk.environment.rules).map(|_| ());
        let reviewed = reviewed.map_err(|refused| refused.objections);
        if let Err(objections) = &reviewed {
            return Err(Dropped::Unfit(format!("the second reader objects: {}", objections.join("; "))));
        }
        let decision = self.decide(desk, &plan, reviewed);
        Ok(Proposal { plan, digest, decision, choice: String::new() })
    }

    /// What the rehearsal told, and the object in the same version: what is decided must be about one state.
    async fn rehearsed(
        &self,
        desk: &Desk<'_>,
        candidate: &Candidate,
        call: &ActCall,
        environment: &str,
    ) -> Result<(Acted, Observed), Dropped> {
        let cluster = desk.environment.cluster.as_deref();
        for _ in 0..REHEARSALS {
            let rehearsed = self.parts.hands.rehearsed(environment, call, &candidate.why).await;
            let acted = rehearsed.map_err(|failure| not_rehearsed(&failure))?;
            if acted.diff.is_empty() {
                return Err(Dropped::Unfit("it is so already".to_owned()));
            }
            let seen = self.eyes.see(call, &candidate.object, cluster, self.parts.clock.now()).await;
            if is_of_one_state(call, acted.seen_resource_version.as_deref(), &seen.manifest) {
                return Ok((acted, seen));
            }
        }
        Err(Dropped::Away(format!("{} moved between {REHEARSALS} rehearsals and looks", candidate.object)))
    }

    async fn whole(
        &self,
        desk: &Desk<'_>,
        candidate: Candidate,
        call: ActCall,
        acted: &Acted,
        seen: &Observed,
    ) -> Plan {
        let now = self.parts.clock.now();
        let cluster = desk.environment.cluster.clone();
        let blast_radius = self.radius(desk, (&candidate.action, &candidate.object), seen, cluster.as_deref()).await;
        let undo = acted.undo.as_ref().map(|undo| taking_back(&call, &undo.tool, &undo.arguments));
        let resource_version = acted.seen_resource_version.clone().unwrap_or_default();
        Plan {
            id: desk.heal.current_plan(),
            incident: desk.incident.id.clone(),
            environment: desk.incident.environment.clone(),
            cluster,
            symptom: desk.basis.judgement.rule.to_owned(),
            object: candidate.object,
            resource_version,
            pinned: Pinned::of(&call, &seen.manifest).filter(|_| call.server == "kubernetes"),
            rehearsal: Rehearsal {
                class: candidate.action.strictest_of(acted.class),
                diff: acted.diff.clone(),
                warnings: acted.warnings.clone(),
            },
            action: candidate.action,
            call,
            reason: candidate.why,
            tainted: candidate.tainted,
            blast_radius,
            success_check: candidate.success,
            undo,
            proposer: Proposer::Scarlet,
            made_at: now,
            expires_at: expiry(now, desk.environment.approval),
        }
    }

    async fn radius(
        &self,
        desk: &Desk<'_>,
        (action, object): (&Action, &ObjectRef),
        seen: &Observed,
        cluster: Option<&str>,
    ) -> BlastRadius {
        let disruptions = self.eyes.disruptions_allowed(object, &seen.manifest, cluster).await;
        radius::of(action, object, seen, &desk.basis.topology, disruptions)
    }

    fn decide(&self, desk: &Desk<'_>, plan: &Plan, reviewed: Result<(), Vec<String>>) -> Decision {
        let is_leader = self.parts.leading.token().is_some();
        let digest = plan.digest();
        let situation = weighing::situation(desk, (plan, &digest), reviewed, is_leader, self.parts.clock.now());
        match desk.environment.shadow {
            Some(level) => decide_in_shadow(&self.parts.table, &situation, level),
            None => decide(&self.parts.table, &situation),
        }
    }

    /// Of what is permitted, the one that experience prefers; of what is not, the first.
    fn choose(&self, desk: &Desk<'_>, mut proposals: Vec<Proposal>) -> Option<Proposal> {
        let permitted: Vec<usize> = proposals
            .iter()
            .enumerate()
            .filter(|(_, proposal)| proposal.decision.would().0 <= Verdict::Ask)
            .map(|(place, _)| place)
            .collect();
        let names: Vec<&str> =
            permitted.iter().filter_map(|place| proposals.get(*place)).map(|it| it.plan.action.name()).collect();
        let number = u64::from(desk.heal.plans);
        let seed = self.parts.seed ^ seed_of(&desk.incident.id);
        let (symptom, environment) = (desk.basis.judgement.rule, desk.incident.environment.as_str());
        let draws = (draw(seed, number * 2), draw(seed, number * 2 + 1));
        let chosen = desk.learning.choose(symptom, environment, &names, draws.0, draws.1);
        match chosen.and_then(|choice| permitted.get(choice.index).map(|place| (*place, choice.why))) {
            Some((place, why)) => {
                let mut proposal = proposals.swap_remove(place);
                proposal.choice = why;
                Some(proposal)
            }
            None => proposals.into_iter().next(),
        }
    }
}

#[async_trait]
impl Plans for Planner {
    async fn plan(&self, incident: &Incident, heal: &Heal, basis: &Basis) -> Planned {
        let desk = match self.desk(incident, heal, basis).await {
            Ok(desk) => desk,
            Err(why) => return Planned::NotNow(why),
        };
        let (proposals, dropped) = match self.proposals(&desk).await {
            Ok(made) => made,
            Err(why) => return Planned::NotNow(why),
        };
        match self.choose(&desk, proposals) {
            Some(proposal) => Planned::Proposed(Box::new(proposal)),
            None if dropped.is_empty() => {
                Planned::NothingToDo(format!("nothing in the action library suits {}", basis.judgement.rule))
            }
            None => Planned::NothingToDo(format!("no action is left: {}", dropped.join("; "))),
        }
    }

    async fn see_again(
        &self,
        incident: &Incident,
        heal: &Heal,
        proposal: &Proposal,
        known: Option<&Basis>,
    ) -> Result<SeenAgain, NotAgain> {
        let plan = &proposal.plan;
        let basis = known.cloned().unwrap_or_else(|| weighing::basis_of(heal, plan));
        let desk = self.desk(incident, heal, &basis).await.map_err(NotAgain::Away)?;
        let drafted = Drafted::new(plan.clone()).map_err(|error| NotAgain::Changed(error.to_string()))?;
        let now = self.parts.clock.now();
        let seen = self.eyes.see(&plan.call, &plan.object, plan.cluster.as_deref(), now).await;
        let reviewed = safety::review(drafted, &seen, &desk.environment.rules)
            .map_err(|refused| NotAgain::Changed(refused.objections.join("; ")))?;
        let radius = self.radius(&desk, (&plan.action, &plan.object), &seen, plan.cluster.as_deref()).await;
        let worse = radius.worse_than(&plan.blast_radius);
        if !worse.is_empty() {
            return Err(NotAgain::Changed(worse.join("; ")));
        }
        let mut decision = self.decide(&desk, plan, Ok(()));
        // The score of the decision that people saw, and what it rests on, may not become milder here.
        if decision.verdict < proposal.decision.verdict {
            decision.verdict = proposal.decision.verdict;
        }
        let chain = weighing::chain(plan, &basis.topology);
        Ok(SeenAgain { reviewed, decision, chain })
    }
}

/// Whether the rehearsal and the look saw the object in the same version. A server that changes no object of a cluster
/// need not know of versions.
fn is_of_one_state(call: &ActCall, rehearsed: Option<&str>, manifest: &Value) -> bool {
    let seen = manifest.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    let knows_versions = call.server == "kubernetes" || rehearsed.is_some();
    manifest.is_null() || !knows_versions || seen == rehearsed
}

/// The call that the act server says takes it back, in the same cluster.
fn taking_back(call: &ActCall, tool: &str, arguments: &Map<String, Value>) -> ActCall {
    let mut arguments = arguments.clone();
    if let Some(cluster) = call.arguments.get("cluster") {
        arguments.entry("cluster").or_insert_with(|| cluster.clone());
    }
    ActCall { server: call.server.clone(), tool: tool.to_owned(), arguments }
}

fn not_rehearsed(failure: &Failure) -> Dropped {
    let told = failure.to_string();
    match failure.kind {
        FailureKind::Unreachable | FailureKind::Timeout | FailureKind::RateLimited | FailureKind::Cancelled => {
            Dropped::Away(told)
        }
        _ => Dropped::Unfit(told),
    }
}

fn expiry(now: DateTime<Utc>, wanted: Option<TimeDelta>) -> DateTime<Utc> {
    now + wanted.unwrap_or(TimeDelta::minutes(30)).clamp(TimeDelta::seconds(60), LONGEST)
}

/// A number of an id: the same id draws the same.
fn seed_of(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
