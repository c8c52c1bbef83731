//! Nodes: whether there is somewhere else for pods to go.

use super::hold::{Objections, Reading};
use serde_json::Value;

/// The labels by which nodes that run the control plane are known (Kubernetes, "Well-known labels").
const CONTROL_PLANE: &[&str] = &["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

pub(super) fn cordon(reading: Reading<'_>, to: bool, said: &mut Objections) {
    let word = if to { "is cordoned already" } else { "is not cordoned" };
    said.unless(is_cordoned(reading) != to, format!("the node {word}"));
    if to {
        hold_somewhere_else(reading, said);
    }
}

pub(super) fn drain(reading: Reading<'_>, said: &mut Objections) {
    hold_somewhere_else(reading, said);
}

fn hold_somewhere_else(reading: Reading<'_>, said: &mut Objections) {
    let labels = reading.seen("/metadata/labels").and_then(Value::as_object);
    let is_control_plane = labels.is_some_and(|labels| CONTROL_PLANE.iter().any(|label| labels.contains_key(*label)));
    said.unless(!is_control_plane, "the node runs the control plane");
    match reading.seen.other_nodes {
        None => said.say("whether other nodes could take its pods was not seen"),
        Some(0) => said.say("no other node could take its pods"),
        Some(_) => {}
    }
}

/// Whether it takes no new pods; a server leaves out what is not.
pub(super) fn is_cordoned(reading: Reading<'_>) -> bool {
    reading.seen("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false)
}
