//! The world of these tests: one incident, one Deployment, and seams that answer as a test says.

use crate::shaky::{Shaky, began, clock, incident, put, shaky};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::action::Action;
use domain::approval::{Permitted, Proposer};
use domain::diagnosis::{Judgement, Statement};
use domain::effect::EffectClass;
use domain::heal::{Diagnosis, End, Heal, Hypothesis, Mode, Page, Proposal, Standing, UndoEnd};
use domain::incident::{Incident, State};
use domain::object::ObjectRef;
use domain::person::Role;
use domain::plan::{BlastRadius, Condition, Drafted, Granted, Plan, Rehearsal, SuccessCheck};
use domain::policy::{Decision, Verdict};
use domain::safety::{self, Observed, Rules};
use domain::signal::Signal;
use domain::strategy::Facts;
use domain::topology::Topology;
use domain::verification::Outcome;
use engine::approvals::ApprovalDesk;
use engine::incidents::IncidentDesk;
use engine::scarlet::reconciler::seams::{
    Basis, Diagnoses, Executes, Found, Hears, Measures, NotAgain, Planned, Plans, Remembers, SeenAgain, Tells,
};
use engine::scarlet::reconciler::{Pace, Parts, Reconciler};
use fakes::ManualClock;
use futures::future::BoxFuture;
use ports::clock::Clock;
use ports::store::record::{self, Record};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

pub fn object() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

/// What the seams answer, and what they were asked to do.
struct Answers {
    verdict: Verdict,
    verdict_again: Option<Verdict>,
    people_again: u32,
    has_changed: bool,
    is_gone: bool,
    acting: Option<End>,
    hangs: bool,
    undo: UndoEnd,
    undo_before: Option<UndoEnd>,
    outcome: Outcome,
    recovers: bool,
    concludes: bool,
    tells: bool,
    hears: bool,
    score: u16,
    concluded: u32,
    owed_written: u32,
    then: BTreeMap<&'static str, Then>,
    done: Vec<String>,
    told: Vec<String>,
    told_over: Vec<String>,
    heard: Vec<String>,
    written_up: u32,
}

/// What happens in the world right after something was done, before anybody hears of it.
type Then = BoxFuture<'static, ()>;

/// All seams in one.
pub struct Script {
    clock: Arc<ManualClock>,
    answers: Mutex<Answers>,
}

impl Script {
    fn with<R>(&self, change: impl FnOnce(&mut Answers) -> R) -> R {
        change(&mut self.answers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn did(&self, what: String) {
        self.with(|answers| answers.done.push(what));
    }

    /// Once, right after the next time that `what` was done: `plan`, `carry out`, `measure`, `undo`, `hear`.
    pub fn then(&self, what: &'static str, then: impl Future<Output = ()> + Send + 'static) {
        self.with(|answers| answers.then.insert(what, Box::pin(then)));
    }

    async fn after(&self, what: &'static str) {
        if let Some(then) = self.with(|answers| answers.then.remove(what)) {
            then.await;
        }
    }

    /// Of the next plans Scarlet is not sure, which she says about herself.
    pub fn is_unsure(&self) {
        self.with(|answers| answers.score = 500);
    }

    /// Nobody takes in what Scarlet says about herself, nor refuses it.
    pub fn hangs_in_hearing(&self) {
        self.with(|answers| answers.hears = false);
    }

    /// How often it was tried to conclude.
    pub fn tries_to_conclude(&self) -> u32 {
        self.with(|answers| answers.concluded)
    }

    /// How often it was asked to journal what is owed to the journal.
    pub fn owed_written(&self) -> u32 {
        self.with(|answers| answers.owed_written)
    }

    pub fn hangs_in_acting(&self) {
        self.with(|answers| answers.hangs = true);
    }

    pub fn answers_acting(&self, end: End) {
        self.with(|answers| (answers.hangs, answers.acting) = (false, Some(end)));
    }

    pub fn recovers(&self, does: bool) {
        self.with(|answers| answers.recovers = does);
    }

    pub fn concludes(&self, does: bool) {
        self.with(|answers| answers.concludes = does);
    }

    pub fn tells(&self, does: bool) {
        self.with(|answers| answers.tells = does);
    }

    pub fn measures(&self, outcome: Outcome) {
        self.with(|answers| answers.outcome = outcome);
    }

    /// What is known of an undo that another process was to make.
    pub fn knows_of_the_undo(&self, end: UndoEnd) {
        self.with(|answers| (answers.hangs, answers.undo_before) = (false, Some(end)));
    }

    pub fn undoes(&self, end: UndoEnd) {
        self.with(|answers| answers.undo = end);
    }

    pub fn loses_the_object(&self) {
        self.with(|answers| (answers.has_changed, answers.is_gone) = (true, true));
    }

    pub fn changes_the_object(&self) {
        self.with(|answers| answers.has_changed = true);
    }

    pub fn verdict_when_seen_again(&self, verdict: Verdict) {
        self.with(|answers| answers.verdict_again = Some(verdict));
    }

    pub fn people_needed_when_seen_again(&self, people: u32) {
        self.with(|answers| answers.people_again = people);
    }

    fn observed(&self, version: &str) -> Observed {
        let metadata = json!({
            "name": "checkout", "namespace": "shop", "resourceVersion": version, "generation": 3,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        });
        let manifest = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {"replicas": 2}, "status": {"readyReplicas": 2},
        });
        serde_json::from_value(json!({"at": self.clock.now(), "object": object(), "manifest": manifest})).unwrap()
    }
}

