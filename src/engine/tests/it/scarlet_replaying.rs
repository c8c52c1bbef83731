//! Recording what decisions rested on, and deciding them anew: the real rules over scripted tools, with no hand to act by.

use crate::shaky::{Broken, Shaky, began, clock, shaky};
use chrono::TimeDelta;
use domain::action::{ActCall, Action};
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::guard::{Actor, Limits};
use domain::heal::{Heal, Mode};
use domain::incident::{Impact, Incident, Severity};
use domain::object::ObjectRef;
use domain::observed::Table as Rows;
use domain::observed::acted::{Acted, Undo};
use domain::observed::kubernetes::{List, PodRow, WorkloadRow};
use domain::policy::{Autonomy, Table, Verdict};
use domain::recording::{Bounds, Recording, Work};
use domain::replay::{Decided, Report, Weighed};
use domain::signal::{Signal, Source, SourceKind, Status};
use engine::scarlet::diagnose::{Diagnoser, Whereabouts};
use engine::scarlet::planning::{Environment, Parts as PlanParts, Planner};
use engine::scarlet::reconciler::seams::{Diagnoses, Planned, Plans};
use engine::scarlet::recording::{Parts, Recorder};
use engine::scarlet::replaying::{WhatIf, replay};
use fakes::hands::ScriptedHands;
use fakes::toolbox::read_tool;
use fakes::{ManualClock, ScriptedToolbox};
use ports::guards::Leading;
use ports::store::record;
use ports::toolbox::Toolboxes;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::guards::{GuardKeeper, Signature};

fn checkout() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

fn incident() -> Incident {
    let signal = Signal {
        id: "s1".to_owned(),
        fingerprint: "f1".to_owned(),
        source: Source { kind: SourceKind::Kubernetes, name: "demo".to_owned() },
        environment: "prod".to_owned(),
        name: "pod-oom".to_owned(),
        status: Status::Firing,
        severity: Severity::Medium,
        object: Some(ObjectRef::namespaced("Pod", "shop", "checkout-7d9f8b6c4-x2x1z")),
        service: None,
        labels: BTreeMap::new(),
        text: "out of memory".to_owned(),
        value: None,
        query: None,
        started_at: began(),
        seen_at: began(),
    };
    Incident { impact: Impact::Low, ..domain::correlation::open(&signal, "INC-1", began()) }
}

fn pod() -> PodRow {
    PodRow {
        namespace: "shop".to_owned(),
        name: "checkout-7d9f8b6c4-x2x1z".to_owned(),
        status: "OOMKilled".to_owned(),
        ready: 0,
        containers: 1,
        restarts: 7,
        last_restart: Some(began() - TimeDelta::minutes(1)),
        last_exit: Some("OOMKilled".to_owned()),
        message: None,
        created: began() - TimeDelta::hours(9),
        node: None,
        owner: Some("Deployment/checkout".to_owned()),
    }
}

fn workload() -> WorkloadRow {
    WorkloadRow {
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: "checkout".to_owned(),
        status: "3/4 ready".to_owned(),
        desired: 4,
        ready: 3,
        updated: 4,
        images: "shop/checkout:2".to_owned(),
        created: began() - TimeDelta::days(9),
    }
}

fn list(kind: &str, table: Rows) -> Result<Envelope, Failure> {
    let list = List { kind: kind.to_owned(), table, rest: Vec::new() };
    Ok(Envelope::whole(serde_json::to_value(list).unwrap(), 1))
}

