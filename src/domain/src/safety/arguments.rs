//! Whether the arguments are those that the tool takes, and name the object of the plan.

use super::hold::Objections;
use crate::object::ObjectRef;
use crate::plan::Plan;
use serde_json::{Map, Value};

/// What a value must be.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Number,
    Texts,
}

/// How a tool is told which object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// By kind, namespace and name.
    ByKind,
    /// By namespace and name, or name alone.
    ByName,
    /// Otherwise.
    Otherwise,
}

/// Tool, server, kinds, how the object is named, arguments that must be there, arguments that may be.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    Naming,
    &'static [(&'static str, Shape)],
    &'static [(&'static str, Shape)],
);

const AMOUNTS: &[(&str, Shape)] = &[
    ("cpu_request", Shape::Text),
    ("cpu_limit", Shape::Text),
    ("memory_request", Shape::Text),
    ("memory_limit", Shape::Text),
];

const TEMPLATED: &[&str] = &["Deployment", "StatefulSet", "DaemonSet"];

/// What the tools take of what Scarlet may ask for. What the tools take beside that (how long a drain waits, whether data
/// may be lost) is not asked for.
const TOOLS: &[Row] = &[
    ("rollout_restart", "kubernetes", TEMPLATED, Naming::ByKind, &[], &[]),
    ("rollout_undo", "kubernetes", TEMPLATED, Naming::ByKind, &[], &[("to_revision", Shape::Number)]),
    (
        "scale",
        "kubernetes",
        &["Deployment", "StatefulSet", "ReplicaSet"],
        Naming::ByKind,
        &[("replicas", Shape::Number)],
        &[],
    ),
    ("set_resources", "kubernetes", TEMPLATED, Naming::ByKind, &[("container", Shape::Text)], AMOUNTS),
    ("set_image", "kubernetes", TEMPLATED, Naming::ByKind, &[("container", Shape::Text), ("image", Shape::Text)], &[]),
    (
        "set_hpa_bounds",
        "kubernetes",
        &["HorizontalPodAutoscaler"],
        Naming::ByName,
        &[("min_replicas", Shape::Number), ("max_replicas", Shape::Number)],
        &[],
    ),
    ("delete_pod", "kubernetes", &["Pod"], Naming::ByName, &[], &[]),
    ("delete_job", "kubernetes", &["Job"], Naming::ByName, &[], &[]),
    ("suspend_job", "kubernetes", &["CronJob", "Job"], Naming::ByKind, &[], &[]),
    ("resume_job", "kubernetes", &["CronJob", "Job"], Naming::ByKind, &[], &[]),
    ("cordon", "kubernetes", &["Node"], Naming::ByName, &[], &[]),
    ("uncordon", "kubernetes", &["Node"], Naming::ByName, &[], &[]),
    ("drain", "kubernetes", &["Node"], Naming::ByName, &[], &[]),
    (
        "silence_create",
        "prometheus",
        &["Silence"],
        Naming::Otherwise,
        &[("matchers", Shape::Texts), ("minutes", Shape::Number)],
        &[],
    ),
    ("silence_expire", "prometheus", &["Silence"], Naming::Otherwise, &[("id", Shape::Text)], &[]),
    ("call_webhook", "webhooks", &[], Naming::ByKind, &[("webhook", Shape::Text)], &[]),
];

pub(super) fn review(plan: &Plan, said: &mut Objections) {
    let call = &plan.call;
    said.unless(
        plan.action.name() == call.tool,
        format!("the action is {}, and the call {}", plan.action.name(), call.tool),
    );
    review_action(plan, said);
    review_call(&call.server, &call.tool, &call.arguments, &plan.object, "the call", said);
}

/// Whether the call's own arguments are what the action says, member by member as it is stored.
fn review_action(plan: &Plan, said: &mut Objections) {
    let Ok(Value::Object(mut stored)) = serde_json::to_value(&plan.action) else {
        return said.say("the action cannot be written down");
    };
    stored.remove("action");
    // A matcher travels as one text, and a silence is named by its id.
    if let Some(Value::Array(matchers)) = stored.get_mut("matchers") {
        for matcher in matchers {
            let quoted = format!("{}={}", text_of(matcher, "name"), Value::from(text_of(matcher, "value")));
            *matcher = Value::from(quoted);
        }
    }
    if let Some(id) = stored.remove("silence") {
        stored.insert("id".to_owned(), id);
    }
    let mut own = plan.call.arguments.clone();
    for name in ["cluster", "kind", "namespace", "name"] {
        own.remove(name);
    }
    said.unless(own == stored, "the call does not say what the action says");
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether this call of this tool is about this object, in the form that the tool takes.
pub(super) fn review_call(
    server: &str,
    tool: &str,
    arguments: &Map<String, Value>,
    object: &ObjectRef,
    which: &str,
    said: &mut Objections,
) {
    let Some((_, served_by, kinds, naming, needed, more)) = TOOLS.iter().find(|row| row.0 == tool) else {
        return said.say(format!("{which} is of {tool:?}, which the second reader does not know"));
    };
    said.unless(server == *served_by, format!("{which} is of {tool} at {server:?}, which {served_by} serves"));
    let is_for = kinds.is_empty() || kinds.contains(&object.kind.as_str());
    said.unless(is_for, format!("{which} is of {tool}, which is not for a {}", object.kind));
    for (name, shape) in *needed {
        said.unless(arguments.contains_key(*name), format!("{which} lacks the argument {name:?}"));
        review_shape(arguments.get(*name), name, *shape, which, said);
    }
    for (name, shape) in *more {
        review_shape(arguments.get(*name), name, *shape, which, said);
    }
    review_naming(arguments, object, *naming, which, said);
    for name in arguments.keys() {
        let is_own = needed.iter().chain(*more).any(|(own, _)| own == name);
        let is_naming = match naming {
            Naming::ByKind => matches!(name.as_str(), "cluster" | "kind" | "namespace" | "name"),
            Naming::ByName => matches!(name.as_str(), "cluster" | "namespace" | "name"),
            Naming::Otherwise => false,
        };
        said.unless(is_own || is_naming, format!("{which} has an argument {name:?} too many"));
    }
}

fn review_naming(
    arguments: &Map<String, Value>,
    object: &ObjectRef,
    naming: Naming,
    which: &str,
    said: &mut Objections,
) {
    if naming == Naming::Otherwise {
        return;
    }
    let is = |name: &str, wanted: Option<&str>| arguments.get(name) == wanted.map(Value::from).as_ref();
    let is_kind = naming == Naming::ByName || is("kind", Some(&object.kind));
    let is_same = is_kind && is("name", Some(&object.name)) && is("namespace", object.namespace.as_deref());
    said.unless(is_same, format!("{which} names another object than {object}"));
    if let Some(cluster) = arguments.get("cluster") {
        said.unless(cluster.is_string(), format!("{which} names a cluster that is no text"));
    }
}

fn review_shape(value: Option<&Value>, name: &str, shape: Shape, which: &str, said: &mut Objections) {
    let Some(value) = value else { return };
    let fits = match shape {
        Shape::Text => value.as_str().is_some_and(|text| !text.is_empty() && text.len() <= 500),
        Shape::Number => value.is_u64(),
        Shape::Texts => value.as_array().is_some_and(|list| {
            (1..=20).contains(&list.len())
                && list.iter().all(|item| item.as_str().is_some_and(|text| text.len() <= 500))
        }),
    };
    said.unless(fits, format!("{which} has an argument {name:?} of a form that the tool does not take"));
}
