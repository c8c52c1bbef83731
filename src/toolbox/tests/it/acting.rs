//! The hands over an act server of the house's own kit, in this process: grants, answers, and what is not known.

use async_trait::async_trait;
use domain::action::{ActCall, Action};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::object::ObjectRef;
use domain::plan::{Drafted, Granted, Plan};
use domain::policy::{Decision, Verdict};
use domain::safety::{self, Observed, Rules};
use ports::clock::{Clock as _, SystemClock};
use ports::hands::{ActError, Hands, Step};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;
use toolbox::act::{ActServer, ActSessions, ActSettings};
use toolbox::settings::{Transport, connector};
use tools_common::act::{AuditFile, Authority, GrantSigner, GrantVerifier};
use tools_common::serve::{self, Adapter};
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec};

const SEED: [u8; 32] = [9; 32];

/// One call: its own arguments, whether it rehearsed, the version that was expected, and its grant's plan.
type Made = (Map<String, Value>, bool, Option<String>, Option<String>);

/// What the act server was made to do.
#[derive(Default)]
struct Seen {
    acts: Mutex<Vec<Made>>,
    fails: Mutex<Option<Failure>>,
    begun: Notify,
    hangs: Mutex<Option<Arc<Notify>>>,
}

#[derive(Clone, Default)]
struct Scaler(Arc<Seen>);

#[async_trait]
impl ToolServer for Scaler {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "kubernetes", version: "1.2.3", instructions: "For tests." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        let mut scale = ToolSpec::act::<BTreeMap<String, Value>>("scale", "Scale", "Scales.");
        for (name, kind) in [("kind", "string"), ("name", "string"), ("namespace", "string"), ("replicas", "integer")] {
            scale.input_schema["properties"][name] = json!({"type": kind});
        }
        vec![scale]
    }

    async fn call(
        &self,
        _tool: &str,
        arguments: Map<String, Value>,
        context: CallContext,
    ) -> Result<Envelope, Failure> {
        let act = context.act()?;
        let expected = act.expected_resource_version().map(str::to_owned);
        self.0.begun.notify_one();
        let hangs = self.0.hangs.lock().unwrap().clone();
        if let Some(until) = hangs {
            until.notified().await;
        }
        let plan = act.plan().map(str::to_owned);
        self.0.acts.lock().unwrap().push((arguments, act.is_dry_run(), expected, plan));
        if let Some(failure) = self.0.fails.lock().unwrap().clone() {
            return Err(failure);
        }
        let acted = json!({
            "action": "scale", "object": object(), "class": "W1", "dry_run": act.is_dry_run(), "complete": true,
            "diff": ["replicas: 2 -> 3"],
        });
        Ok(Envelope::whole(acted, 1))
    }
}

fn object() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

fn audit() -> AuditFile {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("auto-devops-hands-{}-{number}", std::process::id()));
    let file = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

/// Hands for staging, over a server that was started under this name.
fn hands(server: &Scaler, named: &str) -> ActSessions {
    hands_over(transport(server, named))
}

fn transport(server: &Scaler, named: &str) -> Transport {
    let signer = GrantSigner::from_seed(&SEED).unwrap();
    let verifier = GrantVerifier::new(signer.public_key(), named, SystemClock.now());
    let adapter = Adapter::acting(server.clone(), Authority::grants(verifier, audit()));
    Transport::InProcess(connector(move || serve::in_process(adapter.clone())))
}

fn hands_over(transport: Transport) -> ActSessions {
    let server = ActServer {
        environment: "staging".to_owned(),
        server: "kubernetes".to_owned(),
        audience: "staging".to_owned(),
        transport,
        deadline: Duration::from_secs(5),
        deadlines: BTreeMap::from([("scale".to_owned(), Duration::from_secs(2))]),
    };
    let signer = GrantSigner::from_seed(&SEED).unwrap();
    ActSessions::new(ActSettings::new(vec![server], "test"), signer, Arc::new(SystemClock))
}

const BEGAN: &str = "2026-09-21T12:00:00Z";

fn scale(replicas: u32) -> ActCall {
    Action::Scale { replicas }.call(&object(), None)
}

