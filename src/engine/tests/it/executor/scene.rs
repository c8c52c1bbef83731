//! A small world for the executor: one Deployment, its read tool and its act server, a store in memory.

use super::perils::{PerilHands, PerilStore, PerilToolbox, Perils};
use chrono::{DateTime, TimeDelta, Utc};
use domain::action::Action;
use domain::approval::Proposer;
use domain::audit::open_actions;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::guard::Limits as GuardLimits;
use domain::object::ObjectRef;
use domain::observed::acted::Acted;
use domain::plan::{BlastRadius, Condition, Drafted, Granted, Pinned, Plan, Rehearsal, SuccessCheck};
use domain::policy::{Decision, Verdict};
use domain::safety::{self, Observed, Rules};
use engine::scarlet::executor::{Executor, Limits, Parts, Progress};
use fakes::ManualClock;
use fakes::hands::{Deed, Rehearsed};
use ports::guards::Leading;
use ports::hands::{ActError, Step};
use ports::store::{Log, Store, collections};
use ports::toolbox::Toolboxes;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::guards::GuardKeeper;
use store::memory::Memory;

pub fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub fn object() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

/// The Deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub replicas: u64,
    pub version: u64,
    pub generation: u64,
    pub is_there: bool,
    /// How often it was made.
    pub life: u32,
    /// Changes that the act server made.
    pub effects: u32,
}

impl Deployment {
    /// As the plan saw it.
    fn new() -> Self {
        Self { replicas: 2, version: 10, generation: 3, is_there: true, life: 1, effects: 0 }
    }
}

/// The lead of one process.
pub struct Lead(pub AtomicU64);

impl Leading for Lead {
    fn token(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|token| *token > 0)
    }
}

/// Everything that outlives a process.
pub struct World {
    pub store: Arc<Memory>,
    pub clock: Arc<ManualClock>,
    pub deployment: Arc<Mutex<Deployment>>,
    /// What the read tools show instead of what is.
    pub stale: Arc<Mutex<Option<Deployment>>>,
    pub told: Arc<Mutex<Vec<Progress>>>,
    lives: AtomicU64,
}

