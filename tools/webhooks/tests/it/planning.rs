//! The whole way to a plan: the planner rehearses a declared webhook by the real server, and the other side hears of it.

use crate::strict::Strict;
use crate::world::{hands, object, server};
use chrono::{DateTime, Utc};
use domain::diagnosis::{Judgement, Statement};
use domain::effect::EffectClass;
use domain::envelope::Envelope;
use domain::guard::Limits;
use domain::heal::{Heal, Mode};
use domain::incident::Incident;
use domain::policy::Table;
use domain::safety::{DeclaredWebhook, Rules};
use domain::strategy::{Expectation, Facts, Webhook};
use domain::topology::Topology;
use engine::scarlet::planning::{Environment, Parts, Planner};
use engine::scarlet::reconciler::seams::{Basis, Planned, Plans as _};
use fakes::toolbox::read_tool;
use fakes::{ManualClock, ScriptedToolbox};
use ports::guards::Leading;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::guards::GuardKeeper;
use store::memory::Memory;

struct Leads;

impl Leading for Leads {
    fn token(&self) -> Option<u64> {
        Some(1)
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// The workload, which is there in a version that no webhook knows of.
fn manifest() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": "shop", "resourceVersion": "10", "uid": "first"},
        "spec": {"replicas": 2}, "status": {"replicas": 2, "readyReplicas": 2},
    })
}

/// Whoever is asked each time.
fn table() -> Table {
    let row = json!({
        "name": "all", "confidence": "any", "severities": "any", "impacts": "any", "verdict": "ask",
        "reason": "a person looks at everything",
        "examples": [{"confidence": 900, "severity": "low", "impact": "low", "verdict": "ask"}],
    });
    Table::read(&json!({"row": [row]})).unwrap()
}

fn environment() -> Environment {
    let declared = |undo: &str| DeclaredWebhook { class: EffectClass::W2, undo: Some(undo.to_owned()) };
    let webhooks = BTreeMap::from([
        ("grow-pool".to_owned(), declared("shrink-pool")),
        ("shrink-pool".to_owned(), declared("grow-pool")),
    ]);
    Environment { rules: Rules { webhooks, ..Rules::default() }, ..Environment::default() }
}

fn planner(strict: &Strict) -> Planner {
    let clock = Arc::new(ManualClock::at(now()));
    let store = Memory::new(ports::store::collections::ALL, clock.clone());
    let guards = Arc::new(GuardKeeper::new(store.clone(), clock.clone(), "test".to_owned(), Limits::default()));
    let tools = vec![read_tool("kubernetes_get", "", json!({"type": "object"}))];
    let toolbox = ScriptedToolbox::answering(tools, |_| {
        Some(Ok(Envelope::whole(json!({"object": object(), "manifest": manifest()}), 1)))
    });
    Planner::new(Parts {
        hands: Arc::new(hands(server(&strict.url()), clock.clone())),
        toolbox: Arc::new(toolbox),
        guards,
        leading: Arc::new(Leads),
        store,
        clock,
        environments: Arc::new(|_| Some(environment())),
        table: table(),
        seed: 7,
    })
}

fn basis() -> Basis {
    let judgement = Judgement {
        rule: "slow-by-itself",
        cause: object(),
        affected: object(),
        summary: Statement::new("requests wait for the pool", []),
        support: Vec::new(),
        advice: Vec::new(),
        per_mille: 900,
        typed_per_mille: 900,
        victims: Vec::new(),
    };
    let webhook = Webhook {
        name: "grow-pool".to_owned(),
        symptoms: BTreeSet::from(["slow-by-itself".to_owned()]),
        expectation: Some(Expectation { query: "pool_waiting".to_owned(), instance: None, at_most: Some(5.0) }),
        ..Webhook::default()
    };
    let facts = Facts::default().with_webhooks(vec![webhook]);
    Basis { judgement, facts, per_mille: 900, missing: 0, services: 1, topology: Topology::default() }
}

#[tokio::test]
async fn a_webhook_that_is_rehearsed_by_its_own_server_was_never_planned_for_an_object_that_is_there() {
    let strict = Strict::start().await;
    let incident: Incident = serde_json::from_value(json!({
        "id": "INC-1", "title": "slow", "environment": "staging", "state": "open", "severity": "medium",
        "impact": "low", "signals": 1, "opened_at": now(), "changed_at": now(),
    }))
    .unwrap();
    let heal = Heal { plans: 1, ..Heal::begin("INC-1", "staging", Mode::Live, now()) };
    let planned = planner(&strict).plan(&incident, &heal, &basis()).await;
    let Planned::Proposed(proposal) = planned else { panic!("{planned:?}") };
    assert_eq!((proposal.plan.action.name(), proposal.plan.object.clone()), ("call_webhook", object()));
    strict.done(|done| assert_eq!((done.rehearsals.len(), done.effects.len(), done.faults.len()), (1, 0, 0)));
}