fn seen(call: &ToolCall) -> Option<Result<Envelope, Failure>> {
    let kind = call.arguments.get("kind").and_then(|kind| kind.as_str());
    Some(match (call.tool.as_str(), kind) {
        ("kubernetes_list", Some("workloads")) => list("workloads", Rows::of(&[workload()])),
        ("kubernetes_list", Some("Pod")) => list("Pod", Rows::of(&[pod()])),
        ("kubernetes_list", Some(kind)) => list(kind, Rows::default()),
        ("kubernetes_cluster_health", _) => Ok(Envelope::whole(json!({"findings": [], "checked": {"pods": 1}}), 0)),
        ("kubernetes_get", _) => {
            let template =
                json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"name": "app"}]}});
            let manifest = json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {
                    "name": "checkout", "namespace": "shop", "resourceVersion": "10", "uid": "u-1", "generation": 3,
                    "annotations": {"deployment.kubernetes.io/revision": "4"},
                },
                "spec": {"replicas": 4, "template": template},
                "status": {"replicas": 4, "readyReplicas": 3},
            });
            Ok(Envelope::whole(json!({"object": checkout(), "manifest": manifest}), 1))
        }
        _ => Err(Failure::new(FailureKind::NotFound, "no such thing")),
    })
}

fn rehearsed(call: &ActCall) -> Result<Acted, Failure> {
    if call.tool != Action::RolloutRestart.name() {
        return Err(Failure::new(FailureKind::BadRequest, "not this one"));
    }
    let back = Action::RolloutUndo { to_revision: Some(4) }.call(&checkout(), None);
    Ok(Acted {
        action: call.tool.clone(),
        object: checkout(),
        class: EffectClass::W1,
        dry_run: true,
        complete: true,
        seen_resource_version: Some("10".to_owned()),
        resource_version: None,
        diff: vec!["restartedAt: new".to_owned()],
        undo: Some(Undo { tool: back.tool, arguments: back.arguments }),
        warnings: Vec::new(),
        steps: Vec::new(),
    })
}

struct Leads;

impl Leading for Leads {
    fn token(&self) -> Option<u64> {
        Some(1)
    }
}

fn table(text: &str) -> Table {
    Table::read(&toml::from_str(text).unwrap()).unwrap()
}

fn delivered() -> Table {
    table(include_str!("../../../../config/policy/decision.toml"))
}

fn environment(autonomy: Autonomy, shadow: Option<Autonomy>) -> Environment {
    let impacts = BTreeMap::from([("checkout".to_owned(), Impact::Low)]);
    Environment { autonomy, shadow, impacts, automatic_per_hour: 5, ..Environment::default() }
}

struct World {
    recorder: Recorder,
    store: Arc<Shaky>,
    guards: Arc<GuardKeeper>,
    hands: Arc<ScriptedHands>,
    asked: Arc<AtomicU32>,
}

fn world(environment: Environment) -> World {
    let clock: Arc<ManualClock> = clock();
    let store = shaky(clock.clone());
    let guards = Arc::new(GuardKeeper::new(store.clone(), clock.clone(), "process-1".to_owned(), Limits::default()));
    let names = ["kubernetes_list", "kubernetes_get", "kubernetes_cluster_health", "prometheus_golden_signals"];
    let tools = names.map(|name| read_tool(name, "", json!({"type": "object"}))).to_vec();
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let toolbox = Arc::new(ScriptedToolbox::answering(tools, move |call: &ToolCall| {
        counted.fetch_add(1, Ordering::Relaxed);
        seen(call)
    }));
    let hands = Arc::new(ScriptedHands::acting(|_| None).rehearsing(|asked| Some(rehearsed(&asked.call))));
    let parts = Parts {
        store: store.clone(),
        clock: clock.clone(),
        tools: Toolboxes::everywhere(toolbox),
        hands: hands.clone(),
        guards: guards.clone(),
        leading: Arc::new(Leads),
        cluster: Arc::new(|_| None),
        seed: 7,
        bounds: Bounds::default(),
    };
    let (of_looks, of_store, of_guards) = (clock.clone(), store.clone(), guards.clone());
    let recorder = Recorder::new(
        parts,
        Arc::new(move |tools| {
            Arc::new(Diagnoser::new(tools, of_looks.clone(), Arc::new(|_: &str| Some(Whereabouts::default())))) as _
        }),
        Arc::new(move |toolbox, hands| {
            let environment = environment.clone();
            Arc::new(Planner::new(PlanParts {
                hands,
                toolbox,
                guards: of_guards.clone(),
                leading: Arc::new(Leads),
                store: of_store.clone(),
                clock: clock.clone(),
                environments: Arc::new(move |_: &str| Some(environment.clone())),
                table: delivered(),
                seed: 7,
            })) as _
        }),
    );
    World { recorder, store, guards, hands, asked }
}

