//! The act tools, over the cluster: what a call changes, whether it may, and what ails the cluster afterwards.

use super::{CLUSTER, NAMESPACE, Template, Trouble, Workload, World};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::action::ActCall;
use domain::effect::{self, EffectClass};
use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use domain::observed::acted::{Acted, Undo};
use serde_json::{Map, Value, json};

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit<'a> {
    /// The version that the change was decided on; `None` for a call that names none.
    pub expected: Option<&'a str>,
    /// Whether nothing is to be changed.
    pub is_dry_run: bool,
    /// How long pods take to be made anew, in seconds.
    pub roll_seconds: u64,
}

/// What a call comes to.
struct Change {
    class: EffectClass,
    version: u64,
    diff: Vec<String>,
    undo: Option<(&'static str, Map<String, Value>)>,
}

impl World {
    /// Makes a call, or rehearses it.
    ///
    /// # Errors
    /// Why nothing was changed.
    pub fn perform(&mut self, call: &ActCall, permit: Permit<'_>, now: DateTime<Utc>) -> Result<Acted, Failure> {
        self.settle(now);
        let object = object_of(call);
        let found = self
            .version_of(&object)
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("there is no {object}")))?;
        if permit.expected.is_some_and(|expected| expected != found.to_string()) {
            let message = format!("{object} has version {found} now");
            return Err(Failure::new(FailureKind::Conflict, message));
        }
        // A rehearsal changes a copy.
        let mut next = self.clone();
        let change = next.change(call, &object, permit, now)?;
        if !permit.is_dry_run {
            *self = next;
        }
        let undo = change.undo.map(|(tool, more)| Undo { tool: tool.to_owned(), arguments: arguments(&object, more) });
        Ok(Acted {
            action: call.tool.clone(),
            object: object.clone(),
            class: change.class,
            dry_run: permit.is_dry_run,
            complete: true,
            seen_resource_version: Some(found.to_string()),
            resource_version: (!permit.is_dry_run).then(|| change.version.to_string()),
            diff: change.diff,
            undo,
            warnings: Vec::new(),
            steps: Vec::new(),
        })
    }

    fn version_of(&self, object: &ObjectRef) -> Option<u64> {
        match object.kind.as_str() {
            "Node" => self.machines.get(&object.name).map(|machine| machine.version),
            "Pod" => {
                let mut places = self.workloads.values().flat_map(|workload| &workload.places);
                places.find(|place| place.name == object.name).map(|place| place.version)
            }
            _ => self.workload(object).map(|workload| workload.version),
        }
    }

    fn change(
        &mut self,
        call: &ActCall,
        object: &ObjectRef,
        permit: Permit<'_>,
        now: DateTime<Utc>,
    ) -> Result<Change, Failure> {
        match call.tool.as_str() {
            "cordon" | "uncordon" => self.cordon(object, call.tool == "cordon"),
            "delete_pod" => self.delete_pod(object, now),
            "rollout_restart" | "rollout_undo" | "set_image" | "set_resources" => {
                self.roll_out(call, object, permit, now)
            }
            other => Err(Failure::new(FailureKind::BadRequest, format!("no act tool {other} is on offer"))),
        }
    }

    fn cordon(&mut self, object: &ObjectRef, to: bool) -> Result<Change, Failure> {
        let version = self.version();
        let Some(machine) = self.machines.get_mut(&object.name) else { return Err(gone(object)) };
        let was = machine.is_cordoned;
        (machine.is_cordoned, machine.version) = (to, version);
        let diff = if was == to { Vec::new() } else { vec![format!("spec.unschedulable: {was} -> {to}")] };
        let undo = if was { "cordon" } else { "uncordon" };
        Ok(Change { class: EffectClass::W1, version, diff, undo: Some((undo, Map::new())) })
    }

    fn delete_pod(&mut self, object: &ObjectRef, now: DateTime<Utc>) -> Result<Change, Failure> {
        let all = self.workloads.values().find_map(|workload| {
            let index = workload.places.iter().position(|place| place.name == object.name)?;
            Some((workload.name.clone(), index, workload.places.len()))
        });
        let Some((name, index, replicas)) = all else { return Err(gone(object)) };
        let place = self.place(&name, u32::try_from(index).unwrap_or(0), now);
        let version = place.version;
        if let Some(workload) = self.workloads.get_mut(&name) {
            if workload.ailment.as_ref().is_some_and(|one| one.pod.as_deref() == Some(object.name.as_str())) {
                workload.ailment = None;
            }
            if let Some(old) = workload.places.get_mut(index) {
                *old = place;
            }
        }
        let class = effect::of_pod_deletion(true, u32::try_from(replicas).unwrap_or(u32::MAX));
        Ok(Change { class, version, diff: vec![format!("{object}: deleted")], undo: None })
    }

    fn roll_out(
        &mut self,
        call: &ActCall,
        object: &ObjectRef,
        permit: Permit<'_>,
        now: DateTime<Utc>,
    ) -> Result<Change, Failure> {
        let version = self.version();
        let Some(workload) = self.workloads.get_mut(&object.name) else { return Err(gone(object)) };
        let Some(before) = workload.current().cloned() else { return Err(gone(object)) };
        let mut next = Template { revision: before.revision + 1, created: now, diff: Vec::new(), ..before.clone() };
        let undo = template(call, workload, &before, &mut next, now)?;
        let class = if call.tool == "rollout_restart" { EffectClass::W1 } else { EffectClass::W2 };
        let diff = next.diff.clone();
        if diff.is_empty() {
            return Ok(Change { class, version: workload.version, diff, undo: Some(undo) });
        }
        let after = aftermath(call, workload, &next);
        workload.templates.push(next);
        (workload.version, workload.generation) = (version, workload.generation + 1);
        let seconds = i64::try_from(permit.roll_seconds).unwrap_or(60);
        workload.rolling = Some((now + TimeDelta::seconds(seconds), after));
        Ok(Change { class, version, diff, undo: Some(undo) })
    }
}