fn decision(verdict: Verdict) -> Decision {
    let told = format!("{verdict}, as the test says");
    Decision { verdict, row: "row 7".to_owned(), score: 820, told, ..Decision::denied("") }
}

pub fn plan(id: &str, now: DateTime<Utc>) -> Plan {
    let action = Action::Scale { replicas: 3 };
    Plan {
        id: id.to_owned(),
        incident: "INC-1".to_owned(),
        environment: "prod".to_owned(),
        cluster: None,
        symptom: "crash".to_owned(),
        object: object(),
        resource_version: "10".to_owned(),
        pinned: None,
        call: action.call(&object(), None),
        undo: Some(Action::Scale { replicas: 2 }.call(&object(), None)),
        action,
        reason: "both replicas are at their limit".to_owned(),
        tainted: BTreeSet::new(),
        rehearsal: Rehearsal {
            class: EffectClass::W1,
            diff: vec!["replicas: 2 -> 3".to_owned()],
            warnings: Vec::new(),
        },
        blast_radius: BlastRadius {
            ready_replicas: Some(2),
            replicas_left: Some(2),
            disruptions_allowed: None,
            dependants: Vec::new(),
            traffic_share: None,
        },
        success_check: SuccessCheck {
            conditions: vec![Condition::WorkloadReady { object: object(), baseline_ready: 2 }],
            settle_seconds: 30,
            window_seconds: 300,
        },
        proposer: Proposer::Scarlet,
        made_at: now,
        expires_at: now + TimeDelta::minutes(30),
    }
}

#[async_trait]
impl Diagnoses for Script {
    async fn diagnose(&self, _: &Incident, _: u32) -> Result<Found, String> {
        let hypothesis = Hypothesis {
            rule: "crash".to_owned(),
            cause: object(),
            affected: object(),
            summary: format!("{} crashes", object()),
            per_mille: 820,
            typed_per_mille: 820,
            evidence: Vec::new(),
            confirmed_by: "its pods are not ready".to_owned(),
            refuted_by: "its pods are ready".to_owned(),
            standing: Standing::Confirmed,
        };
        let diagnosis = Diagnosis {
            at: self.clock.now(),
            hypotheses: vec![hypothesis],
            seen: Vec::new(),
            not_looked: Vec::new(),
            missing: 0,
            changes: Vec::new(),
        };
        let judgement = Judgement {
            rule: "crash",
            cause: object(),
            affected: object(),
            summary: Statement::new("it crashes", []),
            support: Vec::new(),
            advice: Vec::new(),
            per_mille: 820,
            typed_per_mille: 820,
            victims: Vec::new(),
        };
        let (facts, topology) = (Facts::default(), Topology::default());
        let basis = Some(Basis { judgement, facts, per_mille: 820, missing: 0, services: 1, topology });
        Ok(Found { diagnosis, basis, evidence: Vec::new() })
    }
}

#[async_trait]
impl Plans for Script {
    async fn plan(&self, _: &Incident, heal: &Heal, _: &Basis) -> Planned {
        if self.with(|answers| answers.is_gone) {
            return Planned::NothingToDo("no action is left: there is no such Deployment".to_owned());
        }
        let plan = plan(&heal.current_plan(), self.clock.now());
        let score = self.with(|answers| answers.score);
        let decision = Decision { score, ..decision(self.with(|answers| answers.verdict)) };
        self.after("plan").await;
        Planned::Proposed(Box::new(Proposal { digest: plan.digest(), plan, decision, choice: String::new() }))
    }

