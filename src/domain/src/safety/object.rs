//! Whether the call is about the object of the plan, the one that was seen, and one that may be touched.

use super::hold::Objections;
use super::{Observed, Rules, version};
use crate::plan::Plan;
use serde_json::Value;

/// Namespaces of the system itself; those that begin with `kube-` are taken for such, too.
const SYSTEM_NAMESPACES: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

pub(super) fn review(plan: &Plan, seen: &Observed, rules: &Rules, said: &mut Objections) {
    let object = &plan.object;
    said.unless(*object == seen.object, format!("the plan is for {object}, and {} was looked at", seen.object));
    review_place(plan, rules, said);
    review_cluster(plan, seen, rules, said);
    match plan.call.server.as_str() {
        "kubernetes" => review_manifest(plan, seen, said),
        // A webhook for an object of a cluster tells another system about it; that the object is there is enough.
        "webhooks" => said.unless(seen.manifest.is_object(), format!("{object} was not seen")),
        _ => {}
    }
}

fn review_place(plan: &Plan, rules: &Rules, said: &mut Objections) {
    // The arguments are asked as well: they are what is sent.
    let named = plan.call.arguments.get("namespace").and_then(Value::as_str);
    for namespace in [plan.object.namespace.as_deref(), named].into_iter().flatten() {
        let is_system = SYSTEM_NAMESPACES.contains(&namespace) || namespace.starts_with("kube-");
        said.unless(!is_system, format!("{namespace} is a namespace of the system"));
        let is_protected = rules.protected_namespaces.contains(namespace);
        said.unless(!is_protected, format!("{namespace} is a protected namespace"));
    }
    let kind = &plan.object.kind;
    said.unless(!rules.protected_kinds.contains(kind), format!("{kind} is a protected kind"));
}

fn review_cluster(plan: &Plan, seen: &Observed, rules: &Rules, said: &mut Objections) {
    let named = plan.call.arguments.get("cluster");
    said.unless(
        named.and_then(Value::as_str) == plan.cluster.as_deref() || plan.call.server == "prometheus",
        "the call names another cluster than the plan",
    );
    if plan.call.server == "prometheus" {
        return;
    }
    match (&plan.cluster, &seen.cluster) {
        (None, _) => said.unless(!rules.has_several_clusters, "there are several clusters, and the plan names none"),
        (Some(wanted), Some(answered)) => {
            said.unless(
                wanted == answered,
                format!("the plan is for the cluster {wanted:?}, and {answered:?} was looked at"),
            );
        }
        (Some(wanted), None) => said.say(format!("it is not known whether the cluster {wanted:?} was looked at")),
    }
}

fn review_manifest(plan: &Plan, seen: &Observed, said: &mut Objections) {
    let object = &plan.object;
    if seen.manifest.is_null() {
        return said.say(format!("{object} was not seen: it is gone, or could not be looked at"));
    }
    let text = |pointer: &str| seen.manifest.pointer(pointer).and_then(Value::as_str);
    said.unless(text("/kind") == Some(object.kind.as_str()), format!("what was seen is no {}", object.kind));
    said.unless(
        text("/metadata/name") == Some(object.name.as_str()),
        format!("what was seen is not named {}", object.name),
    );
    let namespace = text("/metadata/namespace");
    said.unless(namespace == object.namespace.as_deref(), "what was seen is in another namespace");
    version::review(plan, seen, said);
    said.unless(text("/metadata/deletionTimestamp").is_none(), "it is being deleted already");
}
