//! The declared webhooks, a plan that calls one, and the hands that carry it out.

use crate::strict::{Strict, TOKEN};
use chrono::{DateTime, Utc};
use domain::action::{ActCall, Action as LibraryAction};
use domain::effect::EffectClass;
use domain::object::ObjectRef;
use domain::plan::{Drafted, Granted, Plan};
use domain::policy::{Decision, Verdict};
use domain::safety::{self, DeclaredWebhook, Observed, Rules};
use domain::secret::Secret;
use ports::clock::{Clock, SystemClock};
use ports::hands::Step;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use toolbox::act::{ActServer, ActSessions, ActSettings};
use toolbox::settings::{Transport, connector};
use tools_common::act::{AuditFile, Authority, GrantSigner, GrantVerifier};
use tools_common::http::{Credentials, HttpSettings};
use tools_common::serve::{self, Adapter};
use tools_webhooks::{Action, Bounds, Method, Parameter, Rehearsal, Server, Source, Statuses, Template, Webhook};

const SEED: [u8; 32] = [7; 32];

pub const BODY: &str =
    r#"{"service": "{{service}}", "size": "{{size}}", "dry_run": "{{rehearsed}}", "why": "for {{service}}: {{why}}"}"#;

pub fn object() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

pub fn http(url: String) -> HttpSettings {
    HttpSettings {
        credentials: Credentials::Bearer(Secret::new(TOKEN)),
        headers: BTreeMap::from([("X-Tenant".to_owned(), Secret::new("shop-tenant"))]),
        ..HttpSettings::new("the webhook", url)
    }
}

fn text(source: Source, most: u64) -> Parameter {
    Parameter::from(source, Bounds::Text { least: 1, most, choices: Vec::new() }).unwrap()
}

/// A webhook of this name that sets the pool to this size.
pub fn webhook(name: &str, url: String, size: &str) -> Webhook {
    let parameters = BTreeMap::from([
        ("service".to_owned(), text(Source::Name, 63)),
        ("size".to_owned(), Parameter::constant(size, &Bounds::Whole { least: 1, most: 50 }).unwrap()),
        ("rehearsed".to_owned(), Parameter::from(Source::DryRun, Bounds::Flag).unwrap()),
        ("why".to_owned(), text(Source::Reason, 200)),
    ]);
    Webhook {
        name: name.to_owned(),
        http: http(url),
        method: Method::Post,
        body: Some(Template::parse(BODY).unwrap()),
        parameters,
        expected: Statuses::parse(&["202".to_owned()]).unwrap(),
        timeout: Duration::from_secs(2),
    }
}

pub fn action(undo: &str, rehearsal: Rehearsal) -> Action {
    Action { class: EffectClass::W2, undo: Some(undo.to_owned()), rehearsal }
}

/// The two webhooks at an address.
pub fn server(url: &str) -> Server {
    let grow = webhook("grow-pool", url.to_owned(), "40");
    let shrink = webhook("shrink-pool", url.to_owned(), "20");
    let declared = vec![
        (grow, action("shrink-pool", Rehearsal::ByParameter)),
        (shrink, action("grow-pool", Rehearsal::ByParameter)),
    ];
    Server::new("staging", declared).unwrap()
}

fn audit() -> AuditFile {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("auto-devops-webhooks-{}-{number}", std::process::id()));
    let file = AuditFile::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

/// The hands of staging over this server.
pub fn hands(server: Server, clock: Arc<dyn Clock>) -> ActSessions {
    let signer = GrantSigner::from_seed(&SEED).unwrap();
    let started = clock.now();
    let of_server = Arc::clone(&clock);
    let verifier = GrantVerifier::new(signer.public_key(), "staging", started);
    let adapter = Adapter::acting(server, Authority::grants(verifier, audit()));
    let adapter = adapter.with_clock(Arc::new(move || of_server.now()));
    let act_server = ActServer {
        environment: "staging".to_owned(),
        server: "webhooks".to_owned(),
        audience: "staging".to_owned(),
        transport: Transport::InProcess(connector(move || serve::in_process(adapter.clone()))),
        deadline: Duration::from_secs(15),
        deadlines: BTreeMap::new(),
    };
    ActSessions::new(ActSettings::new(vec![act_server], "test"), signer, clock)
}

pub fn usual_hands(strict: &Strict) -> ActSessions {
    hands(server(&strict.url()), Arc::new(SystemClock))
}

/// What is called has no versions.
pub fn forward() -> Step {
    Step::Forward { resource_version: String::new() }
}

pub fn call(webhook: &str) -> ActCall {
    LibraryAction::CallWebhook { webhook: webhook.to_owned() }.call(&object(), None)
}

/// The plan to grow the pool, granted by the policy.
pub fn granted(now: DateTime<Utc>) -> Arc<Granted> {
    let plan = json!({
        "id": "plan-1", "incident": "INC-1", "environment": "staging", "symptom": "slow-by-itself", "object": object(),
        "resource_version": "", "action": LibraryAction::CallWebhook { webhook: "grow-pool".to_owned() },
        "call": call("grow-pool"), "undo": call("shrink-pool"),
        "reason": "requests wait for the pool", "proposer": "scarlet",
        "rehearsal": {"class": "W2", "diff": ["webhook grow-pool"], "warnings": []},
        "blast_radius": {"dependants": []},
        "success_check": {
            "conditions": [{"check": "query_within", "query": "pool_waiting", "at_most": 5.0, "baseline": null}],
            "settle_seconds": 60, "window_seconds": 900,
        },
        "made_at": now, "expires_at": now + chrono::TimeDelta::minutes(30),
    });
    let plan: Plan = serde_json::from_value(plan).unwrap();
    let manifest = json!({
        "kind": "Deployment", "spec": {"replicas": 2},
        "metadata": {"name": "checkout", "namespace": "shop", "resourceVersion": "10"},
    });
    let seen = json!({"at": now, "object": object(), "manifest": manifest});
    let observed: Observed = serde_json::from_value(seen).unwrap();
    let declared = |undo: &str| DeclaredWebhook { class: EffectClass::W2, undo: Some(undo.to_owned()) };
    let webhooks = BTreeMap::from([
        ("grow-pool".to_owned(), declared("shrink-pool")),
        ("shrink-pool".to_owned(), declared("grow-pool")),
    ]);
    let rules = Rules { webhooks, ..Rules::default() };
    let reviewed = safety::review(Drafted::new(plan).unwrap(), &observed, &rules).unwrap();
    let digest = reviewed.digest().to_owned();
    let decision = Decision { verdict: Verdict::Allow, plan: digest, row: "row 7".to_owned(), ..Decision::denied("") };
    Arc::new(reviewed.grant_by_decision(&decision).unwrap())
}