    async fn see_again(
        &self,
        _: &Incident,
        _: &Heal,
        proposal: &Proposal,
        _: Option<&Basis>,
    ) -> Result<SeenAgain, NotAgain> {
        let (verdict, has_changed) =
            self.with(|answers| (answers.verdict_again.unwrap_or(answers.verdict), answers.has_changed));
        let drafted = Drafted::new(proposal.plan.clone()).unwrap();
        let observed = self.observed(if has_changed { "11" } else { "10" });
        let reviewed = safety::review(drafted, &observed, &Rules::default())
            .map_err(|refused| NotAgain::Changed(refused.objections.join("; ")))?;
        let people_needed = self.with(|answers| answers.people_again);
        let decision = Decision { plan: reviewed.digest().to_owned(), people_needed, ..decision(verdict) };
        Ok(SeenAgain { reviewed, decision, chain: BTreeSet::new() })
    }
}

#[async_trait]
impl Executes for Script {
    async fn recover(&self) -> Result<(), String> {
        if self.with(|answers| answers.recovers) { Ok(()) } else { Err("the journal is away".to_owned()) }
    }

    async fn write_what_is_owed(&self) -> Result<(), String> {
        self.with(|answers| answers.owed_written += 1);
        Err("the journal is away".to_owned())
    }

    async fn carry_out(&self, granted: Arc<Granted>, _: BTreeSet<String>) -> End {
        self.did(format!("carry out {}", granted.plan().id));
        if self.with(|answers| answers.hangs) {
            std::future::pending::<()>().await;
        }
        self.after("carry out").await;
        self.with(|answers| answers.acting.clone()).unwrap_or(End::Done { at: self.clock.now() })
    }

    async fn ask_after(&self, plan: &Plan) -> End {
        self.did(format!("ask after {}", plan.id));
        self.with(|answers| answers.acting.clone()).unwrap_or(End::StillUnderWay)
    }

    async fn undo(&self, plan: &Plan) -> UndoEnd {
        self.did(format!("undo {}", plan.id));
        if self.with(|answers| answers.hangs) {
            std::future::pending::<()>().await;
        }
        self.after("undo").await;
        self.with(|answers| answers.undo.clone())
    }

    async fn ask_after_undo(&self, plan: &Plan) -> Option<UndoEnd> {
        self.did(format!("ask after the undo of {}", plan.id));
        self.with(|answers| answers.undo_before.clone())
    }

    async fn conclude(&self, _: &str, outcome: Outcome) -> Result<(), String> {
        self.with(|answers| answers.concluded += 1);
        if !self.with(|answers| answers.concludes) {
            return Err("the guards are away".to_owned());
        }
        self.did(format!("conclude {outcome}"));
        Ok(())
    }
}

#[async_trait]
impl Measures for Script {
    async fn measure(&self, _: &Incident, plan: &Plan, since: DateTime<Utc>) -> (Outcome, String) {
        let elapsed = (self.clock.now() - since).num_seconds();
        let is_settled = elapsed >= i64::from(plan.success_check.settle_seconds);
        let outcome = if is_settled { self.with(|answers| answers.outcome) } else { Outcome::NotYet };
        if is_settled {
            self.after("measure").await;
        }
        (outcome, "as the test says".to_owned())
    }
}

#[async_trait]
impl Tells for Script {
    async fn escalate(&self, _: &str, _: &str, markdown: &str) -> Result<String, String> {
        self.with(|answers| {
            if !answers.tells {
                return Err("slack:C1: it is away".to_owned());
            }
            answers.told.push(markdown.to_owned());
            Ok("slack:C1".to_owned())
        })
    }

    async fn remind(&self, _: &Incident, _: &str) -> Result<(), String> {
        Ok(())
    }

    async fn over(&self, _: &Incident, _: &[Page], markdown: &str) -> Result<(), String> {
        self.with(|answers| {
            if !answers.tells {
                return Err("slack:C1 was not told yet".to_owned());
            }
            answers.told_over.push(markdown.to_owned());
            Ok(())
        })
    }
}

#[async_trait]
impl Hears for Script {
    async fn hear(&self, signal: Signal) -> Result<(), String> {
        if !self.with(|answers| answers.hears) {
            std::future::pending::<()>().await;
        }
        self.with(|answers| answers.heard.push(signal.name));
        self.after("hear").await;
        Ok(())
    }
}

#[async_trait]
impl Remembers for Script {
    async fn write_up(&self, _: &Incident, _: &Heal) -> Result<(), String> {
        self.with(|answers| answers.written_up += 1);
        Ok(())
    }
}

/// The world, with one process.
pub struct World {
    pub store: Arc<Shaky>,
    pub clock: Arc<ManualClock>,
    pub approvals: Arc<ApprovalDesk>,
    pub desk: IncidentDesk,
    pub script: Arc<Script>,
    leads: Arc<AtomicBool>,
    mode: Arc<Mutex<Mode>>,
    reconciler: Arc<Reconciler>,
}

