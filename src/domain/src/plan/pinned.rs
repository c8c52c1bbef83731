//! The version of an object that a plan is bound to: what people said yes to.
//!
//! The API counts every write of an object, also those of its status, which moves all the time. What is bound is therefore
//! this very object (`uid`), how often what is wanted of it had changed (`generation`), and the fields that the call changes,
//! as they were. Where the API does not count what is wanted (pods, nodes, autoscalers), the whole of it is bound, and of
//! pods and nodes whether they are ready.
//!
//! Guarantee: what does not tell enough of itself has no such version; its plan is bound to the exact resource version.

use crate::action::ActCall;
use crate::chain::{canonical_json, hexadecimal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Tools for objects of which the API does not count changes, and whose fields here are all that is wanted of them.
const UNCOUNTED: &[&str] = &["delete_pod", "cordon", "uncordon", "drain", "set_hpa_bounds"];

/// The version of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// The API's own id of this very object: another one of the same name has another.
    pub uid: String,
    /// How often what is wanted of it had changed, where the API counts that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// Digest of the fields that the call changes.
    pub fields: String,
}

impl Pinned {
    /// The version of the object with this manifest, for this call; `None` where the manifest does not tell enough.
    pub fn of(call: &ActCall, manifest: &Value) -> Option<Self> {
        let uid = manifest.pointer("/metadata/uid")?.as_str().filter(|uid| !uid.is_empty())?;
        let generation = manifest.pointer("/metadata/generation").and_then(Value::as_i64);
        if generation.is_none() && !UNCOUNTED.contains(&call.tool.as_str()) {
            return None;
        }
        let fields = hexadecimal(&Sha256::digest(canonical_json(&fields(&call.tool, manifest))));
        Some(Self { uid: uid.to_owned(), generation, fields })
    }

    /// What differs now, in a sentence; `None` where nothing does.
    pub fn difference(&self, now: &Self) -> Option<String> {
        if self.uid != now.uid {
            return Some("it was deleted and made again since".to_owned());
        }
        if self.generation != now.generation {
            let told = |count: Option<i64>| count.map_or("none".to_owned(), |count| count.to_string());
            let (then, now) = (told(self.generation), told(now.generation));
            return Some(format!("what is wanted of it was changed since (generation {then}, and {now} now)"));
        }
        (self.fields != now.fields).then(|| "what the action changes is not as it was".to_owned())
    }
}

/// What a call changes. Of what is deleted, drained or closed whether it is ready counts, too: a pod that recovered is not
/// the pod that people were asked about.
fn fields(tool: &str, manifest: &Value) -> Value {
    let at = |pointer: &str| manifest.pointer(pointer).cloned().unwrap_or_default();
    match tool {
        "scale" => at("/spec/replicas"),
        "suspend_job" | "resume_job" => at("/spec/suspend"),
        "rollout_restart" | "rollout_undo" | "set_image" | "set_resources" => at("/spec/template"),
        "delete_pod" | "cordon" | "uncordon" | "drain" => json!({"spec": at("/spec"), "ready": ready(manifest)}),
        _ => at("/spec"),
    }
}

/// The status of the condition `Ready`.
fn ready(manifest: &Value) -> Value {
    let conditions = manifest.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().find(|one| one.get("type").and_then(Value::as_str) == Some("Ready"));
    ready.and_then(|one| one.get("status")).cloned().unwrap_or_default()
}
