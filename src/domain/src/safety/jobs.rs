//! Pods and jobs: what is deleted, what is suspended.

use super::hold::{Objections, Reading};
use serde_json::Value;

pub(super) fn pod(reading: Reading<'_>, said: &mut Objections) {
    let is_of_node = reading.seen("/metadata/annotations/kubernetes.io~1config.mirror").is_some();
    said.unless(!is_of_node, "its node runs it from a file: deleting it changes nothing");
}

/// Only what has ended is deleted: of a job that runs, work would be lost.
pub(super) fn delete(reading: Reading<'_>, said: &mut Objections) {
    let conditions = reading.seen("/status/conditions").and_then(Value::as_array);
    let has_ended = conditions.into_iter().flatten().any(|condition| {
        let text = |name: &str| condition.get(name).and_then(Value::as_str);
        matches!(text("type"), Some("Failed" | "Complete")) && text("status") == Some("True")
    });
    said.unless(has_ended, "the job has not ended");
    said.unless(reading.seen_number("/status/active").unwrap_or(0) == 0, "the job has running pods");
}

pub(super) fn suspend(reading: Reading<'_>, to: bool, said: &mut Objections) {
    let word = if to { "is suspended already" } else { "is not suspended" };
    said.unless(is_suspended(reading) != to, format!("it {word}"));
}

/// Whether it is suspended; a server leaves out what is not.
pub(super) fn is_suspended(reading: Reading<'_>) -> bool {
    reading.seen("/spec/suspend").and_then(Value::as_bool).unwrap_or(false)
}