/// The template that a call asks for, and the call that takes it back.
fn template(
    call: &ActCall,
    workload: &mut Workload,
    before: &Template,
    next: &mut Template,
    now: DateTime<Utc>,
) -> Result<(&'static str, Map<String, Value>), Failure> {
    let text = |name: &str| call.arguments.get(name).and_then(Value::as_str).map(str::to_owned);
    let back = || ("rollout_undo", map(json!({"kind": "Deployment", "to_revision": before.revision})));
    match call.tool.as_str() {
        "rollout_restart" => {
            let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
            next.diff = vec![format!("annotations[kubectl.kubernetes.io/restartedAt]: {at}")];
            next.restarted = Some(at);
            Ok(back())
        }
        "rollout_undo" => {
            let wanted = call.arguments.get("to_revision").and_then(Value::as_u64);
            let found = workload.templates.iter().position(|one| Some(one.revision) == wanted);
            let Some(found) = found.filter(|at| at + 1 < workload.templates.len()) else {
                let message = format!("{} has no earlier revision {wanted:?}", workload.object());
                return Err(Failure::new(FailureKind::BadRequest, message));
            };
            // It becomes the newest: its old number is gone.
            let target = workload.templates.remove(found);
            next.diff = vec![format!("containers[app].image: {} -> {}", before.image, target.image)];
            *next = Template { revision: next.revision, created: now, diff: next.diff.clone(), ..target };
            Ok(back())
        }
        "set_image" => {
            next.image = text("image").unwrap_or_default();
            next.is_broken = before.is_broken && next.image == before.image;
            next.diff = vec![format!("containers[app].image: {} -> {}", before.image, next.image)];
            let same = json!({"kind": "Deployment", "container": "app", "image": before.image});
            Ok(("set_image", map(same)))
        }
        _ => {
            next.memory = text("memory_limit").unwrap_or_else(|| before.memory.clone());
            next.diff = vec![format!("containers[app].limits.memory: {} -> {}", before.memory, next.memory)];
            let same = json!({"kind": "Deployment", "container": "app", "memory_limit": before.memory});
            Ok(("set_resources", map(same)))
        }
    }
}

/// What ails a workload once its pods are made anew.
fn aftermath(call: &ActCall, workload: &Workload, next: &Template) -> Option<super::Ailment> {
    let ailment = match &workload.rolling {
        // It was not over yet: what would have come of it is what is changed further.
        Some((_, after)) => after.clone(),
        None => workload.ailment.clone(),
    };
    let mut ailment = ailment?;
    match ailment.trouble {
        Trouble::Leak | Trouble::StuckPod => None,
        Trouble::BadRollout | Trouble::ImagePull => next.is_broken.then_some(ailment),
        Trouble::Poisoned => {
            ailment.is_worse = call.tool == "rollout_restart";
            Some(ailment)
        }
        Trouble::ConfigurationBroken | Trouble::External | Trouble::NodeDown => Some(ailment),
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The arguments that name an object again, as the real tools give them: the cluster always among them.
fn arguments(object: &ObjectRef, more: Map<String, Value>) -> Map<String, Value> {
    let mut named = map(json!({"cluster": CLUSTER, "name": object.name}));
    if let Some(namespace) = &object.namespace {
        named.insert("namespace".to_owned(), json!(namespace));
    }
    named.extend(more);
    named
}

/// The object that a call names, by its tool.
pub(crate) fn object_of(call: &ActCall) -> ObjectRef {
    let text = |name: &str| call.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    match call.tool.as_str() {
        "cordon" | "uncordon" | "drain" => ObjectRef::cluster("Node", text("name")),
        "delete_pod" => ObjectRef::namespaced("Pod", NAMESPACE, text("name")),
        _ => ObjectRef::namespaced("Deployment", NAMESPACE, text("name")),
    }
}

fn gone(object: &ObjectRef) -> Failure {
    Failure::new(FailureKind::NotFound, format!("there is no {object}"))
}
