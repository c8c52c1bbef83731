//! Plans that must not be carried out, each with what is said against it.

use super::*;
use crate::action::{ActCall, Action, Matcher};
use crate::approval::Proposer;
use crate::effect::EffectClass;
use crate::object::ObjectRef;
use crate::plan::fixtures::now;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// Name, the sane case that it is made of, what makes it hostile, what is said.
type Row = (&'static str, &'static str, fn(&mut Case), &'static str);

/// Changes an argument of the call.
fn set(case: &mut Case, name: &str, value: Value) {
    case.plan.call.arguments.insert(name.to_owned(), value);
}

/// Makes the plan one of another action, with the call that it becomes: what is wrong is what it asks for.
fn act(case: &mut Case, action: Action) {
    case.plan.call = action.call(&case.plan.object, case.plan.cluster.as_deref());
    case.plan.action = action;
}

/// Changes the manifest that was seen.
fn see(case: &mut Case, pointer: &str, value: Value) {
    *case.seen.manifest.pointer_mut(pointer).unwrap() = value;
}

fn undo(case: &mut Case) -> &mut ActCall {
    case.plan.undo.as_mut().unwrap()
}

fn undo_set(case: &mut Case, name: &str, value: Value) {
    undo(case).arguments.insert(name.to_owned(), value);
}

/// Moves the whole plan into another namespace, consistently.
fn move_to(case: &mut Case, namespace: &str) {
    case.plan.object.namespace = Some(namespace.to_owned());
    case.seen.object.namespace = Some(namespace.to_owned());
    set(case, "namespace", json!(namespace));
    undo_set(case, "namespace", json!(namespace));
    case.seen.manifest["metadata"]["namespace"] = json!(namespace);
}

fn image(case: &mut Case, image: &str) {
    act(case, Action::SetImage { container: "app".to_owned(), image: image.to_owned() });
}

fn memory(case: &mut Case, request: Option<&str>, limit: Option<&str>) {
    let text = |value: Option<&str>| value.map(str::to_owned);
    act(
        case,
        Action::SetResources {
            container: "app".to_owned(),
            cpu_request: None,
            cpu_limit: None,
            memory_request: text(request),
            memory_limit: text(limit),
        },
    );
}

fn silence(case: &mut Case, matchers: &[(&str, &str)], minutes: u64) {
    let matchers =
        matchers.iter().map(|(name, value)| Matcher { name: (*name).to_owned(), value: (*value).to_owned() }).collect();
    act(case, Action::SilenceCreate { matchers, minutes });
}

fn owner() -> Value {
    json!([{"kind": "Rollout", "name": "checkout", "controller": true}])
}

const OBJECTS: &[Row] = &[
    (
        "the call names another object than the plan",
        "restart",
        |case| set(case, "name", json!("payments")),
        "the call names another object than Deployment shop/checkout",
    ),
    (
        "the call names another kind",
        "restart",
        |case| set(case, "kind", json!("StatefulSet")),
        "the call names another object than Deployment shop/checkout",
    ),
    (
        "the call goes into another namespace",
        "restart",
        |case| set(case, "namespace", json!("payments")),
        "the call names another object than Deployment shop/checkout",
    ),
    (
        "the call sneaks into a namespace of the system",
        "restart",
        |case| set(case, "namespace", json!("kube-system")),
        "kube-system is a namespace of the system",
    ),
    (
        "the call names its object as a path",
        "restart",
        |case| set(case, "name", json!("statefulset/checkout")),
        "the call names another object than Deployment shop/checkout",
    ),
    (
        "the call leaves the namespace to a default",
        "restart",
        |case| drop(case.plan.call.arguments.remove("namespace")),
        "the call names another object than Deployment shop/checkout",
    ),
    (
        "another object was looked at",
        "restart",
        |case| case.seen.object.name = "cart".to_owned(),
        "the plan is for Deployment shop/checkout, and Deployment shop/cart was looked at",
    ),
    (
        "the manifest is of another object",
        "restart",
        |case| see(case, "/metadata/name", json!("cart")),
        "what was seen is not named checkout",
    ),
    (
        "the manifest is of another kind",
        "restart",
        |case| see(case, "/kind", json!("DaemonSet")),
        "what was seen is no Deployment",
    ),
    (
        "nothing was seen",
        "restart",
        |case| case.seen.manifest = Value::Null,
        "Deployment shop/checkout was not seen: it is gone, or could not be looked at",
    ),
    ("kube-system", "restart", |case| move_to(case, "kube-system"), "kube-system is a namespace of the system"),
    ("kube-anything", "restart", |case| move_to(case, "kube-flannel"), "kube-flannel is a namespace of the system"),
    ("a protected namespace", "restart", |case| move_to(case, "vault"), "vault is a protected namespace"),
    (
        "another cluster than the plan's",
        "restart",
        |case| set(case, "cluster", json!("staging")),
        "the call names another cluster than the plan",
    ),
    (
        "another cluster was looked at",
        "restart",
        |case| case.seen.cluster = Some("staging".to_owned()),
        "the plan is for the cluster \"main\", and \"staging\" was looked at",
    ),
    (
        "a cluster that nobody knows was looked at",
        "restart",
        |case| case.seen.cluster = None,
        "it is not known whether the cluster \"main\" was looked at",
    ),
    (
        "no cluster where there are several",
        "restart",
        |case| {
            case.plan.cluster = None;
            case.plan.call.arguments.remove("cluster");
        },
        "there are several clusters, and the plan names none",
    ),
    (
        "stale version of a plan that is bound to it",
        "restart",
        |case| {
            case.plan.pinned = None;
            see(case, "/metadata/resourceVersion", json!("4712"));
        },
        "it has changed: the plan is for version 4711, and 4712 was seen",
    ),
    (
        "what is wanted of it has changed",
        "restart",
        |case| see(case, "/metadata/generation", json!(10)),
        "it has changed: the plan is for generation 9, and 10 was seen",
    ),
    (
        "changes that nobody counts",
        "restart",
        |case| {
            case.seen.manifest["metadata"].as_object_mut().unwrap().remove("generation");
            case.plan.pinned.as_mut().unwrap().generation = None;
        },
        "nothing tells whether what is wanted of it changed since the plan was made",
    ),
    (
        "another object of the same name",
        "restart",
        |case| see(case, "/metadata/uid", json!("another")),
        "it is another object of the same name, made since",
    ),
    (
        "an object that does not say which it is",
        "restart",
        |case| see(case, "/metadata/uid", json!("")),
        "which object it is was not seen",
    ),
    (
        "a plan bound to other fields",
        "restart",
        |case| case.plan.pinned.as_mut().unwrap().fields = "0".repeat(64),
        "what the call changes is not as it was when the plan was made",
    ),
    (
        "a node that became ready since",
        "drain",
        |case| case.seen.manifest["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]}),
        "what the call changes is not as it was when the plan was made",
    ),
    (
        "version that was not seen",
        "restart",
        |case| see(case, "/metadata/resourceVersion", json!("")),
        "its version was not seen",
    ),
    (
        "an object that is being deleted",
        "restart",
        |case| case.seen.manifest["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"),
        "it is being deleted already",
    ),
];

const CALLS: &[Row] = &[
    (
        "a tool that is not in the table",
        "restart",
        |case| case.plan.call.tool = "exec".to_owned(),
        "kubernetes exec is not in the effect table",
    ),
    (
        "a tool of another server",
        "restart",
        |case| case.plan.call.server = "shell".to_owned(),
        "the call is of rollout_restart at \"shell\", which kubernetes serves",
    ),
    ("a tool that only reads", "restart", |case| case.plan.call.tool = "logs".to_owned(), "logs only reads"),
    (
        "a call of another action",
        "drain",
        |case| case.plan.call.tool = "cordon".to_owned(),
        "the action is drain, and the call cordon",
    ),
    (
        "an argument too many",
        "restart",
        |case| set(case, "force", json!(true)),
        "the call has an argument \"force\" too many",
    ),
    (
        "a real run smuggled into the arguments",
        "restart",
        |case| set(case, "dry_run", json!(false)),
        "the call has an argument \"dry_run\" too many",
    ),
    (
        "data that may be lost",
        "drain",
        |case| set(case, "delete_emptydir_data", json!(true)),
        "the call has an argument \"delete_emptydir_data\" too many",
    ),
    (
        "a number as text",
        "scale up",
        |case| set(case, "replicas", json!("5")),
        "the call has an argument \"replicas\" of a form that the tool does not take",
    ),
    (
        "a negative number",
        "scale up",
        |case| set(case, "replicas", json!(-1)),
        "the call has an argument \"replicas\" of a form that the tool does not take",
    ),
    (
        "an argument that is missing",
        "scale up",
        |case| drop(case.plan.call.arguments.remove("replicas")),
        "the call lacks the argument \"replicas\"",
    ),
    (
        "a call that does not say what the action says",
        "scale up",
        |case| set(case, "replicas", json!(4)),
        "the call does not say what the action says",
    ),
    (
        "a workload's tool for a node",
        "restart",
        |case| case.plan.object.kind = "Node".to_owned(),
        "the call is of rollout_restart, which is not for a Node",
    ),
];

const AMOUNTS: &[Row] = &[
    ("scale to 0", "scale down", |case| act(case, Action::Scale { replicas: 0 }), "scaling to 0 stops it"),
    (
        "scale x10",
        "scale up",
        |case| act(case, Action::Scale { replicas: 30 }),
        "replicas: from 3 to 30 is more than 3 times at once",
    ),
    (
        "scale to a tenth",
        "scale down",
        |case| {
            see(case, "/spec/replicas", json!(10));
            act(case, Action::Scale { replicas: 1 });
        },
        "replicas: from 10 to 1 is more than 3 times at once",
    ),
    (
        "scale beyond reason",
        "scale up",
        |case| {
            see(case, "/spec/replicas", json!(900));
            act(case, Action::Scale { replicas: 1_200 });
        },
        "1200 replicas are more than 1000",
    ),
    (
        "wake what somebody stopped",
        "scale up",
        |case| see(case, "/spec/replicas", json!(0)),
        "it is scaled to 0: somebody stopped it",
    ),
    ("scale to what it has", "scale up", |case| see(case, "/spec/replicas", json!(5)), "it has 5 replicas already"),
    (
        "scale what was not counted",
        "scale up",
        |case| drop(case.seen.manifest["spec"].as_object_mut().unwrap().remove("replicas")),
        "how many replicas it has was not seen",
    ),
    (
        "scale what an operator owns",
        "scale up",
        |case| case.seen.manifest["metadata"]["ownerReferences"] = owner(),
        "it is owned by Rollout checkout, which would set it back",
    ),
    (
        "memory times eight",
        "more memory",
        |case| memory(case, None, Some("4Gi")),
        "memory: from 512Mi to 4Gi is more than 4 times up or 2 times down",
    ),
    (
        "memory starved",
        "more memory",
        |case| memory(case, None, Some("64Mi")),
        "memory: from 512Mi to 64Mi is more than 4 times up or 2 times down",
    ),
    (
        "a request over the limit that is there",
        "more memory",
        |case| memory(case, Some("600Mi"), None),
        "the memory request would be over the limit",
    ),
    ("a limit taken away", "more memory", |case| memory(case, None, Some("unset")), "\"unset\" is no amount of memory"),
    ("an amount that is none", "more memory", |case| memory(case, None, Some("1e9")), "\"1e9\" is no amount of memory"),
    (
        "an amount with nothing to compare it with",
        "more memory",
        |case| {
            see(case, "/spec/template/spec/containers/0/resources", json!({}));
        },
        "the container has no memory amount that 512Mi could be compared with",
    ),
    (
        "a container that is not there",
        "more memory",
        |case| see(case, "/spec/template/spec/containers/0/name", json!("web")),
        "the container was not seen in the workload",
    ),
    (
        "image of another repository",
        "image",
        |case| image(case, "registry:5000/evil/checkout:1.4.1"),
        "registry:5000/evil/checkout:1.4.1 is of another repository than registry:5000/shop/checkout:1.4.2",
    ),
    (
        "image of another registry",
        "image",
        |case| image(case, "evil.example/shop/checkout:1.4.1"),
        "evil.example/shop/checkout:1.4.1 is of another repository than registry:5000/shop/checkout:1.4.2",
    ),
    (
        "image :latest",
        "image",
        |case| image(case, "registry:5000/shop/checkout:latest"),
        "registry:5000/shop/checkout:latest is another image every day",
    ),
    (
        "image without a version",
        "image",
        |case| image(case, "registry:5000/shop/checkout"),
        "registry:5000/shop/checkout names neither tag nor digest",
    ),
    (
        "the image that it has",
        "image",
        |case| image(case, "registry:5000/shop/checkout:1.4.2"),
        "it has this image already",
    ),
    (
        "an autoscaler that may stop it",
        "autoscaler",
        |case| act(case, Action::SetHpaBounds { min_replicas: 0, max_replicas: 12 }),
        "a lower bound of 0 lets it stop",
    ),
    (
        "an autoscaler turned around",
        "autoscaler",
        |case| act(case, Action::SetHpaBounds { min_replicas: 6, max_replicas: 5 }),
        "the lower bound 6 is over the upper bound 5",
    ),
    (
        "an autoscaler let loose",
        "autoscaler",
        |case| act(case, Action::SetHpaBounds { min_replicas: 2, max_replicas: 60 }),
        "the upper bound: from 6 to 60 is more than 3 times at once",
    ),
    (
        "forward instead of back",
        "roll back",
        |case| act(case, Action::RolloutUndo { to_revision: Some(9) }),
        "revision 9 is not before the current 7",
    ),
    (
        "back to where it is",
        "roll back",
        |case| act(case, Action::RolloutUndo { to_revision: Some(7) }),
        "revision 7 is not before the current 7",
    ),
    (
        "back from a revision that was not seen",
        "roll back",
        |case| see(case, "/metadata/annotations", json!({})),
        "which revision it has was not seen",
    ),
    (
        "a first revision",
        "roll back a set",
        |case| case.seen.revision = Some(1),
        "there is no revision before the current",
    ),
    (
        "a paused rollout",
        "restart",
        |case| case.seen.manifest["spec"]["paused"] = json!(true),
        "its rollout is paused: whoever did it has a reason",
    ),
];

const CLASSES: &[Row] = &[
    (
        "scale down told as mild",
        "scale down",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "deletion of a pod without owner told as mild",
        "a pod of nobody",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W3",
    ),
    (
        "the only pod told as one of several",
        "the only pod",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "siblings that were not counted",
        "a pod of several",
        |case| case.seen.siblings = None,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "roll back told as mild",
        "roll back",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "a webhook told as reversible",
        "a webhook",
        |case| case.plan.rehearsal.class = EffectClass::W2,
        "the plan says W2, and by what is seen it is W3",
    ),
    (
        "a long silence told as a short one",
        "silence",
        |case| silence(case, &[("alertname", "HighErrors")], 121),
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "a webhook that nobody declared",
        "a webhook",
        |case| act(case, Action::CallWebhook { webhook: "wipe-disk".to_owned() }),
        "the settings declare no webhook \"wipe-disk\"",
    ),
];

const THINGS: &[Row] = &[
    (
        "a pod that its node runs",
        "a pod of several",
        |case| case.seen.manifest["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"}),
        "its node runs it from a file: deleting it changes nothing",
    ),
    (
        "a job that runs",
        "delete a job",
        |case| case.seen.manifest["status"] = json!({"active": 1}),
        "the job has not ended",
    ),
    (
        "a job whose failure is not true",
        "delete a job",
        |case| see(case, "/status/conditions/0/status", json!("False")),
        "the job has not ended",
    ),
    (
        "suspend what is suspended",
        "suspend",
        |case| case.seen.manifest["spec"] = json!({"suspend": true}),
        "it is suspended already",
    ),
    ("resume what runs", "resume", |case| case.seen.manifest["spec"] = json!({}), "it is not suspended"),
    ("drain of the only node", "drain", |case| case.seen.other_nodes = Some(0), "no other node could take its pods"),
    ("cordon of the only node", "cordon", |case| case.seen.other_nodes = Some(0), "no other node could take its pods"),
    (
        "drain where nobody counted the nodes",
        "drain",
        |case| case.seen.other_nodes = None,
        "whether other nodes could take its pods was not seen",
    ),
    (
        "drain of the control plane",
        "drain",
        |case| case.seen.manifest["metadata"]["labels"] = json!({"node-role.kubernetes.io/control-plane": ""}),
        "the node runs the control plane",
    ),
    (
        "silence that matches everything of a severity",
        "silence",
        |case| silence(case, &[("severity", "critical")], 60),
        "the silence does not name an alert: it would hide others, too",
    ),
    (
        "silence by an expression that matches everything",
        "silence",
        |case| set(case, "matchers", json!(["alertname=~\".+\""])),
        "\"alertname=~\\\".+\\\"\" is no exact matcher of one value",
    ),
    (
        "silence by what is not",
        "silence",
        |case| set(case, "matchers", json!(["alertname!=\"x\""])),
        "\"alertname!=\\\"x\\\"\" is no exact matcher of one value",
    ),
    (
        "silence of an alert without a name",
        "silence",
        |case| set(case, "matchers", json!(["alertname=\"\""])),
        "\"alertname=\\\"\\\"\" is no exact matcher of one value",
    ),
    (
        "silence for a week",
        "silence",
        |case| silence(case, &[("alertname", "HighErrors")], 10_080),
        "a silence of 10080 minutes is longer than a day, or none",
    ),
    (
        "a silence of somebody else",
        "end a silence",
        |case| case.seen.silence.as_mut().unwrap().author = Some("ann".to_owned()),
        "somebody else made the silence, and may want it",
    ),
    ("a silence that was not seen", "end a silence", |case| case.seen.silence = None, "the silence was not seen"),
    (
        "another silence was seen",
        "end a silence",
        |case| case.seen.silence.as_mut().unwrap().id = "x".to_owned(),
        "another silence was seen",
    ),
];

const UNDOS: &[Row] = &[
    (
        "missing undo for W2",
        "scale down",
        |case| case.plan.undo = None,
        "nothing takes it back, and it is not of the class that says so",
    ),
    (
        "missing undo for a webhook that can be taken back",
        "a webhook that can be taken back",
        |case| case.plan.undo = None,
        "nothing takes it back, and it is not of the class that says so",
    ),
    (
        "undo that does not invert",
        "scale up",
        |case| undo_set(case, "replicas", json!(1)),
        "the undo does not restore what is seen",
    ),
    (
        "undo of another object",
        "scale up",
        |case| undo_set(case, "name", json!("payments")),
        "the undo names another object than Deployment shop/checkout",
    ),
    (
        "undo in another cluster",
        "scale up",
        |case| undo_set(case, "cluster", json!("staging")),
        "the undo names another cluster",
    ),
    (
        "undo that is another action",
        "cordon",
        |case| undo(case).tool = "drain".to_owned(),
        "the undo is a drain, and only uncordon would take it back",
    ),
    (
        "undo that deletes",
        "a pod of several",
        |case| {
            let call = case.plan.call.clone();
            case.plan.undo = Some(ActCall { tool: "delete_job".to_owned(), ..call });
        },
        "nothing takes a delete_pod back, and the plan has a call that would",
    ),
    (
        "undo with an argument too many",
        "drain",
        |case| undo_set(case, "delete_emptydir_data", json!(true)),
        "the undo has an argument \"delete_emptydir_data\" too many",
    ),
    (
        "undo to another revision",
        "restart",
        |case| undo_set(case, "to_revision", json!(3)),
        "the undo does not restore what is seen",
    ),
    (
        "undo to another image",
        "image",
        |case| undo_set(case, "image", json!("registry:5000/shop/checkout:1.0.0")),
        "the undo does not restore what is seen",
    ),
    (
        "undo that sets an amount more",
        "more memory",
        |case| undo_set(case, "cpu_limit", json!("1")),
        "the undo does not restore what is seen",
    ),
    (
        "undo of another container",
        "more memory",
        |case| undo_set(case, "container", json!("sidecar")),
        "the undo does not restore what is seen",
    ),
    (
        "undo that opens a node which was closed",
        "drain what is cordoned",
        |case| undo(case).tool = "uncordon".to_owned(),
        "the undo is a uncordon, and only cordon would take it back",
    ),
    (
        "undo that hides more than was hidden",
        "end a silence",
        |case| undo_set(case, "matchers", json!(["alertname=\"Other\""])),
        "the undo does not restore what is seen",
    ),
    (
        "undo that hides for longer",
        "end a silence",
        |case| undo_set(case, "minutes", json!(600)),
        "the undo does not restore what is seen",
    ),
    (
        "undo by a webhook that is not its own",
        "a webhook that can be taken back",
        |case| undo_set(case, "webhook", json!("clear-cache")),
        "the undo does not restore what is seen",
    ),
];

const REST: &[Row] = &[
    ("expired", "restart", |case| case.seen.at = case.plan.expires_at, "the plan has expired"),
    (
        "good for a day",
        "restart",
        |case| case.plan.expires_at = now() + TimeDelta::days(1),
        "the plan is good for more than an hour",
    ),
    (
        "made after the look",
        "restart",
        |case| case.seen.at = now() - TimeDelta::seconds(6),
        "the plan was made after its object was looked at",
    ),
    (
        "nothing would be done",
        "restart",
        |case| case.plan.rehearsal.diff = vec![" ".to_owned()],
        "the rehearsal shows no difference: nothing would be done",
    ),
    (
        "no success check",
        "restart",
        |case| case.plan.success_check.conditions.clear(),
        "nothing says how it is seen whether it helped",
    ),
    (
        "control characters in the reason",
        "restart",
        |case| case.plan.reason = "harmless\u{1b}[2K".to_owned(),
        "a text of the plan holds control characters",
    ),
    (
        "a line break in the reason",
        "restart",
        |case| case.plan.reason = "harmless\nApproved by ann".to_owned(),
        "a text of the plan holds control characters",
    ),
    (
        "text that turns its direction",
        "restart",
        |case| case.plan.rehearsal.warnings.push("\u{202e}lufmrah".to_owned()),
        "a text of the plan holds control characters",
    ),
    (
        "control characters in a name of an argument",
        "restart",
        |case| set(case, "a\u{7}", json!(1)),
        "a text of the plan holds control characters",
    ),
    (
        "invisible letters in the proposer",
        "restart",
        |case| case.plan.proposer = Proposer::Person("an\u{200b}n".to_owned()),
        "a text of the plan holds control characters",
    ),
    (
        "a novel",
        "restart",
        |case| case.plan.rehearsal.diff = vec!["x".repeat(1_000); 400],
        "the plan is longer than 262144 bytes",
    ),
    (
        "endless difference",
        "restart",
        |case| case.plan.rehearsal.diff = vec!["x".to_owned(); 501],
        "the difference has more than 500 lines",
    ),
];

#[test]
fn hostile_plans_are_refused_and_told_why() {
    let rows: Vec<&Row> = [OBJECTS, CALLS, AMOUNTS, CLASSES, THINGS, UNDOS, REST].into_iter().flatten().collect();
    assert!(rows.len() >= 100, "{}", rows.len());
    for (name, base, change, told) in rows {
        let mut case = named(base);
        change(&mut case);
        let said = said_of(&case);
        assert!(said.iter().any(|objection| objection == told), "{name}: {said:#?}");
    }
}

#[test]
fn protected_kinds_are_left_alone() {
    let mut rules = rules();
    rules.protected_kinds.insert("Node".to_owned());
    let case = named("drain");
    assert_eq!(objections(&case.plan, &case.seen, &rules), ["Node is a protected kind"]);
}

#[test]
fn a_webhook_is_never_milder_than_w2_whatever_the_settings_say() {
    let mut rules = rules();
    rules.webhooks.get_mut("grow-pool").unwrap().class = EffectClass::R0;
    let mut case = named("a webhook that can be taken back");
    assert!(objections(&case.plan, &case.seen, &rules).is_empty());
    case.plan.rehearsal.class = EffectClass::W1;
    let said = objections(&case.plan, &case.seen, &rules);
    assert_eq!(said, ["the plan says W1, and by what is seen it is W2"]);
}

#[test]
fn objections_are_bounded() {
    let mut case = named("restart");
    (0..1_000).for_each(|number| set(&mut case, &format!("x{number}"), json!(1)));
    case.plan.object = ObjectRef::cluster("Node", "x");
    assert_eq!(said_of(&case).len(), 40);
}

#[test]
fn what_is_refused_comes_back_as_it_was() {
    let mut case = named("restart");
    case.seen.at = case.plan.expires_at;
    let drafted = Drafted::new(case.plan.clone()).unwrap();
    let refused = review(drafted, &case.seen, &rules()).unwrap_err();
    assert_eq!(*refused.plan, case.plan);
    assert_eq!(refused.objections, ["the plan has expired"]);
}