/// With one open incident, and plans of this verdict.
pub async fn world(verdict: Verdict) -> World {
    let clock = clock();
    let store = shaky(clock.clone());
    let drawn = AtomicU64::new(0);
    let draw = Arc::new(move || format!("drawn-{}", drawn.fetch_add(1, Ordering::Relaxed)));
    let approvals = Arc::new(ApprovalDesk::new(store.clone(), clock.clone(), draw));
    let desk = IncidentDesk::new(store.clone(), clock.clone(), approvals.clone());
    let answers = Answers {
        verdict,
        verdict_again: None,
        people_again: 1,
        has_changed: false,
        is_gone: false,
        acting: None,
        hangs: false,
        undo: UndoEnd::Done,
        undo_before: None,
        outcome: if verdict == Verdict::Deny { Outcome::Same } else { Outcome::Better },
        recovers: true,
        concludes: true,
        tells: true,
        hears: true,
        score: 820,
        concluded: 0,
        owed_written: 0,
        then: BTreeMap::new(),
        done: Vec::new(),
        told: Vec::new(),
        told_over: Vec::new(),
        heard: Vec::new(),
        written_up: 0,
    };
    let script = Arc::new(Script { clock: clock.clone(), answers: Mutex::new(answers) });
    let leads = Arc::new(AtomicBool::new(true));
    let mode = Arc::new(Mutex::new(Mode::Live));
    let reconciler = Arc::new(reconciler(&store, &clock, &approvals, &script, &leads, &mode));
    let open = Incident { state: State::Open, environment: "prod".to_owned(), ..incident("INC-1") };
    put(&*store, &Incident { opened_at: began(), changed_at: began(), ..open }).await;
    World { store, clock, approvals, desk, script, leads, mode, reconciler }
}

fn reconciler(
    store: &Arc<Shaky>,
    clock: &Arc<ManualClock>,
    approvals: &Arc<ApprovalDesk>,
    script: &Arc<Script>,
    leads: &Arc<AtomicBool>,
    mode: &Arc<Mutex<Mode>>,
) -> Reconciler {
    let (leads, mode) = (leads.clone(), mode.clone());
    let parts = Parts {
        store: store.clone(),
        clock: clock.clone(),
        leads: Arc::new(move || leads.load(Ordering::Relaxed)),
        approvals: approvals.clone(),
        diagnoses: script.clone(),
        plans: script.clone(),
        executes: script.clone(),
        measures: script.clone(),
        tells: script.clone(),
        hears: script.clone(),
        remembers: script.clone(),
        modes: Arc::new(move |_| *mode.lock().unwrap_or_else(PoisonError::into_inner)),
        permitted: Arc::new(|_| Permitted {
            people: BTreeSet::new(),
            groups: BTreeSet::new(),
            role: Some(Role::Approver),
            people_needed: 1,
        }),
    };
    Reconciler::new(parts, Pace::default())
}

/// Another process on the same store.
pub struct Replica(Reconciler);

impl Replica {
    pub async fn pass(&self) {
        self.0.pass(&CancellationToken::new()).await;
    }
}

impl World {
    pub fn replica(&self) -> Replica {
        Replica(reconciler(&self.store, &self.clock, &self.approvals, &self.script, &self.leads, &self.mode))
    }

    pub fn reconciler(&self) -> Arc<Reconciler> {
        self.reconciler.clone()
    }

    pub async fn pass(&self) {
        self.reconciler.pass(&CancellationToken::new()).await;
    }

    pub async fn after(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    pub fn leads(&self, does: bool) {
        self.leads.store(does, Ordering::Relaxed);
    }

    pub fn mode(&self, mode: Mode) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }

    pub fn done(&self) -> Vec<String> {
        self.script.with(|answers| answers.done.clone())
    }

    pub fn escalations(&self) -> Vec<String> {
        self.script.with(|answers| answers.told.clone())
    }

    /// The words that an incident is over, to whoever was told of it.
    pub fn told_over(&self) -> Vec<String> {
        self.script.with(|answers| answers.told_over.clone())
    }

    pub fn signals(&self) -> Vec<String> {
        self.script.with(|answers| answers.heard.clone())
    }

    pub fn written_up(&self) -> u32 {
        self.script.with(|answers| answers.written_up)
    }

    pub async fn incident(&self) -> Incident {
        self.load("INC-1").await
    }

    pub async fn load<T: Record>(&self, id: &str) -> T {
        record::load::<T>(&*self.store, id).await.unwrap().unwrap().value
    }

    pub async fn put(&self, incident: &Incident) {
        record::save(&*self.store, incident, ports::store::document::Expect::Any).await.unwrap();
    }
}
