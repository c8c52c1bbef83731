//! Whether what was seen is the version of the object that the plan is for.
//!
//! Read with eyes of its own: which fields a call changes stands here once more.

use super::Observed;
use super::hold::Objections;
use crate::chain::{canonical_json, hexadecimal};
use crate::plan::{Pinned, Plan};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) fn review(plan: &Plan, seen: &Observed, said: &mut Objections) {
    let version = seen.manifest.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    if version.is_empty() {
        return said.say("its version was not seen");
    }
    match &plan.pinned {
        Some(pinned) => review_pinned(plan, pinned, &seen.manifest, said),
        None => said.unless(
            version == plan.resource_version,
            format!("it has changed: the plan is for version {}, and {version} was seen", plan.resource_version),
        ),
    }
}

fn review_pinned(plan: &Plan, pinned: &Pinned, manifest: &Value, said: &mut Objections) {
    let uid = manifest.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    said.unless(!uid.is_empty(), "which object it is was not seen");
    said.unless(uid == pinned.uid, "it is another object of the same name, made since");
    let generation = manifest.pointer("/metadata/generation").and_then(Value::as_i64);
    let told = |count: Option<i64>| count.map_or("none".to_owned(), |count| count.to_string());
    said.unless(
        generation == pinned.generation,
        format!(
            "it has changed: the plan is for generation {}, and {} was seen",
            told(pinned.generation),
            told(generation)
        ),
    );
    match part(plan.call.tool.as_str(), generation, manifest) {
        Some(part) => {
            let digest = hexadecimal(&Sha256::digest(canonical_json(&part)));
            said.unless(digest == pinned.fields, "what the call changes is not as it was when the plan was made");
        }
        None => said.say("nothing tells whether what is wanted of it changed since the plan was made"),
    }
}

/// What the call changes; `None` where nothing else would tell that the rest had changed.
fn part(tool: &str, generation: Option<i64>, manifest: &Value) -> Option<Value> {
    let spec = manifest.get("spec").cloned().unwrap_or(Value::Null);
    let of_spec = |name: &str| generation.map(|_| spec.get(name).cloned().unwrap_or(Value::Null));
    match tool {
        "scale" => of_spec("replicas"),
        "suspend_job" | "resume_job" => of_spec("suspend"),
        "rollout_restart" | "rollout_undo" | "set_resources" | "set_image" => of_spec("template"),
        "delete_job" => generation.map(|_| spec),
        "set_hpa_bounds" => Some(spec),
        "delete_pod" | "cordon" | "uncordon" | "drain" => {
            let conditions = manifest.pointer("/status/conditions").and_then(Value::as_array);
            let is_ready = |condition: &&Value| condition.get("type") == Some(&json!("Ready"));
            let ready = conditions.and_then(|all| all.iter().find(is_ready)?.get("status").cloned());
            Some(json!({"ready": ready, "spec": spec}))
        }
        _ => None,
    }
}