fn plan() -> Plan {
    let plan = json!({
        "id": "plan-1", "incident": "INC-1", "environment": "staging", "symptom": "saturation", "object": object(),
        "resource_version": "10", "action": Action::Scale { replicas: 3 }, "call": scale(3), "undo": scale(2),
        "reason": "both replicas are at their limit", "proposer": "scarlet",
        "rehearsal": {"class": "W1", "diff": ["replicas: 2 -> 3"], "warnings": []},
        "blast_radius": {"dependants": []},
        "success_check": {
            "conditions": [{"check": "workload_ready", "object": object(), "baseline_ready": 2}],
            "settle_seconds": 30, "window_seconds": 300,
        },
        "made_at": BEGAN, "expires_at": "2026-09-21T12:30:00Z",
    });
    serde_json::from_value(plan).unwrap()
}

fn granted() -> Granted {
    let manifest = json!({
        "kind": "Deployment", "spec": {"replicas": 2},
        "metadata": {"name": "checkout", "namespace": "shop", "resourceVersion": "10"},
    });
    let seen = json!({"at": BEGAN, "object": object(), "manifest": manifest});
    let observed: Observed = serde_json::from_value(seen).unwrap();
    let reviewed = safety::review(Drafted::new(plan()).unwrap(), &observed, &Rules::default()).unwrap();
    let plan = reviewed.digest().to_owned();
    let decision = Decision { plan, verdict: Verdict::Allow, row: "row 7".to_owned(), ..Decision::denied("") };
    reviewed.grant_by_decision(&decision).unwrap()
}

/// The call that does it, on the version that was seen last.
fn forward() -> Step {
    Step::Forward { resource_version: "10".to_owned() }
}

#[tokio::test]
async fn the_call_carries_the_version_that_was_seen_last_and_never_none() {
    let server = Scaler::default();
    let hands = hands(&server, "staging");
    let granted = granted();
    let blind = hands.act(&granted, Step::Forward { resource_version: String::new() }, "g-0").await.unwrap_err();
    assert!(matches!(&blind, ActError::Refused(failure) if failure.message.contains("any version")), "{blind}");
    hands.act(&granted, Step::Forward { resource_version: "11".to_owned() }, "g-1").await.unwrap();
    let acts = server.0.acts.lock().unwrap().clone();
    assert_eq!(acts.iter().map(|act| act.2.as_deref()).collect::<Vec<_>>(), [Some("11")]);
}

#[tokio::test]
async fn a_granted_call_is_made_as_its_plan_says_and_a_grant_serves_once() {
    let server = Scaler::default();
    let hands = hands(&server, "staging");
    let granted = granted();
    let done = hands.act(&granted, forward(), "g-1").await.unwrap();
    assert_eq!((done.dry_run, done.diff), (false, vec!["replicas: 2 -> 3".to_owned()]));
    let again = hands.act(&granted, forward(), "g-1").await.unwrap_err();
    assert!(matches!(&again, ActError::Refused(failure) if failure.message.contains("already been used")), "{again}");
    let step = Step::Undo { resource_version: "12".to_owned() };
    hands.act(&granted, step, "g-2").await.unwrap();
    let acts = server.0.acts.lock().unwrap().clone();
    let told: Vec<_> = acts
        .iter()
        .map(|(arguments, dry, version, _)| (arguments["replicas"].clone(), *dry, version.clone()))
        .collect();
    let (first, second) = ((json!(3), false, Some("10".to_owned())), (json!(2), false, Some("12".to_owned())));
    assert_eq!(told, [first, second]);
    assert!(acts.iter().all(|act| act.3.as_deref() == Some(granted.digest())), "the grant names the plan");
}

#[tokio::test]
async fn a_rehearsal_carries_a_grant_for_rehearsing_and_changes_nothing() {
    let server = Scaler::default();
    let hands = hands(&server, "staging");
    for _ in 0..2 {
        assert!(hands.rehearse("staging", &scale(3), "to see what would differ").await.unwrap().dry_run);
    }
    let acts = server.0.acts.lock().unwrap().clone();
    assert!(acts.len() == 2 && acts.iter().all(|act| act.1 && act.3.as_deref() == Some("rehearsal")), "{acts:?}");
}