/// Looks and plans, as the reconciler would, and answers with what was recorded.
async fn recorded(world: &World) -> Recording {
    let found = world.recorder.diagnose(&incident(), 1).await.unwrap();
    let heal = Heal { plans: 1, diagnoses: 1, ..Heal::begin("INC-1", "prod", Mode::Live, began()) };
    let planned = world.recorder.plan(&incident(), &heal, &found.basis.unwrap()).await;
    assert!(matches!(planned, Planned::Proposed(_)), "{planned:?}");
    world.recorder.settled().await;
    record::load::<Recording>(&*world.store, "INC-1").await.unwrap().unwrap().value
}

fn what_if(autonomy: Option<Autonomy>, table: Table) -> WhatIf {
    WhatIf {
        table,
        policy: "the table of the test".to_owned(),
        environment: "prod".to_owned(),
        settings: environment(Autonomy::Safe, None),
        whereabouts: Whereabouts::default(),
        autonomy,
    }
}

fn plan_of(report: &Report) -> &Weighed {
    let plan: Result<&Weighed, String> = match report.would_have_done() {
        Some(Decided::Plan(plan)) => Ok(plan),
        _ => Err(report.told()),
    };
    plan.unwrap()
}

#[tokio::test]
async fn the_same_terms_decide_the_same_and_nothing_is_asked_or_done() {
    let world = world(environment(Autonomy::Safe, None));
    let recording = recorded(&world).await;
    let (looks, rehearsals) = (world.asked.load(Ordering::Relaxed), world.hands.rehearsed().len());
    assert!(looks > 3 && rehearsals > 0);
    let report = replay(&recording, &what_if(None, delivered()), Vec::new()).await;
    assert!(!report.differs() && !report.has_gaps(), "{}", report.told());
    assert_eq!(report.work.len(), 2);
    let plan = plan_of(&report);
    assert_eq!((plan.action.as_str(), &plan.object), ("rollout_restart", &checkout()));
    assert_eq!(world.asked.load(Ordering::Relaxed), looks, "a tool was asked");
    assert_eq!((world.hands.rehearsed().len(), world.hands.deeds().len()), (rehearsals, 0));
}

#[tokio::test]
async fn a_recording_that_was_exported_and_read_back_decides_the_same() {
    let recording = recorded(&world(environment(Autonomy::Safe, None))).await;
    let text = serde_json::to_string(&recording).unwrap();
    let back: Recording = serde_json::from_str(&text).unwrap();
    let one = replay(&recording, &what_if(None, delivered()), Vec::new()).await;
    assert_eq!(replay(&back, &what_if(None, delivered()), Vec::new()).await, one);
}

#[tokio::test]
async fn another_autonomy_and_another_table_are_told_by_gate_and_row() {
    let recording = recorded(&world(environment(Autonomy::Safe, None))).await;
    let report = replay(&recording, &what_if(Some(Autonomy::Observe), delivered()), Vec::new()).await;
    let plan = plan_of(&report);
    assert_eq!(plan.verdict, Verdict::Deny);
    let differs = &report.work[1].differs;
    assert!(differs.contains(&"gate autonomy: said nothing then, deny now".to_owned()), "{differs:?}");
    let strict = r#"
        [[row]]
        name = "people decide"
        confidence = "any"
        severities = "any"
        impacts = "any"
        verdict = "escalate"
        reason = "this is a test"
        examples = [{ confidence = 900, severity = "low", impact = "low", verdict = "escalate" }]
    "#;
    let report = replay(&recording, &what_if(None, table(strict)), Vec::new()).await;
    let plan = plan_of(&report);
    assert_eq!((plan.verdict, plan.row.as_str()), (Verdict::Escalate, "people decide"));
    assert!(report.work[0].differs.is_empty(), "the diagnosis rests on no table");
}

