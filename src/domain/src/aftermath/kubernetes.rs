//! Objects of a cluster: by their manifest, and by the history of a rollout.
//!
//! The API counts in `metadata.generation` how often what is wanted of an object changed. Where it did not change, the
//! call was not made; where it has no such count, the part that the call changes speaks for itself.

use super::{Aftermath, Before, Sight, digest, first, is_later, text};
use crate::action::{ActCall, Quantity};
use crate::evidence::ToolCall;
use crate::object::ObjectRef;
use crate::observed::Table;
use crate::observed::kubernetes::Revision;
use crate::plan::Pinned;
use serde_json::{Map, Value, json};

/// The annotation that a restart sets (`kubectl rollout restart`).
const RESTARTED: &str = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";

/// The annotation in which a Deployment's controller counts revisions.
const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";

/// The API's own id of an object.
const UID: &str = "/metadata/uid";

/// Revisions that are asked for: as many as the tool gives.
const REVISIONS: u32 = 50;

/// Tokens of a manifest: as many as the tool gives.
const MANIFEST_TOKENS: u32 = 8_000;

pub(super) fn looks(call: &ActCall, object: &ObjectRef) -> Vec<ToolCall> {
    let named = |tool: &str, most: (&str, u32)| {
        let mut arguments = Map::new();
        arguments.insert("kind".to_owned(), json!(object.kind));
        arguments.insert("name".to_owned(), json!(object.name));
        arguments.insert(most.0.to_owned(), json!(most.1));
        arguments.extend(object.namespace.as_ref().map(|namespace| ("namespace".to_owned(), json!(namespace))));
        arguments.extend(text(call, "cluster").map(|cluster| ("cluster".to_owned(), json!(cluster))));
        ToolCall { tool: tool.to_owned(), arguments }
    };
    let mut looks = vec![named("kubernetes_get", ("budget_tokens", MANIFEST_TOKENS))];
    if call.tool == "rollout_undo" {
        looks.push(named("kubernetes_rollout_history", ("limit", REVISIONS)));
    }
    looks
}

/// The manifest of the first look.
fn manifest(sights: &[Sight]) -> Result<&Value, String> {
    let data = first(sights)?;
    let manifest = data.get("manifest").unwrap_or(data);
    manifest.get("metadata").map(|_| manifest).ok_or_else(|| "what was seen is no manifest".to_owned())
}

