//! Sane plans of every action, each with what is seen of its object: what the tests of plans and of the second reader change.

use super::{BlastRadius, Condition, Pinned, Plan, Rehearsal, SuccessCheck};
use crate::action::{ActCall, Action, Matcher};
use crate::approval::Proposer;
use crate::effect::EffectClass;
use crate::object::ObjectRef;
use crate::observed::prometheus::SilenceRow;
use crate::safety::{DeclaredWebhook, Observed, Rules};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// When all of it happens.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A plan, and what is seen of its object.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub name: &'static str,
    pub plan: Plan,
    pub seen: Observed,
}

/// The rules under which all cases are sane.
pub(crate) fn rules() -> Rules {
    let webhook = |class, undo: Option<&str>| DeclaredWebhook { class, undo: undo.map(str::to_owned) };
    Rules {
        protected_namespaces: BTreeSet::from(["vault".to_owned()]),
        protected_kinds: BTreeSet::new(),
        has_several_clusters: true,
        webhooks: [
            ("clear-cache".to_owned(), webhook(EffectClass::W3, None)),
            ("grow-pool".to_owned(), webhook(EffectClass::W2, Some("shrink-pool"))),
            ("shrink-pool".to_owned(), webhook(EffectClass::W2, Some("grow-pool"))),
        ]
        .into(),
    }
}

/// A plan for one action, with what is seen. The undo is the tool and its arguments beside those that name the object.
pub(crate) fn case(
    name: &'static str,
    (action, object): (Action, ObjectRef),
    class: EffectClass,
    undo: Option<(&str, Value)>,
    manifest: Value,
) -> Case {
    let call = action.call(&object, Some("main"));
    let undo = undo.map(|(tool, more)| ActCall {
        server: call.server.clone(),
        tool: tool.to_owned(),
        arguments: undo_arguments(&call, more),
    });
    let manifest = with_metadata(manifest, &object);
    let workload = ObjectRef::namespaced("Deployment", "shop", "checkout");
    let version = manifest.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    Case {
        name,
        plan: Plan {
            id: "p1".to_owned(),
            incident: "i1".to_owned(),
            environment: "prod".to_owned(),
            cluster: Some("main".to_owned()),
            symptom: "crash-loop".to_owned(),
            object: object.clone(),
            resource_version: version.to_owned(),
            pinned: Pinned::of(&call, &manifest).filter(|_| call.server == "kubernetes"),
            action,
            call,
            reason: "its pods crash since the last rollout".to_owned(),
            tainted: BTreeSet::new(),
            rehearsal: Rehearsal { class, diff: vec!["spec: a -> b".to_owned()], warnings: Vec::new() },
            blast_radius: BlastRadius {
                ready_replicas: Some(3),
                replicas_left: Some(2),
                disruptions_allowed: Some(1),
                dependants: vec!["web".to_owned()],
                traffic_share: Some(125),
            },
            success_check: SuccessCheck {
                conditions: vec![
                    Condition::QueryWithin {
                        query: "errors".to_owned(),
                        instance: None,
                        at_most: Some(0.5),
                        baseline: Some(4.0),
                    },
                    Condition::WorkloadReady { object: workload, baseline_ready: 3 },
                ],
                settle_seconds: 30,
                window_seconds: 600,
            },
            undo,
            proposer: Proposer::Scarlet,
            made_at: now(),
            expires_at: now() + TimeDelta::minutes(30),
        },
        seen: Observed {
            at: now() + TimeDelta::seconds(2),
            cluster: Some("main".to_owned()),
            object,
            manifest,
            siblings: None,
            others_ready: None,
            revision: None,
            other_nodes: None,
            silence: None,
        },
    }
}

/// What the act servers give back: the arguments that name the object, and those of the undo.
fn undo_arguments(call: &ActCall, more: Value) -> Map<String, Value> {
    let is_naming = |name: &&String| matches!(name.as_str(), "cluster" | "kind" | "namespace" | "name");
    let naming = call.arguments.iter().filter(|(name, _)| is_naming(name));
    let mut arguments: Map<String, Value> = naming.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Value::Object(more) = more {
        arguments.extend(more);
    }
    arguments
}

