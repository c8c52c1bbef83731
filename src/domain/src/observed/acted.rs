//! What the tools that change something return.

use crate::effect::EffectClass;
use crate::object::ObjectRef;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One change, made or rehearsed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acted {
    /// The tool: `scale`.
    pub action: String,
    /// What was changed.
    pub object: ObjectRef,
    /// The class of this very call, at most as strict as its tool's.
    pub class: EffectClass,
    /// Whether it was only rehearsed: the backend checked it and changed nothing.
    pub dry_run: bool,
    /// Whether all of it was done; what is missing stands in the warnings.
    pub complete: bool,
    /// The object's version on which the change was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_resource_version: Option<String>,
    /// The version after it; none of a rehearsal, of a deletion, and of what has no versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// What differs, one line each: `replicas: 2 -> 3`. Empty where the object already was as wanted.
    pub diff: Vec<String>,
    /// The call that takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// What whoever decides should know: who else owns the field, what cannot be undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What was done in several steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// A call of the same server that restores what was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// The tool.
    pub tool: String,
    /// Its arguments, without those that every change takes.
    pub arguments: Map<String, Value>,
}
