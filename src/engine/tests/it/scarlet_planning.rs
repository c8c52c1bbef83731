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
use domain::safety::{DeclaredWebhook, Rules};
use domain::strategy::{Facts, Readiness, Webhook};
use domain::topology::Topology;
use engine::scarlet::planning::{Environment, Parts, Planner};
use engine::scarlet::reconciler::seams::{Basis, NotAgain, Planned, Plans as _};
use fakes::hands::ScriptedHands;
use fakes::toolbox::read_tool;
use fakes::{ManualClock, ScriptedToolbox};
use ports::guards::Leading;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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
    manifest: Arc<Mutex<Value>>,
    /// Who says to have answered.
    source: Arc<Mutex<Option<&'static str>>>,
    rehearsal: Arc<Mutex<Result<Vec<String>, FailureKind>>>,
}

fn rehearsed(call: &ActCall, answer: &Result<Vec<String>, FailureKind>) -> Result<Acted, Failure> {
    if call.server == "webhooks" {
        return Ok(called(call));
    }
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

/// What the server of the webhooks tells of a rehearsal: it knows of no versions.
fn called(call: &ActCall) -> Acted {
    let back = Action::CallWebhook { webhook: "fill-cache".to_owned() }.call(&checkout(), None);
    Acted {
        action: call.tool.clone(),
        object: checkout(),
        class: EffectClass::W2,
        dry_run: true,
        complete: true,
        seen_resource_version: None,
        resource_version: None,
        diff: vec!["webhook clear-cache: POST to cache.example.com".to_owned()],
        undo: Some(Undo { tool: back.tool, arguments: back.arguments }),
        warnings: Vec::new(),
        steps: Vec::new(),
    }
}

/// The workload as it was when it was planned for.
fn planned_for() -> Value {
    let template = json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"name": "app"}]}});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "checkout", "namespace": "shop", "resourceVersion": "10", "uid": "first", "generation": 7,
            "annotations": {"deployment.kubernetes.io/revision": "4"},
        },
        "spec": {"replicas": 4, "template": template},
        "status": {"replicas": 4, "readyReplicas": 3},
    })
}

fn looked(call: &ToolCall, manifest: &Value, source: Option<&str>) -> Option<Result<Envelope, Failure>> {
    let data = match call.tool.as_str() {
        "kubernetes_get" if manifest.is_null() => {
            return Some(Err(Failure::new(FailureKind::NotFound, "there is no such Deployment")));
        }
        "kubernetes_get" => json!({"object": checkout(), "manifest": manifest}),
        "kubernetes_list" => {
            let list = List { kind: "PodDisruptionBudget".to_owned(), table: Rows::default(), rest: Vec::new() };
            serde_json::to_value(list).unwrap()
        }
        _ => return None,
    };
    Some(Ok(Envelope { source: source.map(str::to_owned), ..Envelope::whole(data, 1) }))
}

fn world(autonomy: Autonomy) -> World {
    world_of(Environment { autonomy, ..Environment::default() })
}

