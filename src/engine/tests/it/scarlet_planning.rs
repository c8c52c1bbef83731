//! Making plans: over a scripted act server and read tool, the real table, the real guards.

use crate::shaky::{Broken, Shaky, began, clock, incident, shaky};
use domain::action::{ActCall, Action};
use domain::diagnosis::{Judgement, Statement};
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::guard::{Actor, Limits, Scope};
use domain::heal::{Attempt, Ending, Heal, Mode, Proposal};
use domain::incident::{Impact, Incident, Severity};
use domain::object::ObjectRef;
use domain::observed::Table as Rows;
use domain::observed::acted::{Acted, Undo};
use domain::observed::kubernetes::List;
use domain::policy::{Autonomy, Table, Verdict};
use domain::strategy::{Facts, Readiness};
use domain::topology::Topology;
use engine::scarlet::planning::{Environment, Parts, Planner};
use engine::scarlet::reconciler::seams::{Basis, NotAgain, Planned, Plans as _};
use fakes::hands::ScriptedHands;
use fakes::toolbox::read_tool;
use fakes::{ManualClock, ScriptedToolbox};
use ports::guards::Leading;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::guards::{GuardKeeper, Signature};

fn checkout() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

struct Leads;

impl Leading for Leads {
    fn token(&self) -> Option<u64> {
        Some(1)
    }
}

struct World {
    planner: Planner,
    store: Arc<Shaky>,
    guards: Arc<GuardKeeper>,
    version: Arc<AtomicU64>,
    rehearsal: Arc<Mutex<Result<Vec<String>, FailureKind>>>,
}

fn rehearsed(call: &ActCall, answer: &Result<Vec<String>, FailureKind>) -> Result<Acted, Failure> {
    let diff = answer.clone().map_err(|kind| Failure::new(kind, "the act server says no"))?;
    let back = Action::RolloutUndo { to_revision: Some(4) }.call(&checkout(), None);
    Ok(Acted {
        action: call.tool.clone(),
        object: checkout(),
        class: EffectClass::W1,
        dry_run: true,
        complete: true,
        seen_resource_version: Some("10".to_owned()),
        resource_version: None,
        diff,
        undo: Some(Undo { tool: back.tool, arguments: back.arguments }),
        warnings: Vec::new(),
        steps: Vec::new(),
    })
}

fn looked(call: &ToolCall, version: u64) -> Option<Result<Envelope, Failure>> {
    let data = match call.tool.as_str() {
        "kubernetes_get" => {
            let template =
                json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"name": "app"}]}});
            let manifest = json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": "checkout", "namespace": "shop", "resourceVersion": version.to_string(),
                    "annotations": {"deployment.kubernetes.io/revision": "4"},
                },
                "spec": {"replicas": 4, "template": template},
                "status": {"replicas": 4, "readyReplicas": 3},
            });
            json!({"object": checkout(), "manifest": manifest})
        }
        "kubernetes_list" => {
            let list = List { kind: "PodDisruptionBudget".to_owned(), table: Rows::default(), rest: Vec::new() };
            serde_json::to_value(list).unwrap()
        }
        _ => return None,
    };
    Some(Ok(Envelope::whole(data, 1)))
}

fn world(autonomy: Autonomy) -> World {
    let clock: Arc<ManualClock> = clock();
    let store = shaky(clock.clone());
    let guards = Arc::new(GuardKeeper::new(store.clone(), clock.clone(), "process-1".to_owned(), Limits::default()));
    let version = Arc::new(AtomicU64::new(10));
    let rehearsal = Arc::new(Mutex::new(Ok(vec!["restartedAt: new".to_owned()])));
    let (seen, said) = (version.clone(), rehearsal.clone());
    let tools =
        ["kubernetes_get", "kubernetes_list"].map(|name| read_tool(name, "", json!({"type": "object"}))).to_vec();
    let toolbox = ScriptedToolbox::answering(tools, move |call: &ToolCall| looked(call, seen.load(Ordering::Relaxed)));
    let hands = ScriptedHands::acting(|_| None)
        .rehearsing(move |asked| Some(rehearsed(&asked.call, &said.lock().unwrap_or_else(PoisonError::into_inner))));
    let table = include_str!("../../../../config/policy/decision.toml");
    let table = Table::read(&toml::from_str(table).unwrap()).unwrap();
    let environment = Environment {
        autonomy,
        impacts: BTreeMap::from([("checkout".to_owned(), Impact::Low)]),
        automatic_per_hour: 5,
        ..Environment::default()
    };
    let parts = Parts {
        hands: Arc::new(hands),
        toolbox: Arc::new(toolbox),
        guards: guards.clone(),
        leading: Arc::new(Leads),
        store: store.clone(),
        clock,
        environments: Arc::new(move |_| Some(environment.clone())),
        table,
        seed: 7,
    };
    World { planner: Planner::new(parts), store, guards, version, rehearsal }
}

fn basis() -> Basis {
    let judgement = Judgement {
        rule: "crash",
        cause: checkout(),
        affected: checkout(),
        summary: Statement::new("it crashes", []),
        support: Vec::new(),
        advice: Vec::new(),
        per_mille: 900,
        typed_per_mille: 900,
        victims: Vec::new(),
    };
    let readiness = vec![Readiness { object: checkout(), ready: 3, desired: 4 }];
    let facts = Facts { target: Some(checkout()), readiness, ..Facts::default() };
    Basis { judgement, facts, per_mille: 900, missing: 0, services: 1, topology: Topology::default() }
}