fn with_metadata(mut manifest: Value, object: &ObjectRef) -> Value {
    if let Some(members) = manifest.as_object_mut() {
        members.insert("kind".to_owned(), json!(object.kind));
        let metadata = members.entry("metadata").or_insert_with(|| json!({}));
        metadata["name"] = json!(object.name);
        metadata["resourceVersion"] = json!("4711");
        metadata["uid"] = json!(format!("uid of {object}"));
        // The API does not count what is wanted of these.
        if !matches!(object.kind.as_str(), "Pod" | "Node" | "HorizontalPodAutoscaler") {
            metadata["generation"] = json!(9);
        }
        if let Some(namespace) = &object.namespace {
            metadata["namespace"] = json!(namespace);
        }
    }
    manifest
}

/// The template of all workloads here.
pub(crate) fn workload() -> Value {
    json!({
        "metadata": {"annotations": {"deployment.kubernetes.io/revision": "7"}},
        "spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "app", "image": "registry:5000/shop/checkout:1.4.2",
             "resources": {"requests": {"memory": "256Mi"}, "limits": {"memory": "512Mi", "cpu": "1"}}},
            {"name": "sidecar", "image": "envoy:2"}]}}}
    })
}

fn owned() -> Value {
    json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "checkout-1", "controller": true}]}})
}

/// One sane plan an action at least.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = of_workloads();
    cases.extend(of_pods_and_jobs());
    cases.extend(of_nodes());
    cases.extend(of_other_systems());
    cases
}

fn of_workloads() -> Vec<Case> {
    let on = |kind: &str| ObjectRef::namespaced(kind, "shop", "checkout");
    let back = |revision: u64| Some(("rollout_undo", json!({"to_revision": revision})));
    let mut restarted_set =
        case("restart a set", (Action::RolloutRestart, on("StatefulSet")), EffectClass::W1, None, workload());
    restarted_set.seen.revision = Some(4);
    let mut set = case(
        "roll back a set",
        (Action::RolloutUndo { to_revision: None }, on("StatefulSet")),
        EffectClass::W2,
        back(4),
        workload(),
    );
    set.seen.revision = Some(4);
    vec![
        case("restart", (Action::RolloutRestart, on("Deployment")), EffectClass::W1, back(7), workload()),
        restarted_set,
        case(
            "roll back",
            (Action::RolloutUndo { to_revision: Some(6) }, on("Deployment")),
            EffectClass::W2,
            back(7),
            workload(),
        ),
        set,
        case(
            "scale up",
            (Action::Scale { replicas: 5 }, on("Deployment")),
            EffectClass::W1,
            Some(("scale", json!({"replicas": 3}))),
            workload(),
        ),
        case(
            "scale down",
            (Action::Scale { replicas: 2 }, on("Deployment")),
            EffectClass::W2,
            Some(("scale", json!({"replicas": 3}))),
            workload(),
        ),
        case(
            "more memory",
            (
                Action::SetResources {
                    container: "app".to_owned(),
                    cpu_request: None,
                    cpu_limit: None,
                    memory_request: Some("512Mi".to_owned()),
                    memory_limit: Some("1Gi".to_owned()),
                },
                on("Deployment"),
            ),
            EffectClass::W2,
            Some(("set_resources", json!({"container": "app", "memory_request": "256Mi", "memory_limit": "512Mi"}))),
            workload(),
        ),
        case(
            "a first request",
            (
                Action::SetResources {
                    container: "app".to_owned(),
                    cpu_request: Some("500m".to_owned()),
                    cpu_limit: None,
                    memory_request: None,
                    memory_limit: None,
                },
                on("Deployment"),
            ),
            EffectClass::W2,
            Some(("set_resources", json!({"container": "app", "cpu_request": "unset"}))),
            workload(),
        ),
        case(
            "image",
            (
                Action::SetImage { container: "app".to_owned(), image: "registry:5000/shop/checkout:1.4.1".to_owned() },
                on("Deployment"),
            ),
            EffectClass::W2,
            Some(("set_image", json!({"container": "app", "image": "registry:5000/shop/checkout:1.4.2"}))),
            workload(),
        ),
        case(
            "autoscaler",
            (Action::SetHpaBounds { min_replicas: 2, max_replicas: 12 }, on("HorizontalPodAutoscaler")),
            EffectClass::W2,
            Some(("set_hpa_bounds", json!({"min_replicas": 2, "max_replicas": 6}))),
            json!({"spec": {"minReplicas": 2, "maxReplicas": 6}}),
        ),
    ]
}