fn world_of(environment: Environment) -> World {
    let clock: Arc<ManualClock> = clock();
    let store = shaky(clock.clone());
    let guards = Arc::new(GuardKeeper::new(store.clone(), clock.clone(), "process-1".to_owned(), Limits::default()));
    let manifest = Arc::new(Mutex::new(planned_for()));
    let rehearsal = Arc::new(Mutex::new(Ok(vec!["restartedAt: new".to_owned()])));
    let source = Arc::new(Mutex::new(Some("kubernetes main")));
    let (seen, said, answering) = (manifest.clone(), rehearsal.clone(), source.clone());
    let tools =
        ["kubernetes_get", "kubernetes_list"].map(|name| read_tool(name, "", json!({"type": "object"}))).to_vec();
    let toolbox = ScriptedToolbox::answering(tools, move |call: &ToolCall| {
        let source = *answering.lock().unwrap_or_else(PoisonError::into_inner);
        looked(call, &seen.lock().unwrap_or_else(PoisonError::into_inner), source)
    });
    let hands = ScriptedHands::acting(|_| None)
        .rehearsing(move |asked| Some(rehearsed(&asked.call, &said.lock().unwrap_or_else(PoisonError::into_inner))));
    let table = include_str!("../../../../config/policy/decision.toml");
    let table = Table::read(&toml::from_str(table).unwrap()).unwrap();
    let environment = Environment {
        impacts: BTreeMap::from([("checkout".to_owned(), Impact::Low)]),
        automatic_per_hour: 5,
        ..environment
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
    World { planner: Planner::new(parts), store, guards, manifest, source, rehearsal }
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

/// What befalls the object between the plan and the moment at which it is granted, and why it is not granted then.
type Befalls = (&'static str, fn(&mut Value), Option<&'static str>);

const BEFALLS: &[Befalls] = &[
    ("nothing", |_| (), None),
    (
        "its status moves",
        |seen| {
            seen["metadata"]["resourceVersion"] = json!("48");
            seen["status"]["updatedReplicas"] = json!(4);
        },
        None,
    ),
    ("one more pod is ready", |seen| seen["status"]["readyReplicas"] = json!(4), None),
    ("one pod less is ready", |seen| seen["status"]["readyReplicas"] = json!(2), Some("ready replicas: 2, and 3")),
    ("its spec moves", |seen| seen["metadata"]["generation"] = json!(8), Some("for generation 7, and 8 was seen")),
    ("it is made again", |seen| seen["metadata"]["uid"] = json!("second"), Some("another object of the same name")),
    (
        "it is being deleted",
        |seen| seen["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"),
        Some("it is being deleted already"),
    ),
    ("it is gone", |seen| *seen = Value::Null, Some("it is gone, or could not be looked at")),
];

#[tokio::test]
async fn a_plan_is_granted_on_the_object_that_it_was_made_for_whatever_its_status_does() {
    for (what, befalls, expected) in BEFALLS {
        let world = world(Autonomy::Safe);
        let proposal = proposed(&world).await;
        befalls(&mut world.manifest.lock().unwrap());
        let again = world.planner.see_again(&ours(), &heal(), &proposal, Some(&basis())).await;
        match (expected, again) {
            (None, again) => assert!(again.is_ok(), "{what}: {again:?}"),
            (Some(why), Err(NotAgain::Changed(told))) => assert!(told.contains(why), "{what}: {told}"),
            (Some(_), again) => panic!("{what}: {again:?}"),
        }
    }
}

#[tokio::test]
async fn a_plan_is_not_made_of_a_rehearsal_and_a_look_at_different_states() {
    let world = world(Autonomy::Safe);
    world.manifest.lock().unwrap()["metadata"]["resourceVersion"] = json!("11");
    match planned(&world).await {
        Planned::NotNow(told) => assert!(told.contains("moved between 3 rehearsals"), "{told}"),
        other => panic!("{other:?}"),
    }
}

/// The same with a webhook that is declared for the trouble.
fn with_a_webhook() -> (World, Basis) {
    let declared = |undo: &str| DeclaredWebhook { class: EffectClass::W2, undo: Some(undo.to_owned()) };
    let webhooks = BTreeMap::from([
        ("clear-cache".to_owned(), declared("fill-cache")),
        ("fill-cache".to_owned(), declared("clear-cache")),
    ]);
    let rules = Rules { webhooks, ..Rules::default() };
    let world = world_of(Environment { autonomy: Autonomy::Safe, rules, ..Environment::default() });
    let symptoms = BTreeSet::from(["crash".to_owned()]);
    let webhook = Webhook { name: "clear-cache".to_owned(), symptoms, ..Webhook::default() };
    let basis = basis();
    (world, Basis { facts: basis.facts.with_webhooks(vec![webhook]), ..basis })
}

#[tokio::test]
async fn a_webhook_for_an_object_that_is_there_could_not_be_planned_since_its_server_knows_no_versions() {
    let (world, basis) = with_a_webhook();
    *world.rehearsal.lock().unwrap() = Ok(Vec::new());
    let proposal = proposal_in(world.planner.plan(&ours(), &heal(), &basis).await).unwrap();
    let called = Action::CallWebhook { webhook: "clear-cache".to_owned() };
    assert_eq!((&proposal.plan.action, proposal.plan.resource_version.as_str()), (&called, ""));
    let again = world.planner.see_again(&ours(), &heal(), &proposal, Some(&basis)).await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test]
async fn one_candidate_whose_server_was_away_took_all_others_with_it() {
    let (world, basis) = with_a_webhook();
    *world.rehearsal.lock().unwrap() = Err(FailureKind::Unreachable);
    let proposal = proposal_in(world.planner.plan(&ours(), &heal(), &basis).await).unwrap();
    assert_eq!(proposal.plan.action.name(), "call_webhook");
}

#[tokio::test]
async fn the_cluster_that_was_asked_for_was_taken_for_the_one_that_answered() {
    let named = || Environment { cluster: Some("main".to_owned()), ..Environment::default() };
    let several = || Rules { has_several_clusters: true, ..Rules::default() };
    let cases = [
        (named(), Some("kubernetes main"), None),
        (named(), Some("kubernetes east"), Some("the plan is for the cluster \"main\", and \"east\" was looked at")),
        (named(), Some("MCP server main"), Some("it is not known whether the cluster \"main\" was looked at")),
        (named(), None, Some("it is not known whether the cluster \"main\" was looked at")),
        (Environment::default(), Some("kubernetes main"), None),
        (Environment::default(), None, None),
        (
            Environment { rules: several(), ..Environment::default() },
            Some("kubernetes main"),
            Some("there are several clusters, and the plan names none"),
        ),
    ];
    for (environment, source, expected) in cases {
        let cluster = environment.cluster.clone();
        let world = world_of(environment);
        *world.source.lock().unwrap() = source;
        match (planned(&world).await, expected) {
            (Planned::Proposed(proposal), None) => assert_eq!(proposal.plan.cluster, cluster),
            (Planned::NothingToDo(told), Some(why)) => assert!(told.contains(why), "{source:?}: {told}"),
            (other, _) => panic!("{cluster:?} {source:?}: {other:?}"),
        }
    }
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
