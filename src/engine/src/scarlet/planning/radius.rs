//! What else an action touches: the ready replicas that are left at the worst moment, and who depends on the object.
//!
//! What the manifest does not tell is not known, and the policy asks a person then.

use domain::action::Action;
use domain::object::ObjectRef;
use domain::plan::BlastRadius;
use domain::safety::Observed;
use domain::topology::Topology;
use serde_json::Value;

/// The blast radius of an action on an object as it was seen.
pub(super) fn of(
    action: &Action,
    object: &ObjectRef,
    seen: &Observed,
    topology: &Topology,
    disruptions_allowed: Option<u32>,
) -> BlastRadius {
    let ready = ready(object, seen);
    BlastRadius {
        ready_replicas: ready,
        replicas_left: ready.and_then(|ready| left(action, object, seen, ready)),
        disruptions_allowed,
        dependants: topology.dependants_of(object),
        traffic_share: None,
    }
}

fn ready(object: &ObjectRef, seen: &Observed) -> Option<u32> {
    let pointer = match object.kind.as_str() {
        "Deployment" | "StatefulSet" | "ReplicaSet" => "/status/readyReplicas",
        "DaemonSet" => "/status/numberReady",
        "Pod" => return seen.siblings,
        _ => return None,
    };
    // The API leaves a count of nothing out; without a status nothing is known.
    seen.manifest.get("status")?;
    Some(number(&seen.manifest, pointer).unwrap_or(0))
}

fn left(action: &Action, object: &ObjectRef, seen: &Observed, ready: u32) -> Option<u32> {
    match action {
        Action::Scale { replicas } => Some(ready.min(*replicas)),
        Action::DeletePod => Some(ready.saturating_sub(1)),
        Action::RolloutRestart | Action::RolloutUndo { .. } | Action::SetResources { .. } | Action::SetImage { .. } => {
            unavailable(object, &seen.manifest).map(|away| ready.saturating_sub(away))
        }
        Action::SetHpaBounds { .. }
        | Action::SuspendJob
        | Action::ResumeJob
        | Action::DeleteJob
        | Action::Cordon
        | Action::Uncordon
        | Action::SilenceCreate { .. }
        | Action::SilenceExpire { .. } => Some(ready),
        Action::Drain | Action::CallWebhook { .. } => None,
    }
}

/// How many pods a rollout takes away at once, by the API's own defaults: a quarter, rounded down, of a Deployment; one of
/// the others; all where it makes them anew.
fn unavailable(object: &ObjectRef, manifest: &Value) -> Option<u32> {
    let wanted = number(manifest, "/spec/replicas").unwrap_or(1);
    match object.kind.as_str() {
        "Deployment" => match manifest.pointer("/spec/strategy/type").and_then(Value::as_str) {
            Some("Recreate") => Some(wanted),
            _ => share(manifest.pointer("/spec/strategy/rollingUpdate/maxUnavailable"), wanted, wanted / 4),
        },
        "StatefulSet" => Some(1),
        "DaemonSet" => {
            let wanted = number(manifest, "/status/desiredNumberScheduled")?;
            share(manifest.pointer("/spec/updateStrategy/rollingUpdate/maxUnavailable"), wanted, 1)
        }
        _ => None,
    }
}

/// A number, or a percentage of what is wanted, rounded down.
fn share(value: Option<&Value>, wanted: u32, otherwise: u32) -> Option<u32> {
    match value {
        None | Some(Value::Null) => Some(otherwise),
        Some(Value::Number(number)) => u32::try_from(number.as_u64()?).ok(),
        Some(Value::String(text)) => {
            let percent: u32 = text.strip_suffix('%')?.parse().ok()?;
            u32::try_from(u64::from(wanted) * u64::from(percent) / 100).ok()
        }
        Some(_) => None,
    }
}

fn number(manifest: &Value, pointer: &str) -> Option<u32> {
    manifest.pointer(pointer).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
}