fn text_at(manifest: &Value, pointer: &str) -> Option<String> {
    manifest.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

pub(super) fn before(call: &ActCall, sights: &[Sight]) -> Result<Before, String> {
    let manifest = manifest(sights)?;
    if manifest.pointer("/metadata/deletionTimestamp").is_some() {
        return Err("it is already being deleted".to_owned());
    }
    let resource_version = text_at(manifest, "/metadata/resourceVersion")
        .ok_or_else(|| "what was seen has no resource version".to_owned())?;
    Ok(Before {
        resource_version,
        uid: text_at(manifest, UID),
        created: text_at(manifest, "/metadata/creationTimestamp"),
        generation: manifest.pointer("/metadata/generation").and_then(Value::as_i64),
        revision: text_at(manifest, REVISION).and_then(|number| number.parse().ok()).or_else(|| current(sights)),
        restarted: text_at(manifest, RESTARTED),
        part: Some(digest(&part(call, manifest))),
        ..Before::default()
    })
}

pub(super) fn pinned(call: &ActCall, sights: &[Sight]) -> Option<Pinned> {
    manifest(sights).ok().and_then(|manifest| Pinned::of(call, manifest))
}

/// Whether it is known to be another object than before.
fn is_another(before: &Before, manifest: &Value) -> bool {
    let uid = text_at(manifest, UID);
    uid.is_some() && before.uid.is_some() && uid != before.uid
}

/// The part of the manifest that a call changes.
fn part(call: &ActCall, manifest: &Value) -> Value {
    let pointer = match call.tool.as_str() {
        "scale" => "/spec/replicas",
        "cordon" | "uncordon" | "drain" => "/spec/unschedulable",
        "suspend_job" | "resume_job" => "/spec/suspend",
        "rollout_restart" | "rollout_undo" | "set_image" | "set_resources" => "/spec/template",
        _ => "/spec",
    };
    manifest.pointer(pointer).cloned().unwrap_or_default()
}

pub(super) fn judge(call: &ActCall, before: &Before, sights: &[Sight]) -> Aftermath {
    let is_deletion = matches!(call.tool.as_str(), "delete_pod" | "delete_job");
    if is_deletion && matches!(sights.first(), Some(Sight::Gone)) {
        return Aftermath::Done;
    }
    let manifest = match manifest(sights) {
        Ok(manifest) => manifest,
        Err(why) => return Aftermath::CannotTell(why),
    };
    if is_deletion { deletion(before, manifest) } else { change(call, before, manifest, sights) }
}

/// A pod or job of the same name that was made later is another.
fn deletion(before: &Before, manifest: &Value) -> Aftermath {
    if manifest.pointer("/metadata/deletionTimestamp").is_some() || is_another(before, manifest) {
        return Aftermath::Done;
    }
    match (text_at(manifest, "/metadata/creationTimestamp"), &before.created) {
        (Some(now), Some(then)) if is_later(&now, then) => Aftermath::Done,
        (Some(now), Some(then)) if now == *then => Aftermath::NotDone,
        _ => Aftermath::CannotTell("when it was made is not known".to_owned()),
    }
}

fn change(call: &ActCall, before: &Before, manifest: &Value, sights: &[Sight]) -> Aftermath {
    let created = text_at(manifest, "/metadata/creationTimestamp");
    let is_made_since = created.is_some() && before.created.is_some() && created != before.created;
    if is_made_since || is_another(before, manifest) {
        return Aftermath::CannotTell("it is another object of the same name, made since".to_owned());
    }
    if is_older(manifest, before) {
        return Aftermath::CannotTell("what was seen is older than what was seen before the call".to_owned());
    }
    if is_untouched(call, before, manifest) {
        return Aftermath::NotDone;
    }
    match is_as_wanted(call, before, manifest, sights) {
        Ok(true) if call.tool == "drain" => {
            Aftermath::CannotTell("the node takes no new pods; which of its pods were moved is not known".to_owned())
        }
        Ok(true) => Aftermath::Done,
        Ok(false) => Aftermath::CannotTell("it was changed, and is not as the call would have made it".to_owned()),
        Err(why) => Aftermath::CannotTell(why),
    }
}

/// Whether nothing was written to what is wanted of it. Of what counts no generations (a node) only the very version tells: the
/// part may be as before because somebody took the change back.
fn is_untouched(call: &ActCall, before: &Before, manifest: &Value) -> bool {
    if text_at(manifest, "/metadata/resourceVersion").is_some_and(|version| version == before.resource_version) {
        return true;
    }
    let is_same_part = before.part.as_deref() == Some(digest(&part(call, manifest)).as_str());
    let generation = manifest.pointer("/metadata/generation").and_then(Value::as_i64);
    before.generation.is_some() && before.generation == generation && is_same_part
}

/// Whether the look shows the object as it was even before it was looked at last: a server that lags behind may show the very
/// state that an undo asks for, from before the action. Versions are compared as the API lets clients compare them: as
/// decimal numbers (Kubernetes, KEP 5504); of others nothing is known.
fn is_older(manifest: &Value, before: &Before) -> bool {
    let number = |version: &str| version.parse::<u128>().ok();
    let now = text_at(manifest, "/metadata/resourceVersion").and_then(|version| number(&version));
    now.zip(number(&before.resource_version)).is_some_and(|(now, then)| now < then)
}

/// Whether the object is as the call asks for.
fn is_as_wanted(call: &ActCall, before: &Before, manifest: &Value, sights: &[Sight]) -> Result<bool, String> {
    let flag = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    match call.tool.as_str() {
        "scale" => Ok(same_number(call, "replicas", manifest, "/spec/replicas")),
        "set_hpa_bounds" => Ok(same_number(call, "min_replicas", manifest, "/spec/minReplicas")
            && same_number(call, "max_replicas", manifest, "/spec/maxReplicas")),
        "suspend_job" => Ok(flag("/spec/suspend")),
        "resume_job" => Ok(!flag("/spec/suspend")),
        "cordon" | "drain" => Ok(flag("/spec/unschedulable")),
        "uncordon" => Ok(!flag("/spec/unschedulable")),
        "rollout_restart" => Ok(is_restarted(before, manifest)),
        "set_image" => Ok(container(call, manifest)?.get("image").and_then(Value::as_str) == text(call, "image")),
        "set_resources" => resources(call, container(call, manifest)?),
        "rollout_undo" => rolled_back(call, before, sights),
        other => Err(format!("nothing shows what {other} did")),
    }
}

/// Whether a number is the one that the call names; one that it does not name may be any.
fn same_number(call: &ActCall, name: &str, manifest: &Value, pointer: &str) -> bool {
    let wanted = call.arguments.get(name).and_then(Value::as_u64);
    wanted.is_none() || manifest.pointer(pointer).and_then(Value::as_u64) == wanted
}

fn is_restarted(before: &Before, manifest: &Value) -> bool {
    match (text_at(manifest, RESTARTED), &before.restarted) {
        (Some(now), Some(then)) => is_later(&now, then),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn container<'a>(call: &ActCall, manifest: &'a Value) -> Result<&'a Value, String> {
    let name = text(call, "container").ok_or_else(|| "the call names no container".to_owned())?;
    let lists = ["/spec/template/spec/containers", "/spec/template/spec/initContainers"];
    let mut containers = lists.iter().filter_map(|list| manifest.pointer(list)?.as_array()).flatten();
    let found = containers.find(|container| container.get("name").and_then(Value::as_str) == Some(name));
    found.ok_or_else(|| format!("it has no container {name} any more"))
}

fn resources(call: &ActCall, container: &Value) -> Result<bool, String> {
    let fields = [
        ("cpu_request", "/resources/requests/cpu"),
        ("cpu_limit", "/resources/limits/cpu"),
        ("memory_request", "/resources/requests/memory"),
        ("memory_limit", "/resources/limits/memory"),
    ];
    for (argument, pointer) in fields {
        let Some(wanted) = text(call, argument) else { continue };
        let found = container.pointer(pointer).and_then(Value::as_str);
        let is_same = match (found, wanted) {
            (None, "unset") => true,
            (None, _) | (_, "unset") => false,
            (Some(found), _) if found == wanted => true,
            (Some(found), _) => {
                let amounts = Quantity::parse(found).zip(Quantity::parse(wanted));
                let (found, wanted) = amounts.ok_or_else(|| format!("{argument}: {found} cannot be compared"))?;
                found == wanted
            }
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The revisions of the second look, where all of them were seen.
fn revisions(sights: &[Sight]) -> Result<Vec<Revision>, String> {
    match sights.get(1) {
        Some(Sight::Seen { data, is_whole: true }) => {
            let table: Table = serde_json::from_value(data.clone())
                .map_err(|error| format!("its rollout history cannot be read: {error}"))?;
            table.typed().map_err(|error| format!("its rollout history cannot be read: {error}"))
        }
        Some(Sight::Seen { .. }) => Err("its rollout history was not seen whole".to_owned()),
        Some(Sight::Unseen(why)) => Err(format!("its rollout history could not be looked at: {why}")),
        Some(Sight::Gone) | None => Err("its rollout history was not seen".to_owned()),
    }
}

fn current(sights: &[Sight]) -> Option<u64> {
    revisions(sights).ok()?.iter().find(|revision| revision.current).map(|revision| revision.revision)
}

/// Going back to a revision makes it the newest: its old number is gone, and the current one is higher than before.
/// What somebody else rolled out meanwhile leaves the old number where it was.
fn rolled_back(call: &ActCall, before: &Before, sights: &[Sight]) -> Result<bool, String> {
    let wanted = call.arguments.get("to_revision").and_then(Value::as_u64);
    let wanted = wanted.ok_or_else(|| "the call does not say to which revision it goes back".to_owned())?;
    let then = before.revision.ok_or_else(|| "which revision was current before is not known".to_owned())?;
    let revisions = revisions(sights)?;
    let now = revisions.iter().find(|revision| revision.current).map(|revision| revision.revision);
    let now = now.ok_or_else(|| "which revision is current is not known".to_owned())?;
    let is_still_old = revisions.iter().any(|revision| revision.revision == wanted);
    Ok(now > then && !is_still_old)
}
