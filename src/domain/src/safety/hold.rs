//! What the parts of the review share: what they read, and where they say what they find.

use super::{Observed, Rules};
use crate::plan::Plan;
use serde_json::{Map, Value};

/// Objections at most: beyond that the plan is no better or worse.
const MOST_OBJECTIONS: usize = 40;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Objections(Vec<String>);

impl Objections {
    /// Objects.
    pub(super) fn say(&mut self, objection: impl Into<String>) {
        let objection = objection.into();
        if self.0.len() < MOST_OBJECTIONS && !self.0.contains(&objection) {
            self.0.push(objection);
        }
    }

    /// Objects unless something holds.
    pub(super) fn unless(&mut self, holds: bool, objection: impl Into<String>) {
        if !holds {
            self.say(objection);
        }
    }

    pub(super) fn into_list(self) -> Vec<String> {
        self.0
    }
}

/// One call beside what was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The arguments that are read.
    pub arguments: &'a Map<String, Value>,
    pub plan: &'a Plan,
    pub seen: &'a Observed,
    pub rules: &'a Rules,
}

impl<'a> Reading<'a> {
    /// A text of the arguments.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.arguments.get(name).and_then(Value::as_str)
    }

    /// A whole number of the arguments.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.arguments.get(name).and_then(Value::as_u64)
    }

    /// A value of the manifest.
    pub(super) fn seen(&self, pointer: &str) -> Option<&'a Value> {
        self.seen.manifest.pointer(pointer)
    }

    /// A whole number of the manifest.
    pub(super) fn seen_number(&self, pointer: &str) -> Option<u64> {
        self.seen(pointer).and_then(Value::as_u64)
    }

    /// The controller that made the object.
    pub(super) fn controller(&self) -> Option<&'a Value> {
        let owners = self.seen("/metadata/ownerReferences")?.as_array()?;
        owners.iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
    }

    /// The container that the arguments name, in the template that was seen.
    pub(super) fn container(&self) -> Option<&'a Value> {
        let name = self.text("container")?;
        let containers = self.seen("/spec/template/spec/containers")?.as_array()?;
        containers.iter().find(|container| container.get("name").and_then(Value::as_str) == Some(name))
    }

    /// The revision that runs.
    pub(super) fn revision(&self) -> Option<u64> {
        if self.seen.object.kind != "Deployment" {
            return self.seen.revision;
        }
        self.seen("/metadata/annotations/deployment.kubernetes.io~1revision")?.as_str()?.parse().ok()
    }

    /// Whether a controller sets the spec of the object, and would set it back.
    pub(super) fn object_to_owner(&self, said: &mut Objections) {
        if let Some(owner) = self.controller() {
            let text = |name: &str| owner.get(name).and_then(Value::as_str).unwrap_or("?");
            said.say(format!("it is owned by {} {}, which would set it back", text("kind"), text("name")));
        }
    }
}