#[tokio::test]
async fn a_look_or_a_rehearsal_that_is_not_recorded_is_told_and_nothing_is_assumed() {
    let recording = recorded(&world(environment(Autonomy::Safe, None))).await;
    let mut cut = recording.clone();
    cut.takes[0].looks.retain(|look| look.call.arguments.get("kind") != Some(&json!("Pod")));
    let report = replay(&cut, &what_if(None, delivered()), Vec::new()).await;
    assert!(report.has_gaps());
    assert!(report.work[0].not_recorded.iter().any(|call| call.contains("Pod")), "{:?}", report.work[0].not_recorded);
    assert!(matches!(report.would_have_done(), Some(Decided::CannotTell { .. })), "{}", report.told());

    let mut cut = recording.clone();
    if let Work::Plan { rehearsals, .. } = &mut cut.takes[1].work {
        rehearsals.clear();
    }
    let report = replay(&cut, &what_if(None, delivered()), Vec::new()).await;
    assert!(matches!(report.would_have_done(), Some(Decided::CannotTell { .. })), "{}", report.told());
    assert!(report.work[1].not_recorded.iter().any(|call| call.contains("rollout_restart")));

    let mut cut = recording.clone();
    if let Work::Plan { weighed, .. } = &mut cut.takes[1].work {
        (weighed.guards, weighed.learning) = (None, None);
    }
    let report = replay(&cut, &what_if(None, delivered()), Vec::new()).await;
    assert!(matches!(report.would_have_done(), Some(Decided::CannotTell { .. })), "{}", report.told());

    let mut cut = recording;
    cut.takes.remove(0);
    let report = replay(&cut, &what_if(None, delivered()), Vec::new()).await;
    assert!(report.told().contains("the diagnosis that it was made of is not recorded"), "{}", report.told());
}

#[tokio::test]
async fn a_pause_that_stood_then_stands_in_the_replay() {
    let world = world(environment(Autonomy::Safe, None));
    let by = Actor { person: "ann".to_owned(), is_approver: false };
    let signed = Signature::of(domain::audit::Actor::System);
    world.guards.pause("prod", None, &by, "the bank is away", &signed).await.unwrap();
    let recording = recorded(&world).await;
    let report = replay(&recording, &what_if(None, delivered()), Vec::new()).await;
    let plan = plan_of(&report);
    assert_eq!(plan.verdict, Verdict::Deny);
    assert!(plan.told.contains("prod is paused") && plan.told.contains("the bank is away"), "{}", plan.told);
    assert!(!report.differs(), "{}", report.told());
}

#[tokio::test]
async fn an_environment_in_shadow_is_denied_and_tells_what_its_level_would_have_done() {
    for (level, wanted) in [(Autonomy::Suggest, Verdict::Ask), (Autonomy::Safe, Verdict::Allow)] {
        // Whatever else the settings say: in shadow nothing is done.
        for autonomy in [Autonomy::Observe, Autonomy::Full] {
            let recording = recorded(&world(environment(autonomy, Some(level)))).await;
            let Work::Plan { came: domain::recording::Came::Proposed(proposal), .. } = &recording.takes[1].work else {
                panic!("no plan");
            };
            assert_eq!(proposal.decision.verdict, Verdict::Deny);
            assert!(proposal.decision.is_only_watched());
            assert_eq!(proposal.decision.would().0, wanted, "{}", proposal.decision.would().1);
            let report = replay(&recording, &what_if(Some(level), delivered()), Vec::new()).await;
            assert!(!report.differs(), "{}", report.told());
        }
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_keeps_nothing_from_being_done() {
    let world = world(environment(Autonomy::Safe, None));
    world.store.breaks(Broken::All);
    let found = world.recorder.diagnose(&incident(), 1).await.unwrap();
    world.recorder.settled().await;
    assert!(found.basis.is_some());
    world.store.mends();
    assert!(record::load::<Recording>(&*world.store, "INC-1").await.unwrap().is_none());
}
