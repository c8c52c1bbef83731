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
        "Pod" => return Some(seen.others_ready? + u32::from(is_ready(&seen.manifest)?)),
        _ => return None,
    };
    // The API leaves a count of nothing out; without a status nothing is known.
    seen.manifest.get("status")?;
    Some(number(&seen.manifest, pointer).unwrap_or(0))
}

/// Whether a pod is ready, by its condition; `None` where it has no status.
fn is_ready(pod: &Value) -> Option<bool> {
    let conditions = pod.get("status")?.get("conditions").and_then(Value::as_array);
    let is = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    Some(conditions.is_some_and(|conditions| conditions.iter().any(is)))
}

fn left(action: &Action, object: &ObjectRef, seen: &Observed, ready: u32) -> Option<u32> {
    match action {
        Action::Scale { replicas } => Some(ready.min(*replicas)),
        Action::DeletePod => seen.others_ready,
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
///
/// Source: the Kubernetes API reference on `RollingUpdateDeployment`, `RollingUpdateDaemonSet` and
/// `RollingUpdateStatefulSetStrategy`, for what is rounded up and what down.
fn unavailable(object: &ObjectRef, manifest: &Value) -> Option<u32> {
    let wanted = number(manifest, "/spec/replicas").unwrap_or(1);
    match object.kind.as_str() {
        "Deployment" => match manifest.pointer("/spec/strategy/type").and_then(Value::as_str) {
            Some("Recreate") => Some(wanted),
            _ => {
                let told = manifest.pointer("/spec/strategy/rollingUpdate");
                let away = share(told, "maxUnavailable", wanted, Rounded::Down)?.unwrap_or(wanted / 4);
                let surge = share(told, "maxSurge", wanted, Rounded::Up)?.unwrap_or(wanted.div_ceil(4));
                Some(at_least_one(away, surge))
            }
        },
        // More than one only where the cluster is asked for it; none is no rollout.
        "StatefulSet" => {
            let told = manifest.pointer("/spec/updateStrategy/rollingUpdate");
            Some(share(told, "maxUnavailable", wanted, Rounded::Up)?.unwrap_or(1).max(1))
        }
        "DaemonSet" => {
            let wanted = number(manifest, "/status/desiredNumberScheduled")?;
            let told = manifest.pointer("/spec/updateStrategy/rollingUpdate");
            let away = share(told, "maxUnavailable", wanted, Rounded::Up)?.unwrap_or(1);
            let surge = share(told, "maxSurge", wanted, Rounded::Up)?.unwrap_or(0);
            Some(at_least_one(away, surge))
        }
        _ => None,
    }
}

/// A rollout that may neither add a pod nor take one away would never end: the controllers take one away then.
fn at_least_one(away: u32, surge: u32) -> u32 {
    if surge == 0 { away.max(1) } else { away }
}

/// What becomes of the fraction of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rounded {
    Up,
    Down,
}

/// A number, or a percentage of what is wanted; `Some(None)` where nothing is told, `None` where it cannot be read.
fn share(told: Option<&Value>, name: &str, wanted: u32, rounded: Rounded) -> Option<Option<u32>> {
    let count = match told.and_then(|told| told.get(name)) {
        None | Some(Value::Null) => return Some(None),
        Some(Value::Number(number)) => number.as_u64()?,
        Some(Value::String(text)) => {
            let percent: u32 = text.strip_suffix('%')?.parse().ok()?;
            let hundredths = u64::from(wanted) * u64::from(percent);
            if rounded == Rounded::Up { hundredths.div_ceil(100) } else { hundredths / 100 }
        }
        Some(_) => return None,
    };
    u32::try_from(count).ok().map(Some)
}

fn number(manifest: &Value, pointer: &str) -> Option<u32> {
    manifest.pointer(pointer).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests;
