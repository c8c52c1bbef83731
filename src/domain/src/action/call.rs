//! The call that an action becomes.
//!
//! Guarantee: a function of the typed value, the object and the cluster alone, with the argument names that the act tools
//! take. What every change takes (`dry_run`, `expected_resource_version`, `reason`) is added by whoever calls.

use super::{ActCall, Action, Matcher};
use crate::object::ObjectRef;
use serde_json::{Map, Value, json};

impl Action {
    /// The call that does this to an object. `cluster` is named where there are several.
    pub fn call(&self, object: &ObjectRef, cluster: Option<&str>) -> ActCall {
        let arguments = match self {
            Self::SilenceCreate { matchers, minutes } => {
                let matchers: Vec<String> = matchers.iter().map(Matcher::shown).collect();
                arguments([("matchers", Some(json!(matchers))), ("minutes", Some(json!(minutes)))])
            }
            Self::SilenceExpire { silence } => arguments([("id", Some(json!(silence)))]),
            Self::CallWebhook { webhook } => {
                let mut arguments = naming(object, cluster, true);
                arguments.insert("webhook".to_owned(), json!(webhook));
                arguments
            }
            _ => {
                let mut arguments = naming(object, cluster, self.names_kind());
                arguments.extend(self.own_arguments());
                arguments
            }
        };
        ActCall { server: self.server().to_owned(), tool: self.name().to_owned(), arguments }
    }

    /// Whether the tool is for several kinds, and is told which.
    fn names_kind(&self) -> bool {
        matches!(
            self,
            Self::RolloutRestart
                | Self::Scale { .. }
                | Self::RolloutUndo { .. }
                | Self::SetResources { .. }
                | Self::SetImage { .. }
                | Self::SuspendJob
                | Self::ResumeJob
        )
    }

    /// What the tool takes beside the name of the object.
    fn own_arguments(&self) -> Map<String, Value> {
        match self {
            Self::Scale { replicas } => arguments([("replicas", Some(json!(replicas)))]),
            Self::RolloutUndo { to_revision } => {
                arguments([("to_revision", to_revision.map(|revision| json!(revision)))])
            }
            Self::SetResources { container, cpu_request, cpu_limit, memory_request, memory_limit } => {
                let text = |value: &Option<String>| value.as_ref().map(|value| json!(value));
                arguments([
                    ("container", Some(json!(container))),
                    ("cpu_request", text(cpu_request)),
                    ("cpu_limit", text(cpu_limit)),
                    ("memory_request", text(memory_request)),
                    ("memory_limit", text(memory_limit)),
                ])
            }
            Self::SetImage { container, image } => {
                arguments([("container", Some(json!(container))), ("image", Some(json!(image)))])
            }
            Self::SetHpaBounds { min_replicas, max_replicas } => {
                arguments([("min_replicas", Some(json!(min_replicas))), ("max_replicas", Some(json!(max_replicas)))])
            }
            Self::RolloutRestart
            | Self::DeletePod
            | Self::SuspendJob
            | Self::ResumeJob
            | Self::DeleteJob
            | Self::Cordon
            | Self::Uncordon
            | Self::Drain
            | Self::SilenceCreate { .. }
            | Self::SilenceExpire { .. }
            | Self::CallWebhook { .. } => Map::new(),
        }
    }
}

impl Matcher {
    /// As the silence tool reads it: `app="checkout"`, the value quoted as JSON, so that no value is read as more.
    pub fn shown(&self) -> String {
        format!("{}={}", self.name, Value::from(self.value.as_str()))
    }
}

/// The arguments that name the object.
fn naming(object: &ObjectRef, cluster: Option<&str>, with_kind: bool) -> Map<String, Value> {
    arguments([
        ("cluster", cluster.map(|cluster| json!(cluster))),
        ("kind", with_kind.then(|| json!(object.kind))),
        ("namespace", object.namespace.as_ref().map(|namespace| json!(namespace))),
        ("name", Some(json!(object.name))),
    ])
}

/// Those members that have a value.
fn arguments<const N: usize>(members: [(&str, Option<Value>); N]) -> Map<String, Value> {
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
