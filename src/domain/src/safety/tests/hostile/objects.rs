//! The object and the call: another than the plan is for, or not as it was seen.

use super::*;

pub(super) const OBJECTS: &[Row] = &[
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

pub(super) const CALLS: &[Row] = &[
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