fn of_pods_and_jobs() -> Vec<Case> {
    let pod = || ObjectRef::namespaced("Pod", "shop", "checkout-1-x");
    let job = |kind: &str| ObjectRef::namespaced(kind, "shop", "report");
    let mut of_several = case("a pod of several", (Action::DeletePod, pod()), EffectClass::W1, None, owned());
    of_several.seen.siblings = Some(3);
    let mut only = case("the only pod", (Action::DeletePod, pod()), EffectClass::W2, None, owned());
    only.seen.siblings = Some(1);
    let failed = json!({"status": {"conditions": [{"type": "Failed", "status": "True"}]}});
    vec![
        of_several,
        only,
        case("a pod of nobody", (Action::DeletePod, pod()), EffectClass::W3, None, json!({})),
        case("delete a job", (Action::DeleteJob, job("Job")), EffectClass::W3, None, failed),
        case(
            "suspend",
            (Action::SuspendJob, job("CronJob")),
            EffectClass::W1,
            Some(("resume_job", json!({}))),
            json!({"spec": {}}),
        ),
        case(
            "resume",
            (Action::ResumeJob, job("CronJob")),
            EffectClass::W1,
            Some(("suspend_job", json!({}))),
            json!({"spec": {"suspend": true}}),
        ),
    ]
}

fn of_nodes() -> Vec<Case> {
    let node = || ObjectRef::cluster("Node", "worker-1");
    let cordoned = || json!({"spec": {"unschedulable": true}});
    let with_others = |mut case: Case| {
        case.seen.other_nodes = Some(2);
        case
    };
    vec![
        with_others(case(
            "cordon",
            (Action::Cordon, node()),
            EffectClass::W1,
            Some(("uncordon", json!({}))),
            json!({"spec": {}}),
        )),
        case("uncordon", (Action::Uncordon, node()), EffectClass::W1, Some(("cordon", json!({}))), cordoned()),
        with_others(case(
            "drain",
            (Action::Drain, node()),
            EffectClass::W2,
            Some(("uncordon", json!({}))),
            json!({"spec": {}}),
        )),
        with_others(case(
            "drain what is cordoned",
            (Action::Drain, node()),
            EffectClass::W2,
            Some(("cordon", json!({}))),
            cordoned(),
        )),
    ]
}

fn of_other_systems() -> Vec<Case> {
    let matchers = vec![
        Matcher { name: "alertname".to_owned(), value: "HighErrors".to_owned() },
        Matcher { name: "app".to_owned(), value: "checkout".to_owned() },
    ];
    let silence = |name: &str| ObjectRef::cluster("Silence", name);
    let shown = json!(["alertname=\"HighErrors\"", "app=\"checkout\""]);
    let mut ended = case(
        "end a silence",
        (Action::SilenceExpire { silence: "3f-9".to_owned() }, silence("3f-9")),
        EffectClass::W2,
        Some(("silence_create", json!({"matchers": shown, "minutes": 60}))),
        Value::Null,
    );
    ended.seen.silence = Some(SilenceRow {
        id: "3f-9".to_owned(),
        state: "active".to_owned(),
        matchers: "alertname=\"HighErrors\", app=\"checkout\"".to_owned(),
        starts: now() - TimeDelta::hours(1),
        ends: now() + TimeDelta::hours(1),
        author: Some("auto-devops".to_owned()),
        comment: None,
        muted_alerts: Some(1),
    });
    let checkout = || ObjectRef::namespaced("Deployment", "shop", "checkout");
    let webhook = |name: &str| Action::CallWebhook { webhook: name.to_owned() };
    vec![
        case(
            "silence",
            (Action::SilenceCreate { matchers, minutes: 60 }, silence("new")),
            EffectClass::W1,
            None,
            Value::Null,
        ),
        ended,
        case("a webhook", (webhook("clear-cache"), checkout()), EffectClass::W3, None, workload()),
        case(
            "a webhook that can be taken back",
            (webhook("grow-pool"), checkout()),
            EffectClass::W2,
            Some(("call_webhook", json!({"webhook": "shrink-pool"}))),
            workload(),
        ),
    ]
}