fn ours() -> Incident {
    let found = incident("INC-1");
    Incident { environment: "prod".to_owned(), severity: Severity::Medium, impact: Impact::Low, ..found }
}

fn heal() -> Heal {
    Heal { plans: 1, ..Heal::begin("INC-1", "prod", Mode::Live, began()) }
}

async fn planned(world: &World) -> Planned {
    world.planner.plan(&ours(), &heal(), &basis()).await
}

fn proposal_in(planned: Planned) -> Result<Proposal, Planned> {
    match planned {
        Planned::Proposed(proposal) => Ok(*proposal),
        other => Err(other),
    }
}

async fn proposed(world: &World) -> Proposal {
    proposal_in(planned(world).await).unwrap()
}

#[tokio::test]
async fn a_safe_action_is_planned_whole_reviewed_and_allowed() {
    let world = world(Autonomy::Safe);
    let proposal = proposed(&world).await;
    let plan = &proposal.plan;
    assert_eq!(
        (plan.id.as_str(), plan.action.clone(), plan.resource_version.as_str()),
        ("INC-1.1", Action::RolloutRestart, "10")
    );
    assert_eq!((plan.blast_radius.ready_replicas, plan.blast_radius.replicas_left), (Some(3), Some(2)));
    assert_eq!(
        (proposal.decision.verdict, proposal.decision.score),
        (Verdict::Allow, 810),
        "{}",
        proposal.decision.told
    );
    assert_eq!(proposal.digest, plan.digest());
    let again = world.planner.see_again(&ours(), &heal(), &proposal, Some(&basis())).await.unwrap();
    assert_eq!((again.reviewed.digest(), again.decision.verdict), (proposal.digest.as_str(), Verdict::Allow));
    assert!(again.chain.iter().all(|key| key.starts_with("prod ")) && !again.chain.is_empty(), "{:?}", again.chain);
}

#[tokio::test]
async fn an_object_that_changed_is_not_granted() {
    let world = world(Autonomy::Safe);
    let proposal = proposed(&world).await;
    world.version.store(11, Ordering::Relaxed);
    let again = world.planner.see_again(&ours(), &heal(), &proposal, Some(&basis())).await;
    assert!(matches!(&again, Err(NotAgain::Changed(_))), "{again:?}");
}

#[tokio::test]
async fn a_freeze_that_came_after_the_plan_denies_it() {
    let world = world(Autonomy::Safe);
    let proposal = proposed(&world).await;
    let by = Actor { person: "ann".to_owned(), is_approver: true };
    let signed = Signature::of(domain::audit::Actor::System);
    world.guards.freeze(Scope::All, &by, "release day", &signed).await.unwrap();
    let again = world.planner.see_again(&ours(), &heal(), &proposal, Some(&basis())).await.unwrap();
    assert_eq!(again.decision.verdict, Verdict::Deny);
    assert!(again.decision.told.contains("release day"), "{}", again.decision.told);
}

#[tokio::test]
async fn what_this_process_has_forgotten_is_never_decided_more_mildly() {
    let world = world(Autonomy::Safe);
    let proposal = proposed(&world).await;
    let again = world.planner.see_again(&ours(), &heal(), &proposal, None).await.unwrap();
    assert!(again.decision.verdict > Verdict::Allow, "{}", again.decision.told);
}

#[tokio::test]
async fn an_environment_that_is_only_observed_allows_nothing() {
    let proposal = proposed(&world(Autonomy::Observe)).await;
    assert!(proposal.decision.verdict > Verdict::Ask, "{}", proposal.decision.told);
}

#[tokio::test]
async fn what_is_away_means_no_plan_now() {
    let unreachable = world(Autonomy::Safe);
    *unreachable.rehearsal.lock().unwrap() = Err(FailureKind::Unreachable);
    assert!(matches!(planned(&unreachable).await, Planned::NotNow(_)));
    let storeless = world(Autonomy::Safe);
    storeless.store.breaks(Broken::All);
    assert!(matches!(planned(&storeless).await, Planned::NotNow(_)));
}

#[tokio::test]
async fn what_cannot_be_done_or_is_so_already_is_not_proposed() {
    for (answer, why) in [(Err(FailureKind::Forbidden), "the act server says no"), (Ok(Vec::new()), "it is so already")]
    {
        let world = world(Autonomy::Safe);
        *world.rehearsal.lock().unwrap() = answer;
        match planned(&world).await {
            Planned::NothingToDo(told) => assert!(told.contains(why), "{told}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_was_tried_is_not_proposed_again() {
    let world = world(Autonomy::Safe);
    let proposal = proposed(&world).await;
    let attempt = Attempt {
        plan: proposal.plan.id.clone(),
        digest: proposal.digest.clone(),
        symptom: "crash".to_owned(),
        action: "rollout_restart".to_owned(),
        object: checkout(),
        approved: false,
        outcome: Ending::Same,
        told: "3 of 4 pods are ready".to_owned(),
        started: began(),
        ended: Some(began()),
    };
    let heal = Heal { plans: 2, attempts: vec![attempt], failed_in_a_row: 1, ..heal() };
    match world.planner.plan(&ours(), &heal, &basis()).await {
        Planned::NothingToDo(told) => assert!(told.contains("was tried"), "{told}"),
        other => panic!("{other:?}"),
    }
}