#[tokio::test]
async fn what_is_refused_before_it_is_made_had_no_effect_for_certain() {
    let server = Scaler::default();
    let granted = granted();
    let refused = |hands: ActSessions| {
        let granted = &granted;
        async move { hands.act(granted, forward(), "g-1").await.unwrap_err() }
    };
    let other = refused(hands(&server, "production")).await;
    assert!(matches!(&other, ActError::Refused(failure) if failure.message.contains("audience")), "{other}");
    let away = Transport::InProcess(Arc::new(|| Box::pin(async { Err(std::io::Error::other("not there")) })));
    let away = refused(hands_over(away)).await;
    assert!(matches!(&away, ActError::Refused(failure) if failure.kind == FailureKind::Unreachable), "{away}");
    let hands = hands(&server, "staging");
    let said = ActCall { arguments: json!({"name": "a", "dry_run": false}).as_object().cloned().unwrap(), ..scale(3) };
    let read = ActCall { tool: "list".to_owned(), ..scale(3) };
    let unknown = ActCall { tool: "delete_everything".to_owned(), ..scale(3) };
    for (environment, call) in [("staging", said), ("staging", read), ("staging", unknown), ("production", scale(3))] {
        let refused = hands.rehearse(environment, &call, "a test").await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Refused, "{refused}");
    }
    assert_eq!(server.0.acts.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn a_failure_is_certain_only_where_the_server_leaves_no_doubt() {
    for (kind, is_certain) in [
        (FailureKind::Conflict, true),
        (FailureKind::Forbidden, true),
        (FailureKind::Timeout, false),
        (FailureKind::BadAnswer, false),
    ] {
        let server = Scaler::default();
        *server.0.fails.lock().unwrap() = Some(Failure::new(kind, "it failed"));
        let error = hands(&server, "staging").act(&granted(), forward(), "g-1").await.unwrap_err();
        assert_eq!(matches!(error, ActError::Refused(_)), is_certain, "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn a_call_without_an_answer_is_not_known() {
    let server = Scaler::default();
    *server.0.hangs.lock().unwrap() = Some(Arc::default());
    let error = hands(&server, "staging").act(&granted(), forward(), "g-1").await.unwrap_err();
    assert!(matches!(&error, ActError::Unknown(failure) if failure.kind == FailureKind::Timeout), "{error}");
}

#[tokio::test]
async fn a_connection_that_is_cut_in_the_middle_leaves_it_open() {
    let server = Scaler::default();
    *server.0.hangs.lock().unwrap() = Some(Arc::default());
    let cut = Arc::new(Notify::new());
    let (adapter_server, cutting) = (transport(&server, "staging"), Arc::clone(&cut));
    let Transport::InProcess(connect) = adapter_server else { unreachable!("it is in this process") };
    let cable = Transport::InProcess(Arc::new(move || {
        let (connect, cutting) = (Arc::clone(&connect), Arc::clone(&cutting));
        Box::pin(async move {
            let mut far = connect().await?;
            let (ours, mut near) = tokio::io::duplex(64 * 1024);
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    () = cutting.notified() => {}
                }
            });
            let stream: Box<dyn toolbox::settings::AsyncReadWrite> = Box::new(ours);
            Ok(stream)
        })
    }));
    let (hands, granted) = (hands_over(cable), granted());
    let cutting = async {
        server.0.begun.notified().await;
        cut.notify_one();
    };
    let both = async { tokio::join!(hands.act(&granted, forward(), "g-1"), cutting) };
    let (error, ()) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    assert!(matches!(&error, Err(ActError::Unknown(_))), "{error:?}");
}

#[tokio::test]
async fn whoever_stops_waiting_does_not_cut_the_change() {
    let server = Scaler::default();
    let gate = Arc::new(Notify::new());
    *server.0.hangs.lock().unwrap() = Some(Arc::clone(&gate));
    let (hands, granted) = (hands(&server, "staging"), granted());
    tokio::select! {
        _ = hands.act(&granted, forward(), "g-1") => unreachable!("the gate is closed"),
        () = server.0.begun.notified() => {}
    }
    gate.notify_one();
    for _ in 0..500 {
        if !server.0.acts.lock().unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    unreachable!("the change was cut");
}