/// One process.
pub struct Life {
    pub executor: Executor,
    pub guards: Arc<GuardKeeper>,
    pub lead: Arc<Lead>,
    pub hands: Arc<PerilHands>,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(began()));
        let deployment = Deployment::new();
        Self {
            store: Memory::new(collections::ALL, clock.clone()),
            clock,
            deployment: Arc::new(Mutex::new(deployment)),
            stale: Arc::default(),
            told: Arc::default(),
            lives: AtomicU64::new(0),
        }
    }

    pub fn seen(&self) -> Deployment {
        self.deployment.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn change(&self, change: impl Fn(&mut Deployment)) {
        change(&mut self.deployment.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A process that leads, with these perils.
    pub fn life(&self, perils: &Arc<Perils>) -> Life {
        let number = self.lives.fetch_add(1, Ordering::Relaxed) + 1;
        let store: Arc<dyn Store> = Arc::new(PerilStore::new(self.store.clone(), perils.clone()));
        let keeper =
            GuardKeeper::new(store.clone(), self.clock.clone(), format!("life-{number}"), GuardLimits::default());
        let guards = Arc::new(keeper);
        let lead = Arc::new(Lead(AtomicU64::new(number)));
        let hands = Arc::new(PerilHands::new(self.store.clone(), perils.clone(), self.act_server(), self.rehearsals()));
        let told = self.told.clone();
        let parts = Parts {
            store,
            guards: guards.clone(),
            leading: lead.clone(),
            tools: Toolboxes::everywhere(Arc::new(PerilToolbox::new(self.reader(), perils.clone()))),
            hands: hands.clone(),
            clock: self.clock.clone(),
            telling: Arc::new(move |progress| told.lock().unwrap_or_else(PoisonError::into_inner).push(progress)),
        };
        Life { executor: Executor::new(parts, Limits::default()), guards, lead, hands }
    }

    pub fn calm(&self) -> Life {
        self.life(&Perils::none())
    }

    /// What `kubernetes_get` answers.
    fn reader(&self) -> impl Fn(&str) -> Result<Envelope, Failure> + Send + Sync + use<> {
        let (deployment, stale) = (self.deployment.clone(), self.stale.clone());
        move |tool: &str| {
            assert_eq!(tool, "kubernetes_get");
            let stale = stale.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let seen = stale.unwrap_or_else(|| deployment.lock().unwrap_or_else(PoisonError::into_inner).clone());
            match seen.is_there {
                true => Ok(Envelope::whole(json!({"object": object(), "manifest": manifest(&seen)}), 1)),
                false => Err(Failure::new(FailureKind::NotFound, "there is no such Deployment")),
            }
        }
    }

    /// What the act server does.
    fn act_server(&self) -> impl Fn(&Deed) -> Option<Result<Acted, ActError>> + Send + Sync + use<> {
        let deployment = self.deployment.clone();
        move |deed: &Deed| {
            let mut seen = deployment.lock().unwrap_or_else(PoisonError::into_inner);
            let expected = match &deed.step {
                Step::Forward { resource_version } | Step::Undo { resource_version } => resource_version.clone(),
            };
            if seen.version.to_string() != expected {
                let failure = Failure::new(FailureKind::Conflict, format!("it has version {}", seen.version));
                return Some(Err(ActError::Refused(failure)));
            }
            let wanted = deed.call.arguments.get("replicas").and_then(Value::as_u64)?;
            let diff = vec![format!("replicas: {} -> {wanted}", seen.replicas)];
            (seen.replicas, seen.version, seen.generation) = (wanted, seen.version + 1, seen.generation + 1);
            seen.effects += 1;
            Some(Ok(acted(diff, seen.version)))
        }
    }

    /// What the act server tells of a call without making it: it sees what is.
    fn rehearsals(&self) -> impl Fn(&Rehearsed) -> Option<Result<Acted, Failure>> + Send + Sync + use<> {
        let deployment = self.deployment.clone();
        move |asked: &Rehearsed| {
            let seen = deployment.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if !seen.is_there {
                return Some(Err(Failure::new(FailureKind::NotFound, "there is no such Deployment")));
            }
            let wanted = asked.call.arguments.get("replicas").and_then(Value::as_u64)?;
            let differs = wanted != seen.replicas;
            let diff = differs.then(|| format!("replicas: {} -> {wanted}", seen.replicas)).into_iter().collect();
            let version = Some(seen.version.to_string());
            let rehearsed = acted(diff, seen.version);
            Some(Ok(Acted { dry_run: true, seen_resource_version: version, resource_version: None, ..rehearsed }))
        }
    }

    /// Kinds of the journal, and how they ended.
    pub async fn journal(&self) -> Vec<String> {
        let lines = self.store.read(Log::Journal, 0, 1_000).await.unwrap();
        lines
            .iter()
            .map(|line| {
                let outcome = domain::audit::Record::of(line).unwrap().outcome;
                let ended = match outcome {
                    None => "",
                    Some(domain::audit::Outcome::Done) => " done",
                    Some(domain::audit::Outcome::Refused(_)) => " refused",
                    Some(domain::audit::Outcome::Failed(_)) => " failed",
                    Some(domain::audit::Outcome::Unknown(_)) => " unknown",
                };
                format!("{}{ended}", line.kind)
            })
            .collect()
    }

    /// Actions without an end in the journal.
    pub async fn open(&self) -> usize {
        open_actions(&self.store.read(Log::Journal, 0, 1_000).await.unwrap()).len()
    }
}

fn acted(diff: Vec<String>, version: u64) -> Acted {
    Acted {
        action: "scale".to_owned(),
        object: object(),
        class: EffectClass::W1,
        dry_run: false,
        complete: true,
        seen_resource_version: Some("10".to_owned()),
        resource_version: Some(version.to_string()),
        diff,
        undo: None,
        warnings: Vec::new(),
        steps: Vec::new(),
    }
}

fn manifest(seen: &Deployment) -> Value {
    let metadata = json!({
        "name": "checkout", "namespace": "shop", "resourceVersion": seen.version.to_string(),
        "generation": seen.generation, "uid": format!("life {}", seen.life), "creationTimestamp": "2026-01-01T00:00:00Z",
    });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
        "spec": {"replicas": seen.replicas}, "status": {"readyReplicas": seen.replicas},
    })
}

/// The plan to scale it from 2 to 3.
pub fn plan() -> Plan {
    let action = Action::Scale { replicas: 3 };
    Plan {
        id: "plan-1".to_owned(),
        incident: "INC-1".to_owned(),
        environment: "staging".to_owned(),
        cluster: None,
        symptom: "saturation".to_owned(),
        object: object(),
        resource_version: "10".to_owned(),
        pinned: Pinned::of(&action.call(&object(), None), &manifest(&Deployment::new())),
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
        made_at: began(),
        expires_at: began() + TimeDelta::minutes(30),
    }
}

/// The plan, granted by the policy.
pub fn granted() -> Arc<Granted> {
    granted_of(plan())
}

/// A plan for the same Deployment, granted by the policy.
pub fn granted_of(plan: Plan) -> Arc<Granted> {
    let seen = Deployment::new();
    let observed: Observed =
        serde_json::from_value(json!({"at": began(), "object": object(), "manifest": manifest(&seen)})).unwrap();
    let drafted = Drafted::new(plan).unwrap();
    let reviewed = safety::review(drafted, &observed, &Rules::default()).unwrap();
    let plan = reviewed.digest().to_owned();
    let decision = Decision { plan, verdict: Verdict::Allow, row: "row 7".to_owned(), ..Decision::denied("") };
    Arc::new(reviewed.grant_by_decision(&decision).unwrap())
}
