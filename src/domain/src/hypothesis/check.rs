//! Which of a model's looks are made: those by the few tools that read typed fields, about objects around the incident, with
//! arguments that the tool takes.
//!
//! Guarantees: everything else is left out and told; a look that names no namespace gets that of its object, so that none
//! goes over a whole cluster; the cluster is the incident's, whatever the model says.

use super::plain::plain;
use super::reply::Proposed;
use super::surroundings::Surroundings;
use crate::effect::EffectClass;
use serde_json::{Map, Value, json};

/// The tools that may be asked: each reads typed fields of named objects. Those that take a query, or tell what somebody
/// wrote, are none.
pub const TOOLS: &[&str] = &[
    "kubernetes_list",
    "kubernetes_rollout_status",
    "kubernetes_rollout_history",
    "kubernetes_owner_tree",
    "kubernetes_storage",
    "kubernetes_top",
    "prometheus_golden_signals",
];

/// Kinds that may be listed.
const KINDS: &[&str] = &[
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Job",
    "Node",
    "PersistentVolumeClaim",
    "Pod",
    "ReplicaSet",
    "StatefulSet",
    "workloads",
];

/// Arguments that name an object, without its kind.
const NAMING: &[&str] = &["name", "name_contains", "service", "workload", "node", "claim"];

/// Characters of one argument.
const ARGUMENT_CHARS: usize = 100;

/// A tool that is on offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tool<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it may do.
    pub effect: EffectClass,
    /// What it takes.
    pub schema: &'a Value,
}

/// Whether a tool may be asked at all.
pub fn may_be_asked(tool: Tool<'_>) -> bool {
    tool.effect == EffectClass::R0 && TOOLS.contains(&tool.name)
}

/// The hypothesis with a look that may be made.
///
/// # Errors
/// Why it may not, in words.
pub fn checked(
    mut proposed: Proposed,
    tools: &[Tool<'_>],
    around: &Surroundings,
    cluster: Option<&str>,
) -> Result<Proposed, String> {
    if !around.holds(&proposed.object) {
        return Err(format!("{} is not around the incident", plain(&proposed.object.to_string(), 120)));
    }
    let name = proposed.look.tool.as_str();
    let offered = tools.iter().find(|tool| tool.name == name && may_be_asked(**tool));
    let Some(tool) = offered else { return Err(format!("{:?} is no tool that may be asked", plain(name, 60))) };
    let takes = |argument: &str| tool.schema.get("properties").is_some_and(|known| known.get(argument).is_some());
    let arguments = &mut proposed.look.arguments;
    arguments.remove("cluster");
    if let Some(cluster) = cluster.filter(|_| takes("cluster")) {
        arguments.insert("cluster".to_owned(), json!(cluster));
    }
    if let Some(namespace) = proposed.object.namespace.as_deref().filter(|_| takes("namespace"))
        && !arguments.contains_key("namespace")
    {
        arguments.insert("namespace".to_owned(), json!(namespace));
    }
    fits(tool.schema, arguments)?;
    stays(arguments, around)?;
    Ok(proposed)
}

/// Whether the arguments name nothing beyond the surroundings.
fn stays(arguments: &Map<String, Value>, around: &Surroundings) -> Result<(), String> {
    for (name, value) in arguments.iter().filter(|(name, _)| name.as_str() != "cluster") {
        let Some(text) = value.as_str() else { continue };
        let is_in = match name.as_str() {
            "namespace" => around.namespaces().contains(text),
            "kind" => KINDS.contains(&text),
            naming if NAMING.contains(&naming) => around.knows_name(text),
            _ => text.chars().count() <= ARGUMENT_CHARS && !text.chars().any(char::is_control),
        };
        if !is_in {
            return Err(format!("its look goes beyond the incident: {name} {:?}", plain(text, 60)));
        }
    }
    Ok(())
}

/// Whether arguments are those of a schema: known names, the right types, all that are required. Only single values.
fn fits(schema: &Value, arguments: &Map<String, Value>) -> Result<(), String> {
    let known = schema.get("properties").and_then(Value::as_object);
    for (name, value) in arguments {
        let wanted = known
            .and_then(|known| known.get(name))
            .ok_or_else(|| format!("its look has an argument {:?} that the tool does not take", plain(name, 40)))?;
        if !is_of_type(wanted, value) {
            return Err(format!("the argument {name} of its look is of the wrong sort"));
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    match required.into_iter().find(|name| !arguments.contains_key(*name)) {
        Some(missing) => Err(format!("its look lacks the argument {missing}")),
        None => Ok(()),
    }
}

fn is_of_type(wanted: &Value, value: &Value) -> bool {
    let types: Vec<&str> = match wanted.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        // A schema that says no type: single values alone.
        _ => vec!["string", "integer", "number", "boolean"],
    };
    let fits = |kind: &&str| match *kind {
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    };
    let is_allowed = wanted.get("enum").and_then(Value::as_array).is_none_or(|allowed| allowed.contains(value));
    types.iter().any(fits) && is_allowed
}
